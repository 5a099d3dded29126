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


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a note key, made from its text ``name+hash+key``.

    Raises:
        VerifierKeyError: the text is no Ed25519 verifier key, or its hash does not belong to its key.
    """

    vkey: str
    name: str = field(init=False, repr=False, compare=False)
    key_id: bytes = field(init=False, repr=False, compare=False)
    public_key: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the text apart and check the hash that it carries."""
        name, public_key = _parse_vkey(self.vkey)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "public_key", public_key)
        object.__setattr__(self, "key_id", _key_id(name, public_key))

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

    Raises:
        SignerKeyError: the name or the length of the seed is not allowed.
    """

    name: str
    seed: bytes = field(repr=False)
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the name, and load the key once for all signatures."""
        if not _is_key_name(self.name) or len(self.seed) != _KEY_BYTES:
            message = f"a signing key needs a name without spaces or '+' and {_KEY_BYTES} bytes, got {len(self.seed)}"
            raise SignerKeyError(message)
        object.__setattr__(self, "_private", Ed25519PrivateKey.from_private_bytes(self.seed))

    def __reduce__(self) -> tuple[Callable[[str, bytes], "Signer"], tuple[str, bytes]]:
        """Let a signer travel to a worker process: the loaded key itself cannot be pickled."""
        return Signer, (self.name, self.seed)

    @property
    def vkey(self) -> str:
        """The text of the verifier key: ``name+hash+key``."""
        public_key = self._private.public_key().public_bytes_raw()
        return f"{self.name}+{_key_id(self.name, public_key).hex()}+{encode_base64(_ED25519 + public_key)}"

    @property
    def verifier(self) -> Verifier:
        """The public half of this key."""
        return Verifier(self.vkey)

    def signature_line(self, text: str) -> str:
        """Return the one line that signs a text, with its newline."""
        public_key = self._private.public_key().public_bytes_raw()
        signature = self._private.sign(text.encode("utf-8"))
        return f"{_DASH}{self.name} {encode_base64(_key_id(self.name, public_key) + signature)}\n"

    def sign(self, text: str) -> str:
        """Return the whole note of a text that ends in a newline.

        Raises:
            NoteTextError: the text does not end in a newline, or holds a control character.
        """
        return sign_note(text, [self])


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
    """Return the text of a note that carries a valid signature of at least one given key.

    Signatures of other keys are ignored, which is what makes overlap in a key rotation and witnesses possible; a wrong
    signature under the name and id of a given key refuses the whole note.

    Raises:
        NoteFormatError: the bytes are not a signed note.
        NoteSignatureError: no signature, or a wrong one, of the given keys.
    """
    text, lines = _split_note(note)
    content = text.encode("utf-8")
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    trusted = 0
    for name, key_id, signature in map(_parse_signature, lines):
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if not verifier.verify(content, signature):
            message = f"the signature of {name}+{key_id.hex()} does not belong to this text"
            raise NoteSignatureError(message)
        trusted += 1
    if not trusted:
        wanted = ", ".join(sorted(f"{name}+{key_id.hex()}" for name, key_id in known)) or "no key"
        message = f"the note carries no signature of the trusted key; trusted: {wanted}"
        raise NoteSignatureError(message)
    return text


def _split_note(note: str | bytes) -> tuple[str, list[str]]:
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
    return text + "\n", lines


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


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    dash, (name, separator, encoded) = line[: len(_DASH)], line[len(_DASH) :].partition(" ")
    try:
        content = decode_base64(encoded)
    except ValueError as error:
        message = "a signature line of a note is not base64"
        raise NoteFormatError(message) from error
    if dash != _DASH or not separator or not _is_key_name(name) or len(content) <= _KEY_ID_BYTES:
        message = "a signature line of a note must be: dash, space, key name, space, base64 of key id and signature"
        raise NoteFormatError(message)
    return name, content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:]


def _parse_vkey(vkey: str) -> tuple[str, bytes]:
    # At most two splits: the base64 of the key may itself hold plus signs.
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        content = decode_base64(encoded)
    except ValueError as error:
        message = "a verifier key must be name+hash+base64"
        raise VerifierKeyError(message) from error
    public_key = content[1:]
    is_ed25519 = content[:1] == _ED25519 and len(public_key) == _KEY_BYTES
    if not _is_key_name(name) or not is_ed25519 or key_id != _key_id(name, public_key).hex():
        message = f"the verifier key of {name[:80]!r} is not an Ed25519 key with its own hash"
        raise VerifierKeyError(message)
    return name, public_key


def _key_id(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode("utf-8") + b"\n" + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]


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
