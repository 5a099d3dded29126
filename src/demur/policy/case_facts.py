"""From the facts of a case to rows of items and tables of facts: the same columns that sources and register write."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import polars as pl

from demur.exchange.columns import INSTANT, ITEM_COLUMNS, NOTICE_COLUMNS, SUBJECT_COLUMNS, Facts, Schema
from demur.kernel.words import AccountState, ItemKind, LinkEvent, NoticeEvent, Product, Purpose
from demur.policy.age import latest_birth_date
from demur.policy.case_format import Account, Case, Item, Notice, read_instant
from demur.policy.ruleset import Ruleset
from demur.policy.scope import spread_objections

_PROOFS = (NoticeEvent.DELIVERED, NoticeEvent.SHOWN)
# A withdrawal needs a login (REQUIREMENTS WDR-1).
_WITHDRAWING = "login"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_OBJECTIONS: Schema = {"subject_key": pl.Binary, "purpose": pl.String, "received_at": INSTANT}
_WITHDRAWALS: Schema = {"subject_key": pl.Binary, "received_at": INSTANT}
_LINKS: Schema = {"subject_key": pl.Binary, "group_key": pl.Binary, "event": pl.String, "at": INSTANT}


def case_settings(case: Case, ruleset: Ruleset) -> Ruleset:
    """Return the ruleset with the settings of a case.

    Raises:
        RulesetSettingError: the case asks for a setting that is not allowed.
    """
    processing = case.given.processing
    settings: dict[str, object] = {
        **case.given.policy,
        "processing": processing.state,
        "suspended_countries": list(processing.suspended_countries),
    }
    if processing.notice_version is not None:
        settings["notice_version"] = processing.notice_version
    return ruleset.with_settings(settings)


def case_instant(case: Case) -> datetime:
    """Return the instant of the question."""
    return read_instant(case, case.given.now) or _LONG_AGO


def case_items(case: Case) -> pl.DataFrame:
    """Return the items of a case in the order of their ids, as a source would yield them."""
    ordered = sorted(case.given.items, key=lambda item: item.id)
    rows = [_item_row(case, item, line) for line, item in enumerate(ordered, 1)]
    return pl.DataFrame(rows, schema=ITEM_COLUMNS)


def case_facts(case: Case) -> Facts:
    """Return what the register knows at the instant of the question."""
    now = case_instant(case)
    subjects = pl.DataFrame([_subject_row(case, account) for account in case.given.accounts], schema=SUBJECT_COLUMNS)
    notices = pl.DataFrame(list(_notice_rows(case)), schema=NOTICE_COLUMNS)
    return Facts(
        subjects=subjects.sort("subject_key"),
        notices=notices.sort("subject_key", "proven_at"),
        objections=spread_objections(_objections(case), _links(case), _withdrawals(case)),
        as_of=now,
        log_size=0,
    )


def key_of(name: str | None) -> bytes | None:
    """Return 16 bytes for an id of a case; invented people need no secret key."""
    return None if name is None else hashlib.blake2b(name.encode(), digest_size=16).digest()


def _item_row(case: Case, item: Item, line: int) -> dict[str, object]:
    kind = ItemKind.AI_INTERACTION.value if item.kind == "ai_chat" else item.kind
    return {
        "item_key": key_of(item.id),
        "subject_key": key_of(item.account),
        "source": "cases",
        "split": case.id,
        "line": line,
        "kind": kind,
        # The format names the product only where it is not the social network itself.
        "product": item.product or Product.SOCIAL.value,
        "visibility": _visibility(case, item),
        "created_at": read_instant(case, item.created_at),
        "deleted_at": read_instant(case, item.deleted_at),
        "expires_at": read_instant(case, item.expires_at),
        "language": None,
        "text": item.text,
        "mentions": [key_of(account) for account in item.mentions],
        "reshare_of": None,
        "quote_of": None,
        "reply_to": key_of(item.reply_to),
        "media": None,
    }


def _visibility(case: Case, item: Item) -> str | None:
    changes = [
        (at, entry.get("visibility"))
        for entry in item.visibility_log
        if (at := read_instant(case, entry.get("at"))) is not None and at <= case_instant(case)
    ]
    return max(changes, key=lambda change: change[0])[1] if changes else item.visibility


def _subject_row(case: Case, account: Account) -> dict[str, object]:
    text = None if account.birth_date is None else str(account.birth_date)
    return {
        "subject_key": key_of(account.id),
        "born_by": latest_birth_date(text, today=case_instant(case).date()),
        "country": account.country,
        "language": account.language,
        "visibility": account.visibility,
        "state": _state(case, account),
    }


def _state(case: Case, account: Account) -> str | None:
    if _is_past(case, account.deleted_at):
        return AccountState.DELETED
    return AccountState.MEMORIALISED if _is_past(case, account.died_at) else account.state


def _is_past(case: Case, at: str | None) -> bool:
    instant = read_instant(case, at)
    return instant is not None and instant <= case_instant(case)


def _notice_rows(case: Case) -> Iterator[dict[str, object]]:
    for notice in case.given.notices:
        if notice.account is not None and notice.event in _PROOFS and _is_past(case, notice.at):
            yield _notice_row(case, notice)


def _notice_row(case: Case, notice: Notice) -> dict[str, object]:
    return {
        "subject_key": key_of(notice.account),
        "version": notice.version,
        "channel": notice.channel,
        "language": notice.language,
        "states_right": notice.states_right_to_object_separately,
        "proven_at": read_instant(case, notice.at),
    }


def _objections(case: Case) -> pl.DataFrame:
    rows = [
        (key_of(made.by.account), Purpose.TRAIN_GENERATIVE_MODELS.value, read_instant(case, made.received_at))
        for made in case.given.objections
        if made.by.account is not None and _is_past(case, made.received_at)
    ]
    return pl.DataFrame(rows, schema=_OBJECTIONS, orient="row")


def _withdrawals(case: Case) -> pl.DataFrame:
    rows = [
        (key_of(account), read_instant(case, made.withdrawn.at))
        for made in case.given.objections
        if made.withdrawn and made.withdrawn.via == _WITHDRAWING and _is_past(case, made.withdrawn.at)
        for account in made.withdrawn.accounts or filter(None, [made.by.account])
    ]
    return pl.DataFrame(rows, schema=_WITHDRAWALS, orient="row")


def _links(case: Case) -> pl.DataFrame:
    rows = [row for account in case.given.accounts for row in _links_of(case, account)]
    return pl.DataFrame(rows, schema=_LINKS, orient="row")


def _links_of(case: Case, account: Account) -> Iterable[tuple[bytes | None, bytes | None, str, datetime]]:
    """Yield every centre that an account was ever in; without a history it is in its centre from its first day."""
    logged = [(read_instant(case, entry["at"]), entry["centre"]) for entry in account.centre_log]
    for at, centre in logged:
        if centre is not None and at is not None and at <= case_instant(case):
            yield key_of(account.id), key_of(f"centre {centre}"), LinkEvent.LINKED.value, at
    if account.centre is not None and account.centre not in {centre for _, centre in logged}:
        since = read_instant(case, account.created_at) or _LONG_AGO
        yield key_of(account.id), key_of(f"centre {account.centre}"), LinkEvent.LINKED.value, since
