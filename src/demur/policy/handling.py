"""How a request of somebody without an account goes on: its states, what may follow which, and who acts next.

An objection counts when it arrives, so a request is never merely received: it begins in force. Nothing waits for a
decision but the answer, which is due within a month (GDPR Art. 12(3)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from demur.policy.deadlines import answer_deadline, extend_deadline
from demur.policy.requests import Lead, Request, decide_request
from demur.policy.settings import Settings
from demur.policy.verdicts import RequestDecisionWord


class RequestKind(StrEnum):
    """For whom somebody asks."""

    ABOUT_ME = "about_me"
    CHILD = "child"
    DECEASED = "deceased"
    AGENT = "agent"


class RequestState(StrEnum):
    """Where a request stands; every state but `REFUSED` keeps out what was asked for."""

    PROVISIONAL = "provisional"  # in force, a person has not looked at it yet
    ASKED = "asked"  # in force, and one optional question is open
    ACCEPTED = "accepted"
    CUT = "cut"  # accepted: what was asked for is cut out of texts, and the rest of them stays
    REFUSED = "refused"


class TermKind(StrEnum):
    """What somebody gave to find content by."""

    NAME = "name"
    HANDLE = "handle"
    ADDRESS = "address"
    LINK = "link"
    ITEM = "item"


class ExtensionReason(StrEnum):
    """Why an answer may take two further months (GDPR Art. 12(3)); there is no other."""

    COMPLEXITY = "complexity"
    NUMBER = "number"


class NextStep(StrEnum):
    """Who acts next. A person can reach a human in every state."""

    WE_DECIDE = "we_decide"
    ANSWER_OR_WAIT = "answer_or_wait"  # we decide without an answer, too
    NOTHING = "nothing"  # what was asked for is done
    COMPLAIN = "complain"  # to an authority or a court (GDPR Art. 12(4)); we may still think better of it


OPEN = frozenset({RequestState.PROVISIONAL, RequestState.ASKED})
IN_FORCE = frozenset(RequestState) - {RequestState.REFUSED}
NEXT_STEPS: Mapping[RequestState, NextStep] = {
    RequestState.PROVISIONAL: NextStep.WE_DECIDE,
    RequestState.ASKED: NextStep.ANSWER_OR_WAIT,
    RequestState.ACCEPTED: NextStep.NOTHING,
    RequestState.CUT: NextStep.NOTHING,
    RequestState.REFUSED: NextStep.COMPLAIN,
}
# A state that follows itself is a longer term for the answer. What was decided moves on in favour of the person alone.
FOLLOWING: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PROVISIONAL: frozenset(RequestState),
    RequestState.ASKED: frozenset(RequestState),
    RequestState.ACCEPTED: frozenset(),
    RequestState.CUT: frozenset({RequestState.ACCEPTED}),
    RequestState.REFUSED: frozenset({RequestState.ACCEPTED, RequestState.CUT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a request begins: in which state, and by when it is answered (the first instant after the last day)."""

    state: RequestState
    due_at: datetime


def begin_request(kind: RequestKind, lead: Lead, *, received_at: datetime, settings: Settings) -> Begun:
    """Tell how a request begins: in force, and asked about when a name is all that there is (REQUIREMENTS SCO-11)."""
    request = Request(
        receipts=(received_at,),
        lead=lead,
        is_for_child=kind is RequestKind.CHILD,
        is_by_agent=kind is RequestKind.AGENT,
    )
    is_asked = decide_request(request, settings).decision is RequestDecisionWord.ASK
    return Begun(
        state=RequestState.ASKED if is_asked else RequestState.PROVISIONAL,
        due_at=answer_deadline(received_at, None).ends_at,
    )


def extend_answer(received_at: datetime, *, announced_at: datetime) -> datetime | None:
    """Return by when an answer is due that was put off; None when it is too late to say so (GDPR Art. 12(3))."""
    extended = extend_deadline(answer_deadline(received_at, None), announced_at=announced_at)
    return None if extended is None else extended.ends_at
