"""Groups of duplicates are connected components, whatever way the rows were cut."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from demur.corpus.duplicates import (
    GROUP_COLUMNS,
    GroupTask,
    PairTask,
    connected_components,
    find_pairs,
    join_groups,
    spool_bands,
)
from demur.corpus.spool import read_slot
from demur.corpus.workfolder import WorkFolder
from demur.exchange.tables import write_table
from demur.filters.duplicates import signatures

PAIRS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20)


def reachable(pairs, start):
    """Walk a graph by the definition."""
    seen = {start}
    while more := {end for pair in pairs for end in pair if seen & set(pair)} - seen:
        seen |= more
    return seen


@given(PAIRS)
def test_each_node_is_labelled_with_the_smallest_that_it_is_connected_to(pairs):
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    labels = connected_components(12, ends[:, 0], ends[:, 1])
    assert labels.tolist() == [min(reachable(pairs, node)) for node in range(12)]


def test_a_long_chain_is_one_component():
    nodes = np.arange(5_000)
    assert set(connected_components(5_000, nodes[1:], nodes[:-1]).tolist()) == {0}


def group(folder, partitions, texts_by_item):
    """Run the two stages over items with given texts; return each item's group and whether it is a duplicate."""
    work = WorkFolder(folder)
    parts = [sorted(texts_by_item)[number::partitions] for number in range(partitions)]
    for number, items in enumerate(parts):
        write_table(work.candidates(number), pl.DataFrame({"item_key": items}, schema={"item_key": pl.Binary}))
        signed = signatures(pl.Series([texts_by_item[item] for item in items], dtype=pl.String))
        positions = pl.Series(range(len(items)), dtype=pl.UInt32)
        spool_bands(signed, positions, partition=number, partitions=partitions, work=work)
    for bucket in range(partitions):
        find_pairs(PairTask(bucket=bucket, partitions=partitions, work=work))
    groups = join_groups(GroupTask(partitions=partitions, work=work))
    found = {}
    for number, items in enumerate(parts):
        for position, keeper, is_duplicate in read_slot([work.groups], number, GROUP_COLUMNS).rows():
            found[items[position]] = (keeper, is_duplicate)
    assert sum(groups.duplicates) == sum(is_duplicate for _, is_duplicate in found.values())
    return found


STORY = " ".join(f"word{number}" for number in range(60))
TEXTS = {
    b"a": STORY,
    b"b": f"{STORY} and one more",
    b"c": f"Once, {STORY.upper()}",
    b"d": " ".join(f"other{number}" for number in range(60)),
    b"e": "Good morning!",
    b"f": "good morning",
    b"g": "good evening",
}
EXPECTED = {
    b"a": (b"a", False),
    b"b": (b"a", True),
    b"c": (b"a", True),
    b"e": (b"e", False),
    b"f": (b"e", True),
}


def test_texts_that_say_nearly_the_same_are_one_group_whose_keeper_has_the_smallest_key(tmp_path):
    assert group(tmp_path, 1, TEXTS) == EXPECTED


def test_the_number_of_partitions_does_not_change_a_group(tmp_path):
    assert [group(tmp_path / str(count), count, TEXTS) for count in (2, 3, 5)] == [EXPECTED] * 3


def test_texts_that_say_other_things_are_no_group(tmp_path):
    assert group(tmp_path, 2, {b"a": STORY, b"d": TEXTS[b"d"], b"g": "good evening", b"h": "", b"i": "good"}) == {}
