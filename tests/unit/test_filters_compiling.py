"""The loops are compiled in a way that knows numba from inside: it is looked at before another version is taken."""

from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
import pytest

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


def test_what_numba_compiles_for_itself_waits_until_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiling.nrtdynmod.compile_nrt_functions is compiling._LateRuntime  # noqa: SLF001 -- what numba calls
    compiled: list[str] = []
    monkeypatch.setattr(compiling, "_compile_runtime", lambda context: compiled.append(context) or Path("a library"))
    late = compiling._LateRuntime("context")  # noqa: SLF001 -- what it saves is memory, which no unit test measures
    assert not compiled
    assert (late.name, late.name, compiled) == ("a library", "a library", ["context"])
