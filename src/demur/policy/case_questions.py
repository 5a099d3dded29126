"""From a decision case that asks about anything but an item to the facts that decide it, and to the answer.

It reads a case and decides nothing: every answer comes from a function that takes facts alone. What is known only after
the instant of the question is not a fact.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeAlias, cast

import msgspec

from demur.kernel.words import NoticeEvent
from demur.policy.age import latest_birth_date
from demur.policy.answers import Answer
from demur.policy.case_format import Account, Case, Item, Notice, Objection, Run, read_instant
from demur.policy.deadlines import answer_deadline, extend_deadline, find_zone
from demur.policy.errors import BirthDateError, CaseInvalidError
from demur.policy.models import TrainedModel, decide_model, decide_recipients
from demur.policy.notices import NoticeDecision, NoticeFacts, decide_notice, speaks_language
from demur.policy.registers import RegisterRequest, RegisterRequestKind, decide_register
from demur.policy.requests import ControllerClaim, Flood, Ground, Lead, Request, decide_request, read_wording
from demur.policy.runs import Memorisation, Release, ReleaseAudit, RunStart, decide_release, decide_run
from demur.policy.settings import Settings
from demur.policy.verdicts import DeadlineReason, NoticeDecisionWord, NoticeReason

# For every item of a case, what the rules on items say: whether it is let in now, or whether an objection covers it.
ItemFinder: TypeAlias = Callable[[Case], Mapping[str, bool]]

_WITHDRAWING = "login"  # REQUIREMENTS WDR-1
_FORMS = ("form", "form_no_account", "agent")
_ALL = "all"
_ACTIVE, _ENDED = "active", "ended"
_LOST = ("bounced", "failed")
_PROOFS = (NoticeEvent.DELIVERED, NoticeEvent.SHOWN)
_COUNTING = ("count", "counts")
_LAST_ZONE = timedelta(hours=12)
_LOCATING = ("account", "contact", "contact_key", "email", "handle", "item", "link", "page", "phone", "profile", "url")
# The Union, Iceland, Liechtenstein and Norway.
_EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905 -- thirty words read best as one text
)
_IDENTITY_PAPER = re.compile(r"(?<![^\W_])(?:id|dni|nie|ident\w*|pass|passport|licen[cs]e|ausweis)(?![^\W_])")
_CHILD = re.compile(r"(?<![^\W_])(?:child\w*|minor|kid|son|daughter|baby|infant|teen\w*|pupil)(?![^\W_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A case, its settings, and what the rules on items say about it."""

    case: Case
    settings: Settings
    kept: ItemFinder
    objected: ItemFinder

    @property
    def now(self) -> datetime:
        return _instant(self.case, self.case.given.now)

    def is_past(self, at: datetime | None) -> bool:
        return at is not None and at <= self.now


class _Ruling(Protocol):
    """What every decision has."""

    @property
    def decision(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def duties(self) -> tuple[str, ...]: ...


def answer_question(case: Case, settings: Settings, *, kept: ItemFinder, objected: ItemFinder) -> Answer:
    """Answer what a case asks about a notice, a request, a deadline, a run, a model, its recipients or the register.

    Args:
        settings: the ruleset's settings with those of the case.
        kept: for each item, whether it is let in now; asked for a run.
        objected: for each item, whether an objection covers it now; asked for a model.

    Raises:
        CaseInvalidError: a fact of the case cannot be read, or it asks about what is not given.
    """
    question = _QUESTIONS.get(case.given.ask.about)
    if question is None:
        message = f"case {case.id} asks about {case.given.ask.about!r}; known are {', '.join(_QUESTIONS)}"
        raise CaseInvalidError(message)
    try:
        return question(_Asked(case=case, settings=settings, kept=kept, objected=objected))
    except BirthDateError as error:
        message = f"case {case.id}: {error}"
        raise CaseInvalidError(message) from error


def _answer(ruling: _Ruling) -> Answer:
    return Answer(decision=str(ruling.decision), reason=str(ruling.reason), duties=ruling.duties)


# notice


def _ask_notice(asked: _Asked) -> Answer:
    """Judge a notice, or all notices to an account, by the event that speaks most for it."""
    name, notices = _asked_id(asked.case), asked.case.given.notices
    named = [notice for notice in notices if notice.id == name] or [one for one in notices if one.account == name]
    if not named:
        raise _not_given(asked.case, "notice")
    decisions = [decide_notice(_notice_facts(asked, notice), asked.settings) for notice in named]
    return _answer(max(decisions, key=_standing))


def _standing(ruling: NoticeDecision) -> tuple[bool, int]:
    return ruling.decision is NoticeDecisionWord.VALID, list(NoticeReason).index(ruling.reason)


def _notice_facts(asked: _Asked, notice: Notice) -> NoticeFacts:
    account = _account(asked.case, notice.account)
    return NoticeFacts(
        event=notice.event if asked.is_past(read_instant(asked.case, notice.at)) else None,
        is_public=notice.account is None,
        version=notice.version,
        language=notice.language,
        account_language=account.language if account else None,
        states_right=notice.states_right_to_object_separately,
        is_marketing=notice.mixed_with_marketing,
        fits_age=account is not None and _fits_age(asked, notice, account),
    )


def _fits_age(asked: _Asked, notice: Notice, account: Account) -> bool:
    is_adult = _age_of(asked, account, _instant(asked.case, notice.at)) is True
    return is_adult is (notice.variant != "minor")


# request and deadline


def _ask_request(asked: _Asked) -> Answer:
    return _answer(decide_request(_request(asked, _objection(asked.case)), asked.settings))


def _ask_deadline(asked: _Asked) -> Answer:
    made = _objection(asked.case)
    deadline = answer_deadline(min(_receipts(asked, made)), _zone_name(_subject(asked.case, made)))
    if made.extension is not None:
        announced_at = read_instant(asked.case, made.extension.get("announced_at"))
        extended = extend_deadline(deadline, announced_at=announced_at) if announced_at else None
        if extended is None:
            duties = (f"answer by {deadline.due_on.isoformat()}",)
            return Answer(decision="invalid", reason=DeadlineReason.EXTENSION_LATE.value, duties=duties)
        deadline = extended
    return Answer(decision=f"due:{deadline.due_on.isoformat()}", reason=DeadlineReason.ONE_MONTH.value)


def _request(asked: _Asked, made: Objection) -> Request:
    case, receipts = asked.case, _receipts(asked, made)
    subject = _subject(case, made)
    claims = made.claims or {}
    claimed = tuple(sorted(account.id for account in case.given.accounts if _is_claimed(account, claims)))
    covered = _covered(asked, subject)
    return Request(
        receipts=receipts,
        account=made.by.account,
        zone=_zone_name(subject),
        language=made.language,
        claimed_accounts=claimed,
        named_content=_named_content(made),
        covered_accounts=covered,
        other_accounts=_of_same_holder(case, subject, covered),
        lead=_lead(case, made),
        flood=_flood(made),
        controller_claim=_controller_claim(made),
        touches_public_role=bool(made.public_role),
        is_repeated=bool(made.repeats) or bool(_repetitions(asked, made)),
        came_while_halted=_was_halted(case, min(receipts)),
        answer_failed=_event_of(made.answer_event) in _LOST,
        lives_abroad=_lives_abroad(asked, subject, claims),
        is_for_child=_is_for_child(asked, made, min(receipts)),
        is_by_agent=made.via == "agent" or made.mandate is not None or made.on_behalf_of is not None,
        mentions_identity_papers=made.attachments is not msgspec.UNSET and _may_be_papers(made.attachments),
        has_attachments=bool(made.attachments),
        claims_beyond_login=made.by.account is not None and bool(claims),
        mentions_evidence=made.evidence is not msgspec.UNSET or bool(made.attachments),
        wording=read_wording(made.text),
        is_by_other_channel=_is_by_other_channel(made, subject),
    )


def _receipts(asked: _Asked, made: Objection) -> tuple[datetime, ...]:
    """Return when the server had the objection: received, recorded, repeated; the sender's clock is not asked."""
    case = asked.case
    own = [_instant(case, made.received_at), read_instant(case, made.processed_at)]
    listed = [_repeat_at(case, entry) for entry in made.repeats] if isinstance(made.repeats, list | tuple) else []
    others = [_instant(case, other.received_at) for other in _repetitions(asked, made)]
    return tuple(at for at in (*own, *listed, *others) if at is not None)


def _repeat_at(case: Case, entry: object) -> datetime | None:
    named = [made for made in case.given.objections if made.id == entry]
    if named:
        return _instant(case, named[0].received_at)
    return _read_if_instant(case, entry.get("received_at", entry.get("at")) if isinstance(entry, Mapping) else entry)


def _repetitions(asked: _Asked, made: Objection) -> list[Objection]:
    """Return the objections that say the same as this one, while the earlier of the two was in force."""
    others = [other for other in asked.case.given.objections if other is not made and _is_same_maker(made, other)]
    return [other for other in others if asked.is_past(_received(asked, other)) and _repeats(asked, made, other)]


def _repeats(asked: _Asked, one: Objection, other: Objection) -> bool:
    earlier, later = sorted((one, other), key=lambda made: (_received(asked, made), made.id or ""))
    is_covered = earlier.scope in (_ALL, later.scope)
    return is_covered and _is_in_force(asked.case, earlier, _received(asked, later))


def _is_same_maker(one: Objection, other: Objection) -> bool:
    if one.by.account is not None or other.by.account is not None:
        return one.by.account == other.by.account
    said = (one.person, one.claims, one.targets)
    return any(said) and said == (other.person, other.claims, other.targets)


def _is_in_force(case: Case, made: Objection, at: datetime) -> bool:
    withdrawn = made.withdrawn
    if withdrawn is None or withdrawn.via != _WITHDRAWING:
        return True
    is_own = not withdrawn.accounts or made.by.account in withdrawn.accounts
    return not is_own or _instant(case, withdrawn.at) > at


def _received(asked: _Asked, made: Objection) -> datetime:
    return _instant(asked.case, made.received_at)


def _lead(case: Case, made: Objection) -> Lead:
    """Tell what an objection gives to find content by; a claim that nobody knows counts as a name."""
    said = [part for part in (made.claims, made.on_behalf_of, made.mandate, *made.targets) if isinstance(part, Mapping)]
    names = [value for part in (made.person, made.on_behalf_of, made.mandate) for value in _values(part)]
    if any(part.get(key) for part in said for key in _LOCATING) or any(_accounts_of(case, name) for name in names):
        return Lead.CONTENT
    return Lead.NAME if made.claims or made.targets or made.person else Lead.NOTHING


def _named_content(made: Objection) -> tuple[str, ...]:
    """Return the items pointed at by id, and the addresses as a mention only: an address may name a person."""
    targets = [target for target in made.targets if isinstance(target, Mapping)]
    items = sorted({str(target["item"]) for target in targets if target.get("item")})
    return (*items, "the page at the address given") if any(target.get("url") for target in targets) else tuple(items)


def _is_claimed(account: Account, claims: Mapping[str, Any]) -> bool:
    handles = {_folded(account.handle), *(_folded(_entry(entry, "handle")) for entry in account.handle_log)} - {""}
    names = {account.id, account.contact_key} - {None}
    return _folded(claims.get("handle")) in handles or any(claims.get(key) in names for key in _LOCATING)


def _folded(handle: object) -> str:
    return handle.strip().removeprefix("@").casefold() if isinstance(handle, str) else ""


def _flood(made: Objection) -> Flood | None:
    if not made.flood:
        return None
    return Flood(count=int(made.flood.get("count", 0)), window=timedelta(seconds=made.flood.get("window_s", 60)))


def _controller_claim(made: Objection) -> ControllerClaim | None:
    claim = made.controller_claim
    if not claim:
        return None
    if not isinstance(claim, Mapping):
        return ControllerClaim(ground=_ground(claim), decided_by="", remedies_told=False)
    return ControllerClaim(
        ground=_ground(claim.get("ground")),
        decided_by=str(claim.get("decided_by") or claim.get("signed_by") or ""),
        remedies_told=bool(claim.get("remedies_told") or claim.get("remedies")),
    )


def _ground(text: object) -> Ground | None:
    return Ground(text) if isinstance(text, str) and text in list(Ground) else None


def _was_halted(case: Case, at: datetime) -> bool:
    """Tell whether the processing was suspended or had ended; without a beginning, the halt counts as older."""
    processing = case.given.processing
    since = read_instant(case, processing.since)
    if processing.state != _ACTIVE:
        begins = [begin for begin in (since, read_instant(case, processing.ended_at)) if begin is not None]
        return not begins or at >= min(begins)
    relaunched_at = read_instant(case, processing.relaunched_at)
    return since is not None and relaunched_at is not None and since <= at < relaunched_at


def _event_of(event: object) -> object:
    return event.get("event") if isinstance(event, Mapping) else event


def _lives_abroad(asked: _Asked, account: Account | None, claims: Mapping[str, Any]) -> bool:
    countries = [claims.get("country")]
    if account is not None:
        log = (entry for entry in account.country_log if _is_due(asked, entry))
        countries += [account.country, *(_entry(entry, "country") for entry in log)]
    return any(isinstance(country, str) and country.upper() not in _EEA for country in countries)


def _is_for_child(asked: _Asked, made: Objection, at: datetime) -> bool:
    account = _subject(asked.case, made)
    if account is not None and (account.managed_for_minor or _age_of(asked, account, at) is False):
        return True
    names = {name for value in _values(made.on_behalf_of) for name in _accounts_of(asked.case, value)}
    others = (other for other in asked.case.given.accounts if other.id in names)
    return any(_age_of(asked, other, at) is False for other in others) or _says_child(asked, made.on_behalf_of, at)


def _says_child(asked: _Asked, behalf: object, at: datetime) -> bool:
    """Tell whether words, an age, a birth date or a fact that is true say that somebody is a child."""
    facts = behalf if isinstance(behalf, Mapping) else {}
    age = facts.get("age")
    if isinstance(age, int | float) and age < asked.settings.adult_age:
        return True
    words = [*_values(behalf), *(key for key, value in facts.items() if value is True)]
    is_young = _is_adult(asked, facts.get("birth_date"), (at - _LAST_ZONE).date()) is False
    return is_young or any(_CHILD.search(word.casefold()) for word in words)


def _values(part: object) -> list[str]:
    values = part.values() if isinstance(part, Mapping) else part if isinstance(part, list | tuple) else [part]
    return [value for value in values if isinstance(value, str)]


def _may_be_papers(attachments: object) -> bool:
    listed = attachments if isinstance(attachments, list | tuple) else [attachments] if attachments else []
    return not listed or any(_IDENTITY_PAPER.search(text.casefold()) for entry in listed for text in _values(entry))


def _is_by_other_channel(made: Objection, subject: Account | None) -> bool:
    told = subject.language if subject else None
    is_other_language = bool(made.language and told) and not speaks_language(made.language, told)
    return (made.via is not None and made.via not in _FORMS) or is_other_language


def _covered(asked: _Asked, account: Account | None) -> tuple[str, ...]:
    """Return the accounts that the answer lists: those tied to the maker's, directly or through others."""
    if account is None:
        return ()
    found = {account.id}
    ties = {other.id: _ties(asked, other) for other in asked.case.given.accounts}
    while more := {name for name in ties if name not in found and any(ties[name] & ties[one] for one in found)}:
        found |= more
    return tuple(sorted(found))


def _ties(asked: _Asked, account: Account) -> set[tuple[str, object]]:
    """Return the centres that an account ever was in and, where the settings say so, its verified contact."""
    log = [_entry(entry, "centre") for entry in account.centre_log if _is_due(asked, entry)]
    ties: set[tuple[str, object]] = {("centre", centre) for centre in (account.centre, *log) if centre is not None}
    if asked.settings.same_person_objections and account.contact_verified and account.contact_key:
        ties.add(("contact", account.contact_key))
    return ties


def _of_same_holder(case: Case, account: Account | None, covered: Sequence[str]) -> tuple[str, ...]:
    if account is None or account.holder is None:
        return ()
    held = (other.id for other in case.given.accounts if other.holder == account.holder)
    return tuple(sorted(set(held) - set(covered)))


# run, release, model, recipients


def _ask_run(asked: _Asked) -> Answer:
    case, run = asked.case, _run(asked.case)
    reconciled_at = read_instant(case, run.reconciled_with_register_at)
    let_in = asked.kept(case)
    start = RunStart(
        run=run.id or _asked_id(case),
        now=asked.now,
        is_processing_active=case.given.processing.state == _ACTIVE,
        is_relaunch=case.given.processing.relaunched_at is not None,
        proven_versions=frozenset(_proven_versions(asked)),
        reconciled_at=reconciled_at,
        # The format rarely names the snapshot: whoever reconciled had the register at hand.
        snapshot_at=read_instant(case, run.register_snapshot_at) or reconciled_at,
        is_register_intact=run.last_audit_ok is not False,
        newest_objection_at=max(_receipts_by_now(asked), default=None),
        is_copy=bool(run.restored_from_backup_of or run.uses_frozen_corpus_of),
        copied_at=_copied_at(case, run),
        not_let_in=tuple(sorted({str(item) for item in run.corpus_contains if not let_in.get(item, False)})),
    )
    return _answer(decide_run(start, asked.settings))


def _proven_versions(asked: _Asked) -> Iterator[str]:
    again = read_instant(asked.case, asked.case.given.processing.relaunched_at)
    for notice in asked.case.given.notices:
        at = _instant(asked.case, notice.at)
        is_new = again is None or at >= again
        if notice.version is not None and notice.event in _PROOFS and asked.is_past(at) and is_new:
            yield notice.version


def _receipts_by_now(asked: _Asked) -> list[datetime]:
    received = (_received(asked, made) for made in asked.case.given.objections)
    return [at for at in received if at <= asked.now]


def _copied_at(case: Case, run: Run) -> datetime | None:
    """Return the latest instant that the copy is known to come from; a backup may be named by its instant."""
    found = (read_instant(case, run.corpus_built_at), _read_if_instant(case, run.restored_from_backup_of))
    return max((at for at in found if at is not None), default=None)


def _ask_release(asked: _Asked) -> Answer:
    run = _run(asked.case)
    release = Release(
        model=_asked_id(asked.case),
        is_processing_active=asked.case.given.processing.state == _ACTIVE,
        audit=_audit(run),
        memorisation=_tests(run),
        reach=_reach(asked, run),
    )
    return _answer(decide_release(release, asked.settings))


def _audit(run: Run) -> ReleaseAudit | None:
    if not run.audit:
        return None
    return ReleaseAudit(
        model=_name(run.audit.get("model", run.model)),
        canary_exposure_p=run.audit.get("canary_exposure_p"),
        attacks_run=frozenset(run.audit.get("attacks_run") or ()),
    )


def _reach(asked: _Asked, run: Run) -> float | None:
    """Return the share of the corpus items' authors who were shown a notice; of all authors, when it is not known."""
    names = set(run.corpus_contains) or {item.id for item in asked.case.given.items}
    authors = {author for item in asked.case.given.items if item.id in names for author in _authors(item)}
    if not authors:
        return None
    shown = (notice for notice in asked.case.given.notices if notice.event == NoticeEvent.SHOWN)
    reached = {notice.account for notice in shown if asked.is_past(read_instant(asked.case, notice.at))}
    return len(authors & reached) / len(authors)


def _ask_model(asked: _Asked) -> Answer:
    case, run, model = asked.case, _run(asked.case), _asked_id(asked.case)
    tests = _tests(run) if _name(run.model) == model else {}
    is_objected = asked.objected(case)
    covered = [item for item in case.given.items if is_objected.get(item.id, False)]
    objected = {item.id: at for item in covered if (at := _exposed_since(asked, run, item)) is not None}
    return _answer(decide_model(TrainedModel(model=model, tests=tests, objected=objected), asked.settings))


def _exposed_since(asked: _Asked, run: Run, item: Item) -> datetime | None:
    """Return since when an objection covers an item that the model has read; None when it has not read it."""
    own = [_received(asked, made) for made in asked.case.given.objections if _is_about(made, item)]
    own_by_now = [at for at in own if at <= asked.now]
    since = min(own_by_now or _receipts_by_now(asked), default=asked.now)
    return since if _is_exposed(asked.case, run, item, min(own_by_now, default=None)) else None


def _is_exposed(case: Case, run: Run, item: Item, objected_at: datetime | None) -> bool:
    """Tell whether a model has read an item; when nothing tells, it has, unless the corpus was built without it."""
    if item.id in (run.memorisation or {}) or item.epochs_read:
        return True
    if item.read_by_trainer is not None:
        return item.read_by_trainer
    if run.corpus_contains:
        return item.id in run.corpus_contains
    built_at = read_instant(case, run.corpus_built_at)
    return objected_at is None or built_at is None or objected_at > built_at


def _is_about(made: Objection, item: Item) -> bool:
    targets = [target for target in made.targets if isinstance(target, Mapping)]
    is_target = any(target.get("item") == item.id or (item.url and target.get("url") == item.url) for target in targets)
    return is_target or (made.by.account is not None and made.by.account in _authors(item))


def _tests(run: Run) -> dict[str, Memorisation | None]:
    found = run.memorisation or {}
    return {item: Memorisation(told) if told in list(Memorisation) else None for item, told in found.items()}


def _ask_recipients(asked: _Asked) -> Answer:
    run = _run(asked.case)
    names = [name for entry in run.shared_with if (name := _name(entry)) is not None]
    ruling = decide_recipients(
        names, weights_are_public=run.weights_public is True, has_objections=bool(_receipts_by_now(asked))
    )
    return _answer(ruling)


# register


def _ask_register(asked: _Asked) -> Answer:
    told = asked.case.given.request or {}
    try:
        kind = RegisterRequestKind(str(told.get("type")))
    except ValueError as error:
        known = ", ".join(RegisterRequestKind)
        message = f"case {asked.case.id}: request {told.get('type')!r} is unknown, known are {known}"
        raise CaseInvalidError(message) from error
    request = RegisterRequest(
        kind=kind,
        is_about_somebody_else=_is_about_somebody_else(asked.case, told),
        counts=_counts(told),
        has_objection_in_force=_has_objection_in_force(asked, told),
        has_purpose_left=_has_purpose_left(asked),
        uses=_uses(asked.case, told),
    )
    return _answer(decide_register(request))


def _is_about_somebody_else(case: Case, told: Mapping[str, Any]) -> bool:
    by, of = (_accounts_of(case, told.get(key)) for key in ("by", "of"))
    return bool(by and of) and by.isdisjoint(of)


def _counts(told: Mapping[str, Any]) -> tuple[float, ...] | None:
    is_counting = told.get("of") in _COUNTING or told.get("op") in _COUNTING
    values = told.get("values") or [told.get("value")]
    numbers = tuple(value for value in values if isinstance(value, int | float))
    return numbers if is_counting and len(numbers) == len(values) else None


def _has_objection_in_force(asked: _Asked, told: Mapping[str, Any]) -> bool:
    """Tell whether an objection of the person is in force; of anybody's, when the person is not named."""
    names = _person(asked.case, told)
    made = (one for one in asked.case.given.objections if _received(asked, one) <= asked.now)
    own = (one for one in made if not names or {one.by.account, one.id, one.person} & names)
    return any(_is_in_force(asked.case, one, asked.now) for one in own)


def _has_purpose_left(asked: _Asked) -> bool:
    """Tell whether processing goes on, or a model or corpus is named that could be used again."""
    processing, run = asked.case.given.processing, asked.case.given.run
    ended_at = read_instant(asked.case, processing.ended_at)
    if processing.state != _ENDED or (ended_at is not None and ended_at > asked.now):
        return True
    if run is None:
        return False
    # The instant of a build tells nothing of whether the corpus still exists; its contents and its heirs do.
    return any((run.model, run.weights_public, run.shared_with, run.corpus_contains, run.uses_frozen_corpus_of))


def _uses(case: Case, told: Mapping[str, Any]) -> tuple[str, ...]:
    run, names = case.given.run, _person(case, told)
    if run is None or not any(_is_used(run, item) for item in case.given.items if not names or names & _authors(item)):
        return ()
    found = (_name(part) for part in (run.id, run.model, *run.shared_with))
    return tuple(name for name in found if name is not None)


def _is_used(run: Run, item: Item) -> bool:
    return not run.corpus_contains or item.id in run.corpus_contains


def _person(case: Case, told: Mapping[str, Any]) -> set[str | None]:
    """Return the names of whom a request is about: the accounts, or the id of the objection."""
    named = next((told[key] for key in ("of", "by") if _accounts_of(case, told.get(key))), None)
    if named is not None:
        return {*_accounts_of(case, named), named}
    return {made.id for made in case.given.objections if made.id is not None and made.id == told.get("of")}


def _accounts_of(case: Case, name: object) -> set[str]:
    """Return an account by its id, or the accounts of a holder, with all others of the same holder."""
    if not isinstance(name, str):
        return set()
    holders = {account.holder for account in case.given.accounts if account.id == name} | {name}
    return {account.id for account in case.given.accounts if account.id == name or account.holder in holders - {None}}


# parts of a case


def _objection(case: Case) -> Objection:
    found = [made for made in case.given.objections if made.id == case.given.ask.id]
    if len(found) != 1:
        raise _not_given(case, "objection")
    return found[0]


def _run(case: Case) -> Run:
    if case.given.run is None:
        raise _not_given(case, "run")
    return case.given.run


def _asked_id(case: Case) -> str:
    if case.given.ask.id is None:
        raise _not_given(case, case.given.ask.about)
    return case.given.ask.id


def _not_given(case: Case, what: str) -> CaseInvalidError:
    return CaseInvalidError(f"case {case.id} asks about the {what} {case.given.ask.id!r}, which is not given once")


def _subject(case: Case, made: Objection) -> Account | None:
    """Return the account that objected, or the one account of the person who is known to have objected."""
    if made.by.account is not None:
        return _account(case, made.by.account)
    return _account(case, min(_accounts_of(case, made.person), default=None))


def _account(case: Case, name: str | None) -> Account | None:
    return next((account for account in case.given.accounts if name is not None and account.id == name), None)


def _authors(item: Item) -> set[str]:
    return {author for author in (item.account, *item.authors) if isinstance(author, str)}


def _zone_name(account: Account | None) -> str | None:
    return account.timezone if account else None


def _age_of(asked: _Asked, account: Account, at: datetime) -> bool | None:
    """Tell whether somebody was of age on their local day; None when nothing tells."""
    local = at.astimezone(find_zone(account.timezone)) if account.timezone else at - _LAST_ZONE
    return _is_adult(asked, account.birth_date, local.date())


def _is_adult(asked: _Asked, birth_date: str | int | None, day: date) -> bool | None:
    text = None if birth_date is None else str(birth_date)
    born = latest_birth_date(text, today=asked.now.date())
    if born is None:
        return None
    return (born.year + asked.settings.adult_age, born.month, born.day) <= (day.year, day.month, day.day)


def _entry(entry: object, key: str) -> object:
    return entry.get(key) if isinstance(entry, Mapping) else entry


def _is_due(asked: _Asked, entry: object) -> bool:
    text = _entry(entry, "at")
    return not isinstance(entry, Mapping) or not isinstance(text, str) or asked.is_past(read_instant(asked.case, text))


def _name(part: object) -> str | None:
    told = part.get("id") if isinstance(part, Mapping) else part
    return told if isinstance(told, str) else None


def _read_if_instant(case: Case, text: object) -> datetime | None:
    """Read what may name an instant or something else, such as the id of a backup or of an objection."""
    try:
        return read_instant(case, text) if isinstance(text, str) else None
    except CaseInvalidError:
        return None


def _instant(case: Case, text: str) -> datetime:
    # A text that is there is an instant or an error.
    return cast("datetime", read_instant(case, text))


_QUESTIONS: Mapping[str, Callable[[_Asked], Answer]] = {
    "notice": _ask_notice,
    "request": _ask_request,
    "deadline": _ask_deadline,
    "run": _ask_run,
    "release": _ask_release,
    "model": _ask_model,
    "recipients": _ask_recipients,
    "register": _ask_register,
}
