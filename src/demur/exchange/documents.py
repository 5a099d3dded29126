"""How any document is written, signed, read and checked.

A document is two files: ``NAME.json`` holds the canonical bytes (RFC 8785), ``NAME.note`` a C2SP signed note over its
kind and SHA-256 digest. The note is written last: a document without its note does not exist yet.
"""

import hashlib
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from demur.exchange.errors import DocumentAlteredError, DocumentMalformedError, DocumentMissingError
from demur.kernel.canonical import Json, canonical_bytes, sha256_hex
from demur.kernel.files import write_whole
from demur.kernel.words import DocumentKind
from demur.keys.notes import Signer, Verifier, open_note


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every document begins with.

    Attributes:
        kind: the kind of document, a slug of `DocumentKind`.
        v: version of the format; a reader refuses a version that it does not know.
    """

    kind: DocumentKind
    v: int = 1


D = TypeVar("D", bound=Document)


def encode_document(document: Document) -> bytes:
    """Return the canonical bytes of a document."""
    return canonical_bytes(cast("Json", msgspec.to_builtins(document)))


def document_digest(document: Document) -> bytes:
    """Return the SHA-256 digest (32 bytes) by which the log and other documents name this one."""
    return hashlib.sha256(encode_document(document)).digest()


def decode_document(content: bytes, form: type[D], *, name: str) -> D:
    """Read canonical bytes as one kind of document.

    Raises:
        DocumentMalformedError: not JSON, fields missing or unknown, or not in canonical form.
    """
    try:
        document = msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{name} is not a valid {form.__name__}: {error}"
        raise DocumentMalformedError(message) from error
    if encode_document(document) != content:
        message = f"{name} is not in canonical form (RFC 8785)"
        raise DocumentMalformedError(message)
    return document


def statement_of(kind: DocumentKind, digest: str) -> str:
    """Return the text that is signed for a document: its kind and its digest, a line each."""
    return f"demur/v1/{kind}\n{digest}\n"


def write_document(path: Path, document: Document, signer: Signer) -> bytes:
    """Write ``path.json`` and then ``path.note``; return the digest (32 bytes)."""
    content = encode_document(document)
    write_whole(path.with_suffix(".json"), content)
    note = signer.sign(statement_of(document.kind, sha256_hex(content)))
    write_whole(path.with_suffix(".note"), note.encode())
    return hashlib.sha256(content).digest()


def read_document(path: Path, form: type[D], verifier: Verifier) -> D:
    """Read ``path.json`` and check it against ``path.note``.

    Raises:
        DocumentMissingError: one of the two files is not there.
        DocumentAlteredError: the content is not what was signed.
        DocumentMalformedError: the content was signed but is not such a document.
    """
    content = _read(path.with_suffix(".json"))
    text = open_note(_read(path.with_suffix(".note")), verifier)
    document = decode_document(content, form, name=path.with_suffix(".json").name)
    if text != statement_of(document.kind, sha256_hex(content)):
        message = (
            f"{path.with_suffix('.json').name} is not what was signed (its digest is {sha256_hex(content)[:16]}...)"
        )
        raise DocumentAlteredError(message, hint="Restore the file from a copy; do not use this document.")
    return document


def check_digest(path: Path, expected: str) -> None:
    """Check that a file is byte for byte the one that a document names.

    Raises:
        DocumentMissingError: the file is not there.
        DocumentAlteredError: the file has another digest.
    """
    found = file_digest(path)
    if found != expected:
        message = f"{path.name} was altered or truncated: digest {found[:16]}..., signed {expected[:16]}..."
        raise DocumentAlteredError(message, hint="Restore the file from a copy; do not use it.")


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file in hexadecimal, read in pieces."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        message = f"{path.name} is missing from {path.parent}"
        raise DocumentMissingError(message) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path.name} is missing from {path.parent}"
        raise DocumentMissingError(message) from error
