"""Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519): who saw a log, when, and that it only grew.

A cosignature is a signature line of a checkpoint's note like any other, with a key type of its own: what it signs
begins with its time, so it can never be taken for the signature of a log. Source: https://c2sp.org/tlog-cosignature
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from demur.keys.notes import (
    NoteSignature,
    NoteSignatureError,
    key_id_of,
    load_private_key,
    make_vkey,
    parse_vkey,
    split_note,
    write_signature,
)

_COSIGNATURE_V1 = b"\x04"
_STAMP = struct.Struct(">Q")
_SIGNATURE_BYTES = 64
# Later years have no datetime in Python; no witness of ours has seen them.
_MAX_SECONDS = 253_402_300_799


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public half of a witness's key, made from its text ``name+hash+key``.

    Raises:
        VerifierKeyError: the text is no verifier key of type 0x04, or its hash does not belong to its key.
    """

    vkey: str
    name: str = field(init=False, repr=False, compare=False)
    key_id: bytes = field(init=False, repr=False, compare=False)
    public_key: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the text apart and check the hash that it carries."""
        name, public_key = parse_vkey(self.vkey, key_type=_COSIGNATURE_V1)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "public_key", public_key)
        object.__setattr__(self, "key_id", key_id_of(name, _COSIGNATURE_V1 + public_key))

    def signed_at(self, text: str, signature: bytes) -> datetime | None:
        """Return the instant that a cosignature of a text states; None when this key did not make it."""
        if len(signature) != _STAMP.size + _SIGNATURE_BYTES:
            return None
        (seconds,) = _STAMP.unpack_from(signature)
        if seconds > _MAX_SECONDS:
            return None
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public_key)
            key.verify(signature[_STAMP.size :], _message(text, seconds))
        except (InvalidSignature, ValueError):
            return None
        return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's key that signs: a name without spaces or plus signs, and an Ed25519 seed of 32 bytes.

    Raises:
        SignerKeyError: the name or the length of the seed is not allowed.
    """

    name: str
    seed: bytes = field(repr=False)
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the name, and load the key once for all signatures."""
        object.__setattr__(self, "_private", load_private_key(self.name, self.seed))

    @property
    def key(self) -> WitnessKey:
        """The public half of this key."""
        return WitnessKey(make_vkey(self.name, _COSIGNATURE_V1 + self._private.public_key().public_bytes_raw()))

    def cosign(self, text: str, *, at: datetime) -> str:
        """Return the signature line which says that a checkpoint's text was seen at an instant, to the second."""
        seconds = int(at.timestamp())
        signature = self._private.sign(_message(text, seconds))
        return write_signature(self.name, self.key.key_id, _STAMP.pack(seconds) + signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A witness saw a checkpoint at an instant, and nothing that it saw before contradicts it."""

    witness: WitnessKey
    at: datetime


def find_cosignatures(note: str | bytes, witnesses: Iterable[WitnessKey]) -> tuple[Cosignature, ...]:
    """Return what the given witnesses say about the text of a note, the newest word of each, in the witnesses' order.

    Signatures of other keys are ignored.

    Raises:
        NoteFormatError: the bytes are not a signed note.
        NoteSignatureError: a signature under the name and id of a given witness is wrong.
    """
    text, signatures = split_note(note)
    known = {(witness.name, witness.key_id): witness for witness in witnesses}
    newest: dict[WitnessKey, datetime] = {}
    for found in signatures:
        witness = known.get((found.name, found.key_id))
        if witness is not None:
            at = _check(text, found, witness)
            newest[witness] = max(at, newest.get(witness, at))
    return tuple(Cosignature(witness=one, at=newest[one]) for one in known.values() if one in newest)


def _check(text: str, found: NoteSignature, witness: WitnessKey) -> datetime:
    at = witness.signed_at(text, found.signature)
    if at is None:
        message = f"the cosignature of {found.name}+{found.key_id.hex()} does not belong to this checkpoint"
        raise NoteSignatureError(message)
    return at


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
