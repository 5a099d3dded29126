"""From the people of a case to tables of facts: the same columns that the register writes into a snapshot."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import polars as pl

from demur.exchange.columns import (
    HIJACK_COLUMNS,
    INSTANT,
    NOTICE_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    UNDERTAKING_COLUMNS,
    Facts,
    Schema,
)
from demur.kernel.words import (
    AccountState,
    LinkEvent,
    NoticeChannel,
    NoticeEvent,
    ObjectionScope,
    Purpose,
    Tie,
)
from demur.policy.age import birth_span, is_edit_doubtful
from demur.policy.case_format import Account, Case, Notice, Objection, read_instant, read_window
from demur.policy.scope import spread_objections
from demur.policy.settings import ProcessingState, Settings
from demur.policy.signals.accounts import read_account_signals

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_PROOFS = (NoticeEvent.DELIVERED, NoticeEvent.SHOWN)
# A withdrawal needs a login (REQUIREMENTS WDR-1).
_WITHDRAWING = "login"
_OBJECTIONS: Schema = {
    "subject_key": pl.Binary,
    "purpose": pl.String,
    "received_at": INSTANT,
    "scope": pl.String,
    "in_public_role": pl.Boolean,
}
_WITHDRAWALS: Schema = {"subject_key": pl.Binary, "received_at": INSTANT}
_LINKS: Schema = {
    "subject_key": pl.Binary,
    "group_key": pl.Binary,
    "tie": pl.String,
    "event": pl.String,
    "at": INSTANT,
}
_HAND_OVERS: Schema = {"subject_key": pl.Binary, "at": INSTANT}


def key_of(name: str | None) -> bytes | None:
    """Return 16 bytes for an id of a case; invented people need no secret key."""
    return None if name is None else hashlib.blake2b(name.encode(), digest_size=16).digest()


def page_key_of(address: str | None) -> bytes | None:
    """Return 16 bytes for a web address of a case, whatever its case, fragment and closing slash."""
    return None if address is None else key_of("page " + address.split("#")[0].rstrip("/").lower())


def case_instant(case: Case) -> datetime:
    """Return the instant of the question."""
    return read_instant(case, case.given.now) or LONG_AGO


def case_facts(case: Case, settings: Settings) -> Facts:
    """Return what the register knows at the instant of the question."""
    accounts = case.given.accounts
    return Facts(
        subjects=_table((_subject_row(case, account, settings) for account in accounts), SUBJECT_COLUMNS),
        notices=_table(_notice_rows(case), NOTICE_COLUMNS),
        objections=spread_objections(
            _table(_objection_rows(case), _OBJECTIONS),
            _table((row for account in accounts for row in _link_rows(case, account)), _LINKS),
            _table(_withdrawal_rows(case), _WITHDRAWALS),
            _table((row for account in accounts for row in _hand_over_rows(case, account)), _HAND_OVERS),
        ),
        targets=_table(_target_rows(case), TARGET_COLUMNS),
        hijacks=_table((row for account in accounts for row in _hijack_rows(case, account)), HIJACK_COLUMNS),
        suspensions=_table(_suspension_rows(case), SUSPENSION_COLUMNS),
        undertakings=_table(_undertaking_rows(case), UNDERTAKING_COLUMNS),
        as_of=case_instant(case),
        log_size=0,
    )


def objecting_accounts(case: Case, made: Objection) -> list[str]:
    """Return the accounts that an objection names, in whatever way: its maker, a claim, or whom it is made for."""
    named = [made.by.account, *_ids_in(made.on_behalf_of), *_ids_in((made.claims or {}).get("account"))]
    handles, contacts = _claimed(made, "handle"), _claimed(made, "contact", "contact_key", "email")
    people = {*_ids_in(made.on_behalf_of), *(() if made.by.account else _ids_in(made.person))}
    found = [
        account.id
        for account in case.given.accounts
        if account.id in named
        or account.id in _holders_of(case, handles, made)
        or account.contact_key in contacts
        or people & {account.holder, *_ids_in(account.shared_by)}
    ]
    strangers = [name for name in (made.by.account,) if name is not None and name not in found]
    return [*found, *strangers]


def is_past(case: Case, at: str | None) -> bool:
    """Tell whether an instant lies at or before the question."""
    instant = read_instant(case, at)
    return instant is not None and instant <= case_instant(case)


def _table(rows: Iterable[Mapping[str, Any]], schema: Schema) -> pl.DataFrame:
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    return frame.sort(list(schema))


def _subject_row(case: Case, account: Account, settings: Settings) -> dict[str, Any]:
    text = None if account.birth_date is None else str(account.birth_date)
    signals = read_account_signals(account.signals or {})
    hand_overs = [row["at"] for row in _hand_over_rows(case, account)]
    born_from, born_by = birth_span(text, today=case_instant(case).date()) or (None, None)
    return {
        "subject_key": key_of(account.id),
        "born_from": born_from,
        "born_by": born_by,
        "zone": account.timezone,
        "has_age_doubt": _has_age_doubt(case, account, settings),
        "is_for_minor": bool(account.managed_for_minor),
        "country": account.country,
        "language": account.language,
        "visibility": account.visibility,
        "state": _state(case, account),
        "last_seen_at": read_instant(case, account.last_seen_at),
        "held_since": max(hand_overs, default=None),
        "refuses_training": signals.refuses_training,
        "refuses_sharing": signals.refuses_sharing,
    }


def _has_age_doubt(case: Case, account: Account, settings: Settings) -> bool:
    edits = [
        (at, None if entry.get("birth_date") is None else str(entry["birth_date"]))
        for entry in account.birth_date_log
        if (at := read_instant(case, entry.get("at"))) is not None and at <= case_instant(case)
    ]
    now = (case_instant(case), None if account.birth_date is None else str(account.birth_date))
    is_edited = is_edit_doubtful([*edits, now], adult_age=settings.adult_age, at=case_instant(case))
    youngest = _youngest_signalled(account.age_signal)
    return is_edited or (youngest is not None and youngest < settings.adult_age)


def _youngest_signalled(signal: Any) -> int | None:  # noqa: ANN401 -- a fact in one of several spellings
    span = signal.get("range") if isinstance(signal, Mapping) else signal
    if isinstance(span, str):
        span = span.replace("\N{EN DASH}", "-").split("-")
    numbers = [int(part) for part in span or () if str(part).strip().isdigit()]
    return min(numbers, default=None)


def _state(case: Case, account: Account) -> str | None:
    if is_past(case, account.deleted_at):
        return AccountState.DELETED
    return AccountState.MEMORIALISED if is_past(case, account.died_at) else account.state


def _notice_rows(case: Case) -> Iterator[dict[str, Any]]:
    for notice in case.given.notices:
        proofs = _PROOFS if notice.account is not None else (NoticeEvent.PUBLISHED,)
        if notice.event in proofs and is_past(case, notice.at) and not _is_undone(case, notice):
            yield _notice_row(case, notice)


def _is_undone(case: Case, notice: Notice) -> bool:
    """Tell whether a delivery was reported as bounced afterwards, by the same channel (REQUIREMENTS NOT-6)."""
    if notice.event != NoticeEvent.DELIVERED:
        return False
    way = (notice.account, notice.channel, notice.version)
    return any(
        (other.account, other.channel, other.version) == way and other.at >= notice.at and is_past(case, other.at)
        for other in case.given.notices
        if other.event == NoticeEvent.BOUNCED
    )


def _notice_row(case: Case, notice: Notice) -> dict[str, Any]:
    at = read_instant(case, notice.at)
    return {
        "subject_key": key_of(notice.account),
        "version": notice.version,
        "channel": NoticeChannel.PUBLIC_PAGE.value if notice.account is None else notice.channel,
        "language": notice.language,
        "states_right": notice.states_right_to_object_separately,
        "is_marketing": notice.mixed_with_marketing,
        "variant": notice.variant,
        "proven_at": at,
        "shown_at": at if notice.event == NoticeEvent.SHOWN else None,
    }


def _objection_rows(case: Case) -> Iterator[dict[str, Any]]:
    for made in _past_objections(case):
        for account in objecting_accounts(case, made):
            yield {
                "subject_key": key_of(account),
                "purpose": Purpose.TRAIN_GENERATIVE_MODELS.value,
                "received_at": read_instant(case, made.received_at),
                # REQUIREMENTS OBJ-16: a scope that is not clear is full.
                "scope": made.scope if made.scope in tuple(ObjectionScope) else ObjectionScope.ALL.value,
                "in_public_role": bool(made.public_role),
            }


def _target_rows(case: Case) -> Iterator[dict[str, Any]]:
    for made in _past_objections(case):
        own = {item.id for item in case.given.items if item.account is not None and item.account == made.by.account}
        for target in made.targets:
            # What the author says of an item of their own is their objection, not somebody else's.
            item = None if target.get("item") in own else target.get("item")
            for key in (key_of(item), page_key_of(target.get("url"))):
                if key is not None:
                    at = read_instant(case, made.received_at)
                    yield {"target_key": key, "effective_at": at, "in_public_role": bool(made.public_role)}


def _withdrawal_rows(case: Case) -> Iterator[dict[str, Any]]:
    for made in case.given.objections:
        if made.withdrawn and made.withdrawn.via == _WITHDRAWING and _acts_already(case, made.withdrawn.at):
            at = read_instant(case, made.withdrawn.at)
            for account in made.withdrawn.accounts or objecting_accounts(case, made):
                if not _is_hijacked(case, account, at):
                    yield {"subject_key": key_of(account), "received_at": at}


def _is_hijacked(case: Case, name: str, at: datetime | None) -> bool:
    """Tell whether somebody else held an account: whoever logged in then was not the person (REQUIREMENTS WDR-1)."""
    windows = (
        read_window(case, window)
        for account in case.given.accounts
        if account.id == name
        for window in account.compromised
    )
    return at is not None and any(
        (since is None or since <= at) and (until is None or at < until) for since, until in windows
    )


def _acts_already(case: Case, at: str) -> bool:
    """Tell whether a withdrawal acts: on corpora built afterwards, and on no other (REQUIREMENTS WDR-2)."""
    run = case.given.run
    withdrawn, built = read_instant(case, at), read_instant(case, run.corpus_built_at if run else None)
    if withdrawn is None or withdrawn > case_instant(case):
        return False
    return built is None or built > case_instant(case) or withdrawn < built


def _past_objections(case: Case) -> list[Objection]:
    return [made for made in case.given.objections if is_past(case, made.received_at)]


def _link_rows(case: Case, account: Account) -> Iterator[dict[str, Any]]:
    """Yield every centre that an account was ever in, and the contact that it verified.

    Without a history it is in its centre from its first day.
    """
    since = read_instant(case, account.created_at) or LONG_AGO
    logged = [(read_instant(case, entry.get("at")) or since, entry.get("centre")) for entry in account.centre_log]
    for at, centre in logged:
        if centre is not None and at <= case_instant(case):
            yield _link(account, f"centre {centre}", Tie.CENTRE, at)
    if account.centre is not None and account.centre not in {centre for _, centre in logged}:
        yield _link(account, f"centre {account.centre}", Tie.CENTRE, since)
    if account.contact_key is not None and account.contact_verified:
        yield _link(account, f"contact {account.contact_key}", Tie.CONTACT, since)


def _link(account: Account, group: str, tie: Tie, at: datetime) -> dict[str, Any]:
    return {
        "subject_key": key_of(account.id),
        "group_key": key_of(group),
        "tie": tie.value,
        "event": LinkEvent.LINKED.value,
        "at": at,
    }


def _hand_over_rows(case: Case, account: Account) -> list[dict[str, Any]]:
    """Return the instants at which an account changed hands; its first holder took over from nobody."""
    logged = sorted(
        (at, entry.get("holder"))
        for entry in account.holder_log
        if (at := read_instant(case, entry.get("at"))) is not None and at <= case_instant(case)
    )
    begun = read_instant(case, account.created_at) or LONG_AGO
    # A history of one entry tells of the change to it; a longer one begins with the first holder.
    first = [(begun, None)] if len(logged) == 1 and logged[0][0] > begun else []
    changes = [at for (_, before), (at, after) in pairwise([*first, *logged]) if before != after]
    return [{"subject_key": key_of(account.id), "at": at} for at in changes]


def _hijack_rows(case: Case, account: Account) -> Iterator[dict[str, Any]]:
    for window in account.compromised:
        since, until = read_window(case, window)
        yield {"subject_key": key_of(account.id), "since": since, "until": until}


def _suspension_rows(case: Case) -> Iterator[dict[str, Any]]:
    processing = case.given.processing
    # The state is that of the instant of the question, whenever it began.
    since = min(read_instant(case, processing.since) or LONG_AGO, case_instant(case))
    if processing.state != ProcessingState.ACTIVE:
        yield {"since": since}
    for country in processing.suspended_countries:
        yield {"since": LONG_AGO, "country": country}


def _undertaking_rows(case: Case) -> Iterator[dict[str, Any]]:
    for window in case.given.processing.erasure_windows:
        since, until = read_window(case, window)
        yield {"field": window.get("field"), "since": since, "until": until}


def _claimed(made: Objection, *names: str) -> set[str]:
    claimed = {str((made.claims or {})[name]) for name in names if (made.claims or {}).get(name)}
    located = {str(target[name]) for target in made.targets for name in names if target.get(name)}
    return {_plain(value) for value in claimed | located} if "handle" in names else claimed | located


def _holders_of(case: Case, handles: set[str], made: Objection) -> set[str]:
    """Return the accounts that had a handle when it was claimed; if none had, those that ever had it.

    An account keeps the objections of its earlier names, and whoever takes a name later does not inherit them
    (REQUIREMENTS SCO-4).
    """
    received = read_instant(case, made.received_at)
    then = {account.id for account in case.given.accounts if _handle_at(case, account, received) in handles}
    return then or {
        account.id
        for account in case.given.accounts
        if {_plain(entry.get("handle")) for entry in (*account.handle_log, {"handle": account.handle})} & handles
    }


def _handle_at(case: Case, account: Account, at: datetime | None) -> str:
    logged = [(read_instant(case, entry.get("at")) or LONG_AGO, entry.get("handle")) for entry in account.handle_log]
    earlier = [entry for entry in logged if at is not None and entry[0] <= at]
    if earlier:
        return _plain(max(earlier)[1])
    # Before the first change of a known history nobody knows the name.
    return "" if logged else _plain(account.handle)


def _plain(handle: object) -> str:
    return str(handle or "").lstrip("@").lower()


def _ids_in(value: Any) -> list[str]:  # noqa: ANN401 -- a fact in one of several spellings
    """Return the ids in a fact that is one id, a list of ids, or a mapping that names some."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [found for name in ("account", "person", "holder", "id") for found in _ids_in(value.get(name))]
    return [found for part in value or () for found in _ids_in(part)] if isinstance(value, list | tuple) else []
