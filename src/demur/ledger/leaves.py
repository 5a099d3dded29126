"""What one entry of the log holds: a kind, a day and 32 bytes; never personal data.

A personal event is a commitment under fresh random bytes: when these are erased, nobody can test the entry against a
list of people, the platform included (EDPB Guidelines 02/2025). A public event is the digest of a published document.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from demur.kernel.errors import InputError, IntegrityError
from demur.kernel.words import RecordKind
from demur.keys.encoding import decode_base64, decode_json, encode_base64

COMMITMENT_BYTES = 32
BLINDING_BYTES = 32
MAX_LEAF_BYTES = 300
_DAY_CHARACTERS = len("2025-05-27")
PERSONAL_KINDS = frozenset({RecordKind.OBJECTION, RecordKind.WITHDRAWAL, RecordKind.RELINK})

_LABELS = {kind: f"demur/v1/{kind.value}\0".encode() for kind in RecordKind}


class LeafContentError(InputError):
    """An entry was to be made of a kind or a length that the log does not have."""

    code = "leaf-content"


class LeafFormatError(IntegrityError):
    """Bytes are not an entry of the log."""

    code = "leaf-format"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry. The day is a day and no instant: seconds would link entries to people."""

    kind: RecordKind
    day: date
    commitment: bytes

    def encode(self) -> bytes:
        """Return the canonical bytes (RFC 8785) that the log hashes."""
        return _write(self.kind, self.day, self.commitment)


def commit(kind: RecordKind, record: bytes, r: bytes) -> bytes:
    """Return the commitment to a record of a personal event: nobody can test it without `r`.

    Args:
        kind: the kind of the entry; a commitment of one kind is none of another.
        record: the canonical bytes of the record.
        r: 32 random bytes, drawn for this record alone and stored with it.

    Raises:
        LeafContentError: `r` has another length.
    """
    if len(r) != BLINDING_BYTES:
        message = f"a commitment needs {BLINDING_BYTES} random bytes, got {len(r)}"
        raise LeafContentError(message)
    return hmac.digest(r, _LABELS[kind] + record, "sha256")


def personal_leaf(kind: RecordKind, day: date, commitment: bytes) -> bytes:
    """Return the entry of a personal event: an objection, a withdrawal or a relink.

    Raises:
        LeafContentError: the kind is that of a public event, or the commitment has no 32 bytes.
    """
    if kind not in PERSONAL_KINDS:
        message = f"{kind} is a public event; a commitment is for {', '.join(sorted(PERSONAL_KINDS))}"
        raise LeafContentError(message)
    return _encode_leaf(kind, day, commitment)


def public_leaf(kind: RecordKind, day: date, document_digest: bytes) -> bytes:
    """Return the entry of a public event: the SHA-256 digest of a published document.

    Raises:
        LeafContentError: the kind is that of a personal event, or the digest has no 32 bytes.
    """
    if kind in PERSONAL_KINDS:
        message = f"{kind} is a personal event, which the log must hold as a commitment"
        raise LeafContentError(message)
    return _encode_leaf(kind, day, document_digest)


def digest_document(content: bytes) -> bytes:
    """Return the 32 bytes by which a public event names a document."""
    return hashlib.sha256(content).digest()


def parse_leaf(data: bytes) -> Leaf:
    """Read the bytes of an entry.

    Raises:
        LeafFormatError: they are not exactly what `personal_leaf` or `public_leaf` gives.
    """
    if len(data) > MAX_LEAF_BYTES:
        message = f"an entry of {len(data)} bytes; the log holds entries up to {MAX_LEAF_BYTES}"
        raise LeafFormatError(message)
    try:
        leaf = _read_leaf(decode_json(data))
    except (ValueError, TypeError, KeyError) as error:
        message = "an entry of the log is not canonical JSON with v, t, d and c"
        raise LeafFormatError(message) from error
    if leaf.encode() != data or len(leaf.commitment) != COMMITMENT_BYTES:
        message = f"an entry of the log has other fields, or a commitment of {len(leaf.commitment)} bytes"
        raise LeafFormatError(message)
    return leaf


def _encode_leaf(kind: RecordKind, day: date, commitment: bytes) -> bytes:
    if len(commitment) != COMMITMENT_BYTES:
        message = f"an entry of the log holds {COMMITMENT_BYTES} bytes, got {len(commitment)}"
        raise LeafContentError(message)
    return _write(kind, day, commitment)


def _write(kind: RecordKind, day: date, commitment: bytes) -> bytes:
    # A datetime is a date to Python, and would write its seconds into the log. Written out: nothing in it needs
    # escaping, and an encoder would cost a tenth of an objection.
    fields = f'"c":"{encode_base64(commitment)}","d":"{day.isoformat()[:_DAY_CHARACTERS]}","t":"{kind}","v":1'
    return f"{{{fields}}}".encode("ascii")


def _read_leaf(content: object) -> Leaf:
    if not isinstance(content, Mapping):
        message = "an entry is an object"
        raise TypeError(message)
    return Leaf(
        kind=RecordKind(content["t"]),
        day=date.fromisoformat(content["d"]),
        commitment=decode_base64(content["c"]),
    )
