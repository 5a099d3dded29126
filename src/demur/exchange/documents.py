"""How any document is written, signed, read and checked.

A document is two files: ``NAME.json`` holds the canonical bytes (RFC 8785), ``NAME.note`` a C2SP signed note over its
kind and SHA-256 digest. The note is written last: a document without its note does not exist yet.
"""

import hashlib
from pathlib import Path
from typing import ClassVar, TypeVar, cast

import msgspec

from demur.exchange.errors import DocumentAlteredError, DocumentMalformedError, DocumentMissingError
from demur.kernel.canonical import CanonicalFormError, Json, canonical_bytes, sha256_hex
from demur.kernel.errors import IntegrityError
from demur.kernel.files import write_whole
from demur.kernel.words import DocumentKind
from demur.keys.notes import Signer, Verifier, open_note

_VERSION = 1
_RESTORE_HINT = "Restore the file from a copy; do not use this one."


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every document begins with.

    Attributes:
        KIND: the kind of document that a class describes.
        kind: the same, as a slug in the document.
        v: version of the format; a reader refuses a version that it does not know.
    """

    KIND: ClassVar[DocumentKind]

    kind: DocumentKind
    v: int = _VERSION


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
        DocumentMalformedError: not JSON, fields missing or unknown, not in canonical form, or of another kind or
            version.
    """
    try:
        document = msgspec.json.decode(content, type=form)
        is_canonical = encode_document(document) == content
    except (msgspec.DecodeError, UnicodeDecodeError, CanonicalFormError) as error:
        message = f"{name} is not a valid {form.__name__}: {error}"
        raise DocumentMalformedError(message) from error
    if not is_canonical:
        message = f"{name} is not in canonical form (RFC 8785)"
        raise DocumentMalformedError(message)
    if (document.kind, document.v) != (form.KIND, _VERSION):
        message = f"{name} is a {document.kind} of version {document.v}, expected a {form.KIND} of version {_VERSION}"
        raise DocumentMalformedError(message, hint="Use the version of Demur that wrote it.")
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
        NoteFormatError, NoteSignatureError: the note is not one that the trusted key signed.
        DocumentAlteredError: the content is not what was signed.
        DocumentMalformedError: the content was signed but is not such a document.
    """
    json_path, note_path = path.with_suffix(".json"), path.with_suffix(".note")
    content = _read(json_path)
    text = open_named_note(_read(note_path), verifier, name=note_path.name)
    digest = sha256_hex(content)
    if text != statement_of(form.KIND, digest):
        message = f"{json_path.name} is not the {form.KIND} that {note_path.name} signs: its digest is {digest[:16]}..."
        raise DocumentAlteredError(message, hint=_RESTORE_HINT)
    return decode_document(content, form, name=json_path.name)


def open_named_note(note: bytes, verifier: Verifier, *, name: str) -> str:
    """Return the text of a signed note; an error names the file that it is from.

    Raises:
        NoteFormatError, NoteSignatureError: it is not a note that the trusted key signed.
    """
    try:
        return open_note(note, verifier)
    except IntegrityError as error:
        message = f"{name}: {error}"
        raise type(error)(message, hint=error.hint or _RESTORE_HINT) from error


def check_digest(path: Path, expected: str) -> None:
    """Check that a file is byte for byte the one that a document names.

    Raises:
        DocumentMissingError: the file is not there.
        DocumentAlteredError: the file has another digest.
    """
    found = file_digest(path)
    if found != expected:
        message = f"{_place(path)} was altered or truncated: digest {found[:16]}..., signed {expected[:16]}..."
        raise DocumentAlteredError(message, hint=_RESTORE_HINT)


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file in hexadecimal, read in pieces.

    Raises:
        DocumentMissingError: the file is not there, or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _missing(path, error) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _missing(path, error) from error


def _missing(path: Path, error: OSError) -> DocumentMissingError:
    message = f"{path.name} cannot be read from {path.parent}: {error.strerror}"
    return DocumentMissingError(message, hint="Restore the file from a copy.")


def _place(path: Path) -> str:
    # Files of several folders carry one name: shards/00000-000.parquet, lineage/00000-000.parquet.
    return f"{path.parent.name}/{path.name}"
