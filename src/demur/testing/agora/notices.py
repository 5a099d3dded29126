"""Who was told, who objected and who changed their mind: most things went well, some went wrong in every known way."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from demur.testing.agora.accounts import MAJORITY, NOTICE_AGE, Account, birthday
from demur.testing.agora.dice import Dice
from demur.testing.agora.phrases import LANGUAGES

NOTICE_VERSION = "2025-04"
OBJECTING_SHARE = 0.04
OBJECTIONS_OPEN = timedelta(days=37)  # the first objection came this long before `now`
_PHOTOS_SHARE, _PUBLIC_ROLE_SHARE = 0.06, 0.02

_STORIES = (
    ("delivered", 0.845),
    ("bounced", 0.025),
    ("bounced_then_shown", 0.025),
    ("late", 0.04),
    ("wrong_language", 0.02),
    ("never", 0.015),
    ("only_sent", 0.015),
    ("without_the_right", 0.01),
    ("older_version", 0.005),
)
_WITHDRAWN_SHARE = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One event of one notice; a page for everybody names no account."""

    account: str
    version: str
    channel: str
    language: str
    event: str
    at: datetime
    states_right: bool
    is_marketing: bool = False
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRow:
    """One objection, by one account."""

    account: str
    at: datetime
    scope: str = "all"
    in_public_role: bool = False


def make_notices(dice: Dice, accounts: Sequence[Account], *, now: datetime) -> tuple[list[NoticeRow], frozenset[str]]:
    """Return all notice events by time, and the accounts whose notice is proven, valid and old enough."""
    rows: list[NoticeRow] = []
    informed: set[str] = set()
    for account in accounts:
        story = dice.pick_weighted(_STORIES)
        if account.created_at > now - NOTICE_AGE and story != "never":
            story = "late"
        if story == "delivered":
            informed.add(account.account)
        rows.extend(_tell(dice, account, story, now))
    rows.sort(key=lambda row: (row.at, row.account))
    return rows, frozenset(informed)


def make_objections(
    dice: Dice, accounts: Sequence[Account], *, now: datetime
) -> tuple[list[tuple[str, datetime]], list[tuple[str, datetime]]]:
    """Return objections and withdrawals as account and instant, each by time; linked people object by one account."""
    by_person: dict[int, list[Account]] = {}
    for account in accounts:
        by_person.setdefault(account.person, []).append(account)
    people = sorted(by_person)
    linked = [person for person in people if by_person[person][0].centre]
    count = max(4, round(len(people) * OBJECTING_SHARE))
    chosen = dict.fromkeys([dice.pick(linked), *dice.pick_some(people, count)])
    objections = []
    for person in list(chosen)[:count]:
        account = dice.pick(by_person[person])
        objections.append((account.account, _objection_time(dice, account, now)))
    objections.sort(key=lambda row: (row[1], row[0]))
    withdrawn = dice.pick_some(objections, max(1, round(count * _WITHDRAWN_SHARE)))
    withdrawals = [(account, _between(dice, at, now)) for account, at in withdrawn]
    return objections, sorted(withdrawals, key=lambda row: (row[1], row[0]))


def publish_notice(*, now: datetime) -> NoticeRow:
    """Return the page on which everybody could read the notice, in every language, when it was announced."""
    return NoticeRow(
        account="",
        version=NOTICE_VERSION,
        channel="public_page",
        language="*",
        event="published",
        at=now - NOTICE_AGE,
        states_right=True,
    )


def adapt_notices(
    rows: Iterable[NoticeRow], accounts: Sequence[Account], told_in_marketing: Collection[str]
) -> list[NoticeRow]:
    """Return the events with what is true of the messages: some stood in advertisements, minors got their own one."""
    of_age = {account.account: _known_coming_of_age(account) for account in accounts}
    return [
        replace(
            row,
            is_marketing=row.account in told_in_marketing,
            variant="minor" if row.at.date() < of_age[row.account] else "",
        )
        for row in rows
    ]


def describe_objections(
    dice: Dice,
    objections: Sequence[tuple[str, datetime]],
    *,
    narrow: Sequence[str],
    further: Iterable[Account],
    now: datetime,
) -> list[ObjectionRow]:
    """Return all objections by time: a few are about photos alone, and a few about a public role.

    Args:
        narrow: accounts whose objection may be one of those few.
        further: accounts that object as well.
    """
    chosen = dice.pick_some(narrow, len(narrow))
    officials = max(1, round(_PUBLIC_ROLE_SHARE * len(objections)))
    photos = chosen[officials:][: max(1, round(_PHOTOS_SHARE * len(objections)))]
    rows = [
        ObjectionRow(
            account=account,
            at=at,
            scope="photos" if account in photos else "all",
            in_public_role=account in chosen[:officials],
        )
        for account, at in objections
    ]
    rows += [ObjectionRow(account=account.account, at=_objection_time(dice, account, now)) for account in further]
    return sorted(rows, key=lambda row: (row.at, row.account))


def _known_coming_of_age(account: Account) -> date:
    """Return the day on which the platform takes a person for an adult: from the beginning, when it does not know."""
    is_known = len(account.birth_date) == len("2025-05-27")
    return birthday(account.born, -MAJORITY) if is_known else date.min


def _tell(dice: Dice, account: Account, story: str, now: datetime) -> list[NoticeRow]:
    """Tell one story as events."""
    if story == "never":
        return []
    start = now - NOTICE_AGE + timedelta(minutes=dice.between(0, 4 * 24 * 60))
    if story == "late":
        start = max(now - timedelta(minutes=dice.between(60, 6 * 24 * 60)), account.created_at)
    channel = "in_app" if story in {"delivered", "late"} and dice.share() < 1 / 4 else "email"
    proof = {"only_sent": "", "bounced": "bounced", "bounced_then_shown": "bounced"}.get(
        story, "shown" if channel == "in_app" else "delivered"
    )
    steps = [(channel, "queued", 0), (channel, "sent", dice.between(1, 30))]
    if proof:
        steps.append((channel, proof, dice.between(31, 59)))
    if story == "bounced_then_shown":
        steps.append(("in_app", "shown", dice.between(2 * 24 * 60, 8 * 24 * 60)))
    other = dice.pick([language for language in LANGUAGES if language != account.language])
    return [
        NoticeRow(
            account=account.account,
            version="2024-06" if story == "older_version" else NOTICE_VERSION,
            channel=by,
            language=other if story == "wrong_language" else account.language,
            event=event,
            at=start + timedelta(minutes=minutes),
            states_right=story != "without_the_right",
        )
        for by, event, minutes in steps
    ]


def _objection_time(dice: Dice, account: Account, now: datetime) -> datetime:
    return _between(dice, max(now - OBJECTIONS_OPEN, account.created_at), now - timedelta(hours=1))


def _between(dice: Dice, earliest: datetime, latest: datetime) -> datetime:
    seconds = max(1.0, (latest - earliest).total_seconds())
    return earliest + timedelta(seconds=int(dice.share() * seconds))
