"""The end of the register: once nothing is left that could use anybody's content, all that is held of people goes.

What `demur.policy.retention` decides is asked for here by `erase_all`. The log stays with an entry for each that was
erased, and whoever holds a receipt can still show what it proves (GDPR Art. 5(1)(e); REQUIREMENTS SEC-6).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from demur.kernel.words import RecordKind
from demur.keys.subjects import SubjectKey
from demur.register.batch import Batch, Outcome
from demur.register.erasing import HELD, erase
from demur.register.erasing_entries import log_erasures
from demur.register.erasing_receipts import EraseEntries
from demur.register.schema import kept_span, kept_target, leaf, metadata, opening, placeholder, request, suppression
from demur.register.store import Register

_AT_ONCE = 200
_KEPT = ("suppression", "kept_target", "kept_span")
_BEGIN = "INSERT INTO erasing (subject, never) VALUES (?, 0) ON CONFLICT (subject) DO NOTHING"
_PLACEHOLDERS = "SELECT DISTINCT subject FROM placeholder"
_OF_PLACEHOLDER = tuple(f"DELETE FROM {table} WHERE subject = ?" for table in ("account_link", "placeholder"))  # noqa: S608 -- ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """How much is held of people, as counts.

    Attributes:
        accounts: accounts of which anything is held.
        entries: entries of the log that the register can open.
        kept: what keeps out those who were erased before: names, items, pages, searched words.
    """

    accounts: int
    entries: int
    kept: int


def count_trained(register: Register) -> int:
    """Return how many training runs the log tells of."""
    query = sa.select(sa.func.count()).where(leaf.c.kind == RecordKind.TRAINING.value)
    with register.reading() as connection:
        return int(connection.execute(query).scalar_one())


def count_retained(register: Register) -> Retained:
    """Count what is held of people."""
    tables = (suppression, kept_target, kept_span, placeholder)
    with register.reading() as connection:
        return Retained(
            accounts=_count(connection, _subjects().subquery()),
            entries=_count(connection, opening),
            kept=sum(_count(connection, table) for table in tables),
        )


def erase_all(register: Register, *, at: datetime) -> Retained:
    """Erase all that is held of people, some at a time, and return how much it was.

    Stopped anywhere, it goes on when it is asked again. Only what `decide_retention` lets go may be asked for.

    Raises:
        RegisterUnavailableError, QueueFullError: the rest was not erased; try again.
    """
    found = count_retained(register)
    for subjects in _some_subjects(register):
        erase(register, subjects, at=at)
    for indices in _some_entries(register):
        register.sequencer.submit(EraseEntries(indices=indices, at=at))
    if count_retained(register).kept:
        register.sequencer.submit(lambda batch: _let_go(batch, at=at))
    return found


def _count(connection: sa.Connection, rows: sa.FromClause) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def _subjects() -> sa.CompoundSelect[Any]:
    """Select the accounts of which something is held, but for the placeholders of those who were erased."""
    tables = [metadata.tables[name].c for name in HELD.values()]
    # Reads of a request are held under its reference, and go with it.
    others = sa.union(sa.select(placeholder.c.subject), sa.select(request.c.reference))
    return sa.union(
        *(sa.select(each.subject).where(each.subject.is_not(None), each.subject.not_in(others)) for each in tables)
    )


def _some_subjects(register: Register) -> Iterator[Sequence[SubjectKey]]:
    """Yield accounts of which something is held, until there are none."""
    while found := _read_some(register, sa.select(_subjects().subquery()).limit(_AT_ONCE)):
        yield [SubjectKey(bytes(subject)) for subject in found]


def _some_entries(register: Register) -> Iterator[Sequence[int]]:
    """Yield entries that can be opened, until there are none."""
    while found := _read_some(register, sa.select(opening.c.idx).order_by(opening.c.idx).limit(_AT_ONCE)):
        yield found


def _read_some(register: Register, query: sa.Select[Any]) -> list[Any]:
    with register.reading() as connection:
        return list(connection.execute(query).scalars())


def _let_go(batch: Batch, *, at: datetime) -> Outcome:
    """Delete what keeps out those who were erased; the log says so by an erasure that names no entry."""
    batch.flush()
    erased_by = log_erasures(batch, {None}, at=at)
    subjects = [subject for (subject,) in batch.connection.execute(_PLACEHOLDERS).fetchall()]
    for subject in subjects or [bytes(16)]:
        batch.connection.execute(_BEGIN, (subject,))
    rows = sum(batch.connection.execute(f"DELETE FROM {table}").rowcount for table in _KEPT)  # noqa: S608 -- ours
    for statement in _OF_PLACEHOLDER:
        rows += sum(batch.connection.execute(statement, (subject,)).rowcount for subject in subjects)
    batch.connection.execute("DELETE FROM erasing")
    return Outcome(index=erased_by[None], rows=rows)
