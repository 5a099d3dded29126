"""A backup of the register in one file: what it is, signed, and then the database as it was at one instant.

The signed head comes first, so that a damaged file, or one of another platform, is refused before anything is touched.
A running register is copied by the database's own means; copying its files would copy a transaction in two.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

import sqlalchemy as sa

from demur.kernel.clock import parse_timestamp, timestamp
from demur.kernel.errors import IntegrityError
from demur.kernel.files import whole_file
from demur.keys.encoding import decode_json, encode_json
from demur.keys.keyring import Keyring
from demur.keys.notes import Verifier, open_note
from demur.ledger.checkpoint import open_checkpoint
from demur.register.database import parse_url
from demur.register.errors import (
    BackupInvalidError,
    DatabaseDamagedError,
    DatabaseNewerError,
    DatabaseUnreachableError,
    DatabaseUnsupportedError,
    RegisterAlteredError,
)
from demur.register.schema import SCHEMA_REVISION
from demur.register.sqlite import path_of
from demur.register.store import check_owner

_HEADER = "demur/v1/register-backup"
_END_OF_NOTE = b"\0"  # no note holds one
_MAX_NOTE_BYTES = 65_536
_PIECE_BYTES = 1 << 20
_OTHER_HINT = "Keep the file, and restore another backup; nothing was touched."

Query = Callable[[str], "tuple[object, ...] | None"]


class DatabaseKind(StrEnum):
    """Which database a backup is of; it goes back into one of the same kind."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a register stood: revision of its tables, size of its log, and the checkpoint of that, empty at 0."""

    revision: str
    log_size: int
    checkpoint_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """The signed head of a backup.

    Attributes:
        size_bytes: the length of what follows the head; `sha256` is its digest in hexadecimal.
    """

    database: DatabaseKind
    platform: str
    state: State
    taken_at: datetime
    size_bytes: int
    sha256: str

    def text(self) -> str:
        """Return what is signed: two lines, the second in canonical JSON."""
        content = {
            "v": 1,
            "database": self.database.value,
            "platform": self.platform,
            "revision": self.state.revision,
            "log_size": self.state.log_size,
            "checkpoint": self.state.checkpoint_note,
            "taken_at": timestamp(self.taken_at),
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
        }
        return f"{_HEADER}\n{encode_json(content).decode()}\n"


def back_up(url: str, path: Path, *, keyring: Keyring, at: datetime) -> BackupManifest:
    """Write a backup of a register, which may be running, and return its head.

    The file appears whole and durable or not at all, and only its owner may read it: it holds what the register holds.

    Raises:
        DatabaseUnsupportedError, DatabaseUnreachableError, DatabaseDamagedError: there is nothing whole to copy.
        DatabaseToolError: PostgreSQL's programs are missing, or refused.
        KeyringMismatchError, RegisterAlteredError: it is not the register of this keyring, or not what was signed.
        DiskFullError: nothing half-written is left.
    """
    parsed = parse_url(url)
    kind = kind_of(parsed)
    with _folder_beside(path) as folder:
        copied = folder / "register"
        if kind is DatabaseKind.SQLITE:
            state = _copy_sqlite(path_of(parsed), copied, keyring)
        else:
            from demur.register.postgres_backup import dump_database  # noqa: PLC0415 -- optional dependency

            state = dump_database(parsed, copied, lambda query: read_state(query, keyring))
        manifest = BackupManifest(
            database=kind,
            platform=keyring.platform,
            state=state,
            taken_at=at,
            size_bytes=copied.stat().st_size,
            sha256=_digest(copied),
        )
        _write(path, keyring.document_signer.sign(manifest.text()), copied)
    return manifest


def read_backup(path: Path, verifier: Verifier, *, database: DatabaseKind) -> BackupManifest:
    """Check a backup from its first byte to its last, and return its head.

    Raises:
        BackupInvalidError: it cannot be read, is damaged or cut short, is not one that this platform signed, or is of
            another kind of database.
        DatabaseNewerError: a newer Demur has written it.
    """
    with open_payload(path) as (note, stream):
        manifest = _read_manifest(path, note, verifier)
        digest, size = hashlib.sha256(), 0
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    if (size, digest.hexdigest()) != (manifest.size_bytes, manifest.sha256):
        message = f"{path.name} is damaged: {size} bytes and another digest than the {manifest.size_bytes} signed"
        raise BackupInvalidError(message, hint=_OTHER_HINT)
    if manifest.database is not database:
        message = f"{path.name} is of a register on {manifest.database}, the configuration names {database}"
        raise BackupInvalidError(message, hint="Name a database of the same kind under `[register]`.")
    if manifest.state.revision > SCHEMA_REVISION:
        message = f"the backup has tables of revision {manifest.state.revision}, this Demur knows {SCHEMA_REVISION}"
        raise DatabaseNewerError(message, hint="Use the newer version of Demur.")
    return manifest


@contextlib.contextmanager
def open_payload(path: Path) -> Iterator[tuple[bytes, BinaryIO]]:
    """Yield the signed head of a backup, unchecked, and a stream that stands where the database begins.

    Raises:
        BackupInvalidError: it cannot be read, or has no head.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise BackupInvalidError(message, hint="Check the path.") from error
    with stream:
        note, end, _ = stream.read(_MAX_NOTE_BYTES).partition(_END_OF_NOTE)
        if not end:
            message = f"{path.name} is no backup of a register"
            raise BackupInvalidError(message, hint="Name a file that `demur register backup` wrote.")
        stream.seek(len(note) + len(end))
        yield note, stream


def kind_of(url: sa.URL) -> DatabaseKind:
    """Return which database a URL names.

    Raises:
        DatabaseUnsupportedError: one that the register does not run on.
    """
    try:
        return DatabaseKind(url.get_backend_name())
    except ValueError as error:
        message = f"the register runs on sqlite and postgresql, the URL names {url.get_backend_name()}"
        raise DatabaseUnsupportedError(message) from error


def read_state(query: Query, keyring: Keyring) -> State:
    """Read where a register stands, inside one transaction, and check that it is ours and as its log was signed.

    Raises:
        KeyringMismatchError: it was made with another keyring.
        RegisterAlteredError: its head is not the one that was signed.
    """
    (revision,) = query("SELECT version_num FROM alembic_version") or ("",)
    check_owner(cast("tuple[str, str, bytes]", query("SELECT platform, origin, fingerprint FROM identity")), keyring)
    (size,) = query("SELECT size FROM head") or (0,)
    (note,) = query("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1") or ("",)
    signed = open_checkpoint(str(note), keyring.public.log).size if note else 0
    if signed != size:
        message = f"the head of the register at {size} is not the one signed at {signed}"
        raise RegisterAlteredError(message, hint="Keep the register as it is, and restore it from an earlier backup.")
    return State(revision=str(revision), log_size=signed, checkpoint_note=str(note))


def _copy_sqlite(source: Path, target: Path, keyring: Keyring) -> State:
    """Copy a database by SQLite's own means (https://www.sqlite.org/backup.html) into one file, and look at the copy.

    A copy in one step holds a read transaction all along, so that it is of one instant and no writer makes it begin
    anew.
    """
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as running,
            contextlib.closing(sqlite3.connect(target)) as copied,
        ):
            running.backup(copied, pages=-1)
            copied.execute("PRAGMA journal_mode=DELETE")  # else part of it would lie in a second file
            (finding,) = copied.execute("PRAGMA quick_check(1)").fetchone()
            if finding != "ok":
                message = "the register is damaged: the quick check of its copy does not say ok"
                raise DatabaseDamagedError(
                    message, hint="Restore it from an earlier backup, which was not overwritten."
                )
            return read_state(lambda query: copied.execute(query).fetchone(), keyring)
    except sqlite3.Error as error:
        message = f"the register at {source} cannot be copied: {type(error).__name__}"
        raise DatabaseUnreachableError(message, hint="Check that the file is a register.") from error


def _write(path: Path, note: str, copied: Path) -> None:
    with whole_file(path) as temporary, copied.open("rb") as content, private_file(temporary) as stream:
        stream.write(note.encode() + _END_OF_NOTE)
        shutil.copyfileobj(content, stream, _PIECE_BYTES)


def private_file(path: Path) -> BinaryIO:
    """Open a new file to write, which only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


@contextlib.contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """Yield a folder that only its owner may enter, on the disk that the backup goes to; it is gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as name:
        yield Path(name)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_manifest(path: Path, note: bytes, verifier: Verifier) -> BackupManifest:
    try:
        header, _, line = open_note(note, verifier).partition("\n")
    except IntegrityError as error:
        message = f"{path.name} is no backup that this platform signed, or its head is damaged"
        raise BackupInvalidError(message, hint=_OTHER_HINT) from error
    try:
        manifest = _parse_manifest(decode_json(line.removesuffix("\n").encode()))
    except (ValueError, TypeError, KeyError) as error:
        message = f"{path.name} is no backup of a version that this Demur reads"
        raise BackupInvalidError(message, hint="Use the version of Demur that wrote it.") from error
    if header != _HEADER or manifest.text() != f"{header}\n{line}":
        message = f"{path.name} is signed as {header}, not as a backup of this version"
        raise BackupInvalidError(message, hint="Name a file that `demur register backup` wrote.")
    return manifest


def _parse_manifest(content: object) -> BackupManifest:
    if not isinstance(content, dict):
        message = "a manifest is an object"
        raise TypeError(message)
    state = State(revision=content["revision"], log_size=content["log_size"], checkpoint_note=content["checkpoint"])
    return BackupManifest(
        database=DatabaseKind(content["database"]),
        platform=content["platform"],
        state=state,
        taken_at=parse_timestamp(content["taken_at"]),
        size_bytes=content["size_bytes"],
        sha256=content["sha256"],
    )
