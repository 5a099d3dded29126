"""What becomes of one objection: accepted, asked about, or refused by a named human.

Accepting is the rule, because a wrong acceptance only leaves data unused. Nothing here asks for a reason, evidence or
identity papers (GDPR Art. 12(2), 12(6), 21(1)), and the sender's own clock is not among the facts: an objection counts
from the first time that the server received it. The reason that goes with a decision is the most specific circumstance;
`CIRCUMSTANCES` is their order.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from demur.policy.deadlines import answer_deadline
from demur.policy.settings import Settings
from demur.policy.verdicts import RequestDecisionWord, RequestReason

_MINUTE = timedelta(minutes=1)


class Ground(StrEnum):
    """The grounds on which a controller may refuse an objection (GDPR Art. 21(1)); there is no other."""

    COMPELLING_GROUNDS = "compelling_grounds"
    LEGAL_CLAIMS = "legal_claims"


class Wording(StrEnum):
    """Which words a text has found for an objection; the meaning is the same for all of them."""

    NONE = "none"
    OBJECTION = "objection"
    OTHER_NOTION = "other_notion"
    PLAIN = "plain"


class Lead(StrEnum):
    """What an objection gives to find content by: a login, handle, contact or link; a name alone; nothing at all."""

    CONTENT = "content"
    NAME = "name"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerClaim:
    """Why the controller would refuse.

    Attributes:
        ground: null when what was given is no ground of Art. 21(1), such as the quality of the model.
        decided_by: the named human who answers for it; empty for none.
        remedies_told: whether the person is told of the complaint and the court (GDPR Art. 12(4)).
    """

    ground: Ground | None
    decided_by: str
    remedies_told: bool

    @property
    def may_refuse(self) -> bool:
        """Tell whether everything that a refusal needs is there (REQUIREMENTS OBJ-8)."""
        return self.ground is not None and bool(self.decided_by.strip()) and self.remedies_told


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """How many claims came from one network within some time."""

    count: int
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The facts about one objection, as it was received.

    Attributes:
        receipts: when the server received or recorded it, and every repetition of it; at least one.
        account: the account that is logged in, or that an operator has identified; null for none.
        zone: the time zone of the person, for the answer's last day.
        language: the language that the objection is written in.
        claimed_accounts: accounts that an objection without login names.
        named_content: items and addresses that it points at, as names for a log.
        covered_accounts: the accounts that the answer lists; `other_accounts` are those that could be added.
        lead: what it gives to find content by.
        flood: the mass of claims that it came with.
        controller_claim: why the controller would refuse it.
        touches_public_role: whether it is about what somebody does in a public role.
        is_repeated: whether it was made more than once.
        came_while_halted: whether the processing was suspended, or had ended, at its receipt.
        answer_failed: whether our answer did not arrive.
        lives_abroad: whether the person lives, or has moved, outside the European Economic Area.
        is_for_child: whether the person whose content it is about is under age.
        is_by_agent: whether an agent or an association filed it, or a mandate is declared.
        mentions_identity_papers: whether it is known that papers were sent, or that none were.
        has_attachments: whether anything was attached.
        claims_beyond_login: whether something else than the login was typed, such as another e-mail address.
        mentions_evidence: whether it is known that evidence was sent, or that none was.
        wording: which words its text has found.
        is_by_other_channel: whether it came by another way than the present forms, or in a language that is not the
            account's.
    """

    receipts: tuple[datetime, ...]
    account: str | None = None
    zone: str | None = None
    language: str | None = None
    claimed_accounts: tuple[str, ...] = ()
    named_content: tuple[str, ...] = ()
    covered_accounts: tuple[str, ...] = ()
    other_accounts: tuple[str, ...] = ()
    lead: Lead = Lead.CONTENT
    flood: Flood | None = None
    controller_claim: ControllerClaim | None = None
    touches_public_role: bool = False
    is_repeated: bool = False
    came_while_halted: bool = False
    answer_failed: bool = False
    lives_abroad: bool = False
    is_for_child: bool = False
    is_by_agent: bool = False
    mentions_identity_papers: bool = False
    has_attachments: bool = False
    claims_beyond_login: bool = False
    mentions_evidence: bool = False
    wording: Wording = Wording.NONE
    is_by_other_channel: bool = False

    @property
    def received_at(self) -> datetime:
        """Return the first receipt: a repetition, or a queue that recorded it later, does not move it (OBJ-11)."""
        return min(self.receipts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDecision:
    """What becomes of an objection.

    Attributes:
        duties: what goes with the decision.
        is_provisional: whether the holder of an account can undo it by logging in, or a confirmation is pending.
        effective_at: from when it keeps content out; null only when it is refused.
    """

    decision: RequestDecisionWord
    reason: RequestReason
    duties: tuple[str, ...]
    is_provisional: bool
    effective_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstance:
    """One reason, what it decides, and when it applies."""

    reason: RequestReason
    decision: RequestDecisionWord
    applies: Callable[[Request, Settings], bool]
    duties: tuple[str, ...] = ()


_Test: TypeAlias = Callable[[Request, Settings], bool]


def decide_request(request: Request, settings: Settings) -> RequestDecision:
    """Decide on one objection; the first circumstance that applies gives the reason."""
    circumstance = next(found for found in CIRCUMSTANCES if found.applies(request, settings))
    is_refused = circumstance.decision is RequestDecisionWord.REFUSE
    return RequestDecision(
        decision=circumstance.decision,
        reason=circumstance.reason,
        duties=(*circumstance.duties, *_duties(request)) if not is_refused else circumstance.duties,
        is_provisional=not is_refused and (request.account is None or circumstance.decision is RequestDecisionWord.ASK),
        effective_at=None if is_refused else request.received_at,
    )


def read_wording(text: str | None) -> Wording:
    """Tell which words a text has found for an objection, in any of the 24 languages (REQUIREMENTS OBJ-5).

    Another notion of the law counts more than the word of Art. 21: it is what a careless reader would stumble over.
    """
    if text is None or not text.strip():
        return Wording.NONE
    folded = text.casefold()
    if _OTHER_NOTIONS.search(folded):
        return Wording.OTHER_NOTION
    return Wording.OBJECTION if _WORDS_OF_OBJECTION.search(folded) else Wording.PLAIN


def _duties(request: Request) -> tuple[str, ...]:
    """Return what every objection that has effect entails."""
    due_on = answer_deadline(request.received_at, request.zone).due_on
    found = [f"answer by {due_on.isoformat()}"]
    if request.account is None:
        found += [f"exclude {name} provisionally" for name in (*request.claimed_accounts, *request.named_content)]
        found += [f"message to {account} with an undo that needs login" for account in request.claimed_accounts]
    if request.language is not None:
        found.append(f"answer in {request.language}")
    if request.covered_accounts:
        found.append(f"answer lists {', '.join(request.covered_accounts)}")
    if request.other_accounts:
        found.append(f"answer says how to add {', '.join(request.other_accounts)}")
    if request.has_attachments:
        found.append("attachment erased")
    if request.touches_public_role:
        found.append("a named human weighs what is about the public role")
    return tuple(found)


def _is_flood(request: Request, settings: Settings) -> bool:
    flood = request.flood
    if flood is None or request.account is not None:
        return False
    return flood.count * _MINUTE >= settings.flood_claims_per_minute * flood.window


def _leads(lead: Lead) -> _Test:
    return lambda request, _: request.account is None and request.lead is lead


def _is_refused(request: Request, _: Settings) -> bool:
    return request.controller_claim is not None and request.controller_claim.may_refuse


def _is_refused_for_public_role(request: Request, settings: Settings) -> bool:
    return request.touches_public_role and _is_refused(request, settings)


def _has_claim(request: Request, _: Settings) -> bool:
    return request.controller_claim is not None


def _is_without_login(request: Request, _: Settings) -> bool:
    return request.account is None


def _always(_: Request, __: Settings) -> bool:
    return True


def _fact(name: str) -> _Test:
    return lambda request, _: bool(getattr(request, name))


def _words(*wordings: Wording) -> _Test:
    return lambda request, _: request.wording in wordings


def _accept(reason: RequestReason, applies: _Test, *duties: str) -> Circumstance:
    return Circumstance(reason=reason, decision=RequestDecisionWord.ACCEPT, applies=applies, duties=duties)


def _ask(reason: RequestReason, applies: _Test, *duties: str) -> Circumstance:
    return Circumstance(reason=reason, decision=RequestDecisionWord.ASK, applies=applies, duties=duties)


def _refuse(reason: RequestReason, applies: _Test) -> Circumstance:
    duties = ("reasons told", "complaint and court told", "signed by a named human")
    return Circumstance(reason=reason, decision=RequestDecisionWord.REFUSE, applies=applies, duties=duties)


_ONE_QUESTION = ("one optional question only", "no ID document")
# From the most specific to the default. What may change the decision comes first; then what the person cannot see and
# we must get right (repetition, pause, lost answer); then who objects; then what was or was not sent along; then how.
CIRCUMSTANCES: tuple[Circumstance, ...] = (
    _ask(RequestReason.FLOOD, _is_flood, *_ONE_QUESTION, "provisional effect", "confirmation asked"),
    _ask(RequestReason.CANNOT_LOCATE, _leads(Lead.NAME), *_ONE_QUESTION, "mask the name everywhere meanwhile"),
    _refuse(RequestReason.FREEDOM_OF_INFORMATION, _is_refused_for_public_role),
    _refuse(RequestReason.NO_COMPELLING_GROUNDS, _is_refused),
    _accept(RequestReason.NO_COMPELLING_GROUNDS, _has_claim, "no refusal without a named human and a ground"),
    _accept(RequestReason.IDEMPOTENT, _fact("is_repeated"), "one entry", "earliest time kept"),
    _accept(RequestReason.INTAKE_ALWAYS_OPEN, _fact("came_while_halted")),
    _accept(RequestReason.OBJECTION_STANDS, _fact("answer_failed"), "answer by another channel"),
    _accept(RequestReason.JURISDICTION_WIDE, _fact("lives_abroad")),
    _accept(RequestReason.MINOR_MAY_OBJECT, _fact("is_for_child"), "answer in words for a child"),
    _accept(RequestReason.AGENT_ACCEPTED, _fact("is_by_agent"), "a declared mandate is enough"),
    _accept(RequestReason.NO_ID_NEEDED, _fact("mentions_identity_papers"), "no ID document"),
    _accept(RequestReason.LOGIN_IS_ENOUGH, _fact("claims_beyond_login"), "no further proof asked"),
    _accept(RequestReason.NO_EVIDENCE_NEEDED, _fact("mentions_evidence"), "no evidence asked"),
    _accept(RequestReason.WORDING_IRRELEVANT, _words(Wording.OTHER_NOTION), "treated as an objection"),
    _accept(RequestReason.ANY_CHANNEL, _fact("is_by_other_channel")),
    # Whoever says nothing at all has lost a line, not a right.
    _ask(RequestReason.CANNOT_LOCATE, _leads(Lead.NOTHING), *_ONE_QUESTION),
    _accept(RequestReason.NO_LOGIN_PROVISIONAL, _is_without_login),
    # On an ordinary form a text is the only thing that is special about an objection.
    _accept(RequestReason.WORDING_IRRELEVANT, _words(Wording.PLAIN), "treated as an objection"),
    _accept(RequestReason.NO_REASON_NEEDED, _always),
)


def _any_of(*stems: str) -> re.Pattern[str]:
    """Find words that begin with one of some stems; texts are folded first."""
    return re.compile(r"(?<!\w)(?:" + "|".join(stems) + ")")


# Stems of the words for consent, for erasing, and for opting out or stopping, in the 24 languages of the Union.
_OTHER_NOTIONS = _any_of(
    *("consent", "consenso", "einwillig", "zustimm", "toestemming", "samtyk", "samtyck", "suostumu", "zgod[aąęyz]"),
    *("souhlas", "súhlas", "hozzájárul", "consim", "съгласи", "συγκατάθεσ", "συγκαταθεσ", "συναίνεσ", "privol"),
    *("pristan", "soglas", "nõusolek", "piekriš", "sutikim", "kunsens", "toili", "thoili"),
    r"art(?:icle|ikel|ículo|icolo|igo|\.)? ?1?7\b",
    *("erase", "erasing", "erasure", "delet", "remov", "lösch", "efface", "supprim", "borr", "suprim", "elimin"),
    *("cancel", "apag", "verwijder", "uitwis", "slet", "rader", "ta bort", "poista", "usuń", "usuw", "smaž", "vymaz"),
    *("vymaž", "zmaž", "töröl", "törl", "șterg", "şterg", "изтри", "διαγρα", "izbriš", "obriš", "kustuta", "dzēs"),
    *("dzēš", "ištrin", "ħassar", "ħassr", "scrios", "forget", "vergess", "oubli", "olvid"),
    *("opt[ -]?out", "opting out", "unsubscrib", "stop", "arrêt", "revok", "widerruf", "revoc"),
)
_WORDS_OF_OBJECTION = _any_of(
    *("object", "oppos", "widersp", "bezwaar", "oponer", "opongo", "oponho", r"opor\b", "oposi", "indsig", "invänd"),
    *("motsätt", "vastust", "sprzeciw", "námit", "námiet", "namiet", "tiltakoz", "opun", "opozi", "възраз", "възраж"),
    *("αντιτίθ", "αντιτιθ", "εναντιών", "εναντιων", "εναντίωσ", "prigovor", "prigovar", "ugovor", "ugovar", "vastuväi"),
    *("vaidlust", "iebil", "prieštar", "oġġezz", "noġġezz", "nopponi", "oppożi", "agóid", "cuirim i gcoinne"),
    r"art(?:icle|ikel|ículo|icolo|igo|\.)? ?21\b",
)
