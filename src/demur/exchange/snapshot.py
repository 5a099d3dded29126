"""`RegisterSnapshot`: the state of the register at one log position, as a builder receives it.

A folder: ``snapshot.json``, ``snapshot.note`` and one Parquet table for each kind of fact, sorted by all columns. It
holds no account id, no name and no address; the builder never reads the register's database.
"""

from pathlib import Path

import polars as pl

from demur.exchange.columns import (
    ERASED_COLUMNS,
    HIJACK_COLUMNS,
    NOTICE_COLUMNS,
    OBJECTION_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    TERM_COLUMNS,
    UNDERTAKING_COLUMNS,
    Facts,
    Schema,
)
from demur.exchange.documents import Document, check_digest, file_digest, read_document, write_document
from demur.exchange.errors import DocumentMalformedError
from demur.exchange.tables import read_table, write_table
from demur.kernel.clock import TimestampError, parse_timestamp, timestamp
from demur.kernel.words import DocumentKind
from demur.keys.notes import Signer, Verifier

# Facts on one person: a builder cuts these tables by subject key, as it cuts the items by author.
SUBJECT_TABLES: dict[str, Schema] = {
    "hijacks": HIJACK_COLUMNS,
    "notices": NOTICE_COLUMNS,
    "objections": OBJECTION_COLUMNS,
    "subjects": SUBJECT_COLUMNS,
}
# Facts that may concern any item: every task of a builder gets them whole.
COMMON_TABLES: dict[str, Schema] = {
    "suspensions": SUSPENSION_COLUMNS,
    "targets": TARGET_COLUMNS,
    "undertakings": UNDERTAKING_COLUMNS,
}
SNAPSHOT_TABLES: dict[str, Schema] = {**SUBJECT_TABLES, **COMMON_TABLES}
# In a snapshot only when they have rows: one of a register without any is what it was before there were such tables.
FURTHER_TABLES: dict[str, Schema] = {"erased": ERASED_COLUMNS, "terms": TERM_COLUMNS}


class RegisterSnapshot(Document, frozen=True, kw_only=True):
    """The register at one position of the log.

    Attributes:
        platform: whose register this is; subject keys are personalised by it.
        as_of: the instant of the snapshot.
        log_size: number of log entries that the tables reflect.
        checkpoint: the signed checkpoint (C2SP tlog-checkpoint) of that size; empty while the log is empty.
        rows: rows of each table.
        tables: SHA-256 digest of each table's file.
    """

    KIND = DocumentKind.REGISTER_SNAPSHOT

    platform: str
    as_of: str
    log_size: int
    checkpoint: str
    rows: dict[str, int]
    tables: dict[str, str]


def write_snapshot(folder: Path, facts: Facts, *, platform: str, checkpoint: str, signer: Signer) -> RegisterSnapshot:
    """Write the tables, then the signed document that names them; return the document."""
    frames: dict[str, pl.DataFrame] = {name: getattr(facts, name) for name in SNAPSHOT_TABLES}
    frames |= {name: frame for name in FURTHER_TABLES if not (frame := getattr(facts, name)).is_empty()}
    for name, frame in frames.items():
        write_table(folder / f"{name}.parquet", frame)
    snapshot = RegisterSnapshot(
        kind=DocumentKind.REGISTER_SNAPSHOT,
        platform=platform,
        as_of=timestamp(facts.as_of),
        log_size=facts.log_size,
        checkpoint=checkpoint,
        rows={name: frame.height for name, frame in frames.items()},
        tables={name: file_digest(folder / f"{name}.parquet") for name in frames},
    )
    write_document(folder / "snapshot", snapshot, signer)
    return snapshot


def read_snapshot(folder: Path, verifier: Verifier) -> tuple[RegisterSnapshot, Facts]:
    """Read a snapshot, checking the signature and every table's digest, columns and rows.

    Raises:
        DocumentMissingError: a file is not there.
        NoteFormatError, NoteSignatureError, DocumentAlteredError, DocumentMalformedError: it is not what was signed.
        TableUnreadableError: a table was signed with other columns.
    """
    snapshot = read_document(folder / "snapshot", RegisterSnapshot, verifier)
    named = snapshot.tables.keys()
    if named != snapshot.rows.keys() or named - FURTHER_TABLES.keys() != SNAPSHOT_TABLES.keys():
        message = f"snapshot.json names the tables {sorted(snapshot.tables)}, expected {sorted(SNAPSHOT_TABLES)}"
        raise DocumentMalformedError(message)
    frames = {name: _read_table(folder, snapshot, name) for name in snapshot.tables}
    try:
        as_of = parse_timestamp(snapshot.as_of)
    except TimestampError as error:
        message = f"snapshot.json names no instant: {error}"
        raise DocumentMalformedError(message) from error
    return snapshot, Facts(**frames, as_of=as_of, log_size=snapshot.log_size)


def _read_table(folder: Path, snapshot: RegisterSnapshot, name: str) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    check_digest(path, snapshot.tables[name])
    frame = read_table(path, {**SNAPSHOT_TABLES, **FURTHER_TABLES}[name])
    if frame.height != snapshot.rows[name]:
        message = f"{path.name} has {frame.height} rows, the snapshot says {snapshot.rows[name]}"
        raise DocumentMalformedError(message)
    return frame
