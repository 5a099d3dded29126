"""Going on after a suspension takes two people: one proposes, another one confirms, and people were told anew first.

Stopping takes one person and never waits (ADR-0024). A proposal ends by itself, so that none is left to be confirmed
when everybody has forgotten why it was made; whoever made it can take it back, and anybody else can refuse it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from demur.kernel.clock import timestamp
from demur.kernel.words import RelaunchOutcome
from demur.register.batch import Batch, Outcome
from demur.register.errors import (
    ProposalMissingError,
    ProposalRefusedError,
    RelaunchNoticeError,
    SuspensionMissingError,
)
from demur.register.schema import datetime_of, instant_of, relaunch_decision, relaunch_proposal
from demur.register.store import Register
from demur.register.suspensions import Instant, write_lifting

STANDS_FOR = timedelta(days=3)

_SUSPENDED = """
    SELECT s.since FROM suspension AS s LEFT JOIN lifting AS l ON l.number = s.number
    WHERE s.number = ? AND l.number IS NULL
"""
_FIRST_TOLD = "SELECT MIN(at) FROM notice WHERE version = ? AND event IN ('delivered', 'shown', 'published')"
_STANDING = """
    SELECT p.number FROM relaunch_proposal AS p LEFT JOIN relaunch_decision AS d ON d.number = p.number
    WHERE p.suspension = ? AND d.number IS NULL AND p.expires_at > ?
"""
_PROPOSE = """
    INSERT INTO relaunch_proposal (suspension, notice_version, proposed_by, at, expires_at) VALUES (?, ?, ?, ?, ?)
"""
_FIND = """
    SELECT p.suspension, p.notice_version, p.proposed_by, p.expires_at, d.outcome
    FROM relaunch_proposal AS p LEFT JOIN relaunch_decision AS d ON d.number = p.number WHERE p.number = ?
"""
_DECIDE = """
    INSERT INTO relaunch_decision (number, outcome, proposed_by, expires_at, decided_by, at) VALUES (?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaunchProposal:
    """One proposal to lift a suspension.

    Attributes:
        suspension: its number; `notice_version` is the notice that people were told with since.
        expires_at: the first instant at which it can no longer be confirmed.
        outcome: how it ended, by whom and when; None while it was decided by nobody.
    """

    number: int
    suspension: int
    notice_version: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    outcome: RelaunchOutcome | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    def is_open(self, *, at: datetime) -> bool:
        """Tell whether it can be decided at an instant."""
        return self.outcome is None and at < self.expires_at


class AskedRelaunch(msgspec.Struct, frozen=True, kw_only=True, tag="relaunch", forbid_unknown_fields=True):
    """The unit of work that proposes to lift a suspension."""

    suspension: int
    notice_version: str
    by: str
    at: Instant

    def __call__(self, batch: Batch) -> Outcome:
        """Write it; raises what `propose_relaunch` raises."""
        since = _suspended_since(batch, self.suspension)
        now = instant_of(self.at)
        _check_told_anew(batch, self.notice_version, since=since, now=now)
        standing = batch.connection.execute(_STANDING, (self.suspension, now)).fetchone()
        if standing is not None:
            message = f"proposal {standing[0]} to lift suspension {self.suspension} is still open"
            raise ProposalRefusedError(message, hint="Another person confirms or refuses it, or it is taken back.")
        row = (self.suspension, self.notice_version, self.by, now, instant_of(self.at + STANDS_FOR))
        batch.connection.execute(_PROPOSE, row)
        return Outcome(rows=1)


class DecidedRelaunch(msgspec.Struct, frozen=True, kw_only=True, tag="relaunch-decision", forbid_unknown_fields=True):
    """The unit of work that ends a proposal; a confirmation lifts the suspension in the same transaction."""

    number: int
    outcome: RelaunchOutcome
    by: str
    at: Instant

    def __call__(self, batch: Batch) -> Outcome:
        """Write it; raises what `decide_relaunch` raises."""
        found = batch.connection.execute(_FIND, (self.number,)).fetchone()
        if found is None:
            message = f"there is no proposal {self.number}"
            raise ProposalMissingError(message, hint="Look at the page again: it lists the open ones.")
        suspension, version, proposed_by, expires_at, outcome = found
        if outcome == self.outcome:
            return Outcome(rows=0)  # sent twice: nothing more happens
        self._check_may(proposed_by, outcome, expires_at)
        if self.outcome is RelaunchOutcome.CONFIRMED:
            since = _suspended_since(batch, suspension)
            _check_told_anew(batch, version, since=since, now=instant_of(self.at))
            write_lifting(batch, suspension, at=self.at)
        row = (self.number, self.outcome.value, proposed_by, expires_at, self.by, instant_of(self.at))
        batch.connection.execute(_DECIDE, row)
        return Outcome(rows=1)

    def _check_may(self, proposed_by: str, outcome: str | None, expires_at: int) -> None:
        """Refuse a decision that is not this person's, or comes too late; the database refuses it as well."""
        if outcome is not None:
            message = f"proposal {self.number} has ended: {outcome}"
            raise ProposalRefusedError(message, hint="Propose it anew if it still holds.")
        is_own = self.by.lower() == proposed_by.lower()
        if is_own != (self.outcome is RelaunchOutcome.TAKEN_BACK):
            message = f"proposal {self.number} is decided by another person than the one who made it"
            raise ProposalRefusedError(message, hint="Whoever made it can take it back; a colleague decides it.")
        if instant_of(self.at) >= expires_at:
            message = f"proposal {self.number} ended by itself on {timestamp(datetime_of(expires_at))}"
            raise ProposalRefusedError(message, hint="Propose it anew if it still holds.")


def propose_relaunch(register: Register, suspension: int, *, notice_version: str, by: str, at: datetime) -> None:
    """Propose to lift a suspension; it goes on only when another person confirms.

    Args:
        suspension: its number.
        notice_version: the version that describes the processing which goes on. The first person must have been told
            with it, or it published, after the suspension began (REQUIREMENTS SUS-4); for each person the period of
            the notice runs anew, as for any new version.
        by: who proposes, as staff accounts name them; upper and lower case are one person.

    Raises:
        SuspensionMissingError: there is no such suspension, or it was lifted.
        RelaunchNoticeError: nobody was told anew.
        ProposalRefusedError: another proposal for it is open.
        RegisterUnavailableError, QueueFullError: nothing was proposed; try again.
    """
    register.sequencer.submit(AskedRelaunch(suspension=suspension, notice_version=notice_version, by=by, at=at))


def decide_relaunch(register: Register, number: int, outcome: RelaunchOutcome, *, by: str, at: datetime) -> None:
    """End a proposal: confirm it, which lifts the suspension at once, refuse it, or take it back.

    The same decision again changes nothing. Objections from before and during the suspension stay in force.

    Raises:
        ProposalMissingError: there is no such proposal.
        ProposalRefusedError: it has ended, or this person may not decide it so.
        SuspensionMissingError: the suspension was lifted meanwhile.
        RelaunchNoticeError: nobody was told anew.
        RegisterUnavailableError, QueueFullError: nothing was decided; try again.
    """
    register.sequencer.submit(DecidedRelaunch(number=number, outcome=outcome, by=by, at=at))


def list_proposals(register: Register, *, limit: int = 50) -> tuple[RelaunchProposal, ...]:
    """Return the newest proposals, open and ended ones, the newest first."""
    made, ended = relaunch_proposal.c, relaunch_decision.c
    query = (
        sa.select(
            *(made.number, made.suspension, made.notice_version, made.proposed_by),
            *(made.at.label("proposed_at"), made.expires_at),
            *(ended.outcome, ended.decided_by, ended.at.label("decided_at")),
        )
        .select_from(relaunch_proposal.outerjoin(relaunch_decision, ended.number == made.number))
        .order_by(made.number.desc())
        .limit(limit)
    )
    with register.reading() as connection:
        return tuple(_read_proposal(row) for row in connection.execute(query))


def _read_proposal(row: sa.Row[*tuple[Any, ...]]) -> RelaunchProposal:
    return RelaunchProposal(
        number=row.number,
        suspension=row.suspension,
        notice_version=row.notice_version,
        proposed_by=row.proposed_by,
        proposed_at=datetime_of(row.proposed_at),
        expires_at=datetime_of(row.expires_at),
        outcome=None if row.outcome is None else RelaunchOutcome(row.outcome),
        decided_by=row.decided_by,
        decided_at=None if row.decided_at is None else datetime_of(row.decided_at),
    )


def _suspended_since(batch: Batch, number: int) -> int:
    found = batch.connection.execute(_SUSPENDED, (number,)).fetchone()
    if found is None:
        message = f"there is no suspension {number} in force"
        raise SuspensionMissingError(message, hint="Look at the page again: it lists those in force.")
    return int(found[0])


def _check_told_anew(batch: Batch, version: str, *, since: int, now: int) -> None:
    """Refuse a notice of which somebody was told before the stop: it says nothing about going on."""
    found = batch.connection.execute(_FIRST_TOLD, (version,)).fetchone()
    first = None if found is None else found[0]
    if first is None or not since < int(first) <= now:
        message = f"nobody was told anew with notice {version} since the processing was stopped"
        hint = "Send a new version of the notice, set notice_version to it, and propose again."
        raise RelaunchNoticeError(message, hint=hint)
