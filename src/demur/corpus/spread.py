"""The order of rows inside a partition: one person's rows are never side by side when that is possible.

A reader that takes neighbouring rows as one text, and a trainer that packs them into one sequence, must not get a
person's posts as a continuous text about that person. The order is a closed form of the sorted rows: no seed decides.
"""

import math

import numpy as np
from numpy.typing import NDArray

Order = NDArray[np.int64]


def spread_order(runs: NDArray[np.int64]) -> Order:
    """Return the order in which rows sorted by author are written.

    Args:
        runs: the number of rows of each author, in sorted order.

    No two rows of one author are neighbours unless one author has more than half of all rows (rounded up).
    """
    rows = int(runs.sum())
    if not rows:
        return np.empty(0, dtype=np.int64)
    stride = smallest_stride(rows, int(runs.max()))
    if stride is None:
        return _interleave(runs)
    return (np.arange(rows, dtype=np.int64) * stride) % rows


def smallest_stride(rows: int, longest: int) -> int | None:
    """Return the smallest step that visits every row once and jumps over an author's rows both ways, if there is one.

    Neighbours in writing are then one step apart in sorted order (or ``rows`` less one step, around the end), and an
    author's rows are less than `longest` apart.
    """
    return next((step for step in range(max(longest, 1), rows - longest + 1) if math.gcd(step, rows) == 1), None)


def _interleave(runs: NDArray[np.int64]) -> Order:
    """Fill the even places, then the odd ones, with the author of most rows first.

    Then no later author can meet their own rows where the even places end and the odd ones begin.
    """
    largest = int(np.argmax(runs))
    start, end = int(runs[:largest].sum()), int(runs[: largest + 1].sum())
    sequence = np.concatenate([np.arange(start, end), np.arange(start), np.arange(end, runs.sum())])
    order = np.empty(sequence.size, dtype=np.int64)
    half = (sequence.size + 1) // 2
    order[0::2] = sequence[:half]
    order[1::2] = sequence[half:]
    return order
