"""Answers from plan and ledger: was this row used, at which steps, and was a removed row ever delivered?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demur.training.ledger import Segment, UsageLedger, fingerprint_of
from demur.training.plan import Ordinals, Plan

NEVER = 2**63 - 1  # the removal version of a row that is not removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One delivery of a row to a model.

    Attributes:
        is_discarded: the attempt was rolled back after a crash, so the final weights did not learn from it.
    """

    attempt: int
    epoch: int
    step: int
    version: int
    is_discarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCheck:
    """What was delivered, compared with what plan and `Removals` allow.

    Attributes:
        delivered: rows delivered by all segments.
        leaks: deliveries that should not have been, at least; 0 proves equality up to a fingerprint of 64 bits.
        segments: segments that were compared.
    """

    delivered: int
    leaks: int
    segments: int


def used(plan: Plan, ledger: UsageLedger, row: int, removal_version: int = NEVER) -> list[Use]:
    """List the deliveries of a row, in the order of steps.

    Args:
        plan: the plan of the run.
        ledger: its usage ledger.
        row: the ordinal.
        removal_version: the first version of `Removals` that holds the row; 0 when it was never to be read.
    """
    uses: list[Use] = []
    for epoch in range(plan.epochs):
        step = plan.step_of(epoch, row)
        uses.extend(
            Use(
                attempt=segment.attempt,
                epoch=epoch,
                step=step,
                version=segment.version,
                is_discarded=step >= _rolled_back_from(ledger, segment.attempt),
            )
            for segment in ledger.segments
            if segment.first_step <= step <= segment.last_step and segment.version < removal_version
        )
    return uses


def count_leaks(plan: Plan, ledger: UsageLedger, versions: NDArray[np.int64]) -> LeakCheck:
    """Compare every segment with what was allowed to be delivered in it.

    Args:
        plan: the plan of the run.
        ledger: its usage ledger.
        versions: for every ordinal of the plan the first version that removes it, `NEVER` when none does. It
            must come from `Removals`, not from the run: see the function `removal_versions`.
    """
    leaks = 0
    for segment in ledger.segments:
        allowed = [rows[versions[rows] > segment.version] for rows in _rows_of(plan, segment)]
        count = sum(len(rows) for rows in allowed)
        fingerprint = sum(fingerprint_of(rows) for rows in allowed) % 2**64
        if (count, fingerprint) != (segment.delivered, segment.fingerprint):
            leaks += max(segment.delivered - count, 1)
    delivered = sum(segment.delivered for segment in ledger.segments)
    return LeakCheck(delivered=delivered, leaks=leaks, segments=len(ledger.segments))


def removal_versions(removed_by: NDArray[np.uint32], suppressed: Sequence[bool] = ()) -> NDArray[np.int64]:
    """Return the first version that removes each ordinal of a plan, `NEVER` where none does.

    Args:
        removed_by: what the gate says of the corpus's rows: a version from 1, or 0 for a row that is not removed.
        suppressed: of the planted rows behind them, which were never to be read; they are removed from version 0 on.
    """
    of_corpus = np.where(removed_by == 0, NEVER, removed_by.astype(np.int64))
    of_planted = np.where(np.array(suppressed, dtype=np.bool_), 0, NEVER).astype(np.int64)
    return np.concatenate([of_corpus, of_planted])


def first_use(plan: Plan, rows: Ordinals) -> int:
    """Return the first step that owns any of some rows; weights written before it never saw them."""
    return min(plan.step_of(0, int(row)) for row in rows)


def _rows_of(plan: Plan, segment: Segment) -> Iterator[Ordinals]:
    """Yield the rows that a segment owns, a block of the plan at a time."""
    epoch, start, _ = plan.positions_of_step(segment.first_step)
    _, _, stop = plan.positions_of_step(segment.last_step)
    while start < stop:
        block, first = plan.block_at(epoch, start)
        rows = plan.rows_of_block(epoch, block)[start - first : stop - first]
        yield rows
        start += len(rows)


def _rolled_back_from(ledger: UsageLedger, attempt: int) -> int:
    """Return the step from which a later attempt did the work again."""
    return min((segment.first_step for segment in ledger.segments if segment.attempt > attempt), default=NEVER)
