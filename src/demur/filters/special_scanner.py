"""The words of the special-category filter, made ready for its compiled loops, and the loops run over a buffer of rows.

Imports numba, and is imported only when there is something to read.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.scanner import fold
from demur.filters.special_kernel import judge_rows, mark_children
from demur.filters.special_tables import load_table
from demur.filters.symbol_kernel import Found, Places

OWN, OTHERS = range(2)
NAME, AGE_OR_SCHOOL = range(1, 3)
_SIDES: Final = 2


def judge(data: npt.NDArray[np.uint8], offsets: Places, languages: Places) -> npt.NDArray[np.int64]:
    """Tell the kinds of data, as bits, that rows tell of their authors (column `OWN`) and of others (`OTHERS`).

    Row `i` is ``data[offsets[i]:offsets[i + 1]]``, in the languages ``languages[i]``, as bits.
    """
    text, origins, starts = fold(data, offsets)
    found = np.zeros((offsets.size - 1, _SIDES), dtype=np.int64)
    judge_rows(data[offsets[0] :], text, origins, starts, languages, load_table(), found)
    return found


def find_children(data: npt.NDArray[np.uint8], offsets: Places, languages: Places) -> Found:
    """Find the names, ages and schools of children; the label of a find is `NAME` or `AGE_OR_SCHOOL`."""
    text, origins, starts = fold(data, offsets)
    marks = np.zeros(text.shape[1], dtype=np.uint8)
    mark_children(data[offsets[0] :], text, origins, starts, languages, load_table(), marks)
    changes = np.flatnonzero(marks[1:] != marks[:-1]) + 1
    # Where a run begins or ends; the first symbol is a barrier, and so is the last of every row.
    begins = changes[marks[changes] != 0]
    ends = changes[np.searchsorted(changes, begins, side="right")] if begins.size else begins
    rows = np.searchsorted(starts, begins, side="right") - 1
    found = np.column_stack([rows, origins[begins] + offsets[0], origins[ends] + offsets[0], marks[begins]])
    return found[found[:, 2] > found[:, 1]].astype(np.int64)
