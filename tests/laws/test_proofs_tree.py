"""Law: roots and proofs are those of RFC 6962, for every size to 300, and nothing else verifies."""

import functools
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from demur.ledger.tree import (
    ProofError,
    consistency_path,
    hash_leaf,
    inclusion_path,
    read_hash_from,
    root_of,
    stored_frontier,
    stored_root,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 300
ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
LEAVES = [hash_leaf(entry) for entry in ENTRIES]
READ = read_hash_from(LEAVES)


# The recursion of RFC 6962 section 2.1, word for word; D[start:end] stands for the list. Nothing of ours is called.
def split(size):
    k = 1
    while k * 2 < size:
        k *= 2
    return k


@functools.cache
def mth(start, end):
    if start == end:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return hashlib.sha256(b"\x00" + ENTRIES[start]).digest()
    k = split(end - start)
    return hashlib.sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


@functools.cache
def path(m, start, end):
    if end - start == 1:
        return ()
    k = split(end - start)
    if m < k:
        return (*path(m, start, start + k), mth(start + k, end))
    return (*path(m - k, start + k, end), mth(start, start + k))


@functools.cache
def subproof(m, start, end, *, b):
    if m == end - start:
        return () if b else (mth(start, end),)
    k = split(end - start)
    if m <= k:
        return (*subproof(m, start, start + k, b=b), mth(start + k, end))
    return (*subproof(m - k, start + k, end, b=False), mth(start, start + k))


def refuses(verify, **claim):
    try:
        verify(**claim)
    except ProofError:
        return True
    return False


def test_every_root_is_that_of_the_recursion():
    for size in range(LARGEST + 1):
        assert root_of(LEAVES[:size]) == stored_root(size, READ) == mth(0, size)


def test_every_inclusion_path_is_that_of_the_recursion_and_verifies():
    for size in range(1, LARGEST + 1):
        root = mth(0, size)
        for index in range(size):
            found = inclusion_path(index, size, READ)
            assert found == path(index, 0, size)
            verify_inclusion(leaf_hash=LEAVES[index], index=index, size=size, path=found, root=root)


def test_every_consistency_path_is_that_of_the_recursion_and_verifies():
    for new_size in range(1, LARGEST + 1):
        new_root = mth(0, new_size)
        for old_size in range(1, new_size + 1):
            found = consistency_path(old_size, new_size, READ)
            assert found == subproof(old_size, 0, new_size, b=True)
            verify_consistency(
                old_size=old_size, old_root=mth(0, old_size), new_size=new_size, new_root=new_root, path=found
            )


def test_a_consistency_proof_of_other_sizes_or_of_a_rewritten_history_is_refused():
    rewritten = [hash_leaf(b"another"), *LEAVES[1:]]
    for new_size in range(2, 34):
        for old_size in range(1, new_size):
            claim = {
                "old_size": old_size,
                "old_root": mth(0, old_size),
                "new_size": new_size,
                "new_root": mth(0, new_size),
                "path": consistency_path(old_size, new_size, READ),
            }
            other_path = consistency_path(old_size, new_size, read_hash_from(rewritten))
            changes = (
                {"old_root": root_of(rewritten[:old_size])},
                {"new_root": root_of(rewritten[:new_size])},
                {"new_root": root_of(rewritten[:new_size]), "path": other_path},
                {"path": claim["path"][1:]},
                {"path": (*claim["path"], LEAVES[0])},
                {"path": ()},
                {"old_size": old_size - 1},
            )
            assert [refuses(verify_consistency, **{**claim, **change}) for change in changes] == [True] * len(changes)


@given(st.data())
def test_one_flipped_bit_of_an_inclusion_proof_is_refused(data):
    size = data.draw(st.integers(2, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    hashes = [LEAVES[index], *inclusion_path(index, size, READ), mth(0, size)]
    at, bit = data.draw(st.integers(0, len(hashes) - 1)), data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(hashes[at], "big") ^ 1 << bit).to_bytes(32, "big")
    leaf_hash, *found, root = [*hashes[:at], flipped, *hashes[at + 1 :]]
    with pytest.raises(ProofError):
        verify_inclusion(leaf_hash=leaf_hash, index=index, size=size, path=found, root=root)


@given(st.data())
def test_one_flipped_bit_of_a_consistency_proof_is_refused(data):
    new_size = data.draw(st.integers(2, LARGEST))
    old_size = data.draw(st.integers(1, new_size - 1))
    hashes = [mth(0, old_size), *consistency_path(old_size, new_size, READ), mth(0, new_size)]
    at, bit = data.draw(st.integers(0, len(hashes) - 1)), data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(hashes[at], "big") ^ 1 << bit).to_bytes(32, "big")
    old_root, *found, new_root = [*hashes[:at], flipped, *hashes[at + 1 :]]
    with pytest.raises(ProofError):
        verify_consistency(old_size=old_size, old_root=old_root, new_size=new_size, new_root=new_root, path=found)


def test_an_inclusion_proof_shows_no_other_place():
    # The shape of a path alone does not tell its size: two sizes may share one, and then the root tells them apart.
    for size in range(1, 18):
        for index in range(size):
            found = inclusion_path(index, size, READ)
            claims = [
                {"leaf_hash": LEAVES[index], "index": other, "size": size, "path": found, "root": mth(0, size)}
                for other in range(size)
            ]
            assert [refuses(verify_inclusion, **claim) for claim in claims] == [other != index for other in range(size)]


def test_a_lengthened_or_shortened_inclusion_path_is_refused():
    for size in range(1, 34):
        for index in range(size):
            claim = {"leaf_hash": LEAVES[index], "index": index, "size": size, "root": mth(0, size)}
            found = inclusion_path(index, size, READ)
            changed = [(*found, LEAVES[0]), (LEAVES[0], *found), *([found[1:], found[:-1]] if found else [])]
            assert all(refuses(verify_inclusion, **claim, path=path) for path in changed)


@given(st.integers(0, 200), st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_growing_by_batches_equals_the_whole_tree(first, batches):
    frontier = stored_frontier(first, READ)
    for length in batches:
        size = min(frontier.size + length, LARGEST)
        batch = LEAVES[frontier.size : size]
        if not batch:
            return
        growth = frontier.append(batch)
        assert (growth.first_index, growth.root) == (frontier.size, mth(0, size))
        assert [growth.inclusion_path(index) for index in range(frontier.size, size)] == [
            path(index, 0, size) for index in range(frontier.size, size)
        ]
        frontier = growth.frontier
        assert frontier == stored_frontier(size, READ)
        assert frontier.root() == mth(0, size)


def test_any_single_batch_equals_the_whole_tree():
    for first in range(40):
        for size in range(first + 1, 75):
            growth = stored_frontier(first, READ).append(LEAVES[first:size])
            assert (growth.root, growth.frontier) == (mth(0, size), stored_frontier(size, READ))
            assert all(growth.inclusion_path(index) == path(index, 0, size) for index in range(first, size))


def test_an_independent_program_gives_the_same_roots_and_paths():
    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    for size in range(1, LARGEST + 1):
        assert root_of(LEAVES[:size]) == tree.get_root(size)
        for index in range(0, size, 7):
            theirs = tree.prove_inclusion(index + 1, size)  # it counts from one, and puts the leaf itself first
            assert (LEAVES[index], *inclusion_path(index, size, READ)) == tuple(theirs.path)


def test_an_independent_program_accepts_our_history():
    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    for old_size in range(1, LARGEST, 13):
        proof = tree.prove_consistency(old_size, LARGEST)
        proof.verify(root_of(LEAVES[:old_size]), root_of(LEAVES), prior_size=old_size, later_size=LARGEST)
