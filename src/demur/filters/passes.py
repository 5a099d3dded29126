"""All tiers of the text filter over rows: what has a form of its own first, then names, until nothing more is found.

What a tier found is a placeholder to the next one. A row in which names were found is read by all tiers once more: so
a text that was redacted holds nothing for a second pass.

Imports numba, and is imported only when there is something to read.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters import scanner
from demur.filters.identifiers import IdentifierClass
from demur.filters.names.tagging import Label as NamesLabel
from demur.filters.names.tagging import find_names, language_ids
from demur.filters.places import Label
from demur.filters.symbol_kernel import FROM, ROW, Bytes, Found, Places, lead_back, write_rows
from demur.filters.tables import LANGUAGES

LABELS: Final = tuple(IdentifierClass[label.name] for label in Label)
"""The class of each label that the loops write."""
_MOST_PASSES: Final = 16
_WORDS: Final = tuple(label.placeholder.encode() for label in LABELS)
_LONGEST: Final = max(map(len, _WORDS))


def find_in_rows(data: Bytes, offsets: Places, languages: npt.NDArray[np.int8]) -> Found:
    """Find the identifiers of rows, in their order and without overlap.

    Row `i` is ``data[offsets[i]:offsets[i + 1]]``, in the language ``LANGUAGES[languages[i]]``, or unknown at -1.
    """
    found = scanner.find_in_rows(data, offsets, languages)
    rows: Places = np.arange(offsets.size - 1)
    for _ in range(_MOST_PASSES):
        text, bounds = redact_rows(data, offsets, rows, found)
        names = _find_names(text, bounds, languages[rows])
        if not len(names):
            break
        found = _add(offsets, rows, found, bounds, names)
        rows = np.unique(names[:, ROW])
        text, bounds = redact_rows(data, offsets, rows, found)
        found = _add(offsets, rows, found, bounds, scanner.find_in_rows(text, bounds, languages[rows]))
    return found


def redact_rows(data: Bytes, offsets: Places, rows: Places, found: Found) -> tuple[Bytes, Places]:
    """Return the rows of those numbers, which ascend, with placeholders for what was found, and where each begins."""
    size = int((offsets[rows + 1] - offsets[rows]).sum()) + len(found) * _LONGEST
    written, bounds = np.empty(size, dtype=np.uint8), np.empty(len(rows) + 1, dtype=np.int64)
    write_rows(data, offsets, rows, found, *_words(), written, bounds)
    written.flags.writeable = False  # as a column's buffer is: the loops are compiled for one type
    return written[: bounds[-1]], bounds


def _find_names(text: Bytes, bounds: Places, languages: npt.NDArray[np.int8]) -> Found:
    names = find_names(text, bounds, languages=_names_languages()[languages])
    is_person = names.label == NamesLabel.PERSON
    row = names.row[is_person]
    start, end = bounds[row] + names.start[is_person], bounds[row] + names.end[is_person]
    return np.column_stack([row, start, end, np.full(row.size, Label.PERSON)])


def _add(offsets: Places, rows: Places, found: Found, bounds: Places, later: Found) -> Found:
    """Add what was found in rows that `redact_rows` wrote."""
    lead_back(offsets, rows, found, _words()[1], bounds, later)
    both = np.concatenate([found, later])
    return both[np.lexsort((both[:, FROM], both[:, ROW]))]


@cache
def _words() -> tuple[Bytes, Places]:
    """Return the placeholders in one buffer, and where each begins."""
    return np.frombuffer(b"".join(_WORDS), dtype=np.uint8), np.cumsum([0, *map(len, _WORDS)])


@cache
def _names_languages() -> npt.NDArray[np.uint8]:
    """Return the names tier's ids of `LANGUAGES`, and of none at last, where -1 finds it."""
    return language_ids([*LANGUAGES, None])
