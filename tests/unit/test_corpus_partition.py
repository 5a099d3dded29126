"""Partitions are equal ranges of keys, so that one after the other they are in the order of keys."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from demur.corpus.partition import partition_of_item, slot_of, slot_of_number

KEYS = st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=20)
SLOTS = st.sampled_from([1, 2, 3, 96, 65_536])


@given(KEYS, SLOTS)
def test_slots_follow_the_order_of_keys_and_are_in_range(keys, slots):
    frame = pl.DataFrame({"key": sorted(keys)}, schema={"key": pl.Binary})
    found = frame.select(slot_of(pl.col("key"), slots)).to_series().to_list()
    assert found == sorted(found)
    assert all(0 <= slot < slots for slot in found)


@given(st.integers(0, 2**64 - 1), SLOTS)
def test_a_hash_falls_into_the_slot_of_its_upper_half(number, slots):
    frame = pl.DataFrame({"number": [number]}, schema={"number": pl.UInt64})
    assert frame.select(slot_of_number(pl.col("number"), slots)).item() == (number >> 32) * slots >> 32


def test_the_ends_of_the_range_are_the_first_and_the_last_slot():
    frame = pl.DataFrame({"key": [bytes(16), b"\xff" * 16]})
    assert frame.select(slot_of(pl.col("key"), 7)).to_series().to_list() == [0, 6]


def test_an_item_goes_with_its_author_and_without_one_by_its_own_key():
    frame = pl.DataFrame(
        {"subject_key": [b"\xff" * 16, None, bytes(16)], "item_key": [bytes(16), b"\xff" * 16, b"\xff" * 16]}
    )
    assert frame.select(partition_of_item(4).alias("partition"))["partition"].to_list() == [3, 3, 0]
