"""Envelope keys: they wrap the key of each row that the register stores sealed, and encrypt nothing else.

A row has a key of its own, so that an envelope key is replaced by wrapping those keys anew, and what is sealed stays as
it is. The cipher is AES-256-GCM (NIST SP 800-38D) throughout.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demur.kernel.errors import ConfigurationError, IntegrityError

SECRET_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 8
WRAPPED_KEY_BYTES = NONCE_BYTES + SECRET_BYTES + 16  # nonce, key, tag

_KEY_ID_LABEL = b"demur/v1/envelope-key\0"
_BROKEN_HINT = "Keep the register as it is, and compare it with a backup; the row was changed or belongs elsewhere."


class EnvelopeKeyMissingError(ConfigurationError):
    """What is stored under an envelope key cannot be opened here, because the keyring does not hold that key."""

    code = "envelope-key-missing"


class SealBrokenError(IntegrityError):
    """A sealed row of the register is not what was sealed, or stands in the place of another."""

    code = "seal-broken"


@dataclass(frozen=True, slots=True)
class EnvelopeKey:
    """One key of 32 bytes, and its cipher, which is set up once. Its id follows from it and tells nothing of it."""

    secret: bytes = field(repr=False)
    key_id: bytes = field(init=False, compare=False)
    _cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compute the id and set up the cipher."""
        object.__setattr__(self, "key_id", hashlib.sha256(_KEY_ID_LABEL + self.secret).digest()[:KEY_ID_BYTES])
        object.__setattr__(self, "_cipher", AESGCM(self.secret))

    def __reduce__(self) -> tuple[Callable[..., "EnvelopeKey"], tuple[bytes]]:
        """Let a key travel to a worker process: the cipher itself cannot be pickled."""
        return EnvelopeKey, (self.secret,)

    def wrap(self, key: bytes, *, nonce: bytes, context: bytes) -> bytes:
        """Return the 60 bytes that hold the key of a row, and open only together with its context.

        Args:
            key: 32 bytes.
            nonce: 12 random bytes. One key may wrap 2^32 times (SP 800-38D section 8.3): replace it before.
            context: where the row stands.
        """
        return nonce + self._cipher.encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Return the key of a row.

        Raises:
            SealBrokenError: another key or another context wrapped it, or a bit of it is not as it was.
        """
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            message = f"the key of a sealed row does not open under envelope key {self.key_id.hex()}"
            raise SealBrokenError(message, hint=_BROKEN_HINT) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeKeys:
    """The key that wraps now, and the ones before it, the newest first, while rows still use them."""

    current: EnvelopeKey
    earlier: tuple[EnvelopeKey, ...] = ()
    _by_id: dict[bytes, EnvelopeKey] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Remember each key by its id."""
        object.__setattr__(self, "_by_id", {key.key_id: key for key in (self.current, *self.earlier)})

    def find(self, key_id: bytes) -> EnvelopeKey:
        """Return the key with an id.

        Raises:
            EnvelopeKeyMissingError: it is not among these.
        """
        found = self._by_id.get(key_id)
        if found is None:
            message = f"the register uses envelope key {key_id.hex()}, which the keyring does not hold"
            hint = (
                "Restart what was started before a rotation; after a restore, put back the envelope keys of that time."
            )
            raise EnvelopeKeyMissingError(message, hint=hint)
        return found

    def rotate(self, secret: bytes) -> "EnvelopeKeys":
        """Return keys of which a new one wraps, made of 32 random bytes; the old ones still open."""
        return EnvelopeKeys(current=EnvelopeKey(secret), earlier=(self.current, *self.earlier))

    def retire(self) -> "EnvelopeKeys":
        """Return the current key alone; what the others wrapped can then be opened no more."""
        return replace(self, earlier=())


def seal(key: bytes, content: bytes, *, context: bytes) -> bytes:
    """Return content, encrypted with a key that seals this one content and nothing else, ever."""
    # A fixed nonce repeats only if its key does, and every row draws its own.
    return AESGCM(key).encrypt(bytes(NONCE_BYTES), content, context)


def unseal(key: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """Return the content that was sealed.

    Raises:
        SealBrokenError: the key or the context is another one, or a bit is not as it was.
    """
    try:
        return AESGCM(key).decrypt(bytes(NONCE_BYTES), sealed, context)
    except (InvalidTag, ValueError) as error:
        message = "a sealed row does not open with its key"
        raise SealBrokenError(message, hint=_BROKEN_HINT) from error
