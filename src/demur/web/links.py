"""Links of notices: a token that says whom a notice went to, to this installation and to nobody else.

Whoever holds the link may object and nothing more, so it needs no login; it cannot withdraw (REQUIREMENTS 0, point 3).
A token never expires: an old notice must still work. It holds no account id or name, and two links of one person are
not alike.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey
from demur.web.errors import LinkInvalidError

# NIST SP 800-38D 8.3 allows 2^32 tokens with random nonces under one key: nine notices to each of 450 M accounts.
_LABEL = b"demur/v1/notice-link\0"
_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEYRINGS_AT_ONCE = 4
# Version, nonce, subject key and tag are 45 bytes: 60 characters of RFC 4648 section 5, without padding or spare bits,
# so that one token has one text.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{60}")


def make_link(keyring: Keyring, subject: SubjectKey, *, draw: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new token for the link in a notice to this person, by AES-256-GCM.

    Args:
        keyring: the keyring of the platform.
        subject: whom the notice goes to.
        draw: where random bytes come from; tests and demonstrations give their own.
    """
    nonce = draw(_NONCE_BYTES)
    sealed = _cipher(keyring.proof_key).encrypt(nonce, subject, _bound_to(keyring))
    return base64.urlsafe_b64encode(_VERSION + nonce + sealed).decode("ascii")


def open_link(keyring: Keyring, token: str) -> SubjectKey:
    """Return whom the notice with this token went to.

    Raises:
        LinkInvalidError: the token does not open; the message is the same whatever is wrong with it.
    """
    try:
        return _open(keyring, token)
    except (ValueError, InvalidTag) as error:
        message = "the link does not open"
        raise LinkInvalidError(message, hint="Use the whole link of the notice, as it was sent.") from error


def _open(keyring: Keyring, token: str) -> SubjectKey:
    if _TOKEN.fullmatch(token) is None:
        message = "not the form of a token"
        raise ValueError(message)
    content = base64.urlsafe_b64decode(token)
    version, nonce, sealed = content[:1], content[1 : 1 + _NONCE_BYTES], content[1 + _NONCE_BYTES :]
    if version != _VERSION:
        message = "a token of another version"
        raise ValueError(message)
    return SubjectKey(_cipher(keyring.proof_key).decrypt(nonce, sealed, _bound_to(keyring)))


@lru_cache(maxsize=_KEYRINGS_AT_ONCE)
def _cipher(proof_key: bytes) -> AESGCM:
    # A key of its own, so that nothing that the proof keys are used for can be taken for a token.
    return AESGCM(hmac.digest(proof_key, _LABEL, "sha256"))


def _bound_to(keyring: Keyring) -> bytes:
    return _VERSION + _LABEL + keyring.platform.encode()
