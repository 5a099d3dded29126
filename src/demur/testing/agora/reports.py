"""What others report: items that somebody without an account points at, and accounts that somebody else held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from demur.testing.agora.dice import Dice
from demur.testing.agora.identifiers import invent_url
from demur.testing.agora.items import Item
from demur.testing.agora.notices import OBJECTIONS_OPEN

_TARGET_SHARE = 0.0006  # of all items
_HIJACK_SHARE = 0.003  # of all accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """An objection to one item or one page."""

    item: str
    page: str
    at: datetime
    in_public_role: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HijackRow:
    """A window in which somebody else held an account; `until` is None while it lasts."""

    account: str
    since: datetime
    until: datetime | None


def make_targets(dice: Dice, items: Sequence[Item], *, usable: Sequence[Item], now: datetime) -> list[TargetRow]:
    """Return objections to a few usable items, to a page elsewhere, and to a post about somebody's public role."""
    pointed_at = dice.pick_some(usable, max(2, round(_TARGET_SHARE * len(items))))
    rows = [TargetRow(item=item.item, page="", at=_later(dice, item, now)) for item in pointed_at]
    rows.append(TargetRow(item="", page=invent_url(dice, ""), at=_between(dice, now - OBJECTIONS_OPEN, now)))
    about_role = [item for item in items if item.public_role_of]
    rows += [
        TargetRow(item=item.item, page="", at=_later(dice, item, now), in_public_role=True)
        for item in dice.pick_some(about_role, 1)
    ]
    return sorted(rows, key=lambda row: (row.at, row.item))


def make_hijacks(dice: Dice, accounts: int, *, usable: Sequence[Item], now: datetime) -> list[HijackRow]:
    """Return windows around usable items, each of another account; the one with the newest item lasts."""
    by_time = sorted(usable, key=lambda item: (item.created_at, item.item))
    newest = {item.author.account: item for item in by_time}  # of each account: later ones replace earlier ones
    if not newest:
        return []
    *others, lasting = sorted(newest.values(), key=lambda item: (item.created_at, item.item))
    closed = dice.pick_some(others, max(1, round(_HIJACK_SHARE * accounts)))
    rows = [_window(dice, item, now) for item in closed]
    rows.append(HijackRow(account=lasting.author.account, since=_since(dice, lasting), until=None))
    return sorted(rows, key=lambda row: (row.since, row.account))


def _window(dice: Dice, item: Item, now: datetime) -> HijackRow:
    since, until = _since(dice, item), item.created_at + timedelta(minutes=dice.between(5, 4_000))
    return HijackRow(account=item.author.account, since=since, until=min(until, now))


def _since(dice: Dice, item: Item) -> datetime:
    return max(item.created_at - timedelta(minutes=dice.between(5, 2_000)), item.author.created_at)


def _later(dice: Dice, item: Item, now: datetime) -> datetime:
    """Return an instant since objections are taken and since the item is there."""
    return _between(dice, max(now - OBJECTIONS_OPEN, item.created_at), now)


def _between(dice: Dice, earliest: datetime, latest: datetime) -> datetime:
    return earliest + timedelta(seconds=int(dice.share() * (latest - earliest).total_seconds()))
