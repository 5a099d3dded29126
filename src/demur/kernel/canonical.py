"""Canonical bytes: one value, one sequence of bytes (RFC 8785), so that a digest names a value.

Documents hold no floating-point numbers: a share is written in millionths or as a decimal string, because a reader in
another language must not have to print floats as we do.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

from demur.kernel.errors import InputError

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


class CanonicalFormError(InputError):
    """A value has no canonical form: a float, a huge integer or a foreign type is inside."""

    code = "canonical-form"


def canonical_bytes(value: Json) -> bytes:
    """Return the RFC 8785 form of a value of None, bool, int, str, list and dict.

    Raises:
        CanonicalFormError: the value holds a float, an integer beyond 2**53 - 1, half a character, or another type.
    """
    _refuse_floats(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        message = f"a document holds a value without canonical form ({type(error).__name__})"
        raise CanonicalFormError(message) from error


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 digest as 64 lower-case hexadecimal digits: how documents name other files."""
    return hashlib.sha256(content).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        message = "a document holds a floating-point number; write millionths or a decimal string"
        raise CanonicalFormError(message)
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
