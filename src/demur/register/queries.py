"""Reads that more than one caller needs: the history of objections, the state of one subject, the head of the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, Schema
from demur.keys.subjects import SubjectKey
from demur.ledger.tree import Frontier
from demur.policy.scope import spread_objections
from demur.register.links import COMPONENT
from demur.register.schema import (
    account_fact,
    account_link,
    checkpoint,
    datetime_of,
    head,
    instant_of,
    notice,
    objection,
    withdrawal,
)
from demur.register.store import Register

_OBJECTIONS: Schema = {"subject_key": pl.Binary, "purpose": pl.String, "received_at": INSTANT}
_LINKS: Schema = {"subject_key": pl.Binary, "group_key": pl.Binary, "event": pl.String, "at": INSTANT}
_WITHDRAWALS: Schema = {"subject_key": pl.Binary, "received_at": INSTANT}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An objection or a withdrawal: where it stands in the log, and from when it counts."""

    index: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectStatus:
    """What the register knows of one subject.

    Attributes:
        is_known: the account was imported.
        basis: ``own`` or ``linked`` while an objection covers the subject, else None; `covered_since` dates it.
        objections: the subject's own objections, `withdrawals` the same, both in the order of the log.
        linked_accounts: how many other accounts share an accounts centre, now or in the past.
    """

    is_known: bool
    basis: str | None
    covered_since: datetime | None
    objections: tuple[LoggedEvent, ...]
    withdrawals: tuple[LoggedEvent, ...]
    linked_accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The log: number of entries, root over them, and the signed checkpoint, empty while the log is."""

    size: int
    root: bytes
    checkpoint_note: str


def subject_status(register: Register, subject: SubjectKey, *, at: datetime) -> SubjectStatus:
    """Tell what holds for one subject at an instant, by the same rule as a snapshot."""
    with register.reading() as connection:
        members = [SubjectKey(member) for (member,) in connection.exec_driver_sql(COMPONENT, (subject,))]
        covered = spread_objections(
            read_objections(connection, members),
            read_links(connection, members),
            read_withdrawals(connection, at, members),
        ).filter(pl.col("subject_key") == pl.lit(subject, dtype=pl.Binary))
        basis, covered_since = covered.select("basis", "effective_at").row(0) if covered.height else (None, None)
        is_known = sa.select(sa.exists().where(account_fact.c.subject == subject))
        return SubjectStatus(
            is_known=bool(connection.execute(is_known).scalar()),
            basis=basis,
            covered_since=None if covered_since is None else covered_since.astimezone(UTC),
            objections=_events(connection, objection, subject),
            withdrawals=_events(connection, withdrawal, subject),
            linked_accounts=len(members) - 1,
        )


def read_head(register: Register) -> LogHead:
    """Return where the log stands in the register; its published files may be a moment behind."""
    with register.reading() as connection:
        size, frontier = connection.execute(sa.select(head.c.size, head.c.frontier)).one()
        note = connection.execute(sa.select(checkpoint.c.note).where(checkpoint.c.size == size)).scalar()
    return LogHead(size=size, root=Frontier.from_bytes(size, frontier).root(), checkpoint_note=note or "")


def read_objections(connection: sa.Connection, members: Collection[SubjectKey] | None = None) -> pl.DataFrame:
    """Return every objection that was ever made, or those of some subjects."""
    columns = (objection.c.subject, objection.c.purpose, objection.c.received_at)
    return read_frame(connection, _of(sa.select(*columns), objection, members), _OBJECTIONS)


def read_links(connection: sa.Connection, members: Collection[SubjectKey] | None = None) -> pl.DataFrame:
    """Return every event of accounts and their centres, or those of some subjects."""
    columns = (account_link.c.subject, account_link.c.centre, account_link.c.event, account_link.c.at)
    return read_frame(connection, _of(sa.select(*columns), account_link, members), _LINKS)


def read_withdrawals(
    connection: sa.Connection, at: datetime, members: Collection[SubjectKey] | None = None
) -> pl.DataFrame:
    """Return every withdrawal up to an instant, or those of some subjects."""
    made = sa.select(withdrawal.c.subject, withdrawal.c.received_at).where(withdrawal.c.received_at <= instant_of(at))
    return read_frame(connection, _of(made, withdrawal, members), _WITHDRAWALS)


def read_frame(connection: sa.Connection, query: sa.Select[Any], schema: Schema) -> pl.DataFrame:
    """Return the rows of a query; instants are stored as microseconds, booleans as 0 and 1."""
    stored = {name: pl.Int64 if kind in {INSTANT, pl.Boolean} else kind for name, kind in schema.items()}
    rows: Sequence[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(rows, schema=stored, orient="row").cast(pl.Schema(schema))


def _of(query: sa.Select[Any], table: sa.Table, members: Collection[SubjectKey] | None) -> sa.Select[Any]:
    return query if members is None else query.where(table.c.subject.in_(members))


def _events(connection: sa.Connection, table: sa.Table, subject: SubjectKey) -> tuple[LoggedEvent, ...]:
    query = sa.select(table.c.idx, table.c.received_at).where(table.c.subject == subject).order_by(table.c.idx)
    return tuple(
        LoggedEvent(index=index, received_at=datetime_of(instant)) for index, instant in connection.execute(query)
    )


def read_position(register: Register) -> tuple[int, ...]:
    """Return what moves when a fact is added that could take an item out: equal positions, nothing more to remove.

    Notices are not in it: a further one can only make an item eligible.
    """
    with register.reading() as connection:
        return tuple(
            connection.execute(sa.select(sa.func.coalesce(sa.func.max(column), 0))).scalar_one()
            for column in (account_fact.c.id, account_link.c.id, objection.c.idx, withdrawal.c.idx)
        )


def count_register(register: Register) -> dict[str, int]:
    """Count what the register holds; nobody can be listed by it."""
    counted = {
        "accounts": sa.select(sa.func.count(sa.distinct(account_fact.c.subject))),
        "linked_accounts": sa.select(sa.func.count(sa.distinct(account_link.c.subject))),
        "notice_events": sa.select(sa.func.count()).select_from(notice),
        "objections": sa.select(sa.func.count(objection.c.idx)),
        "withdrawals": sa.select(sa.func.count(withdrawal.c.idx)),
    }
    with register.reading() as connection:
        return {name: connection.execute(query).scalar_one() for name, query in counted.items()}
