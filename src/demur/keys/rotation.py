"""Key rotation: a statement, signed by the old and by the new key, that one takes the place of the other.

The old signature passes the trust on; the new one shows that whoever is named also holds the new key. The digest of the
note is logged under the record kind ``key``, so that the moment of the change has a place in the history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from demur.kernel.errors import InputError, IntegrityError
from demur.keys.encoding import decode_json, encode_json
from demur.keys.notes import Signer, Verifier, open_note, sign_note


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
    rotation = _parse_rotation(open_note(note, trusted))
    new = Verifier(rotation.new_vkey)
    if rotation.old_vkey != trusted.vkey or new.name != trusted.name:
        message = f"the rotation replaces {rotation.old_vkey}, trusted is {trusted.vkey}"
        raise RotationError(message)
    open_note(note, new)
    return rotation


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
