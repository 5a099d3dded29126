import hashlib

import pytest

from demur.ledger.buckets import (
    BucketProof,
    BucketProofFormatError,
    PseudonymError,
    build_buckets,
    choose_bits,
    open_buckets,
    verify_absence,
    verify_presence,
)
from demur.ledger.tree import ProofError, hash_leaf, root_of

MEMBERS = sorted(hashlib.sha256(b"invented %d" % number).digest()[:16] for number in range(1000))
STRANGER = hashlib.sha256(b"a stranger").digest()[:16]
TREE = build_buckets(MEMBERS)


def test_a_bucket_holds_16_to_32_on_average():
    sizes = (0, 1, 31, 32, 63, 64, 1000, 10_000_000, 450_000_000, 10_000_000_000)
    assert [choose_bits(size) for size in sizes] == [0, 0, 0, 1, 1, 2, 5, 19, 24, 29]


def test_the_root_is_that_of_the_sorted_buckets():
    buckets = [b"".join(member for member in MEMBERS if member[0] >> 3 == index) for index in range(32)]
    assert (TREE.bits, TREE.count, TREE.root) == (5, 1000, root_of([hash_leaf(bucket) for bucket in buckets]))


def test_the_empty_set_shows_absence_of_everybody():
    tree = build_buckets([])
    assert (tree.bits, tree.count, tree.root) == (0, 0, hash_leaf(b""))
    verify_absence(tree.prove(STRANGER), STRANGER, tree.bits, tree.root)


def test_members_are_present_and_the_stranger_is_absent():
    for member in MEMBERS:
        verify_presence(TREE.prove(member), member, TREE.bits, TREE.root)
    verify_absence(TREE.prove(STRANGER), STRANGER, TREE.bits, TREE.root)


def test_the_wrong_claim_says_what_the_proof_shows():
    with pytest.raises(ProofError, match="shows that the pseudonym is in the set"):
        verify_absence(TREE.prove(MEMBERS[0]), MEMBERS[0], TREE.bits, TREE.root)
    with pytest.raises(ProofError, match="shows that the pseudonym is not in the set"):
        verify_presence(TREE.prove(STRANGER), STRANGER, TREE.bits, TREE.root)


@pytest.mark.parametrize("bits", [0, 4, 6, 41])
def test_a_proof_for_other_bits_than_published_is_refused(bits):
    with pytest.raises(ProofError, match=f"a tree of 5 bits with 5 hashes, published are {bits} bits"):
        verify_absence(TREE.prove(STRANGER), STRANGER, bits, TREE.root)


def test_a_proof_for_another_root_is_refused():
    other = build_buckets(MEMBERS[1:])
    with pytest.raises(ProofError):
        verify_absence(TREE.prove(STRANGER), STRANGER, TREE.bits, other.root)


def test_a_proof_is_as_small_as_promised():
    proof = TREE.prove(STRANGER)
    assert len(proof.to_bytes()) == 7 + 16 * len(proof.bucket) + 32 * 5


def test_a_stored_list_makes_the_same_tree():
    opened = open_buckets(TREE.to_bytes())
    assert (opened.bits, opened.count, opened.root) == (TREE.bits, TREE.count, TREE.root)


@pytest.mark.parametrize("content", [MEMBERS[1] + MEMBERS[0], MEMBERS[0] * 2, MEMBERS[0][:15], MEMBERS[0] + b"x"])
def test_a_stored_list_that_is_not_sorted_unique_and_whole_is_refused(content):
    with pytest.raises(PseudonymError):
        open_buckets(content)


def test_a_pseudonym_of_another_length_is_refused():
    for act in (TREE.prove, lambda pseudonym: build_buckets([pseudonym])):
        with pytest.raises(PseudonymError, match="a pseudonym has 16 bytes, got 15"):
            act(bytes(15))


def test_every_cut_or_lengthened_proof_is_refused():
    content = TREE.prove(STRANGER).to_bytes()
    for changed in [content + b"x", *(content[:length] for length in range(len(content)))]:
        with pytest.raises(BucketProofFormatError):
            BucketProof.from_bytes(changed)
