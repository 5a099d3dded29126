"""Look-ups by key: the compiled table, the join and a dictionary find the same rows."""

from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.policy.lookup import find_rows, mark, narrow

MANY = 30_000  # enough for the compiled table
keys_of_any_length = st.one_of(st.none(), st.binary(max_size=3), st.binary(min_size=16, max_size=16))


def by_dictionary(wanted, keys):
    rows = {key: row for row, key in enumerate(keys) if key is not None}
    return [None if key is None else rows.get(key) for key in wanted]


def as_column(values):
    return pl.Series("key", values, dtype=pl.Binary)


def many_keys(seed, count):
    random = Random(seed)
    return [random.randbytes(16) for _ in range(count)]


@given(wanted=st.lists(keys_of_any_length), keys=st.lists(keys_of_any_length, unique=True))
def test_a_few_keys_are_found_where_they_stand(wanted, keys):
    assert find_rows(as_column(wanted), as_column(keys)).to_list() == by_dictionary(wanted, keys)


@pytest.mark.parametrize("absent", [None, b"", bytes(16), b"short"])
def test_many_keys_are_found_where_they_stand(absent):
    keys = many_keys("keys", 500)
    wanted = [*many_keys("others", MANY), *keys, absent, *reversed(keys)]
    for known in (keys, [*keys, None], [None, *keys], [*keys, bytes(16)], [*keys, b"short"]):
        assert find_rows(as_column(wanted), as_column(known)).to_list() == by_dictionary(wanted, known)


def test_keys_that_share_a_half_are_told_apart():
    halves = [bytes([number]) * 8 for number in range(200)]
    keys = [first + second for first in halves for second in halves]
    wanted = [second + first for first in halves for second in halves]
    assert find_rows(as_column(wanted), as_column(keys)).to_list() == by_dictionary(wanted, keys)


def test_no_key_is_found_among_none():
    wanted = many_keys("nobody", MANY)
    assert find_rows(as_column(wanted), as_column([])).null_count() == MANY


def test_a_table_is_narrowed_to_the_rows_that_some_keys_name():
    keys = many_keys("table", MANY)
    table = pl.DataFrame({"key": as_column(keys), "number": range(MANY)})
    kept = narrow(table, "key", as_column([keys[7], keys[7], keys[3], b"short"]))
    assert kept["number"].to_list() == [3, 7]


def test_a_column_without_keys_is_narrowed_to_nothing():
    table = pl.DataFrame({"key": as_column([None, None])})
    assert narrow(table, "key", as_column([bytes(16)])).is_empty()


def test_marks_are_where_rows_are_named():
    assert mark("flag", pl.Series([2, None, 0, 2], dtype=pl.UInt32), 4).to_list() == [True, False, True, False]
    assert mark("flag", pl.Series([], dtype=pl.UInt32), 2).to_list() == [False, False]
