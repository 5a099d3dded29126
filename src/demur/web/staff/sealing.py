"""Secrets of staff at rest: sealed or as keyed digests, under keys that follow from the portal's secret.

Whoever copies the database of the portal can neither compute a code nor use a recovery code or an enrolment link.
"""

import hmac
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12
_SEAL, _DIGEST, _DERIVE = b"demur/v1/staff-seal\0", b"demur/v1/staff-digest\0", b"demur/v1/staff-derive\0"


def seal(content: bytes, *, bound_to: str) -> bytes:
    """Encrypt by AES-256-GCM with a random nonce; it opens only for what it is bound to."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(_SEAL)).encrypt(nonce, content, bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str) -> bytes:
    """Decrypt what `seal` returned; raises `cryptography.exceptions.InvalidTag` for anything else."""
    sealed = bytes(sealed)
    return AESGCM(_key(_SEAL)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())


def digest(text: str, *, use: str) -> bytes:
    """Return 32 bytes by which a text of high entropy is recognised, and cannot be found."""
    return hmac.digest(_key(_DIGEST), f"{use}\0{text}".encode(), "sha256")


def derive(text: str, *, use: str) -> bytes:
    """Return 32 secret bytes that follow from a secret text; each use has its own."""
    return hmac.digest(_key(_DERIVE), f"{use}\0{text}".encode(), "sha256")


def _key(label: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), label, "sha256")
