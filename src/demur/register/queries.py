"""Reads that more than one caller needs: the history of objections, the state of one subject, the head of the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, OBJECTION_COLUMNS, Schema
from demur.kernel.words import Basis, ObjectionScope, RecordKind, Tie
from demur.keys.subjects import SubjectKey, suppression_names
from demur.ledger.leaves import parse_leaf
from demur.ledger.tree import Frontier
from demur.policy.scope import spread_objections
from demur.register.batch import idempotency_key
from demur.register.frames import read_frame
from demur.register.history import read_hand_overs
from demur.register.kept import read_placeholders, read_suppressions
from demur.register.links import COMPONENT
from demur.register.schema import (
    account_fact,
    account_link,
    checkpoint,
    datetime_of,
    erasure,
    head,
    hijack,
    instant_of,
    leaf,
    notice,
    objection,
    placeholder,
    suppression,
    suspension,
    target,
    undertaking,
    withdrawal,
)
from demur.register.store import Register

OBJECTIONS: Schema = {
    "subject_key": pl.Binary,
    "purpose": pl.String,
    "received_at": INSTANT,
    "scope": pl.String,
    "in_public_role": pl.Boolean,
}
LINKS: Schema = {
    "subject_key": pl.Binary,
    "group_key": pl.Binary,
    "tie": pl.String,
    "event": pl.String,
    "at": INSTANT,
}
_COMPONENT = sa.text(COMPONENT.replace("?", ":subject"))
_SUBJECT: sa.BindParameter[bytes] = sa.bindparam("subject")
_MEMBERS: sa.BindParameter[list[bytes]] = sa.bindparam("members", expanding=True)
# Whether a subject was imported, and whether they or anybody linked with them ever objected. Most who follow the link
# of a notice did not, and their page needs to know no more.
_TRACES = sa.select(
    sa.exists().where(account_fact.c.subject == _SUBJECT),
    sa.or_(
        sa.exists().where(objection.c.subject.in_(_MEMBERS)),
        sa.exists().where(placeholder.c.subject.in_(_MEMBERS)),
        sa.exists().where(withdrawal.c.subject == _SUBJECT),
        sa.exists().where(suppression.c.name == sa.bindparam("name")),
    ),
)
WITHDRAWALS: Schema = {"subject_key": pl.Binary, "received_at": INSTANT}


# The last row of each table that can take an item out. A target has no number of its own but that of its entry.
_LASTS = tuple(
    sa.func.max(column)
    for column in (
        *(account_fact.c.id, account_link.c.id, objection.c.idx, withdrawal.c.idx),
        # An erasure deletes rows, and the next row may then get the number of a deleted one.
        *(target.c.idx, hijack.c.id, suspension.c.number, undertaking.c.id, erasure.c.idx),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An objection or a withdrawal: where it stands in the log, and from when it counts.

    Attributes:
        form_version: which version of which form an objection came by; None where that is not known.
    """

    index: int
    received_at: datetime
    form_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectStatus:
    """What the register knows of one subject; what a former holder of the account did is not told to the present one.

    Attributes:
        is_known: the account was imported.
        basis: while an objection covers the subject, why (`Basis`), else None. The widest objection is named, and of
            equally wide ones the subject's own; `covered_since` dates it, `scope` tells what it is about.
        covered_since: None as well where no instant is kept, because the objection that counts was erased.
        objections: the subject's own objections, `withdrawals` the same, both in the order of the log.
        linked_accounts: how many other accounts share a centre or a verified contact, now or in the past.
        is_erased: the account was erased, and stays out for what it objected to.
    """

    is_known: bool
    basis: str | None
    scope: str | None
    covered_since: datetime | None
    objections: tuple[LoggedEvent, ...]
    withdrawals: tuple[LoggedEvent, ...]
    linked_accounts: int
    is_erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredAccount:
    """Whether an objection covers one of the accounts that belong together.

    Attributes:
        basis: while one does, why (`Basis`), else None.
        since: from when it counts; None as well where the objection that counts was erased.
    """

    subject: SubjectKey
    basis: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The log: number of entries, root over them, and the signed checkpoint, empty while the log is."""

    size: int
    root: bytes
    checkpoint_note: str


def subject_status(register: Register, subject: SubjectKey, *, at: datetime) -> SubjectStatus:
    """Tell what holds for one subject at an instant, by the same rule as a snapshot."""
    (name,) = suppression_names(register.keyring, [subject])
    with register.reading() as connection:
        members = [SubjectKey(member) for (member,) in connection.execute(_COMPONENT, {"subject": subject})]
        asked = {"subject": subject, "members": members, "name": name}
        is_known, has_history = connection.execute(_TRACES, asked).one()
        if not has_history:
            return _never_objected(is_known=bool(is_known), linked_accounts=len(members) - 1)
        hand_overs = read_hand_overs(connection, at, members)
        covered = _read_covered(connection, members, at, hand_overs)
        suppressed = read_suppressions(connection, [name])
        known = covered if suppressed.is_empty() else pl.concat([covered, _of_erased(suppressed, subject)])
        basis, scope, covered_since = _widest(known, subject)
        held_since = None if hand_overs.is_empty() else max(hand_overs.filter(_is(subject))["at"], default=None)
        return SubjectStatus(
            is_known=bool(is_known),
            basis=basis,
            scope=scope,
            covered_since=_told(covered_since),
            objections=_events(connection, objection, subject, held_since),
            withdrawals=_events(connection, withdrawal, subject, held_since),
            linked_accounts=len(members) - 1,
            is_erased=not suppressed.is_empty(),
        )


def _never_objected(*, is_known: bool, linked_accounts: int) -> SubjectStatus:
    return SubjectStatus(
        is_known=is_known,
        basis=None,
        scope=None,
        covered_since=None,
        objections=(),
        withdrawals=(),
        linked_accounts=linked_accounts,
    )


def _of_erased(suppressed: pl.DataFrame, subject: SubjectKey) -> pl.DataFrame:
    """Return the objections of a subject who was erased (`OBJECTION_COLUMNS`)."""
    named = suppressed.with_columns(
        pl.lit(subject, dtype=pl.Binary).alias("subject_key"), pl.lit(None, dtype=INSTANT).alias("effective_at")
    )
    return named.select(list(OBJECTION_COLUMNS))


def _widest(covered: pl.DataFrame, subject: SubjectKey) -> tuple[str | None, str | None, datetime | None]:
    """Return basis, scope and instant of the objection that covers most of what a subject publishes now."""
    if covered.is_empty():
        return None, None, None
    in_force = covered.filter(
        _is(subject),
        # What covers only items of a former holder says nothing to the present one.
        pl.col("covers_until").is_null(),
    )
    order = in_force.sort(
        pl.col("scope") != ObjectionScope.ALL.value,
        pl.col("basis").replace_strict({basis.value: rank for rank, basis in enumerate(Basis)}),
        "effective_at",
        nulls_last=True,
    )
    return order.select("basis", "scope", "effective_at").row(0) if order.height else (None, None, None)


def covered_accounts(register: Register, subjects: Sequence[SubjectKey], *, at: datetime) -> tuple[CoveredAccount, ...]:
    """Tell of some subjects, and of everybody who is linked with them, whether an objection covers them.

    The subjects come first, in their order; the others follow in the order of their keys.
    """
    with register.reading() as connection:
        linked = {
            SubjectKey(member)
            for subject in subjects
            for (member,) in connection.execute(_COMPONENT, {"subject": subject})
        }
        members = [*dict.fromkeys(subjects), *sorted(linked - set(subjects))]
        covered = _read_covered(connection, members, at, read_hand_overs(connection, at, members))
        names = dict(zip(suppression_names(register.keyring, members), members, strict=True))
        suppressed = read_suppressions(connection, list(names))
    erased = [_of_erased(suppressed.filter(pl.col("name") == name), member) for name, member in names.items()]
    known = pl.concat([covered, *erased])
    return tuple(_describe_covered(known, member) for member in members)


def _describe_covered(known: pl.DataFrame, subject: SubjectKey) -> CoveredAccount:
    basis, _, since = _widest(known, subject)
    return CoveredAccount(subject=subject, basis=basis, since=_told(since))


def _told(since: datetime | None) -> datetime | None:
    """Return an instant as it may be told: of what was erased none is kept."""
    return None if since in {None, datetime_of(0)} else since and since.astimezone(UTC)


def _read_covered(
    connection: sa.Connection, members: Collection[SubjectKey], at: datetime, hand_overs: pl.DataFrame
) -> pl.DataFrame:
    """Return what objections cover of some subjects who are all that are linked (`OBJECTION_COLUMNS`)."""
    objections, placeholders = read_objections(connection, members), read_placeholders(connection, members)
    if objections.is_empty() and placeholders.is_empty():
        # Nothing spreads.
        return pl.DataFrame(schema=OBJECTION_COLUMNS)
    links, withdrawals = read_links(connection, members), read_withdrawals(connection, at, members)
    return spread_objections(objections, links, withdrawals, hand_overs, placeholders)


def read_head(register: Register) -> LogHead:
    """Return where the log stands in the register; its published files may be a moment behind."""
    with register.reading() as connection:
        size, frontier = connection.execute(sa.select(head.c.size, head.c.frontier)).one()
        note = connection.execute(sa.select(checkpoint.c.note).where(checkpoint.c.size == size)).scalar()
    return LogHead(size=size, root=Frontier.from_bytes(size, frontier).root(), checkpoint_note=note or "")


def find_document_day(register: Register, kind: RecordKind, digest: bytes) -> date | None:
    """Return on which day a document was entered in the log, by its SHA-256 digest; None where it was not."""
    entry = sa.select(leaf.c.data).where(leaf.c.key == idempotency_key("document", kind, digest))
    with register.reading() as connection:
        found = connection.execute(entry).scalar()
    return None if found is None else parse_leaf(bytes(found)).day


def read_objections(connection: sa.Connection, members: Collection[SubjectKey] | None = None) -> pl.DataFrame:
    """Return every objection that was ever made, or those of some subjects."""
    made = objection.c
    columns = (made.subject, made.purpose, made.received_at, made.scope, made.in_public_role)
    return read_frame(connection, _of(sa.select(*columns), objection, members), OBJECTIONS)


def read_links(connection: sa.Connection, members: Collection[SubjectKey] | None = None) -> pl.DataFrame:
    """Return every event of accounts and what they share, or those of some subjects."""
    link = account_link.c
    columns = (link.subject, link.centre, link.tie, link.event, link.at)
    return read_frame(connection, _of(sa.select(*columns), account_link, members), LINKS)


def read_withdrawals(
    connection: sa.Connection, at: datetime, members: Collection[SubjectKey] | None = None
) -> pl.DataFrame:
    """Return every withdrawal up to an instant, or those of some subjects."""
    made = sa.select(withdrawal.c.subject, withdrawal.c.received_at).where(withdrawal.c.received_at <= instant_of(at))
    return read_frame(connection, _of(made, withdrawal, members), WITHDRAWALS)


def _is(subject: SubjectKey) -> pl.Expr:
    return pl.col("subject_key") == pl.lit(subject, dtype=pl.Binary)


def _of(query: sa.Select[Any], table: sa.Table, members: Collection[SubjectKey] | None) -> sa.Select[Any]:
    return query if members is None else query.where(table.c.subject.in_(members))


def _events(
    connection: sa.Connection, table: sa.Table, subject: SubjectKey, since: datetime | None
) -> tuple[LoggedEvent, ...]:
    form = table.c.form_version if table is objection else sa.null()
    columns = (table.c.idx, table.c.received_at, form)
    query = sa.select(*columns).where(table.c.subject == subject).order_by(table.c.idx)
    query = query if since is None else query.where(table.c.received_at >= instant_of(since))
    return tuple(
        LoggedEvent(index=index, received_at=datetime_of(instant), form_version=version)
        for index, instant, version in connection.execute(query)
    )


def read_position(register: Register) -> tuple[int, ...]:
    """Return what moves when a fact is added that could take an item out: equal positions, nothing more to remove.

    Notices are not in it: a further one can only make an item eligible. Nor is the lifting of a suspension.
    """
    with register.reading() as connection:
        # Entries of the log count from 0, so nothing is before that.
        return tuple(connection.execute(sa.select(sa.func.coalesce(last, -1))).scalar_one() for last in _LASTS)


def count_register(register: Register) -> dict[str, int]:
    """Count what the register holds; nobody can be listed by it."""
    counted = {
        "accounts": sa.select(sa.func.count(sa.distinct(account_fact.c.subject))),
        "linked_accounts": sa.select(sa.func.count(sa.distinct(account_link.c.subject))).where(
            account_link.c.tie == Tie.CENTRE.value
        ),
        "notice_events": sa.select(sa.func.count()).select_from(notice),
        "objections": sa.select(sa.func.count(objection.c.idx)),
        "withdrawals": sa.select(sa.func.count(withdrawal.c.idx)),
        "targets": sa.select(sa.func.count(sa.distinct(target.c.target))),
        "hijacked_accounts": sa.select(sa.func.count(sa.distinct(hijack.c.subject))),
        "undertakings": sa.select(sa.func.count(undertaking.c.id)),
    }
    with register.reading() as connection:
        return {name: connection.execute(query).scalar_one() for name, query in counted.items()}
