"""Codes of an authenticator app: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which every app knows."""

import base64
import hmac
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote, urlencode

SECRET_BYTES = 20
DIGITS = 6
_STEP_SECONDS = 30
_TOLERANCE = 1  # RFC 6238 5.2: one step for the way of the code and for clocks that are not quite right


def code_at(secret: bytes, counter: int) -> str:
    """Return the code of one step (RFC 4226 5.3)."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    value = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{value % 10**DIGITS:0{DIGITS}}"


def counter_of(secret: bytes, code: str, *, at: datetime) -> int | None:
    """Return the step that a code belongs to, around an instant; None when it belongs to none of them.

    Every step is looked at, so that the time that this takes tells nothing.
    """
    found = [counter for counter in _steps(at) if hmac.compare_digest(code_at(secret, counter).encode(), code.encode())]
    return found[-1] if found else None


def describe(secret: bytes, *, issuer: str, name: str) -> str:
    """Return the address that an app reads from a QR code (the Key URI format)."""
    label = quote(f"{issuer}:{name}", safe=":@")
    asked = {"secret": spell(secret), "issuer": issuer, "digits": DIGITS, "period": _STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def spell(secret: bytes) -> str:
    """Return a secret as somebody types it into an app."""
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def _steps(at: datetime) -> Iterator[int]:
    now = int(at.timestamp()) // _STEP_SECONDS
    yield from range(now - _TOLERANCE, now + _TOLERANCE + 1)
