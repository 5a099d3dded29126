"""Who was told, who objected and who changed their mind: most things went well, some went wrong in every known way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from demur.testing.agora.accounts import NOTICE_AGE, Account
from demur.testing.agora.dice import Dice
from demur.testing.agora.phrases import LANGUAGES

NOTICE_VERSION = "2025-04"
OBJECTING_SHARE = 0.04
OBJECTIONS_OPEN = timedelta(days=37)  # the first objection came this long before `now`

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
    """One event of one notice."""

    account: str
    version: str
    channel: str
    language: str
    event: str
    at: datetime
    states_right: bool


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
        earliest = max(now - OBJECTIONS_OPEN, account.created_at)
        objections.append((account.account, _between(dice, earliest, now - timedelta(hours=1))))
    objections.sort(key=lambda row: (row[1], row[0]))
    withdrawn = dice.pick_some(objections, max(1, round(count * _WITHDRAWN_SHARE)))
    withdrawals = [(account, _between(dice, at, now)) for account, at in withdrawn]
    return objections, sorted(withdrawals, key=lambda row: (row[1], row[0]))


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


def _between(dice: Dice, earliest: datetime, latest: datetime) -> datetime:
    seconds = max(1.0, (latest - earliest).total_seconds())
    return earliest + timedelta(seconds=int(dice.share() * seconds))
