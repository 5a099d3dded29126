"""Law: presence and absence never both verify, whatever the publisher of a set does."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.kernel.errors import IntegrityError
from demur.ledger.buckets import BucketProof, build_buckets, open_buckets, verify_absence, verify_presence
from demur.ledger.tree import ProofError, hash_leaf, inclusion_path, read_hash_from

# Close together and far apart, so that some share a bucket, a prefix, or all but the last bit.
PSEUDONYMS = st.one_of(
    st.binary(min_size=16, max_size=16),
    st.integers(0, 40).map(lambda number: number.to_bytes(16, "big")),
    st.integers(0, 255).map(lambda number: bytes([number]) + bytes(15)),
)
SETS = st.lists(PSEUDONYMS, max_size=200)


def holds(verify, *claim):
    try:
        verify(*claim)
    except IntegrityError:
        return False
    return True


def both(proof, pseudonym, bits, root):
    claim = (proof, pseudonym, bits, root)
    return holds(verify_presence, *claim), holds(verify_absence, *claim)


@given(SETS, PSEUDONYMS)
def test_membership_decides_which_of_the_two_is_provable(members, asked):
    tree = build_buckets(members)
    for pseudonym in [asked, *members[:5]]:
        is_member = pseudonym in members
        assert both(tree.prove(pseudonym), pseudonym, tree.bits, tree.root) == (is_member, not is_member)


@given(SETS, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(members, random):
    shuffled = random.sample(members, len(members)) + members
    first, second = build_buckets(members), build_buckets(shuffled)
    assert (first.bits, first.count, first.root) == (second.bits, second.count, second.root)
    assert open_buckets(first.to_bytes()).root == first.root


@given(SETS, PSEUDONYMS)
def test_a_proof_comes_back(members, asked):
    proof = build_buckets(members).prove(asked)
    assert BucketProof.from_bytes(proof.to_bytes()) == proof


@given(st.lists(PSEUDONYMS, min_size=20, max_size=100), PSEUDONYMS, st.data())
def test_one_flipped_bit_of_a_proof_shows_nothing(members, asked, data):
    tree = build_buckets(members)
    content = tree.prove(asked).to_bytes()
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    flipped = content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
    try:
        proof = BucketProof.from_bytes(flipped)
    except IntegrityError:
        return
    assert both(proof, asked, tree.bits, tree.root) == (False, False)


@given(st.integers(0, 3), st.lists(st.lists(PSEUDONYMS, max_size=4), min_size=8, max_size=8), PSEUDONYMS)
def test_even_a_forged_tree_never_shows_both(bits, buckets, asked):
    # The publisher fills the leaves as it likes: unsorted, twice, in the wrong place. One root, any proof from it.
    leaves = buckets[: 1 << bits]
    read_hash = read_hash_from([hash_leaf(b"".join(bucket)) for bucket in leaves])
    root = read_hash(bits, 0)
    shown = set()
    for index, bucket in enumerate(leaves):
        proof = BucketProof(bits=bits, bucket=tuple(bucket), path=inclusion_path(index, 1 << bits, read_hash))
        presence, absence = both(proof, asked, bits, root)
        shown |= {"presence"} if presence else set()
        shown |= {"absence"} if absence else set()
    assert len(shown) <= 1


@given(st.lists(PSEUDONYMS, min_size=33, max_size=100, unique=True), PSEUDONYMS)
def test_the_bucket_of_another_prefix_shows_nothing(members, asked):
    tree = build_buckets(members)
    foreign = bytes([asked[0] ^ 0x80]) + asked[1:]
    assert tree.bits > 0
    assert both(tree.prove(foreign), asked, tree.bits, tree.root) == (False, False)


@given(st.lists(PSEUDONYMS, min_size=1, max_size=100, unique=True), st.data())
def test_a_member_cannot_be_dropped_from_its_bucket(members, data):
    tree = build_buckets(members)
    member = data.draw(st.sampled_from(members))
    proof = tree.prove(member)
    without = tuple(entry for entry in proof.bucket if entry != member)
    with pytest.raises(ProofError):
        verify_absence(dataclasses.replace(proof, bucket=without), member, tree.bits, tree.root)
