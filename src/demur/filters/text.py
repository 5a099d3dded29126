"""Cut identifiers out of texts: whole columns in, whole columns out.

The rows of a column lie one after the other in a buffer of UTF-8. They are read by compiled loops
that know no Python object: for what has a form of its own (`scanner`), then for names (`names.tagging`). A row is read
again until nothing more is found in it (`passes`): so a text that was redacted holds nothing for a second pass, and no
row ever sees its neighbours.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from types import ModuleType
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.id_rules import LAYOUTS
from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.names.model import read_card, read_network_card
from demur.filters.places import Label
from demur.filters.symbols import alphabet_source
from demur.filters.tables import FILE, LANGUAGES
from demur.filters.trail import SPAN_COLUMNS
from demur.filters.words import text_parts

Column: TypeAlias = pl.Series | Sequence[str | None]
# The columns of what was found (`symbol_kernel.Found`).
_ROW, _FROM, _TO, _LABEL = range(4)
_LABELS: Final = tuple(IdentifierClass[label.name] for label in Label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """Texts without identifiers, how many spans of each class were cut, and how many were cut in each row."""

    texts: pl.Series
    counts: dict[str, int]
    cuts: pl.Series


def redact(texts: Column, languages: Column | None = None) -> Redacted:
    """Replace every identifier by the placeholder of its class; a null stays null.

    The result of a row depends on its text and its language (ISO 639-1, or none) alone. Redacting twice changes
    nothing.
    """
    column = as_series(texts)
    return cut_parts(column, find_parts(column, languages))


def cut_parts(column: pl.Series, parts: Iterable["Part"]) -> Redacted:
    """Replace what was found in parts of a column."""
    amounts = np.zeros(len(column), dtype=np.uint32)
    counted = np.zeros(len(_LABELS), dtype=np.int64)
    places: list[int] = []
    cut: list[str] = []
    for part in parts:
        changed, counts = np.unique(part.found[:, _ROW], return_counts=True)
        amounts[part.first + changed] = counts
        counted += np.bincount(part.found[:, _LABEL], minlength=len(_LABELS))
        places += (part.first + changed).tolist()
        cut += _cut_rows(part)
    return Redacted(
        texts=column.clone().scatter(places, cut) if places else column,
        counts={label.counted_as: int(counted[number]) for number, label in sorted(enumerate(_LABELS), key=_by_label)},
        cuts=pl.Series("cuts", amounts),
    )


def spans(texts: Column, languages: Column | None = None) -> list[list[Span]]:
    """Find the identifiers of every row, from left to right and without overlap."""
    column = as_series(texts)
    rows: list[list[Span]] = [[] for _ in range(len(column))]
    for part in find_parts(column, languages):
        starts, ends = part.code_points()
        labels = map(_LABELS.__getitem__, part.found[:, _LABEL].tolist())
        found = map(Span, starts.tolist(), ends.tolist(), labels)
        for row, span in zip((part.first + part.found[:, _ROW]).tolist(), found, strict=True):
            rows[row].append(span)
    return rows


def list_parts(parts: Iterable["Part"]) -> pl.DataFrame:
    """Return what was found in parts of a column as a table (`demur.filters.trail.SPAN_COLUMNS`)."""
    return pl.concat([pl.DataFrame(schema=SPAN_COLUMNS), *(list_found(part, _LABELS) for part in parts)])


def list_found(part: "Part", labels: Sequence[IdentifierClass]) -> pl.DataFrame:
    """Return what was found in one part as such a table; `labels` are the classes that its loops number."""
    starts, ends = part.code_points()
    names = pl.Series([label.counted_as for label in labels]).gather(part.found[:, _LABEL])
    columns = zip(SPAN_COLUMNS, (part.first + part.found[:, _ROW], starts, ends, names), strict=True)
    return pl.DataFrame(dict(columns), schema_overrides=SPAN_COLUMNS)


def _by_label(numbered: tuple[int, IdentifierClass]) -> str:
    return numbered[1]


def as_series(texts: Column) -> pl.Series:
    """Return a column as a series of strings, if it is none yet."""
    return texts if isinstance(texts, pl.Series) else pl.Series("text", texts, dtype=pl.String)


# ---------------------------------------------------------------------------------------------------------------- parts
@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a column that were read at once, the first of them, and what was found in them."""

    first: int
    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]

    def code_points(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return where each find begins and ends in its row."""
        starts, ends = (_kernel().count_code_points(self.data, self.offsets, self.found, one) for one in (_FROM, _TO))
        return starts, ends


def find_parts(column: pl.Series, languages: Column | None) -> Iterator[Part]:
    """Read a column in parts of bounded size; where nothing is found there is no part."""
    known = _language_numbers(len(column), languages)
    for rows, buffer in text_parts(column):
        found = _passes().find_in_rows(buffer.data, buffer.offsets, known[rows])
        if len(found):
            yield Part(first=rows.start, data=buffer.data, offsets=buffer.offsets, found=found)


def _language_numbers(rows: int, languages: Column | None) -> npt.NDArray[np.int8]:
    """Return the numbers that the tables give the languages of rows; -1 where it is unknown."""
    if languages is None:
        return np.full(rows, -1, dtype=np.int8)
    column = as_series(languages).cast(pl.String).str.to_lowercase().str.slice(0, 2)
    numbers = {language: number for number, language in enumerate(LANGUAGES)}
    known = column.replace_strict(numbers, default=-1, return_dtype=pl.Int8).fill_null(-1)
    # A copy: what cannot be written is another type to numba, which would compile everything once more.
    return np.array(known, dtype=np.int8)


def _cut_rows(part: Part) -> list[str]:
    """Write the rows that hold a span, in their order."""
    written, bounds = _passes().redact_rows(part.data, part.offsets, np.unique(part.found[:, _ROW]), part.found)
    content = written.tobytes()
    return [content[start:end].decode() for start, end in pairwise(bounds.tolist())]


def _passes() -> ModuleType:
    from demur.filters import passes  # noqa: PLC0415 -- slow import

    return passes


def _kernel() -> ModuleType:
    from demur.filters import symbol_kernel  # noqa: PLC0415 -- slow import

    return symbol_kernel


def _version() -> str:
    """Name the loops by a number that is raised with them, and by a digest the tables, rules and alphabet they read."""
    tables = resources.files("demur.filters").joinpath(FILE).read_bytes()
    read = (tables, repr(LAYOUTS), alphabet_source(), repr(read_card()), repr(read_network_card()))
    return f"identifiers-4+{hashlib.sha256(repr(read).encode()).hexdigest()[:16]}"


FILTER_VERSION: str = _version()
"""Changes whenever a pattern, a table or a loop that decides what is cut changes; manifests record it (FIL-10)."""
