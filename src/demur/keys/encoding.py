"""Strict base64 and JSON for verifying code: one value has one text, and any other text is refused.

Verifying code may use only the standard library, so it cannot use ``demur.kernel.canonical``. For what these formats
hold (objects with ASCII names, strings, integers and lists), this JSON is RFC 8785 to the byte; a test says so.
"""

import base64
import binascii
import json
from typing import NoReturn

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def encode_base64(content: bytes) -> str:
    """Return the standard base64 text of RFC 4648 section 4, with padding."""
    return binascii.b2a_base64(content, newline=False).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises:
        ValueError: the text is not the one text that `encode_base64` gives. Python alone ignores the unused last bits,
            so that a flipped bit could pass unseen.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        message = "not base64"
        raise ValueError(message) from error
    if encode_base64(content) != text:
        message = "not canonical base64"
        raise ValueError(message)
    return content


def encode_json(value: object) -> bytes:
    """Return the canonical bytes of nested objects (ASCII names), lists, strings and integers."""
    return _encoder.encode(value).encode("utf-8")


def decode_json(content: bytes) -> object:
    """Return the value of canonical JSON bytes.

    Raises:
        ValueError: the bytes are not what `encode_json` gives: spaces, another order, a repeated name, a float.
    """
    try:
        value: object = json.loads(content, parse_float=_refuse_number, parse_constant=_refuse_number)
        canonical = encode_json(value)
    except RecursionError as error:
        message = "JSON is nested too deeply"
        raise ValueError(message) from error
    if canonical != content:
        message = "JSON is not in its canonical form"
        raise ValueError(message)
    return value


def _refuse_number(text: str) -> NoReturn:
    message = f"a number that is no integer: {text[:20]}"
    raise ValueError(message)
