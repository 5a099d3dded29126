"""The text filter's tables, made ready for its compiled loops, and the loops run over a buffer of rows.

Imports numba, and is imported only when there is something to read.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from demur.filters.places import FIRST, Part
from demur.filters.places import KINDS as KINDS_PLACE
from demur.filters.scan_kernel import scan_rows
from demur.filters.symbol_kernel import PLANES, Found, Places, fold_rows, mark_pages
from demur.filters.symbols import KINDS, MOST_SYMBOLS, PAGE_SIZE, PAGES, fold_page
from demur.filters.tables import load_tables, size_of

_BEYOND = 64


def find_in_rows(data: npt.NDArray[np.uint8], offsets: Places, languages: npt.NDArray[np.int8]) -> Found:
    """Find the identifiers of rows.

    Row `i` is ``data[offsets[i]:offsets[i + 1]]``, in the language ``LANGUAGES[languages[i]]``, or unknown at -1.
    """
    rows = offsets.size - 1
    text, origins, starts = fold(data, offsets)
    spans = np.empty((text.shape[1] // 2 + 1, 3), dtype=np.int64)
    span_counts = np.empty(rows, dtype=np.int64)
    found = scan_rows(text, origins, starts, languages, _tables(), spans, span_counts)
    which = np.repeat(np.arange(rows), span_counts)
    spans = spans[:found][np.lexsort((spans[:found, 0], which))]
    places = origins[spans[:, :2]] + offsets[0]
    return np.column_stack([which, places, spans[:, 2]])


def fold(data: npt.NDArray[np.uint8], offsets: Places) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32], Places]:
    """Fold rows to symbols; return the planes of places, what leads back to the bytes, and where rows start."""
    size, rows = int(offsets[-1] - offsets[0]), offsets.size - 1
    # The shortest character that is folded to three symbols has two bytes; finders look a little beyond a row's end.
    text = np.zeros((PLANES, (size * MOST_SYMBOLS + 1) // 2 + rows + 1 + _BEYOND), dtype=np.uint8)
    origins = np.empty(text.shape[1], dtype=np.int32)
    starts = np.empty(rows + 1, dtype=np.int64)
    fold_rows(data, offsets, *_folds(data, offsets), text, origins, starts)
    return text, origins, starts


def _folds(data: npt.NDArray[np.uint8], offsets: Places) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
    """Fold the pages of code points that occur; return where each begins, and the pages."""
    is_used = np.zeros(PAGES, dtype=np.bool_)
    mark_pages(data, int(offsets[0]), int(offsets[-1]), is_used)
    used = np.flatnonzero(is_used)
    pages = np.zeros(PAGES, dtype=np.int32)
    pages[used] = np.arange(used.size)
    entries = [fold_page(int(page)) for page in used]
    return pages, np.concatenate(entries) if entries else np.zeros(PAGE_SIZE, dtype=np.uint32)


@cache
def _tables() -> npt.NDArray[np.int32]:
    """Lay everything that the loops compare with one after the other, behind the places of the parts and the kinds."""
    tables = load_tables()
    places = FIRST + np.cumsum([0, *(size_of(tables, part.name) for part in Part)])
    table = np.zeros(places[-1], dtype=np.int32)
    table[: len(Part)], table[KINDS_PLACE:FIRST] = places[:-1], KINDS
    for part in Part:  # one after the other: together they would be in memory twice
        table[places[part] : places[part + 1]] = tables[part.name]
    return table
