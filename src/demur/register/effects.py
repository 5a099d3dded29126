"""What an entry of the log brings about, asked for in the transaction of the entry: both are on disk, or neither is.

So what follows an acknowledgement is never forgotten, wherever a process is killed: a transactional
outbox. `outbox` does what is asked for here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from demur.kernel.words import EffectKind, RecordKind
from demur.register.batch import Batch, Outcome
from demur.register.connection import Row
from demur.register.schema import effect, instant_of, leaf
from demur.register.store import Register

_ASKED_AT_ONCE = 1_000
_ALIKE = """
    INSERT INTO effect (kind, ref, asked_at, due_at, attempts)
    SELECT CAST(:kind AS TEXT), ref, asked_at, CAST(:at AS BIGINT), 0 FROM effect
    WHERE kind = 'apply' AND ref > :after AND ref <= :last AND asked_at >= :since
    ON CONFLICT (kind, ref) DO NOTHING
"""

_ALARM = """
    INSERT INTO effect (kind, ref, asked_at, due_at, attempts) VALUES ('deadline', ?, ?, ?, 0)
    ON CONFLICT (kind, ref) DO NOTHING
"""

# An objection is honoured without undue delay, at the latest within a month (GDPR Art. 12(3)). A day is many times what
# it takes, and leaves nearly all of the month to whoever hears the alarm.
ALARM_AFTER = timedelta(days=1)
_ALARM_AFTER = ALARM_AFTER // timedelta(microseconds=1)


def owe_objection(batch: Batch, index: int, *, received_at: datetime, at: datetime) -> None:
    """Ask for what follows an objection: every corpus without what it covers, and an alarm if that takes long.

    Nearly all are honoured within seconds, so the alarm of one that counts from when it is recorded is asked for by
    `owe_alarms`, when it is due; that of a letter, which counts from before, stands here.
    """
    asked = instant_of(at)
    _owe(batch, EffectKind.APPLY, index, due=asked, asked=asked)
    if received_at != at:
        _owe(batch, EffectKind.DEADLINE, index, due=instant_of(received_at) + _ALARM_AFTER, asked=asked)


def owe_alarms(register: Register, *, at: datetime) -> None:
    """Ask for the alarm of each objection that was recorded a day ago and is not honoured: what `owe_objection` spared.

    The entries that owe `APPLY` are on disk, so whoever asks again forgets none and asks for none twice.

    Raises:
        RegisterUnavailableError, QueueFullError: not all was asked for; ask again.
    """
    while late := _find_late(register, at):
        alarms = [(index, asked_at, asked_at + _ALARM_AFTER) for index, asked_at in late]

        def write(batch: Batch, alarms: Sequence[Row] = alarms) -> Outcome:
            batch.connection.executemany(_ALARM, alarms)
            return Outcome(rows=len(alarms))

        register.sequencer.submit(write)


def owe_alike(register: Register, kind: EffectKind, *, after: int, since: datetime, at: datetime) -> int:
    """Ask for one more effect of each entry after one that owes `APPLY` since an instant; return the last one seen.

    For effects that only some installations have: the intake writes no row for them and pays nothing. The entries that
    owe `APPLY` are on disk, so whoever asks again, from whichever entry on, forgets none and asks for none twice.

    Raises:
        RegisterUnavailableError, QueueFullError: nothing was asked for; ask again.
    """
    last = after
    while (found := _last_applied(register, last)) > last:
        span = {"kind": kind.value, "after": last, "last": found, "since": instant_of(since), "at": instant_of(at)}

        def write(batch: Batch, span: Mapping[str, int | str] = span) -> Outcome:
            return Outcome(rows=batch.connection.execute(_ALIKE, span).rowcount)

        register.sequencer.submit(write)
        last = found
    return last


def last_asked(register: Register, kind: EffectKind) -> int:
    """Return the last entry of which an effect of a kind was asked for; -1 when none was."""
    with register.reading() as connection:
        found = connection.execute(sa.select(sa.func.max(effect.c.ref)).where(effect.c.kind == kind.value)).scalar()
    return -1 if found is None else int(found)


def _last_applied(register: Register, after: int) -> int:
    owed = effect.c
    some = sa.select(owed.ref).where(owed.kind == EffectKind.APPLY.value, owed.ref > after).order_by(owed.ref)
    with register.reading() as connection:
        found = connection.execute(sa.select(sa.func.max(some.limit(_ASKED_AT_ONCE).subquery().c.ref))).scalar()
    return after if found is None else int(found)


def _find_late(register: Register, at: datetime) -> list[tuple[int, int]]:
    """Return some objections that are due to be honoured, are not, and have no alarm: entry, and when it was asked."""
    owed, alarm = effect.alias("owed"), effect.alias("alarm")
    has_alarm = sa.exists().where(alarm.c.kind == EffectKind.DEADLINE.value, alarm.c.ref == owed.c.ref)
    late = (
        sa.select(owed.c.ref, owed.c.asked_at)
        .join(leaf, leaf.c.idx == owed.c.ref)
        .where(
            owed.c.kind == EffectKind.APPLY.value,
            owed.c.done_at.is_(None),
            owed.c.asked_at <= instant_of(at - ALARM_AFTER),
            leaf.c.kind == RecordKind.OBJECTION.value,
            ~has_alarm,
        )
        .limit(_ASKED_AT_ONCE)
    )
    with register.reading() as connection:
        # Each half has an index of its own: of what is done, which is nearly all, nothing is read.
        halves = (late.where(owed.c.dead_at.is_(None)), late.where(owed.c.dead_at.is_not(None)))
        return [(int(ref), int(asked_at)) for half in halves for ref, asked_at in connection.execute(half)]


def owe(batch: Batch, kind: EffectKind, index: int, *, due_at: datetime, at: datetime) -> None:
    """Ask for one effect of an entry that this batch adds; an entry has one of a kind at most."""
    _owe(batch, kind, index, due=instant_of(due_at), asked=instant_of(at))


def _owe(batch: Batch, kind: EffectKind, index: int, *, due: int, asked: int) -> None:
    batch.insert(effect, (kind.value, index, asked, due, 0, None, None, None, None))
