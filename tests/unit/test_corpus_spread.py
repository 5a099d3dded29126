"""The order of rows in shards keeps one person's rows apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from demur.corpus.spread import smallest_stride, spread_order

RUNS = st.lists(st.integers(min_value=1, max_value=12), max_size=14)


def neighbours(runs):
    """Count written neighbours that are rows of one author."""
    runs = np.array(runs, dtype=np.int64)
    authors = np.repeat(np.arange(runs.size), runs)[spread_order(runs)]
    return int((authors[1:] == authors[:-1]).sum())


@given(RUNS)
def test_every_row_is_written_once(runs):
    assert sorted(spread_order(np.array(runs, dtype=np.int64)).tolist()) == list(range(sum(runs)))


@given(RUNS)
def test_no_two_rows_of_one_author_are_neighbours_while_nobody_has_more_than_half(runs):
    if max(runs, default=0) <= (sum(runs) + 1) // 2:
        assert neighbours(runs) == 0


def test_rows_of_one_author_alone_are_interleaved():
    assert spread_order(np.array([5])).tolist() == [0, 3, 1, 4, 2]


def test_an_author_of_most_rows_is_interrupted_as_often_as_possible():
    assert neighbours([1, 7, 1]) == 4


def test_half_of_the_rows_by_one_author_alternate_with_the_others():
    assert neighbours([2, 2]) == 0
    assert neighbours([1, 3, 2]) == 0


def test_the_stride_is_the_smallest_that_jumps_over_an_author_both_ways():
    assert [smallest_stride(*case) for case in [(10, 1), (10, 2), (10, 4), (10, 5), (11, 5), (1, 1), (0, 0)]] == [
        1,
        3,
        None,
        None,
        5,
        None,
        None,
    ]


def test_no_rows_have_an_empty_order():
    assert spread_order(np.array([], dtype=np.int64)).tolist() == []
