"""The tree over a file of pseudonyms is the tree over the list of them."""

import hashlib

import polars as pl
import pytest

from demur.corpus.proof import PSEUDONYM_COLUMNS, TreeTask, tree_over, write_tree
from demur.corpus.spool import open_spool
from demur.exchange.manifest import TreeEntry
from demur.ledger.buckets import build_buckets


def names(count):
    return [hashlib.sha256(str(number).encode()).digest()[:16] for number in range(count)]


def entry(pseudonyms):
    tree = build_buckets(pseudonyms)
    return TreeEntry(k=tree.bits, count=tree.count, root=tree.root.hex())


@pytest.mark.parametrize("count", [0, 1, 15, 16, 31, 32, 33, 700, 5_000])
def test_the_tree_of_a_file_is_the_tree_of_the_list(tmp_path, count):
    (tmp_path / "names").write_bytes(b"".join(sorted(names(count))))
    assert tree_over(tmp_path / "names") == entry(names(count))


def test_pseudonyms_at_the_ends_of_the_range_are_in_the_first_and_last_bucket(tmp_path):
    ends = [bytes(16), b"\xff" * 16, *names(100)]
    (tmp_path / "names").write_bytes(b"".join(sorted(ends)))
    assert tree_over(tmp_path / "names") == entry(ends)


def test_names_from_several_spools_are_sorted_and_each_is_there_once(tmp_path):
    low, high = (sorted(name for name in names(40) if (name < b"\x80") is is_low) for is_low in (True, False))
    for spool_name, parts in (("a", (high, low[5:])), ("b", (high[:3], low[::-1]))):
        with open_spool(tmp_path / spool_name) as spool:
            for slot, part in ((1, parts[0]), (0, parts[1])):
                spool.append(slot, pl.DataFrame({"pseudonym": part}, schema=PSEUDONYM_COLUMNS))
    task = TreeTask(target=tmp_path / "proof.bin", spools=(tmp_path / "a", tmp_path / "b"), slots=2)
    assert write_tree(task) == entry(names(40))
    assert (tmp_path / "proof.bin").read_bytes() == b"".join(sorted(names(40)))
