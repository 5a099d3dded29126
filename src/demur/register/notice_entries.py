"""What the log tells of notices: the document of each entry, and for one person that their events are among those.

The entry shows that an event was recorded by its day, and could not be written later with an earlier one. An entry may
be there without its events: then the register came back from an older backup, and they have to be imported again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from demur.kernel.words import RecordKind
from demur.keys.subjects import SubjectKey
from demur.ledger.leaves import digest_document, parse_leaf
from demur.ledger.notices import (
    EventPath,
    commit_event,
    notice_document,
    prove_event,
    split_commitments,
    verify_event,
)
from demur.ledger.tree import ProofError
from demur.register.accesses import Reader, note_access
from demur.register.batch import AskAgain
from demur.register.errors import RegisterAlteredError
from demur.register.schema import datetime_of, leaf, notice, notice_batch, notice_version
from demur.register.store import Register

_KEEP_HINT = "Keep the register as it is, and restore it from an earlier backup."


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEntry:
    """An entry of the log that tells of events of notices.

    Attributes:
        document: what the entry is the digest of: `events` and their `root`, or the words of a `version` of the notice
            that was published. All of them are None when what belongs to the entry was lost.
    """

    index: int
    day: date
    events: int | None = None
    root: bytes | None = None
    document: bytes | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """An event of a notice of one person, with all that shows by when it was recorded.

    Attributes:
        states_right, is_marketing: None is unknown.
        name: 16 bytes, made from what the event says (`docs/reference/formats.md`).
        entry: the entry of the log that tells of it, `r` and `path` lead to its root; None for an event that was
            recorded by a version of Demur that logged none.
    """

    version: str
    channel: str
    language: str | None
    event: str
    at: datetime
    states_right: bool | None
    is_marketing: bool | None
    variant: str | None
    name: bytes
    entry: NoticeEntry | None
    r: bytes | None = field(default=None, repr=False)
    path: EventPath | None = None


def read_notice_entries(register: Register) -> tuple[NoticeEntry, ...]:
    """Return the entries of the log that tell of events of notices, and of versions, in their order.

    Raises:
        RegisterAlteredError: a document is not the one that the log holds.
    """
    found = sa.select(leaf.c.idx, leaf.c.data, notice_batch.c.events, notice_batch.c.root)
    found = found.outerjoin_from(leaf, notice_batch).where(leaf.c.kind == RecordKind.NOTICE.value)
    with register.reading() as connection:
        rows = connection.execute(found.order_by(leaf.c.idx)).all()
        versions = {row.idx: row for row in connection.execute(sa.select(notice_version))}
    return tuple(
        _version_entry(row.idx, row.data, versions[row.idx]) if row.idx in versions else _entry(register, row)
        for row in rows
    )


def prove_notice_entry(register: Register, entry: NoticeEntry) -> str:
    """Return the proof (C2SP tlog-proof) that the log holds an entry."""
    return register.sequencer.submit(AskAgain(entry.index)).entry().encode()


def show_events(register: Register, subject: SubjectKey, reader: Reader, *, at: datetime) -> tuple[ShownEvent, ...]:
    """Tell what happened to the notices of one subject and what shows it, after it was written down who asked.

    Raises:
        RegisterUnavailableError, QueueFullError: it is not written down, so nothing is told.
        RegisterAlteredError: the events are not those that the log tells of.
    """
    note_access(register, (subject,), reader, at=at)
    told = sa.select(notice).where(notice.c.subject == subject).order_by(notice.c.at, notice.c.digest)
    with register.reading() as connection:
        rows = connection.execute(told).all()
        batches = _read_batches(register, connection, sorted({row.batch for row in rows if row.batch is not None}))
        return tuple(_shown(row, *batches.get(row.batch, (None, ()))) for row in rows)


def _read_batches(
    register: Register, connection: sa.Connection, indices: Sequence[int]
) -> dict[int, tuple[NoticeEntry, tuple[bytes, ...]]]:
    found = sa.select(leaf.c.idx, leaf.c.data, *(notice_batch.c[name] for name in ("events", "root", "commitments")))
    found = found.join_from(leaf, notice_batch).where(leaf.c.idx.in_(indices))
    return {
        row.idx: (_entry(register, row[:4]), split_commitments(row.commitments)) for row in connection.execute(found)
    }


def _entry(register: Register, row: Sequence[Any]) -> NoticeEntry:
    index, data, events, root = row
    logged = parse_leaf(data)
    if root is None:
        return NoticeEntry(index=index, day=logged.day)
    document = notice_document(register.keyring.log_signer.name, events=events, root=root)
    if digest_document(document) != logged.commitment:
        raise _altered(index)
    return NoticeEntry(index=index, day=logged.day, events=events, root=root, document=document)


def _version_entry(index: int, data: bytes, published: sa.Row[Any]) -> NoticeEntry:
    logged = parse_leaf(data)
    if digest_document(published.document) != logged.commitment:
        raise _altered(index)
    return NoticeEntry(index=index, day=logged.day, document=published.document, version=published.version)


def _altered(index: int) -> RegisterAlteredError:
    message = f"the register does not hold the document of entry {index} of the log"
    return RegisterAlteredError(message, hint=_KEEP_HINT)


def _shown(row: sa.Row[Any], entry: NoticeEntry | None, commitments: Sequence[bytes]) -> ShownEvent:
    return ShownEvent(
        **{name: getattr(row, name) for name in ("version", "channel", "language", "event", "variant")},
        at=datetime_of(row.at),
        states_right=None if row.states_right is None else bool(row.states_right),
        is_marketing=None if row.is_marketing is None else bool(row.is_marketing),
        name=row.digest,
        entry=entry,
        r=row.r,
        path=None if entry is None else _path(entry, commitments, commit_event(row.digest, row.r)),
    )


def _path(entry: NoticeEntry, commitments: Sequence[bytes], commitment: bytes) -> EventPath:
    """Return what leads from an event to the root of its entry; checked, so that it proves something."""
    try:
        found = prove_event(commitments, commitment)
        verify_event(commitment, found, events=len(commitments), root=entry.root or b"")
    except (ValueError, ProofError) as error:
        message = f"an event of the register is not among those that entry {entry.index} of the log tells of"
        raise RegisterAlteredError(message, hint=_KEEP_HINT) from error
    return found
