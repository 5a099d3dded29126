"""Who read the record of one person: written before the record is given, so that the person can be told.

A read that cannot be written down is refused. The rows are written by the sequencer, in a batch with whatever else
waits; a receipt that is given for an objection is an answer to it, no read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from demur.keys.subjects import SubjectKey
from demur.register.batch import Aside, Batch, Outcome
from demur.register.queries import CoveredAccount, SubjectStatus, covered_accounts, subject_status
from demur.register.schema import access, datetime_of, instant_of
from demur.register.sealing import read_opening
from demur.register.store import Register

_INSERT = "INSERT INTO access (subject, at, role, reader, act, reason) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and how.

    Attributes:
        role: in which role, such as ``dpo`` or ``receipt``.
        name: who it is within the role: an account of the system, an API key, the holder of a link.
        act: the command or the address that was asked; never an id.
        reason: why, in the reader's words; None when they gave none. Nobody may be named in it.
    """

    role: str
    name: str
    act: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One read of a person's record."""

    at: datetime
    reader: Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedAccess(Aside):
    """The unit of work that writes down who reads the record of some subjects, or of all whom an entry covers."""

    reader: Reader
    at: datetime
    subjects: tuple[SubjectKey, ...] = ()
    entry: int | None = None

    def __call__(self, batch: Batch) -> Outcome:
        """Insert a row for each person; an entry that was erased covers nobody any more."""
        read = dict.fromkeys((*self.subjects, *self._covered(batch)))
        said = (instant_of(self.at), self.reader.role, self.reader.name, self.reader.act, self.reader.reason)
        for subject in read:
            batch.connection.execute(_INSERT, (subject, *said))
        return Outcome(rows=len(read))

    def _covered(self, batch: Batch) -> tuple[SubjectKey, ...]:
        if self.entry is None:
            return ()
        found = read_opening(batch.connection, batch.keyring, self.entry)
        return () if found is None else found[1]


def note_access(register: Register, subjects: Sequence[SubjectKey], reader: Reader, *, at: datetime) -> None:
    """Write down that somebody is about to be told of some people; returns when it is on disk.

    Raises:
        RegisterUnavailableError, QueueFullError: it is not written down, so nothing may be told.
    """
    if subjects:
        register.sequencer.submit(NotedAccess(reader=reader, at=at, subjects=tuple(subjects)))


def note_entry_access(register: Register, entry: int, reader: Reader, *, at: datetime) -> None:
    """Write down the same for everybody whom an entry of the log covers; raises as `note_access`."""
    register.sequencer.submit(NotedAccess(reader=reader, at=at, entry=entry))


def read_record(register: Register, subject: SubjectKey, reader: Reader, *, at: datetime) -> SubjectStatus:
    """Tell what holds for one subject, after it was written down who asked; raises as `note_access`."""
    note_access(register, (subject,), reader, at=at)
    return subject_status(register, subject, at=at)


def read_person(
    register: Register, subjects: Sequence[SubjectKey], reader: Reader, *, at: datetime
) -> tuple[SubjectStatus, tuple[CoveredAccount, ...]]:
    """Tell what holds for the first of some subjects, and which accounts of theirs, linked ones too, are covered.

    Before it is told, it is written down for each of those accounts; raises as `note_access`.
    """
    accounts = covered_accounts(register, subjects, at=at)
    note_access(register, [one.subject for one in accounts], reader, at=at)
    return subject_status(register, subjects[0], at=at), accounts


def read_accesses(register: Register, subject: SubjectKey, reader: Reader, *, at: datetime) -> tuple[Access, ...]:
    """Tell who read the record of one subject, this read included, in their order; raises as `note_access`."""
    note_access(register, (subject,), reader, at=at)
    read = access.c
    query = sa.select(read.at, read.role, read.reader, read.act, read.reason).where(read.subject == subject)
    with register.reading() as connection:
        return tuple(
            Access(at=datetime_of(instant), reader=Reader(role=role, name=name, act=act, reason=reason))
            for instant, role, name, act, reason in connection.execute(query.order_by(read.id))
        )
