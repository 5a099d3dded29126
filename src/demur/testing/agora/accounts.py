"""The people of Agora and their accounts: all ages, 24 languages, linked accounts, missing and partial facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from demur.testing.agora.dice import Dice
from demur.testing.agora.identifiers import invent_handle
from demur.testing.agora.phrases import LANGUAGES

OLDEST, YOUNGEST, MAJORITY = 90, 8, 18
LAUNCH_YEAR = 2012
NOTICE_AGE = timedelta(days=43)  # the platform began to inform people this long before `now`
SETTLED_AGE = timedelta(days=60)  # most accounts are older than the notice

# The ages of the first people: edges that a small platform must show as well.
_EDGE_AGES = (OLDEST, YOUNGEST, 17, 18, 13, 45, 19, 33)
_ADULT_SHARE = 0.9
_NEWCOMER_SHARE = 0.02
_SECOND_ACCOUNT_SHARE, _THIRD_ACCOUNT_SHARE = 0.12, 0.25
_LINKED_SHARE = 0.85
_LANGUAGE_WEIGHTS = (
    *(("de", 0.13), ("fr", 0.11), ("it", 0.09), ("es", 0.09), ("pl", 0.07), ("en", 0.06), ("nl", 0.05), ("ro", 0.045)),
    *(("pt", 0.04), ("el", 0.035), ("cs", 0.035), ("hu", 0.035), ("sv", 0.035), ("bg", 0.025), ("da", 0.02)),
    *(("fi", 0.02), ("sk", 0.02), ("hr", 0.02), ("lt", 0.015), ("sl", 0.015), ("lv", 0.01), ("et", 0.01)),
    *(("ga", 0.01), ("mt", 0.01)),
)
_COUNTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cs": ("CZ",),
        "da": ("DK",),
        "de": ("DE", "DE", "DE", "AT", "LU"),
        "el": ("GR", "GR", "CY"),
        "en": ("IE", "MT", "CY", "NL"),
        "et": ("EE",),
        "fr": ("FR", "FR", "FR", "BE", "LU"),
        "ga": ("IE",),
        "nl": ("NL", "NL", "BE"),
        "sl": ("SI",),
        "sv": ("SE", "SE", "SE", "FI"),
    }
)
_OUTSIDE_THE_UNION = ("NO", "CH", "GB", "IS", "US")
_STATES = (("active", 0.93), ("deactivated", 0.025), ("deleted", 0.02), ("banned", 0.015), ("memorialised", 0.01))
_VISIBILITIES = (("public", 0.82), ("private", 0.18))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One login, with what the platform knows and, in `born`, what is true."""

    account: str
    person: int
    centre: str
    born: date
    birth_date: str
    country: str
    language: str
    visibility: str
    state: str
    created_at: datetime
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    number: int
    born: date
    birth_date: str
    country: str
    language: str


def make_accounts(dice: Dice, *, people: int, now: datetime) -> list[Account]:
    """Invent the people and their one to three accounts, in the order of the people."""
    numbers = [1_000_000 + 37 * position for position in dice.shuffled(3 * people)]
    accounts: list[Account] = []
    handles: set[str] = set()
    for number in range(people):
        person = _make_person(dice, number, now)
        count = _count_accounts(dice, number)
        linked = count > 1 and (number in {5, 6} or dice.share() < _LINKED_SHARE)
        for _ in range(count):
            account = f"u{numbers[len(accounts)]}"
            handle = _new_handle(dice, handles)
            centre = f"c{500_000 + 13 * number}" if linked else ""
            accounts.append(_make_account(dice, person, now, account=account, handle=handle, centre=centre))
    return accounts


def birthday(day: date, years_before: int) -> date:
    """Return the same day some years before (after, when negative); 29 February becomes the 28th."""
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return date(day.year - years_before, day.month, last)


def _make_person(dice: Dice, number: int, now: datetime) -> _Person:
    language = LANGUAGES[number] if number < len(LANGUAGES) else dice.pick_weighted(_LANGUAGE_WEIGHTS)
    age = _EDGE_AGES[number] if number < len(_EDGE_AGES) else _age(dice)
    born = birthday(now.date(), age) - timedelta(days=dice.below(365))
    if number == _EDGE_AGES.index(17):
        born = birthday(now.date(), 18) + timedelta(days=5)  # of age within the week
    countries = _COUNTRIES.get(language, (language.upper(),))
    country = dice.pick_weighted(((dice.pick(countries), 0.95), (dice.pick(_OUTSIDE_THE_UNION), 0.02), ("", 0.03)))
    written = _written(dice, born) if number >= len(_EDGE_AGES) else born.isoformat()
    return _Person(number=number, born=born, birth_date=written, country=country, language=language)


def _make_account(dice: Dice, person: _Person, now: datetime, *, account: str, handle: str, centre: str) -> Account:
    opened = max(date(LAUNCH_YEAR, 1, 1), birthday(person.born, -7))
    newest = now - SETTLED_AGE
    if dice.share() < _NEWCOMER_SHARE:
        opened, newest = (now - SETTLED_AGE).date(), now - timedelta(days=1)
    earliest = datetime(opened.year, opened.month, opened.day, 8, tzinfo=now.tzinfo)
    seconds = int(dice.share() ** 2 * max(3_600.0, (newest - earliest).total_seconds()))  # early members are many
    return Account(
        account=account,
        person=person.number,
        centre=centre,
        born=person.born,
        birth_date=person.birth_date,
        country=person.country,
        language=person.language,
        visibility=dice.pick_weighted(_VISIBILITIES),
        state=dice.pick_weighted(_STATES),
        created_at=earliest + timedelta(seconds=seconds),
        handle=handle,
    )


def _count_accounts(dice: Dice, number: int) -> int:
    if number in {5, 6}:  # two people with linked accounts, however small the platform
        return number - 3
    if dice.share() >= _SECOND_ACCOUNT_SHARE:
        return 1
    return 3 if dice.share() < _THIRD_ACCOUNT_SHARE else 2


def _age(dice: Dice) -> int:
    """Draw an age: a tenth are minors, among adults the young are more numerous."""
    if dice.share() >= _ADULT_SHARE:
        return dice.between(YOUNGEST, 17)
    return min(dice.between(18, OLDEST - 1), dice.between(18, OLDEST - 1))


def _written(dice: Dice, born: date) -> str:
    """Write a birth date as completely as the platform knows it."""
    lengths = ((10, 0.9), (4, 0.04), (7, 0.02), (0, 0.04))
    return born.isoformat()[: dice.pick_weighted(lengths)]


def _new_handle(dice: Dice, handles: set[str]) -> str:
    while True:
        handle = invent_handle(dice, "")
        if handle not in handles:
            handles.add(handle)
            return handle
