"""The prefix-bucket tree: a proof, in about 1 KB, that somebody is or is not in a published set of pseudonyms.

A tree of 2**bits leaves; leaf j holds the sorted pseudonyms whose first bits are j, and may be empty. The pseudonym
itself forces the leaf, so a proof of presence and one of absence cannot both hold, whatever the publisher does: nobody
needs to trust, or to audit, the order of the whole set. Verifying needs only the standard library.
"""

import bisect
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from demur.kernel.errors import InputError, IntegrityError
from demur.ledger.tree import (
    HASH_BYTES,
    ProofError,
    ReadHash,
    hash_leaf,
    inclusion_path,
    read_hash_from,
    verify_inclusion,
)

PSEUDONYM_BYTES = 16
_PSEUDONYM_BITS = PSEUDONYM_BYTES * 8
_MEAN_AT_LEAST = 16
_MAX_BITS = 40
_MAGIC = b"dmB1"
_HEAD_BYTES = len(_MAGIC) + 1 + 2


class PseudonymError(InputError):
    """A pseudonym has another length than 16 bytes, or a stored list of them is not sorted and unique."""

    code = "pseudonym"


class BucketProofFormatError(IntegrityError):
    """Bytes are not a proof of presence or absence."""

    code = "bucket-proof-format"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketProof:
    """One bucket and its inclusion path; it shows presence or absence of every pseudonym that belongs there."""

    bits: int
    bucket: tuple[bytes, ...]
    path: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Return the proof: a mark of 4 bytes, bits (1), number of pseudonyms (2), pseudonyms, path."""
        head = _MAGIC + self.bits.to_bytes(1, "big") + len(self.bucket).to_bytes(2, "big")
        return b"".join((head, *self.bucket, *self.path))

    @classmethod
    def from_bytes(cls, content: bytes) -> "BucketProof":
        """Read what `to_bytes` wrote; nothing is verified yet.

        Raises:
            BucketProofFormatError: the bytes are not a proof of this form.
        """
        bits, in_bucket = content[len(_MAGIC) : len(_MAGIC) + 1], content[len(_MAGIC) + 1 : _HEAD_BYTES]
        path_at = _HEAD_BYTES + int.from_bytes(in_bucket, "big") * PSEUDONYM_BYTES
        expected = path_at + int.from_bytes(bits, "big") * HASH_BYTES
        if not content.startswith(_MAGIC) or len(content) != expected:
            message = f"a proof of presence or absence of {len(content)} bytes, its head says {expected}"
            raise BucketProofFormatError(message)
        return cls(
            bits=bits[0],
            bucket=_slices(content[_HEAD_BYTES:path_at], PSEUDONYM_BYTES),
            path=_slices(content[path_at:], HASH_BYTES),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketTree:
    """A set of pseudonyms ready to prove from. Publish `bits`, `count` and `root`; keep `pseudonyms`."""

    bits: int
    count: int
    root: bytes
    pseudonyms: tuple[bytes, ...]
    read_hash: ReadHash

    def prove(self, pseudonym: bytes) -> BucketProof:
        """Return the bucket to which a pseudonym belongs, with its path: proof of its presence or of its absence.

        Raises:
            PseudonymError: it does not have 16 bytes.
        """
        _check_length(pseudonym)
        index = _prefix(pseudonym, self.bits)
        return BucketProof(
            bits=self.bits,
            bucket=_bucket(self.pseudonyms, self.bits, index),
            path=inclusion_path(index, 1 << self.bits, self.read_hash),
        )

    def to_bytes(self) -> bytes:
        """Return all pseudonyms, sorted, one after the other; `open_buckets` makes the same tree from them."""
        return b"".join(self.pseudonyms)


def build_buckets(pseudonyms: Iterable[bytes]) -> BucketTree:
    """Make the tree of a set of pseudonyms; order and repeats do not matter.

    Raises:
        PseudonymError: one of them does not have 16 bytes.
    """
    ordered = tuple(sorted(set(pseudonyms)))
    for pseudonym in ordered:
        _check_length(pseudonym)
    bits = choose_bits(len(ordered))
    hashes = [hash_leaf(b"".join(_bucket(ordered, bits, index))) for index in range(1 << bits)]
    read_hash = read_hash_from(hashes)
    return BucketTree(bits=bits, count=len(ordered), root=read_hash(bits, 0), pseudonyms=ordered, read_hash=read_hash)


def open_buckets(content: bytes) -> BucketTree:
    """Make the tree from the bytes that `BucketTree.to_bytes` gave.

    Raises:
        PseudonymError: the bytes are not whole pseudonyms, sorted and unique.
    """
    pseudonyms = _slices(content, PSEUDONYM_BYTES)
    tree = build_buckets(pseudonyms)
    if tree.pseudonyms != pseudonyms:
        message = f"a list of {len(pseudonyms)} pseudonyms is not sorted, or holds one twice"
        raise PseudonymError(message)
    return tree


def choose_bits(count: int) -> int:
    """Return the bits of the tree of a count of pseudonyms: 16 to 32 fall into a bucket on average, from 16 on."""
    return max((count // _MEAN_AT_LEAST).bit_length() - 1, 0)


def verify_presence(proof: BucketProof, pseudonym: bytes, bits: int, root: bytes) -> None:
    """Check that a pseudonym is in the set with these published bits and root.

    Raises:
        ProofError: the proof does not show it.
    """
    if pseudonym not in _verified_bucket(proof, pseudonym, bits, root):
        message = "the proof shows that the pseudonym is not in the set"
        raise ProofError(message)


def verify_absence(proof: BucketProof, pseudonym: bytes, bits: int, root: bytes) -> None:
    """Check that a pseudonym is not in the set with these published bits and root.

    Raises:
        ProofError: the proof does not show it.
    """
    if pseudonym in _verified_bucket(proof, pseudonym, bits, root):
        message = "the proof shows that the pseudonym is in the set"
        raise ProofError(message)


def _verified_bucket(proof: BucketProof, pseudonym: bytes, bits: int, root: bytes) -> tuple[bytes, ...]:
    _check_length(pseudonym)
    if proof.bits != bits or not 0 <= bits <= _MAX_BITS or len(proof.path) != bits:
        message = (
            f"the proof is for a tree of {proof.bits} bits with {len(proof.path)} hashes, published are {bits} bits"
        )
        raise ProofError(message)
    index = _prefix(pseudonym, bits)
    bucket = proof.bucket
    is_sorted = all(earlier < later for earlier, later in itertools.pairwise(bucket))
    belongs = all(len(entry) == PSEUDONYM_BYTES and _prefix(entry, bits) == index for entry in bucket)
    if not is_sorted or not belongs:
        message = f"bucket {index} of the proof is not sorted, or holds what belongs elsewhere"
        raise ProofError(message)
    verify_inclusion(leaf_hash=hash_leaf(b"".join(bucket)), index=index, size=1 << bits, path=proof.path, root=root)
    return bucket


def _bucket(ordered: tuple[bytes, ...], bits: int, index: int) -> tuple[bytes, ...]:
    shift = _PSEUDONYM_BITS - bits
    start = bisect.bisect_left(ordered, (index << shift).to_bytes(PSEUDONYM_BYTES, "big"))
    last = ((index + 1 << shift) - 1).to_bytes(PSEUDONYM_BYTES, "big")
    return ordered[start : bisect.bisect_right(ordered, last, start)]


def _prefix(pseudonym: bytes, bits: int) -> int:
    return int.from_bytes(pseudonym, "big") >> _PSEUDONYM_BITS - bits


def _slices(content: bytes, length: int) -> tuple[bytes, ...]:
    return tuple(content[at : at + length] for at in range(0, len(content), length))


def _check_length(pseudonym: bytes) -> None:
    if len(pseudonym) != PSEUDONYM_BYTES:
        message = f"a pseudonym has {PSEUDONYM_BYTES} bytes, got {len(pseudonym)}"
        raise PseudonymError(message)
