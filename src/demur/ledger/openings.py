"""Openings: what a person needs to show that an entry of the log is about them.

The receipt carries one in its ``extra`` line. It holds the record as it was committed to, the random bytes of the
commitment and the proof keys, from which the person computes their pseudonym in any corpus, offline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from demur.kernel.errors import IntegrityError
from demur.kernel.words import RecordKind
from demur.keys.encoding import decode_base64, decode_json, encode_base64
from demur.keys.notes import Verifier
from demur.keys.subjects import proof_key_commitment
from demur.ledger.checkpoint import Checkpoint
from demur.ledger.leaves import BLINDING_BYTES, PERSONAL_KINDS, Leaf, commit, parse_leaf, personal_leaf
from demur.ledger.receipt import TlogProof, parse_tlog_proof, verify_entry


class OpeningError(IntegrityError):
    """An opening is broken, or does not open the entry that it came with."""

    code = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The record behind a personal entry, and what shows that the entry commits to it.

    The proof keys stand in the order of the record's ``subjects``, which `bind_subjects` writes.
    """

    kind: RecordKind
    day: date
    record: bytes
    r: bytes
    proof_keys: tuple[bytes, ...] = ()

    def leaf_data(self) -> bytes:
        """Return the bytes of the entry that this opening belongs to, computed from the record alone.

        Raises:
            LeafContentError: the random bytes have a wrong length, or the kind is that of a public event.
        """
        return personal_leaf(self.kind, self.day, commit(self.kind, self.record, self.r))

    def encode(self) -> bytes:
        """Return the bytes for the ``extra`` line of a receipt."""
        proof_keys = ",".join([f'"{encode_base64(proof_key)}"' for proof_key in self.proof_keys])
        fields = (
            f'"d":"{self.day.isoformat()}","proof_keys":[{proof_keys}],"r":"{encode_base64(self.r)}"',
            f'"record":"{encode_base64(self.record)}","t":"{self.kind.value}","v":1',
        )
        return f"{{{','.join(fields)}}}".encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReceipt:
    """A receipt that was verified: the opening is what the log holds at the index."""

    index: int
    opening: Opening
    checkpoint: Checkpoint


def bind_subjects(proof_keys: Sequence[bytes]) -> list[dict[str, str]]:
    """Return the ``subjects`` of a record: by this list the record commits to one proof key for each account.

    Without it the platform could later hand over another key, whose pseudonym is in no corpus.
    """
    return [{"proof_key_commitment": encode_base64(proof_key_commitment(proof_key))} for proof_key in proof_keys]


def encode_opening(leaf_data: bytes, record: bytes, r: bytes, proof_keys: Sequence[bytes] = ()) -> bytes:
    """Return the opening of an entry that was just made.

    Args:
        leaf_data: the entry.
        record: the canonical bytes of the record, as they were committed to.
        r: the random bytes of the commitment.
        proof_keys: those that the record's ``subjects`` commit to (`bind_subjects`), in their order.

    Raises:
        OpeningError: the entry does not commit to this record, or the record does not commit to these proof keys.
    """
    leaf = parse_leaf(leaf_data)
    opening = Opening(kind=leaf.kind, day=leaf.day, record=record, r=r, proof_keys=tuple(proof_keys))
    verify_opening(opening, leaf_data)
    return opening.encode()


def parse_opening(content: bytes) -> Opening:
    """Read an opening; nothing is verified yet.

    Raises:
        OpeningError: the bytes are not exactly what `Opening.encode` gives.
    """
    try:
        opening = _read_opening(decode_json(content))
    except (ValueError, TypeError, KeyError) as error:
        message = "an opening is not canonical JSON with v, t, d, record, r and proof_keys"
        raise OpeningError(message) from error
    if opening.encode() != content:
        message = "an opening holds fields of another version"
        raise OpeningError(message)
    return opening


def verify_opening(opening: Opening, leaf_data: bytes) -> Leaf:
    """Check that an entry commits to an opening's record, and the record to its proof keys; return the entry.

    Raises:
        LeafFormatError: the bytes are no entry of the log.
        OpeningError: the entry, or the record, commits to something else.
    """
    leaf = parse_leaf(leaf_data)
    _verify_proof_keys(opening)
    found = (opening.kind, opening.day, commit(opening.kind, opening.record, opening.r))
    if found != (leaf.kind, leaf.day, leaf.commitment):
        message = f"the {leaf.kind} entry of {leaf.day} does not commit to the record of this opening"
        raise OpeningError(message)
    return leaf


def verify_receipt(receipt: str | TlogProof, verifier: Verifier) -> OpenedReceipt:
    """Check a personal receipt offline: the log that this key signs holds the record that the receipt opens.

    Raises:
        ReceiptFormatError, OpeningError: the receipt, or the opening in it, cannot be read.
        NoteFormatError, NoteSignatureError, CheckpointFormatError: the checkpoint is not one of this log.
        ProofError: the signed tree does not hold the record's entry at this index.
    """
    proof = receipt if isinstance(receipt, TlogProof) else parse_tlog_proof(receipt)
    if proof.extra is None:
        message = "the receipt carries no opening in its extra line"
        raise OpeningError(message)
    opening = parse_opening(proof.extra)
    leaf_data = opening.leaf_data()
    checkpoint = verify_entry(proof, leaf_data, verifier)
    verify_opening(opening, leaf_data)
    return OpenedReceipt(index=proof.index, opening=opening, checkpoint=checkpoint)


def _verify_proof_keys(opening: Opening) -> None:
    """Refuse a proof key that the record does not name: its pseudonym would be a stranger's, or nobody's."""
    if not opening.proof_keys:
        return
    if _subjects(opening.record) != bind_subjects(opening.proof_keys):
        message = f"the record does not commit to the {len(opening.proof_keys)} proof keys of this opening"
        raise OpeningError(message)


def _subjects(record: bytes) -> object:
    try:
        content = decode_json(record)
    except ValueError as error:
        message = "the record of this opening is not canonical JSON"
        raise OpeningError(message) from error
    return content.get("subjects") if isinstance(content, Mapping) else None


def _read_opening(content: object) -> Opening:
    if not isinstance(content, Mapping):
        message = "an opening is an object"
        raise TypeError(message)
    opening = Opening(
        kind=RecordKind(content["t"]),
        day=date.fromisoformat(content["d"]),
        record=decode_base64(content["record"]),
        r=decode_base64(content["r"]),
        proof_keys=tuple(decode_base64(proof_key) for proof_key in content["proof_keys"]),
    )
    if len(opening.r) != BLINDING_BYTES or opening.kind not in PERSONAL_KINDS:
        message = f"an opening is of a personal event and holds {BLINDING_BYTES} random bytes"
        raise ValueError(message)
    return opening
