"""The loops are compiled in a way that knows numba from inside: it is looked at before another version is taken."""

import numba
import numpy as np
import numpy.typing as npt

from demur.filters import compiling
from demur.filters.compiling import inner, outer

_SMALLEST = 3


@inner
def _is_small(number: int) -> bool:
    return number < _SMALLEST


@inner
def _count_small(numbers: npt.NDArray[np.int64], first: int) -> int:
    count = 0
    for index in range(first, numbers.size):
        count += _is_small(numbers[index])
    return count


@outer
def _count(numbers: npt.NDArray[np.int64]) -> tuple[int, int]:
    return _count_small(numbers, np.int64(0)), _count_small(numbers, np.int64(2))


def test_a_function_answers_with_all_parts_that_it_needs() -> None:
    assert _count(np.array([1, 5, 2, 7])) == (2, 1)


def test_the_way_of_compiling_is_known_for_the_numba_that_is_installed() -> None:
    known = compiling._KNOWN  # noqa: SLF001 -- with another one it falls back to what takes twice as long
    assert numba.version_info.short == known
