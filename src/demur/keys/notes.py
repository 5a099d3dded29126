"""Signed notes (C2SP signed-note) with Ed25519: readable text, a blank line, signature lines.

The format is that of the Go checksum database and of the transparency-log world, so that programs which are not ours
can check our signatures. Source: https://c2sp.org/signed-note
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from demur.kernel.errors import ConfigurationError, InputError, IntegrityError
from demur.keys.encoding import decode_base64, encode_base64

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_MAX_SIGNATURES = 64
_MAX_NOTE_BYTES = 1_000_000
_DASH = "\u2014 "


class NoteFormatError(IntegrityError):
    """A text is not a signed note."""

    code = "note-format"


class NoteSignatureError(IntegrityError):
    """A note carries no valid signature of the key that is trusted."""

    code = "note-signature"


class NoteTextError(InputError):
    """A text cannot be signed as a note."""

    code = "note-text"


class SignerKeyError(ConfigurationError):
    """A signing key has a name or a length that notes do not allow."""

    code = "signer-key"


class VerifierKeyError(ConfigurationError):
    """A text is not a verifier key of the form ``name+hash+key``."""

    code = "verifier-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line of a note, taken apart and not checked: what follows the key id is the key type's affair."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a note key, made from its text ``name+hash+key``.

    Attributes:
        earlier: the keys that this one replaced, the newest first; what they signed is accepted like before.

    Raises:
        VerifierKeyError: the text is no Ed25519 verifier key, its hash does not belong to its key, or an earlier key
            has another name.
    """

    vkey: str
    earlier: "tuple[Verifier, ...]" = ()
    name: str = field(init=False, repr=False, compare=False)
    key_id: bytes = field(init=False, repr=False, compare=False)
    public_key: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the text apart and check the hash that it carries."""
        name, public_key = parse_vkey(self.vkey, key_type=_ED25519)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "public_key", public_key)
        object.__setattr__(self, "key_id", key_id_of(name, _ED25519 + public_key))
        if any(key.name != name for key in self.earlier):
            message = f"a key of {name} cannot have replaced a key of another name"
            raise VerifierKeyError(message)

    def with_earlier(self) -> "tuple[Verifier, ...]":
        """Return this key and the keys that it replaced, the newest first."""
        return (self, *self.earlier)

    def verify(self, content: bytes, signature: bytes) -> bool:
        """Tell whether a signature over some bytes was made with this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, content)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A note key that signs: a name without spaces or plus signs, and an Ed25519 seed of 32 bytes.

    Attributes:
        earlier: the keys that this one replaced, the newest first; its verifier accepts what they signed.
        leaving: the key before this one while both sign, so that whoever knows only the old one can still check.

    Raises:
        SignerKeyError: the name or the length of the seed is not allowed.
    """

    name: str
    seed: bytes = field(repr=False)
    earlier: tuple[Verifier, ...] = field(default=(), repr=False)
    leaving: "Signer | None" = field(default=None, repr=False)
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the name, and load the key once for all signatures."""
        object.__setattr__(self, "_private", load_private_key(self.name, self.seed))

    def __reduce__(self) -> tuple[Callable[..., "Signer"], tuple[object, ...]]:
        """Let a signer travel to a worker process: the loaded key itself cannot be pickled."""
        return Signer, (self.name, self.seed, self.earlier, self.leaving)

    @property
    def vkey(self) -> str:
        """The text of the verifier key: ``name+hash+key``."""
        return make_vkey(self.name, _ED25519 + self._private.public_key().public_bytes_raw())

    @property
    def verifier(self) -> Verifier:
        """The public half of this key, which also accepts what the keys before it signed."""
        return Verifier(self.vkey, self.earlier)

    def signature_line(self, text: str) -> str:
        """Return the one line that signs a text, with its newline."""
        public_key = self._private.public_key().public_bytes_raw()
        signature = self._private.sign(text.encode("utf-8"))
        return write_signature(self.name, key_id_of(self.name, _ED25519 + public_key), signature)

    def sign(self, text: str) -> str:
        """Return the whole note of a text that ends in a newline, signed by the key that leaves as well.

        Raises:
            NoteTextError: the text does not end in a newline, or holds a control character.
        """
        return sign_note(text, [self] if self.leaving is None else [self, self.leaving])


def sign_note(text: str, signers: Iterable[Signer]) -> str:
    """Return the note of a text with one signature line for each signer, in their order.

    Raises:
        NoteTextError: the text does not end in a newline, or holds a control character.
    """
    if not text.endswith("\n") or _has_control_characters(text) or not _is_unicode(text):
        message = "the text of a note must end in a newline and hold no other control character"
        raise NoteTextError(message)
    return text + "\n" + "".join(signer.signature_line(text) for signer in signers)


def open_note(note: str | bytes, *verifiers: Verifier) -> str:
    """Return the text of a note that carries a valid signature of at least one given key, or of one that it replaced.

    Signatures of other keys are ignored, which is what makes overlap in a key rotation and witnesses possible; a wrong
    signature under the name and id of a given key refuses the whole note.

    Raises:
        NoteFormatError: the bytes are not a signed note.
        NoteSignatureError: no signature, or a wrong one, of the given keys.
    """
    text, signatures = split_note(note)
    content = text.encode("utf-8")
    known = {(key.name, key.key_id): key for verifier in verifiers for key in verifier.with_earlier()}
    trusted = 0
    for found in signatures:
        verifier = known.get((found.name, found.key_id))
        if verifier is None:
            continue
        if not verifier.verify(content, found.signature):
            message = f"the signature of {found.name}+{found.key_id.hex()} does not belong to this text"
            raise NoteSignatureError(message)
        trusted += 1
    if not trusted:
        wanted = ", ".join(sorted(f"{name}+{key_id.hex()}" for name, key_id in known)) or "no key"
        message = f"the note carries no signature of the trusted key; trusted: {wanted}"
        raise NoteSignatureError(message)
    return text


def split_note(note: str | bytes) -> tuple[str, tuple[NoteSignature, ...]]:
    """Take a note apart into its text and its signatures; nothing is verified.

    Raises:
        NoteFormatError: the bytes are not a signed note.
    """
    if len(note) > _MAX_NOTE_BYTES:
        message = f"a note of {len(note)} bytes is too long; allowed are {_MAX_NOTE_BYTES}"
        raise NoteFormatError(message)
    whole = _decode_note(note)
    text, blank_line, signatures = whole.rpartition("\n\n")
    lines = signatures.split("\n")
    if not blank_line or lines.pop() != "" or not lines:
        message = "a note is text, a blank line and signature lines, each ended by a newline"
        raise NoteFormatError(message)
    if len(lines) > _MAX_SIGNATURES:
        message = f"a note with {len(lines)} signatures; allowed are {_MAX_SIGNATURES}"
        raise NoteFormatError(message)
    return text + "\n", tuple(map(_parse_signature, lines))


def write_signature(name: str, key_id: bytes, signature: bytes) -> str:
    """Return a signature line, with its newline."""
    return f"{_DASH}{name} {encode_base64(key_id + signature)}\n"


def load_private_key(name: str, seed: bytes) -> Ed25519PrivateKey:
    """Return the key of a seed, for a signer of any key type.

    Raises:
        SignerKeyError: the name or the length of the seed is not allowed.
    """
    if not _is_key_name(name) or len(seed) != _KEY_BYTES:
        message = f"a signing key needs a name without spaces or '+' and {_KEY_BYTES} bytes, got {len(seed)}"
        raise SignerKeyError(message)
    return Ed25519PrivateKey.from_private_bytes(seed)


def key_id_of(name: str, typed_key: bytes) -> bytes:
    """Return the 4 bytes by which signature lines name a key: of its name, its type and its public half."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + typed_key).digest()[:_KEY_ID_BYTES]


def make_vkey(name: str, typed_key: bytes) -> str:
    """Return the text of a verifier key: ``name+hash+key``, where the key begins with the byte of its type."""
    return f"{name}+{key_id_of(name, typed_key).hex()}+{encode_base64(typed_key)}"


def parse_vkey(vkey: str, *, key_type: bytes) -> tuple[str, bytes]:
    """Return name and public half of a verifier key whose type has keys of 32 bytes.

    Raises:
        VerifierKeyError: the text is no verifier key, one of another type, or its hash does not belong to its key.
    """
    # At most two splits: the base64 of the key may itself hold plus signs.
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        content = decode_base64(encoded)
    except ValueError as error:
        message = "a verifier key must be name+hash+base64"
        raise VerifierKeyError(message) from error
    has_type = content[:1] == key_type and len(content) == 1 + _KEY_BYTES
    if not _is_key_name(name) or not has_type or key_id != key_id_of(name, content).hex():
        message = f"the verifier key of {name[:80]!r} is not an Ed25519 key of type {key_type.hex()} with its own hash"
        raise VerifierKeyError(message)
    return name, content[1:]


def _decode_note(note: str | bytes) -> str:
    try:
        text = note.decode("utf-8") if isinstance(note, bytes) else note
    except UnicodeDecodeError as error:
        message = f"a note must be UTF-8; byte {error.start} is not"
        raise NoteFormatError(message) from error
    if _has_control_characters(text) or not _is_unicode(text):
        message = "a note must hold no control character but the newline"
        raise NoteFormatError(message)
    return text


def _parse_signature(line: str) -> NoteSignature:
    dash, (name, separator, encoded) = line[: len(_DASH)], line[len(_DASH) :].partition(" ")
    try:
        content = decode_base64(encoded)
    except ValueError as error:
        message = "a signature line of a note is not base64"
        raise NoteFormatError(message) from error
    if dash != _DASH or not separator or not _is_key_name(name) or len(content) <= _KEY_ID_BYTES:
        message = "a signature line of a note must be: dash, space, key name, space, base64 of key id and signature"
        raise NoteFormatError(message)
    return NoteSignature(name=name, key_id=content[:_KEY_ID_BYTES], signature=content[_KEY_ID_BYTES:])


def _is_key_name(name: str) -> bool:
    allowed = _is_unicode(name) and not _has_control_characters(name + " ")
    return allowed and name != "" and "+" not in name and not any(character.isspace() for character in name)


def _has_control_characters(text: str) -> bool:
    return any(character < " " and character != "\n" for character in set(text))


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
