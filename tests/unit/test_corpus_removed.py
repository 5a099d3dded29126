"""Rows as bitmaps of shards and back, decisions as text, authors without some of them."""

import hashlib

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.corpus.listing import REMOVAL_DECISION_COLUMNS, decisions_listing, listing_digest
from demur.corpus.proof import without_names
from demur.corpus.reading_errors import RemovalsBrokenError
from demur.corpus.removed import encode_rows, removed_rows, shard_name
from demur.exchange.manifest import DecisionsEntry, ShardEntry, TreeEntry
from demur.exchange.removals import Removals
from demur.kernel.words import DocumentKind
from demur.ledger.buckets import build_buckets

SIZES = (5, 1, 70_000, 3)
STARTS = tuple(sum(SIZES[:number]) for number in range(len(SIZES)))
SHARDS = [
    ShardEntry(path=f"shards/{number:05d}-000.parquet", sha256="", rows=rows, first_row=first)
    for number, (rows, first) in enumerate(zip(SIZES, STARTS, strict=True))
]
BY_NAME = {shard_name(shard): shard for shard in SHARDS}
ORDINALS = st.sets(st.integers(0, sum(SIZES) - 1), max_size=50)


def version_of(rows: dict[str, str], removed: int) -> Removals:
    return Removals(
        kind=DocumentKind.REMOVALS,
        corpus_id="",
        version=4,
        previous="",
        log_size=0,
        as_of="",
        snapshot="",
        rows=rows,
        removed=removed,
        removed_before=0,
        reasons={},
        decisions=DecisionsEntry(path="", sha256="", rows=0, listing=""),
        authors=TreeEntry(k=0, count=0, root=""),
    )


def encode(ordinals: set[int]) -> dict[str, str]:
    return encode_rows(np.array(sorted(ordinals), dtype=np.uint64), SHARDS)


@given(ORDINALS)
def test_rows_survive_their_bitmaps(ordinals):
    assert removed_rows(version_of(encode(ordinals), len(ordinals)), BY_NAME).tolist() == sorted(ordinals)


@given(ORDINALS)
def test_only_shards_that_are_touched_have_a_bitmap(ordinals):
    touched = {shard_name(s) for s in SHARDS if any(s.first_row <= row < s.first_row + s.rows for row in ordinals)}
    assert encode(ordinals).keys() == touched


def test_a_row_beyond_the_end_of_a_shard_is_refused():
    rows = {"00001-000": encode({0, 1})["00000-000"]}
    with pytest.raises(RemovalsBrokenError, match="version 4 names rows that shard 00001-000 does not have"):
        removed_rows(version_of(rows, 2), BY_NAME)


def test_a_version_that_miscounts_its_rows_is_refused():
    with pytest.raises(RemovalsBrokenError, match="version 4 names 2 rows and counts 3"):
        removed_rows(version_of(encode({0, 1}), 3), BY_NAME)


def test_a_shard_keeps_its_name_through_purges():
    purged = msgspec.structs.replace(SHARDS[2], path="shards/00002-000.v00003.parquet")
    assert shard_name(purged) == shard_name(SHARDS[2]) == "00002-000"


def test_decisions_are_a_line_an_item_in_order():
    rows = [(bytes([number]) * 16, "exclude", "deleted", "posts", "a.parquet", number) for number in (2, 1)]
    decisions = pl.DataFrame(rows, schema=REMOVAL_DECISION_COLUMNS, orient="row")
    text = f"{'01' * 16} exclude deleted\n{'02' * 16} exclude deleted\n".encode()
    assert (decisions_listing(decisions), listing_digest(decisions)) == (text, hashlib.sha256(text).hexdigest())


NAMES = st.sets(st.binary(min_size=16, max_size=16), max_size=30)


@given(NAMES, NAMES, st.data())
def test_authors_without_some_are_the_tree_of_the_others(names, strangers, data):
    lost = strangers | set(data.draw(st.lists(st.sampled_from(sorted(names)), max_size=5)) if names else [])
    assert without_names(build_buckets(names).to_bytes(), lost) == build_buckets(names - lost).to_bytes()
