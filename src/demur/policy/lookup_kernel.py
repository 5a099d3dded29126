"""Compiled look-ups of 16-byte keys: an open-addressing table of rows, probed key by key.

Imports numba, and is imported only when there are many keys to look up.
"""

from typing import TypeAlias

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint64]
Rows: TypeAlias = NDArray[np.int32]

_FREE = -1
_MIX = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: keys that differ in few bits are spread (Knuth 6.4)


@njit(cache=True, nogil=True)
def fill_table(keys: Words, table: Rows, shift: int) -> None:
    """Enter the row of each key, two words, in a table of ``2**(64 - shift)`` free places that stays half free."""
    mask = len(table) - 1
    for row in range(len(keys)):
        place = (keys[row, 0] * uint64(_MIX)) >> uint64(shift)
        while table[place] != _FREE:
            place = (place + uint64(1)) & uint64(mask)
        table[place] = row


@njit(cache=True, nogil=True)
def probe_table(wanted: Words, keys: Words, table: Rows, shift: int, found: Rows) -> None:
    """Write the row of each wanted key, or -1."""
    mask = len(table) - 1
    for number in range(len(wanted)):
        place = (wanted[number, 0] * uint64(_MIX)) >> uint64(shift)
        row = table[place]
        while row != _FREE and (keys[row, 0] != wanted[number, 0] or keys[row, 1] != wanted[number, 1]):
            place = (place + uint64(1)) & uint64(mask)
            row = table[place]
        found[number] = row
