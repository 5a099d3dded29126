"""Importing what happened to notices: only a proven delivery or display can make anything eligible.

Every event is kept, also the ones that prove nothing, because the proof is the controller's (GDPR Art. 5(2)). Those
that are recorded together have one entry of the log, so that none can be added later with an earlier day (ADR-0021).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from demur.kernel.words import NoticeChannel, NoticeEvent, RecordKind
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, subject_keys
from demur.ledger.leaves import BLINDING_BYTES, digest_document
from demur.ledger.notices import commit_event, notice_document, root_of_events
from demur.register.batch import Batch, Outcome, day_of, idempotency_key
from demur.register.kept import find_closed
from demur.register.reading import (
    ImportSummary,
    RowFault,
    TextRows,
    first_fault,
    is_unreadable,
    read_flags,
    read_instants,
    read_text_rows,
    report_faults,
)
from demur.register.schema import KEY_BYTES, instant_of, notice
from demur.register.store import Register

NOTICE_COLUMNS = ("account", "version", "channel", "language", "event", "at", "states_right")
OPTIONAL_NOTICE_COLUMNS = ("is_marketing", "variant")
_FURTHER = len(OPTIONAL_NOTICE_COLUMNS)
_CHUNK_ROWS = 25_000  # whoever objects waits while a transaction draws, hashes and inserts so many
_KNOWN = "SELECT digest FROM notice WHERE digest {among}"
_LOG = "INSERT INTO notice_batch (idx, events, root, commitments) VALUES (?, ?, ?, ?)"
_INSERT = """
    INSERT INTO notice (
        digest, subject, version, channel, language, event, at, states_right, is_marketing, variant, batch, r
    )
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

Row = tuple[bytes | str | int | None, ...]


@dataclass(frozen=True, slots=True)
class AskedNotices:
    """The unit of work for some events by their names; those that are new get one entry of the log together."""

    events: dict[bytes, Row]
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        """Insert and log those that are new."""
        new = _find_new(batch, self.events)
        if new:
            drawn = batch.draw(BLINDING_BYTES * len(new))
            blindings = [drawn[start : start + BLINDING_BYTES] for start in range(0, len(drawn), BLINDING_BYTES)]
            index = _log(batch, [commit_event(name, r) for name, r in zip(new, blindings, strict=True)], at=self.at)
            rows = [(name, *self.events[name], index, r) for name, r in zip(new, blindings, strict=True)]
            batch.connection.executemany(_INSERT, rows)
        return Outcome(rows=len(new))


def _find_new(batch: Batch, events: dict[bytes, Row]) -> list[bytes]:
    """Return the names of the events that are not stored, and are not of an account that stays out."""
    known = {name for (name,) in batch.connection.select_among(_KNOWN, sorted(events))}
    subjects = [subject for subject, *_ in events.values() if isinstance(subject, bytes)]
    closed = find_closed(batch.connection, batch.keyring, subjects)
    return [name for name, (subject, *_) in events.items() if name not in known and subject not in closed]


def _log(batch: Batch, commitments: Sequence[bytes], *, at: datetime) -> int:
    """Enter in the log that some events were recorded; return the index."""
    root = root_of_events(commitments)
    document = notice_document(batch.keyring.log_signer.name, events=len(commitments), root=root)
    digest = digest_document(document)
    key = idempotency_key("document", RecordKind.NOTICE, digest)
    index = batch.append_document(RecordKind.NOTICE, day_of(at), digest, key=key)
    batch.flush()
    batch.connection.execute(_LOG, (index, len(commitments), root, b"".join(sorted(commitments))))
    return index


def import_notices(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record what happened to notices, and log that it was; an event that is stored already stays one event.

    Columns: `NOTICE_COLUMNS`, empty where unknown, and any of `OPTIONAL_NOTICE_COLUMNS`; others are ignored. A faulty
    row is reported and left out; a notice that was published to everybody names no account. An event of the future is
    stored, and counts when its time has come. Returns only after everything is on disk.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, NOTICE_COLUMNS, OPTIONAL_NOTICE_COLUMNS)
    checked = _check_notices(rows)
    usable = checked.filter(pl.col("fault").is_null())
    events = _key_notices(usable, register.keyring)
    stored = 0
    for start in range(0, len(events), _CHUNK_ROWS):
        chunk = dict(events[start : start + _CHUNK_ROWS])
        stored += register.sequencer.submit(AskedNotices(chunk, at)).rows
    return ImportSummary(
        rows_read=rows.frame.height,
        imported=stored,
        unchanged=usable.height - stored,
        rejected=report_faults(rows, checked.filter(pl.col("fault").is_not_null())),
    )


def record_showing(register: Register, subject: SubjectKey, *, version: str, language: str, at: datetime) -> bool:
    """Record that somebody was shown a version of the notice in the app; tell whether it is the first time.

    Returns only after it is on disk. The notice stated the right to object apart, in no marketing.

    Raises:
        RegisterUnavailableError, QueueFullError: it is not recorded; show it again.
    """
    channel, shown = NoticeChannel.IN_APP.value, NoticeEvent.SHOWN.value
    before = (notice.c.subject == subject, notice.c.version == version)
    is_so = (notice.c.channel == channel, notice.c.event == shown)
    with register.reading() as connection:
        if connection.execute(sa.select(notice.c.event).where(*before, *is_so).limit(1)).first() is not None:
            return False
    event: Row = (subject, version, channel, language, shown, instant_of(at), True, False, None)
    return register.sequencer.submit(AskedNotices({_name_event(event): event}, at)).rows > 0


def _check_notices(rows: TextRows) -> pl.DataFrame:
    """Read instants and flags, and add column ``fault``: why a row is left out, or null."""
    is_public = pl.col("event") == NoticeEvent.PUBLISHED.value
    # Whether the right was stated apart is unknown unless it is plainly yes or no, and what is unknown proves nothing.
    # A notice counts unless it stood in marketing, so there a field that cannot be read must not pass for unknown.
    is_marketing = read_flags(rows.frame["is_marketing"])
    is_bad = is_unreadable(rows.frame["is_marketing"], is_marketing).alias("marketing_bad")
    read = (read_instants(rows.frame["at"]), read_flags(rows.frame["states_right"]), is_marketing, is_bad)
    return rows.frame.with_columns(read).with_columns(
        first_fault(
            (pl.col("account").is_null() & ~is_public.fill_null(value=False), RowFault.ACCOUNT_MISSING),
            (pl.col("version").is_null(), RowFault.VERSION_MISSING),
            (_is_none_of("channel", [word.value for word in NoticeChannel]), RowFault.CHANNEL_UNKNOWN),
            (_is_none_of("event", [word.value for word in NoticeEvent]), RowFault.EVENT_UNKNOWN),
            (pl.col("at").is_null(), RowFault.INSTANT_INVALID),
            (pl.col("marketing_bad"), RowFault.FLAG_INVALID),
        )
    )


def _is_none_of(column: str, words: list[str]) -> pl.Expr:
    return ~pl.col(column).is_in(words).fill_null(value=False)


def _key_notices(rows: pl.DataFrame, keyring: Keyring) -> list[tuple[bytes, Row]]:
    """Return the name of each event, and its row for the table from the subject on."""
    subjects = pl.Series("subject", subject_keys(keyring, rows["account"].to_list()), dtype=pl.Binary)
    told = rows.select("version", "channel", "language", "event", "at", "states_right", *OPTIONAL_NOTICE_COLUMNS)
    return [(_name_event(event), event) for event in pl.DataFrame([subjects, *told]).rows()]


def _name_event(event: Row) -> bytes:
    """Return the name of an event: equal events have equal names, on any day and in any file."""
    digest = hashlib.blake2b(digest_size=KEY_BYTES)
    # An event of which nothing further is known keeps the name that it had before there were further columns.
    told = event if any(part is not None for part in event[-_FURTHER:]) else event[:-_FURTHER]
    for part in told:
        content = b"" if part is None else part if isinstance(part, bytes) else str(part).encode()
        # Null and empty differ, and no part runs into the next.
        digest.update((0 if part is None else len(content) + 1).to_bytes(8, "big") + content)
    return digest.digest()
