"""Reads of what the register owes: what waits, what is late, what died, and how long objections took to be honoured."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from demur.kernel.words import EffectKind, RecordKind
from demur.register.schema import datetime_of, effect, instant_of, leaf
from demur.register.store import Register

# What is due is done within seconds; a minute of delay is one that somebody should know of.
OVERDUE_AFTER = timedelta(minutes=1)
_TIMED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """How many effects of one kind are in which state, those that are done aside.

    Attributes:
        waiting: nobody holds them; they may be due later.
        leased: a worker holds them.
        retried: of those that wait or are held, how many failed before.
        overdue: of those that wait or are held, how many were due more than a minute ago.
        dead: failed too often; they stay until a human has them tried anew.
        oldest: for how long the oldest one that is due, and not dead, was asked for; None when none is due.
    """

    kind: EffectKind
    waiting: int
    leased: int
    retried: int
    overdue: int
    dead: int
    oldest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEffect:
    """An effect that failed too often: of which entry, how many attempts, the code of the last error, since when."""

    kind: EffectKind
    ref: int
    attempts: int
    failure: str | None
    dead_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToEffect:
    """How long it took from acknowledging an objection until every corpus honoured it: over the last thousand.

    The percentiles are those of nearest rank; None while no objection was honoured.
    """

    objections: int
    p50: timedelta | None
    p99: timedelta | None
    longest: timedelta | None


def count_owed(register: Register, *, at: datetime) -> tuple[Owed, ...]:
    """Count what is owed at an instant, by kind; kinds that were never asked for, or are all done, count 0."""
    now, owed = instant_of(at), effect.c
    is_open, is_leased = owed.dead_at.is_(None), owed.lease_until > now
    query = (
        sa.select(
            owed.kind,
            *_counts(
                is_open & sa.func.coalesce(~is_leased, sa.true()),
                is_open & is_leased,
                is_open & owed.failure.is_not(None),
                is_open & (owed.due_at < instant_of(at - OVERDUE_AFTER)),
                owed.dead_at.is_not(None),
            ),
            sa.func.min(sa.case((is_open & (owed.due_at <= now), owed.asked_at))),
        )
        .where(owed.done_at.is_(None))
        .group_by(owed.kind)
    )
    with register.reading() as connection:
        counted = {kind: tuple(counts) for kind, *counts in connection.execute(query)}
    nothing = (0, 0, 0, 0, 0, None)
    return tuple(_owed(kind, *counted.get(kind.value, nothing), now=now) for kind in EffectKind)


def list_dead(register: Register) -> tuple[DeadEffect, ...]:
    """List the dead effects, in the order in which they died."""
    died = effect.c
    query = sa.select(died.kind, died.ref, died.attempts, died.failure, died.dead_at).where(died.dead_at.is_not(None))
    with register.reading() as connection:
        return tuple(
            DeadEffect(kind=EffectKind(kind), ref=ref, attempts=tries, failure=failure, dead_at=datetime_of(dead_at))
            for kind, ref, tries, failure, dead_at in connection.execute(query.order_by(died.dead_at, died.ref))
        )


def is_done(register: Register, kind: EffectKind, ref: int) -> bool:
    """Tell whether an effect of an entry was done."""
    done = sa.select(effect.c.done_at).where(effect.c.kind == kind.value, effect.c.ref == ref)
    with register.reading() as connection:
        return connection.execute(done).scalar() is not None


def time_to_effect(register: Register) -> TimeToEffect:
    """Tell how long the last objections took to be honoured by every corpus."""
    query = (
        sa.select(effect.c.done_at - effect.c.asked_at)
        .join(leaf, leaf.c.idx == effect.c.ref)
        .where(
            effect.c.kind == EffectKind.APPLY.value,
            effect.c.done_at.is_not(None),
            leaf.c.kind == RecordKind.OBJECTION.value,
        )
        .order_by(effect.c.done_at.desc())
        .limit(_TIMED)
    )
    with register.reading() as connection:
        # A clock that was set back in between must not shorten the others.
        took = sorted(timedelta(microseconds=max(0, spent)) for spent in connection.execute(query).scalars())
    return TimeToEffect(
        objections=len(took),
        p50=_percentile(took, 50),
        p99=_percentile(took, 99),
        longest=took[-1] if took else None,
    )


def _counts(*conditions: sa.ColumnElement[bool]) -> list[sa.ColumnElement[int]]:
    return [sa.func.count(sa.case((condition, 1))) for condition in conditions]


def _owed(
    kind: EffectKind,
    waiting: int,
    leased: int,
    retried: int,
    overdue: int,
    dead: int,
    asked_at: int | None,
    *,
    now: int,
) -> Owed:
    oldest = None if asked_at is None else timedelta(microseconds=max(0, now - asked_at))
    return Owed(kind=kind, waiting=waiting, leased=leased, retried=retried, overdue=overdue, dead=dead, oldest=oldest)


def _percentile(ordered: list[timedelta], percent: int) -> timedelta | None:
    return ordered[math.ceil(percent * len(ordered) / 100) - 1] if ordered else None
