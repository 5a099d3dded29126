"""Make the whole platform from a seed, and say what is in it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demur.kernel.files import write_whole
from demur.testing.agora.accounts import Account, make_accounts
from demur.testing.agora.content import make_content
from demur.testing.agora.dice import Dice
from demur.testing.agora.errors import AgoraTooSmallError
from demur.testing.agora.files import (
    write_accounts,
    write_configuration,
    write_content,
    write_notices,
    write_objections,
)
from demur.testing.agora.notices import make_notices, make_objections

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
        notice_events: notice events by kind.
        exact_copies: posts whose text was copied from another post.
        near_copies: posts whose text is another post's with a few words more.
        linked_accounts: accounts that share an accounts centre with another account.
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
    notice_events: Mapping[str, int]
    audience_changes: int
    exact_copies: int
    near_copies: int
    linked_accounts: int
    objecting_accounts: frozenset[str]
    withdrawing_accounts: frozenset[str]
    late_objection: str
    training_objection: str


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
    accounts = make_accounts(Dice(seed, "accounts"), people=people, now=now)
    notices, informed = make_notices(Dice(seed, "notices"), accounts, now=now)
    objections, withdrawals = make_objections(Dice(seed, "objections"), accounts, now=now)
    objecting = frozenset(account for account, _ in objections)
    late, training = _choose_late_objectors(Dice(seed, "late objectors"), accounts, informed - objecting)
    content = make_content(Dice(seed, "content"), accounts, items=items, prolific=(late, training), now=now)
    write_accounts(folder, accounts)
    write_notices(folder, notices)
    write_objections(folder, objections, withdrawals)
    write_content(folder, content)
    write_configuration(folder)
    write_whole(folder / "late_objection.txt", f"{late}\n".encode())
    write_whole(folder / "training_objection.txt", f"{training}\n".encode())
    return AgoraSummary(
        people=people,
        accounts=len(accounts),
        items=len(content.items),
        kinds=_counts(item.kind for item in content.items),
        languages=_counts(item.language for item in content.items),
        planted=_counts(planted.label for item in content.items for planted in item.text.planted),
        notice_events=_counts(notice.event for notice in notices),
        audience_changes=len(content.audience_log),
        exact_copies=content.exact_copies,
        near_copies=content.near_copies,
        linked_accounts=sum(1 for account in accounts if account.centre),
        objecting_accounts=objecting,
        withdrawing_accounts=frozenset(account for account, _ in withdrawals),
        late_objection=late,
        training_objection=training,
    )


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
    return was_of_age and is_known and (account.visibility, account.state) == ("public", "active")


def _counts(words: Iterable[str]) -> dict[str, int]:
    """Count words, in their order."""
    return dict(sorted(Counter(words).items()))
