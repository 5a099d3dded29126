"""Columns of rows as PostgreSQL's own arrays, in the form that its binary protocol has for them.

psycopg writes an array element by element in Python and as text, which cost more than everything else that an objection
asks of the driver. Source: PostgreSQL's `array_recv` and `int8recv`.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, TypeAlias

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

ElementKind: TypeAlias = Literal["bytea", "text", "int8"]

_HEAD = struct.Struct(
    ">iiIii"
)  # dimensions, whether there are nulls, the type of an element, how many, the first index
_LENGTH = struct.Struct(">i")
_NUMBER = struct.Struct(">iq")
_NULL = _LENGTH.pack(-1)


class _ByteaArray(bytes):
    """An array of `bytea`, encoded."""


class _TextArray(bytes):
    """An array of `text`, encoded."""


class _NumberArray(bytes):
    """An array of `int8`, encoded."""


class ArrayDumper(Dumper):
    """Sends an array as it was encoded."""

    encodes: ClassVar[type[bytes]]
    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        """Return it."""
        return obj


class _ByteaArrayDumper(ArrayDumper):
    encodes = _ByteaArray
    oid = psycopg.adapters.types["bytea"].array_oid


class _TextArrayDumper(ArrayDumper):
    encodes = _TextArray
    oid = psycopg.adapters.types["text"].array_oid


class _NumberArrayDumper(ArrayDumper):
    encodes = _NumberArray
    oid = psycopg.adapters.types["int8"].array_oid


ARRAY_DUMPERS: tuple[type[ArrayDumper], ...] = (_ByteaArrayDumper, _TextArrayDumper, _NumberArrayDumper)


def encode_array(kind: ElementKind, values: Sequence[Any]) -> bytes:
    """Return an array for a connection that knows `ARRAY_DUMPERS`: of bytes, texts or numbers, None being null."""
    encoded_type, oid, encode = _ENCODERS[kind]
    head = _HEAD.pack(1, None in values, oid, len(values), 1)
    return encoded_type(head + _encode_elements(values, encode))


def _encode_elements(values: Sequence[Any], encode: Callable[[Any], bytes]) -> bytes:
    first = values[0] if values else None
    if values.count(first) == len(values):  # most columns of a batch hold one value: nothing, a flag, or a word
        return (_NULL if first is None else encode(first)) * len(values)
    return b"".join([_NULL if value is None else encode(value) for value in values])


def _encode_bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _encode_text(value: str) -> bytes:
    return _encode_bytes(value.encode())


def _encode_number(value: int) -> bytes:
    return _NUMBER.pack(_NUMBER.size - _LENGTH.size, value)


_ENCODERS: dict[ElementKind, tuple[type[bytes], int, Callable[[Any], bytes]]] = {
    "bytea": (_ByteaArray, psycopg.adapters.types["bytea"].oid, _encode_bytes),
    "text": (_TextArray, psycopg.adapters.types["text"].oid, _encode_text),
    "int8": (_NumberArray, psycopg.adapters.types["int8"].oid, _encode_number),
}
