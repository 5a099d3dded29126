"""What else the platform knows of accounts: zones, verified contacts, doubts and refusals, and the last sign of life.

Exceptions are chosen among people whom nothing else keeps out, else an earlier reason would hide them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from demur.testing.agora.accounts import Account
from demur.testing.agora.dice import Dice

_ZONE_UNKNOWN_SHARE = 0.04
_NO_CONTACT_SHARE, _ONE_CONTACT_SHARE = 0.05, 0.85
_REFUSES_SHARING_SHARE = 0.01
# Of all accounts; at least one, on however small a platform.
_FOR_MINOR_SHARE, _DOUBTED_SHARE, _REFUSING_SHARE, _MARKETING_SHARE = 0.005, 0.007, 0.01, 0.007
_HOUSEMATE_SHARE = 0.004
_DORMANT_SHARE = 0.03
_DORMANT_AFTER = timedelta(days=740)  # a little more than the two years of the rules
_RECENT, _AWAY = timedelta(days=45), timedelta(days=600)
_AWAY_SHARE = 0.08
_ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AT": ("Europe/Vienna",),
        "BE": ("Europe/Brussels",),
        "BG": ("Europe/Sofia",),
        "CH": ("Europe/Zurich",),
        "CY": ("Asia/Nicosia",),
        "CZ": ("Europe/Prague",),
        "DE": ("Europe/Berlin",),
        "DK": ("Europe/Copenhagen",),
        "EE": ("Europe/Tallinn",),
        "ES": ("Europe/Madrid", "Europe/Madrid", "Europe/Madrid", "Atlantic/Canary"),
        "FI": ("Europe/Helsinki",),
        "FR": ("Europe/Paris",),
        "GB": ("Europe/London",),
        "GR": ("Europe/Athens",),
        "HR": ("Europe/Zagreb",),
        "HU": ("Europe/Budapest",),
        "IE": ("Europe/Dublin",),
        "IS": ("Atlantic/Reykjavik",),
        "IT": ("Europe/Rome",),
        "LT": ("Europe/Vilnius",),
        "LU": ("Europe/Luxembourg",),
        "LV": ("Europe/Riga",),
        "MT": ("Europe/Malta",),
        "NL": ("Europe/Amsterdam",),
        "NO": ("Europe/Oslo",),
        "PL": ("Europe/Warsaw",),
        "PT": ("Europe/Lisbon", "Europe/Lisbon", "Europe/Lisbon", "Atlantic/Azores"),
        "RO": ("Europe/Bucharest",),
        "SE": ("Europe/Stockholm",),
        "SI": ("Europe/Ljubljana",),
        "SK": ("Europe/Bratislava",),
        "US": ("America/New_York", "America/Los_Angeles"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """Accounts of people whom one thing keeps out, and nothing else.

    Attributes:
        for_minors: run by an adult for a child.
        doubted: a trusted signal contradicts the birth date.
        refusing: a machine-readable signal refuses training.
        told_in_marketing: the notice stood in an advertisement.
        housemates: pairs that share a mailbox, and so count as one person; the first of a pair objects.
    """

    for_minors: frozenset[str]
    doubted: frozenset[str]
    refusing: frozenset[str]
    told_in_marketing: frozenset[str]
    housemates: Mapping[str, str]

    def names(self) -> frozenset[str]:
        """Return all accounts that are out by an exception."""
        return self.for_minors | self.doubted | self.refusing | self.told_in_marketing | {*self.housemates.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Further facts of one account; empty where the platform does not know."""

    time_zone: str
    contact: str
    is_for_minor: bool
    has_age_doubt: bool
    refuses_training: bool
    refuses_sharing: bool


def choose_exceptions(
    dice: Dice, accounts: Sequence[Account], *, settled: Sequence[str], others: Sequence[str]
) -> Exceptions:
    """Choose a few of the settled accounts; the objecting housemates are among the others."""
    left = iter(dice.pick_some(settled, len(settled)))
    first = iter(dice.pick_some(others, _count(accounts, _HOUSEMATE_SHARE)))
    return Exceptions(
        for_minors=_take(left, _count(accounts, _FOR_MINOR_SHARE)),
        doubted=_take(left, _count(accounts, _DOUBTED_SHARE)),
        refusing=_take(left, _count(accounts, _REFUSING_SHARE)),
        told_in_marketing=_take(left, _count(accounts, _MARKETING_SHARE)),
        housemates=dict(zip(first, left, strict=False)),
    )


def make_details(dice: Dice, accounts: Sequence[Account], exceptions: Exceptions) -> dict[str, Details]:
    """Invent the further facts of every account."""
    contacts = _make_contacts(dice, accounts, exceptions.housemates)
    return {
        account.account: Details(
            time_zone=_time_zone(dice, account),
            contact=contacts[account.account],
            is_for_minor=account.account in exceptions.for_minors,
            has_age_doubt=account.account in exceptions.doubted,
            refuses_training=account.account in exceptions.refusing,
            refuses_sharing=dice.share() < _REFUSES_SHARING_SHARE,
        )
        for account in accounts
    }


def make_last_seen(
    dice: Dice, last_acts: Mapping[str, datetime], *, may_sleep: Collection[str], now: datetime
) -> tuple[dict[str, datetime], frozenset[str]]:
    """Return the last sign of life of every account, and those that have given none for more than two years.

    Args:
        last_acts: the last thing that each account did; nobody was last seen before.
        may_sleep: accounts of which some fall asleep, if they did nothing for so long.
    """
    sleepy = [account for account, acted in last_acts.items() if account in may_sleep and now - acted > _DORMANT_AFTER]
    dormant = frozenset(dice.pick_some(sleepy, max(1, round(_DORMANT_SHARE * len(last_acts)))))
    seen = {account: max(acted, _was_awake(dice, now)) for account, acted in last_acts.items()}
    fell_asleep = {account: _part(dice, last_acts[account], now - _DORMANT_AFTER) for account in sorted(dormant)}
    return {**seen, **fell_asleep}, dormant


def _count(accounts: Sequence[Account], share: float) -> int:
    return max(1, round(share * len(accounts)))


def _take(left: Iterator[str], count: int) -> frozenset[str]:
    return frozenset(account for _, account in zip(range(count), left, strict=False))


def _time_zone(dice: Dice, account: Account) -> str:
    zones = _ZONES.get(account.country, ("",))
    return "" if dice.share() < _ZONE_UNKNOWN_SHARE else dice.pick(zones)


def _make_contacts(dice: Dice, accounts: Sequence[Account], housemates: Mapping[str, str]) -> dict[str, str]:
    """Give each person a contact that most of their accounts share, whether these are linked or not."""
    numbers = dice.shuffled(len(accounts))
    contacts: dict[str, str] = {}
    of_person: dict[int, str] = {}
    for account, number in zip(accounts, numbers, strict=True):
        is_known, is_shared = dice.share() >= _NO_CONTACT_SHARE, dice.share() < _ONE_CONTACT_SHARE
        fresh = f"m{2_000_000 + 41 * number}"
        first = of_person.setdefault(account.person, fresh)
        contacts[account.account] = (first if is_shared else fresh) if is_known else ""
    for number, (objecting, other) in enumerate(housemates.items()):
        contacts[other] = contacts[objecting] = contacts[objecting] or contacts[other] or f"m{1_000_000 + 41 * number}"
    return contacts


def _was_awake(dice: Dice, now: datetime) -> datetime:
    """Draw a last visit: mostly of the last weeks, of the last days for many."""
    span = _AWAY if dice.share() < _AWAY_SHARE else _RECENT
    return now - timedelta(seconds=int(dice.share() ** 2 * span.total_seconds()))


def _part(dice: Dice, earliest: datetime, latest: datetime) -> datetime:
    return earliest + timedelta(seconds=int(dice.share() * max(0.0, (latest - earliest).total_seconds())))
