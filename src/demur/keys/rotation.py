"""Key rotation: a statement, signed by the old and by the new key, that one takes the place of the other.

The old signature passes the trust on; the new one shows that whoever is named also holds the new key. The digest of the
note is logged under the record kind ``key``, so that the moment of the change has a place in the history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from demur.kernel.errors import InputError, IntegrityError
from demur.keys.encoding import decode_json, encode_json
from demur.keys.notes import Signer, Verifier, open_note, sign_note, split_note


class KeyRole(StrEnum):
    """What a signing key signs."""

    LOG = "log"
    DOCUMENTS = "documents"


class RotationError(IntegrityError):
    """A note is not a valid statement that replaces the trusted key."""

    code = "key-rotation"


class RotationSignerError(InputError):
    """The keys that should sign a rotation are not the keys that it names."""

    code = "key-rotation-signer"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """From a day on, a new key signs in the place of an old one of the same name."""

    role: KeyRole
    old_vkey: str
    new_vkey: str
    day: date

    def record(self) -> dict[str, str | int]:
        """Return the content of the statement."""
        return {
            "v": 1,
            "role": self.role.value,
            "old": self.old_vkey,
            "new": self.new_vkey,
            "day": self.day.isoformat(),
        }


def sign_rotation(rotation: KeyRotation, *, old: Signer, new: Signer) -> str:
    """Return the note that states a rotation, signed by both keys.

    Raises:
        RotationSignerError: a signer is not the key that the rotation names.
    """
    if (old.vkey, new.vkey) != (rotation.old_vkey, rotation.new_vkey):
        message = f"the signers are {old.vkey} and {new.vkey}, the rotation names other keys"
        raise RotationSignerError(message)
    return sign_note(encode_json(rotation.record()).decode() + "\n", [old, new])


def verify_rotation(note: str | bytes, trusted: Verifier) -> KeyRotation:
    """Return the rotation that a note states, when the trusted key and the new key both signed it.

    Raises:
        RotationError: the note replaces another key than the trusted one, or its name, or is not a rotation.
        NoteFormatError: it is no signed note.
        NoteSignatureError: one of the two signatures is missing or wrong.
    """
    # Of the trusted key alone: one that was replaced before passes nothing on.
    rotation = _parse_rotation(open_note(note, Verifier(trusted.vkey)))
    new = Verifier(rotation.new_vkey)
    if rotation.old_vkey != trusted.vkey or new.name != trusted.name:
        message = f"the rotation replaces {rotation.old_vkey}, trusted is {trusted.vkey}"
        raise RotationError(message)
    open_note(note, new)
    return rotation


def follow_rotations(trusted: Verifier, notes: Iterable[str]) -> Verifier:
    """Return the newest key that statements lead to from a trusted one; it accepts what the keys before it signed.

    Statements that replace other keys are passed over: they may be of another role, or older than the trusted key.

    Raises:
        RotationError, NoteFormatError, NoteSignatureError: a statement that replaces the trusted key does not hold.
    """
    current = trusted
    for note in notes:
        if read_rotation(note).old_vkey == current.vkey:
            new = Verifier(verify_rotation(note, current).new_vkey)
            current = Verifier(new.vkey, (Verifier(current.vkey), *current.earlier))
    return current


def trace_rotations(newest: Verifier, notes: Iterable[str]) -> Verifier:
    """Return a key together with those that statements, oldest first, say it replaced.

    Each statement carries the signature of the key that it ends in, so whoever trusts the newest key may trust what it
    says of the keys before it.

    Raises:
        RotationError, NoteFormatError, NoteSignatureError: a statement that ends in one of these keys does not hold.
    """
    found: list[Verifier] = []
    current = newest
    for note in reversed(tuple(notes)):
        rotation = read_rotation(note)
        if rotation.new_vkey == current.vkey:
            current = Verifier(rotation.old_vkey)
            verify_rotation(note, current)
            found.append(current)
    return Verifier(newest.vkey, tuple(found))


def read_rotation(note: str | bytes) -> KeyRotation:
    """Read what a note states; no signature is checked.

    Raises:
        RotationError: the note is not a statement of a rotation.
        NoteFormatError: it is no signed note.
    """
    return _parse_rotation(split_note(note)[0])


def _parse_rotation(text: str) -> KeyRotation:
    try:
        record = decode_json(text.removesuffix("\n").encode("utf-8"))
        rotation = _read_rotation(record)
    except (ValueError, TypeError, KeyError) as error:
        message = "the note states no key rotation"
        raise RotationError(message) from error
    if rotation.record() != record:
        message = "the key rotation holds fields of another version"
        raise RotationError(message)
    return rotation


def _read_rotation(record: object) -> KeyRotation:
    if not isinstance(record, Mapping):
        message = "a rotation is an object"
        raise TypeError(message)
    return KeyRotation(
        role=KeyRole(record["role"]),
        old_vkey=record["old"],
        new_vkey=record["new"],
        day=date.fromisoformat(record["day"]),
    )
