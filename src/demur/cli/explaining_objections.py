"""What holds for the objection of one account, why, and by which day it is answered.

The register does not record answers, so a last day that has passed is told as overdue unless somebody has answered.
Nothing here repeats the account's id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from demur.cli.workspace import Workspace
from demur.kernel.clock import timestamp
from demur.keys.subjects import subject_key
from demur.policy.deadlines import AnswerClock, Deadline, answer_deadline, read_clock
from demur.policy.requests import Request, RequestDecision, decide_request
from demur.policy.settings import Settings
from demur.register.accesses import Reader, read_record
from demur.register.queries import LoggedEvent, SubjectStatus
from demur.register.suspensions import RunningSuspension, Suspension, read_running

_BASES = {
    "own": "by an objection of its own",
    "linked": "by the objection of an account of the same accounts centre",
    "same_person": "by the objection of an account with the same verified contact",
}
_SCOPES = {"all": "all content", "photos": "photos"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What is decided on an objection that was made by the ordinary form, logged in, and by when it is answered."""

    decision: RequestDecision
    deadline: Deadline
    clock: AnswerClock


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionFound:
    """What the register knows of one account.

    Attributes:
        standing: the account's own objections that no withdrawal has ended.
        answered: None when the account has made none.
    """

    status: SubjectStatus
    standing: tuple[LoggedEvent, ...]
    answered: Answered | None


def look_up_objection(workspace: Workspace, account: str, reader: Reader) -> ObjectionFound:
    """Return what the register knows of an account now, and what the rules on requests say; the read is noted."""
    now = workspace.clock.now()
    with workspace.open_log() as register:
        status = read_record(register, subject_key(workspace.keyring, account), reader, at=now)
        running = read_running(register)
    standing = find_standing(status)
    made = standing or status.objections
    answered = answer_request(made, running, workspace.ruleset.settings, now) if made else None
    return ObjectionFound(status=status, standing=standing, answered=answered)


def find_standing(status: SubjectStatus) -> tuple[LoggedEvent, ...]:
    """Return the objections that came after the last withdrawal, by their place in the log."""
    last = max((withdrawal.index for withdrawal in status.withdrawals), default=-1)
    return tuple(objection for objection in status.objections if objection.index > last)


def answer_request(
    made: Sequence[LoggedEvent], running: Sequence[RunningSuspension], settings: Settings, now: datetime
) -> Answered:
    """Return what is decided on objections of one account as if they came by the ordinary form, and by when."""
    first = min(objection.received_at for objection in made)
    request = Request(
        receipts=tuple(objection.received_at for objection in made),
        account="the account",
        is_repeated=len(made) > 1,
        came_while_halted=any(stop.stops == Suspension() and stop.since <= first for stop in running),
    )
    # A time zone that is not known counts as UTC.
    deadline = answer_deadline(first, None)
    clock = read_clock(deadline, answered_at=None, now=now)
    return Answered(decision=decide_request(request, settings), deadline=deadline, clock=clock)


def summarise_objection(found: ObjectionFound) -> dict[str, object]:
    """Return what the register knows of an account as one JSON object."""
    status = found.status
    return {
        "known": status.is_known,
        "basis": status.basis,
        "scope": status.scope,
        "covered_since": status.covered_since and timestamp(status.covered_since),
        "erased": status.is_erased,
        "objections": [{**_summarise_event(one), "form_version": one.form_version} for one in status.objections],
        "standing": len(found.standing),
        "withdrawals": [_summarise_event(one) for one in status.withdrawals],
        "linked_accounts": status.linked_accounts,
        "request": found.answered and _summarise_request(found.answered),
    }


def _summarise_event(event: LoggedEvent) -> dict[str, object]:
    return {"index": event.index, "received_at": timestamp(event.received_at)}


def _summarise_request(answered: Answered) -> dict[str, object]:
    decision = answered.decision
    return {
        "decision": decision.decision,
        "reason": decision.reason,
        "duties": list(decision.duties),
        "effective_at": decision.effective_at and timestamp(decision.effective_at),
        "due_on": answered.deadline.due_on.isoformat(),
        "days_left": answered.clock.time_left.days,
        "state": answered.clock.state,
    }


def tell_objection(found: ObjectionFound) -> list[str]:
    """Return what the register knows of an account as lines for a person."""
    status = found.status
    return [
        "the account",
        f"  imported       {'yes' if status.is_known else 'no: the register has no facts on it'}",
        f"  covered        {_tell_cover(status)}",
        *["  erased         yes: a keyed name stays, which keeps its content out"] * status.is_erased,
        *(f"  objected       {_tell_event(objection)}" for objection in status.objections),
        *(f"  withdrew       {_tell_event(withdrawal)}" for withdrawal in status.withdrawals),
        f"  linked         {status.linked_accounts} other accounts, now or in the past",
        *([] if found.answered is None else _tell_answer(found.answered)),
    ]


def _tell_cover(status: SubjectStatus) -> str:
    if status.basis is None:
        return "no: no objection covers what it publishes now"
    scope = _SCOPES.get(status.scope or "", status.scope)
    since = timestamp(status.covered_since) if status.covered_since else "an instant that was erased"
    return f"{scope}, since {since}, {_BASES.get(status.basis, status.basis)}"


def _tell_event(event: LoggedEvent) -> str:
    by = f", by form {event.form_version}" if event.form_version else ""
    return f"{timestamp(event.received_at)}, entry {event.index} of the log{by}"


def _tell_answer(answered: Answered) -> list[str]:
    decision, clock = answered.decision, answered.clock
    return [
        f"  decision       {decision.decision}: {decision.reason}   (as by the ordinary form, logged in)",
        *(f"  must be done   {duty}" for duty in decision.duties),
        f"  answer         due on {answered.deadline.due_on.isoformat()}, counted in UTC: {_tell_clock(clock)}",
    ]


def _tell_clock(clock: AnswerClock) -> str:
    days = max(1, -clock.time_left.days) if clock.is_alarm else clock.time_left.days
    counted = "1 day" if days == 1 else f"{days} days"
    return f"overdue by {counted}, unless answered" if clock.is_alarm else f"{clock.state}, {counted} left"
