"""Doing what the log brings about: at least once, and by handlers that may be called again, exactly once in effect.

A worker leases a few effects in a short transaction of the sequencer, does them, and marks them in another one. When it
is killed in between, its lease runs out and the next worker does them again. What fails is tried later, each time after
a longer pause; what fails too often is dead, which a human must look at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from demur.kernel.clock import Clock
from demur.kernel.errors import DemurError, IntegrityError
from demur.kernel.words import EffectKind
from demur.register.batch import Batch, Outcome
from demur.register.connection import Row
from demur.register.schema import datetime_of, instant_of
from demur.register.store import Register

# What may be leased: in the order of due times, whatever is neither leased nor at its end.
_DUE = """
    (kind, ref) IN (
        SELECT kind, ref FROM effect
        WHERE kind = :kind AND done_at IS NULL AND dead_at IS NULL AND due_at <= :at
        AND (lease_until IS NULL OR lease_until <= :at)
        ORDER BY due_at, ref LIMIT :limit
    )
"""
# A worker that dies of an effect each time marks no failure: its leases are counted.
_BURY = f"UPDATE effect SET dead_at = :at, lease_until = NULL WHERE {_DUE} AND attempts >= :most"  # noqa: S608 -- ours
_LEASE = f"""
    UPDATE effect SET attempts = attempts + 1, lease_until = :until WHERE {_DUE}
    RETURNING ref, asked_at, due_at, attempts
"""  # noqa: S608 -- no value in it
_MARK = """
    UPDATE effect SET lease_until = NULL, due_at = COALESCE(CAST(:due_at AS BIGINT), due_at), done_at = :done_at,
    dead_at = :dead_at, failure = :failure
    WHERE kind = :kind AND ref = :ref AND attempts = :attempts AND done_at IS NULL AND dead_at IS NULL
"""
_REVIVE = "UPDATE effect SET dead_at = NULL, due_at = :at, attempts = 0 WHERE kind = :kind AND dead_at IS NOT NULL"
_LEASED_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect that a worker holds: of which entry, since when it is asked for, and which attempt this is."""

    kind: EffectKind
    ref: int
    asked_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a worker holds what it does, and how often what fails is tried.

    The pause after an attempt is twice the one before: 1, 2, 4 seconds and so on. With these numbers an effect is dead
    after a bit more than half an hour of failures.
    """

    lease: timedelta = timedelta(seconds=60)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(hours=1)
    attempts: int = 12

    def pause(self, attempts: int) -> timedelta:
        """Tell how long to wait after some attempts, at least one."""
        # Bounded before it is doubled: a timedelta cannot hold two to the thousandth.
        return min(self.longest_pause, self.first_pause * (1 << min(attempts - 1, 32)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One attempt that failed: of what, with which error code, and whether it was the last."""

    effect: Effect
    code: str
    is_dead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What a worker did: how many effects of each kind were done, and what failed."""

    done: dict[EffectKind, int]
    failures: tuple[Failure, ...]


Handler: TypeAlias = Callable[[Effect], None]
PATIENCE = Patience()


def run_due(
    register: Register,
    handlers: Mapping[EffectKind, Handler],
    *,
    at: datetime,
    clock: Clock,
    patience: Patience = PATIENCE,
) -> Worked:
    """Do what is due at an instant, in the order of due times; kinds without a handler wait.

    Several workers may run at once, in any process.

    Args:
        handlers: what does an effect of a kind. It may be called again for the same effect, by another worker after it
            was done, and must then change nothing. An error that it raises is a failed attempt; `IntegrityError`, and
            what is no error of ours or of the system, ends the worker.
        clock: dates what was done and what failed.

    Raises:
        RegisterUnavailableError, QueueFullError: what was done is not marked; it is done again when its lease ran out.
    """
    done = dict.fromkeys(handlers, 0)
    failures: list[Failure] = []
    for kind, handle in handlers.items():
        while held := lease_due(register, kind, at=at, held_from=clock.now(), patience=patience):
            failed = _do(held, handle, patience)
            _mark(register, held, failed, clock=clock, patience=patience)
            failures += failed
            done[kind] += len(held) - len(failed)
    return Worked(done=done, failures=tuple(failures))


def lease_due(
    register: Register, kind: EffectKind, *, at: datetime, held_from: datetime, patience: Patience = PATIENCE
) -> list[Effect]:
    """Take effects of a kind that are due at an instant, the longest due first; nobody else holds them meanwhile."""
    rows: list[Row] = []
    until = instant_of(held_from + patience.lease)
    due = {"kind": kind.value, "at": instant_of(at), "limit": _LEASED_AT_ONCE}

    def lease(batch: Batch) -> Outcome:
        batch.connection.execute(_BURY, {**due, "most": patience.attempts})
        rows[:] = batch.connection.execute(_LEASE, {**due, "until": until}).fetchall()
        return Outcome(rows=len(rows))

    register.sequencer.submit(lease)
    return [
        Effect(kind=kind, ref=ref, asked_at=datetime_of(asked_at), attempts=attempts)
        for ref, asked_at, _, attempts in sorted(rows, key=lambda row: (row[2], row[0]))
    ]


def revive(register: Register, kinds: Sequence[EffectKind], *, at: datetime) -> int:
    """Let dead effects of some kinds be tried anew, from the first attempt on; return how many there were."""
    due = [{"kind": kind.value, "at": instant_of(at)} for kind in kinds]

    def write(batch: Batch) -> Outcome:
        return Outcome(rows=sum(batch.connection.execute(_REVIVE, one).rowcount for one in due))

    return register.sequencer.submit(write).rows


def _do(held: Sequence[Effect], handle: Handler, patience: Patience) -> list[Failure]:
    failures = []
    for effect in held:
        try:
            handle(effect)
        except IntegrityError:
            raise
        except (DemurError, OSError) as error:
            code = error.code if isinstance(error, DemurError) else type(error).__name__
            failures.append(Failure(effect=effect, code=code, is_dead=effect.attempts >= patience.attempts))
    return failures


def _mark(
    register: Register, held: Sequence[Effect], failed: Sequence[Failure], *, clock: Clock, patience: Patience
) -> None:
    """Mark what was done and what failed; what another worker has taken over meanwhile is left to it."""
    now = clock.now()
    by_ref = {failure.effect.ref: failure for failure in failed}
    marks = [_mark_of(effect, by_ref.get(effect.ref), now, patience) for effect in held]

    def write(batch: Batch) -> Outcome:
        batch.connection.executemany(_MARK, marks)
        return Outcome(rows=len(marks))

    register.sequencer.submit(write)


def _mark_of(effect: Effect, failure: Failure | None, now: datetime, patience: Patience) -> dict[str, object]:
    mark = {"kind": effect.kind.value, "ref": effect.ref, "attempts": effect.attempts}
    if failure is None:
        return {**mark, "due_at": None, "done_at": instant_of(now), "dead_at": None, "failure": None}
    if failure.is_dead:
        return {**mark, "due_at": None, "done_at": None, "dead_at": instant_of(now), "failure": failure.code}
    due_at = instant_of(now + patience.pause(effect.attempts))
    return {**mark, "due_at": due_at, "done_at": None, "dead_at": None, "failure": failure.code}
