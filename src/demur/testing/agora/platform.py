"""Make the whole platform from a seed, and say what is in it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demur.kernel.files import write_whole
from demur.testing.agora.accounts import MAJORITY, Account, birthday, make_accounts
from demur.testing.agora.content import Content, make_content
from demur.testing.agora.details import Details, choose_exceptions, make_details, make_last_seen
from demur.testing.agora.dice import Dice
from demur.testing.agora.errors import AgoraTooSmallError
from demur.testing.agora.files import (
    write_accounts,
    write_configuration,
    write_content,
    write_notices,
    write_objections,
    write_reports,
)
from demur.testing.agora.items import Item
from demur.testing.agora.notices import (
    NoticeRow,
    ObjectionRow,
    adapt_notices,
    describe_objections,
    make_notices,
    make_objections,
    publish_notice,
)
from demur.testing.agora.reports import HijackRow, TargetRow, make_hijacks, make_targets
from demur.testing.agora.situations import Cast, Situations

FEWEST_PEOPLE, FEWEST_ITEMS = 48, 240
DEFAULT_NOW = datetime(2025, 5, 27, 6, tzinfo=UTC)
_FULL_DATE = len("2025-05-27")
_OF_AGE = 19  # a year more than the law asks, so that no reading of the birth date matters


@dataclass(frozen=True, slots=True, kw_only=True)
class AgoraSummary:
    """What was written, for tests and for the demo's first page.

    Attributes:
        people: human beings, of whom some hold several accounts.
        kinds: items by kind.
        languages: items by the language they are written in, whether or not the platform recorded it.
        planted: planted identifiers by class.
        situations: items that show a rare situation, by its name.
        notice_events: notice events by kind.
        exact_copies: posts whose text was copied from another post.
        near_copies: posts whose text is another post's with a few words more.
        linked_accounts: accounts that share an accounts centre with another account.
        dormant_accounts: accounts that have given no sign of life for more than two years.
        targets: objections to one item or page; hijacks: windows in which somebody else held an account.
        objecting_accounts: the accounts of ``objections.csv``, withdrawn ones among them.
        withdrawing_accounts: the accounts of ``withdrawals.csv``.
        late_objection: an account with many eligible items; it objects in the demo after the build.
        training_objection: another one; it objects while a model trains.
    """

    people: int
    accounts: int
    items: int
    kinds: Mapping[str, int]
    languages: Mapping[str, int]
    planted: Mapping[str, int]
    situations: Mapping[str, int]
    notice_events: Mapping[str, int]
    audience_changes: int
    exact_copies: int
    near_copies: int
    linked_accounts: int
    dormant_accounts: int
    targets: int
    hijacks: int
    objecting_accounts: frozenset[str]
    withdrawing_accounts: frozenset[str]
    late_objection: str
    training_objection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    """The people, before anybody has published anything.

    Attributes:
        settled: accounts whose public items nothing keeps out; those who object late are not among them.
    """

    accounts: list[Account]
    details: dict[str, Details]
    notices: list[NoticeRow]
    objections: list[ObjectionRow]
    withdrawals: list[tuple[str, datetime]]
    late: str
    training: str
    settled: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What the people did."""

    content: Content
    last_seen: dict[str, datetime]
    dormant: frozenset[str]
    targets: list[TargetRow]
    hijacks: list[HijackRow]


def write_agora(
    folder: Path, *, people: int = 2000, items: int = 40_000, seed: int = 2025, now: datetime = DEFAULT_NOW
) -> AgoraSummary:
    """Write the sample platform into a folder; the same arguments write the same bytes.

    Raises:
        AgoraTooSmallError: fewer people or items than it takes to show every language.
    """
    if people < FEWEST_PEOPLE or items < FEWEST_ITEMS:
        message = (
            f"a sample platform of {people} people and {items} items is too small; "
            f"the least is {FEWEST_PEOPLE} people and {FEWEST_ITEMS} items"
        )
        raise AgoraTooSmallError(message, hint="Ask for more, for example 60 people and 600 items.")
    now = now.astimezone(UTC).replace(microsecond=0)
    community = _invent_people(seed, people, now)
    published = _let_them_publish(seed, community, items, now)
    _write(folder, community, published)
    return _summarise(people, community, published)


def _invent_people(seed: int, people: int, now: datetime) -> _People:
    accounts = make_accounts(Dice(seed, "accounts"), people=people, now=now)
    notices, informed = make_notices(Dice(seed, "notices"), accounts, now=now)
    made, withdrawals = make_objections(Dice(seed, "objections"), accounts, now=now)
    objecting = {account for account, _ in made}
    late, training = _choose_late_objectors(Dice(seed, "late objectors"), accounts, informed - objecting)
    quiet = _of_people_without(accounts, objecting | {late, training})
    settled = {one.account for one in quiet if one.account in informed and _is_beyond_doubt(one)}
    exceptions = choose_exceptions(
        Dice(seed, "exceptions"),
        accounts,
        settled=[one.account for one in quiet if one.account in settled],
        others=[one.account for one in quiet if one.account not in settled],
    )
    free = _of_people_without(quiet, {*exceptions.housemates, *exceptions.names()})
    return _People(
        accounts=accounts,
        details=make_details(Dice(seed, "details"), accounts, exceptions),
        notices=[publish_notice(now=now), *adapt_notices(notices, accounts, exceptions.told_in_marketing)],
        objections=describe_objections(
            Dice(seed, "further objections"),
            made,
            narrow=sorted(objecting - {account for account, _ in withdrawals}),
            further=[one for one in accounts if one.account in exceptions.housemates],
            now=now,
        ),
        withdrawals=withdrawals,
        late=late,
        training=training,
        settled=tuple(one for one in free if one.account in settled),
    )


def _let_them_publish(seed: int, people: _People, items: int, now: datetime) -> _Published:
    content = make_content(
        Dice(seed, "content"),
        people.accounts,
        Situations(Dice(seed, "situations"), _make_cast(people, now)),
        items=items,
        prolific=(people.late, people.training),
        now=now,
    )
    usable = _usable_items(content.items, people.settled)
    last_seen, dormant = make_last_seen(
        Dice(seed, "last seen"),
        _last_acts(people, content.items),
        may_sleep={item.author.account for item in usable},
        now=now,
    )
    awake = [item for item in usable if item.author.account not in dormant]
    targets = make_targets(Dice(seed, "targets"), content.items, usable=awake, now=now)
    pointed_at = {target.item for target in targets}
    left = [item for item in awake if item.item not in pointed_at]
    hijacks = make_hijacks(Dice(seed, "hijacks"), len(people.accounts), usable=left, now=now)
    return _Published(content=content, last_seen=last_seen, dormant=dormant, targets=targets, hijacks=hijacks)


def _make_cast(people: _People, now: datetime) -> Cast:
    withdrawn = {account for account, _ in people.withdrawals}
    lasting = {row.account for row in people.objections if row.scope == "all"} - withdrawn
    (official, *_) = [row.account for row in people.objections if row.in_public_role]
    children = [one for one in people.accounts if one.born > birthday(now.date(), MAJORITY)]
    return Cast(
        settled=people.settled,
        objecting=tuple(one for one in people.accounts if one.account in lasting),
        minors=tuple(one for one in children if _is_visible(one)),
        official=next(one for one in people.accounts if one.account == official),
    )


def _last_acts(people: _People, items: Iterable[Item]) -> dict[str, datetime]:
    """Return the last thing that each account did, as far as it shows: joining, publishing, reading, objecting."""
    acts = [(one.account, one.created_at) for one in people.accounts]
    acts += [(item.author.account, item.created_at) for item in items]
    acts += [(row.account, row.at) for row in people.notices if row.event == "shown"]
    acts += [(row.account, row.at) for row in people.objections]
    acts += people.withdrawals
    last: dict[str, datetime] = {}
    for account, at in acts:
        last[account] = max(at, last.get(account, at))
    return last


def _usable_items(items: Iterable[Item], settled: Iterable[Account]) -> list[Item]:
    """Return the items that are likely to be let in, and show nothing rare."""
    names = {one.account for one in settled}
    return [
        item
        for item in items
        if item.author.account in names
        and item.visibility == "public"
        and item.removed_at is None
        and item.expires_at is None
        and not item.situation
    ]


def _write(folder: Path, people: _People, published: _Published) -> None:
    write_accounts(folder, people.accounts, people.details, published.last_seen)
    write_notices(folder, people.notices)
    write_objections(folder, people.objections, people.withdrawals)
    write_reports(folder, published.targets, published.hijacks)
    write_content(folder, published.content)
    write_configuration(folder)
    write_whole(folder / "late_objection.txt", f"{people.late}\n".encode())
    write_whole(folder / "training_objection.txt", f"{people.training}\n".encode())


def _summarise(count: int, people: _People, published: _Published) -> AgoraSummary:
    content = published.content
    return AgoraSummary(
        people=count,
        accounts=len(people.accounts),
        items=len(content.items),
        kinds=_counts(item.kind for item in content.items),
        languages=_counts(item.language for item in content.items),
        planted=_counts(planted.label for item in content.items for planted in item.text.planted),
        situations=_counts(item.situation for item in content.items if item.situation),
        notice_events=_counts(notice.event for notice in people.notices),
        audience_changes=len(content.audience_log),
        exact_copies=content.exact_copies,
        near_copies=content.near_copies,
        linked_accounts=sum(1 for account in people.accounts if account.centre),
        dormant_accounts=len(published.dormant),
        targets=len(published.targets),
        hijacks=len(published.hijacks),
        objecting_accounts=frozenset(row.account for row in people.objections),
        withdrawing_accounts=frozenset(account for account, _ in people.withdrawals),
        late_objection=people.late,
        training_objection=people.training,
    )


def _of_people_without(accounts: Sequence[Account], left_out: Collection[str]) -> list[Account]:
    """Return the accounts of people who hold none of some accounts."""
    people = {one.person for one in accounts if one.account in left_out}
    return [one for one in accounts if one.person not in people]


def _choose_late_objectors(dice: Dice, accounts: Sequence[Account], candidates: Collection[str]) -> tuple[str, str]:
    """Return two accounts whose public items nothing keeps out, of people with no other account."""
    per_person = Counter(account.person for account in accounts)
    return dice.pick_two(
        [
            account.account
            for account in accounts
            if account.account in candidates and per_person[account.person] == 1 and _is_beyond_doubt(account)
        ]
    )


def _is_beyond_doubt(account: Account) -> bool:
    """Tell whether an account is public and its holder was of age when joining."""
    was_of_age = account.created_at.year - account.born.year >= _OF_AGE
    is_known = len(account.birth_date) == _FULL_DATE and bool(account.country)
    return was_of_age and is_known and _is_visible(account)


def _is_visible(account: Account) -> bool:
    return (account.visibility, account.state) == ("public", "active")


def _counts(words: Iterable[str]) -> dict[str, int]:
    """Count words, in their order."""
    return dict(sorted(Counter(words).items()))
