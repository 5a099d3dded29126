"""Ages from partial birth dates: the reading that makes a person youngest, so that no minor passes for an adult."""

import calendar
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise

import polars as pl

from demur.exchange.columns import INSTANT
from demur.policy.errors import BirthDateError

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DECEMBER = _MONTHS = 12

# A day has begun everywhere on Earth once it has begun at UTC-12: where no time zone of a person is known, a birthday
# counts from there (REQUIREMENTS MIN-1: local day).
_LAST_ZONE = timedelta(hours=12)
_EDIT_WINDOW = timedelta(days=730)


def latest_birth_date(text: str | None, *, today: date) -> date | None:
    """Return the latest day that ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` allows; None when nothing is known.

    Raises:
        BirthDateError: not such a date, no day of the calendar, or wholly after `today`.
    """
    span = birth_span(text, today=today)
    return None if span is None else span[1]


def birth_span(text: str | None, *, today: date) -> tuple[date, date] | None:
    """Return the earliest and the latest day that a partial birth date allows; None when nothing is known.

    Raises:
        BirthDateError: not such a date, no day of the calendar, or wholly after `today`.
    """
    if text is None or not text.strip():
        return None
    found = _PARTIAL_DATE.fullmatch(text.strip())
    if found is None:
        message = "a birth date is not of the form YYYY, YYYY-MM or YYYY-MM-DD"
        raise BirthDateError(message, hint="Leave the field empty when the birth date is unknown.")
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        earliest = date(year or 0, month or 1, day or 1)
        last_day = calendar.monthrange(earliest.year, month or _DECEMBER)[1]
        latest = date(earliest.year, month or _DECEMBER, day or last_day)
    except ValueError as error:
        message = "a birth date is no day of the calendar"
        raise BirthDateError(message) from error
    if earliest > today:
        message = f"a birth date lies in the future: after {today.isoformat()}"
        raise BirthDateError(message, hint="Correct the date, or leave the field empty when it is unknown.")
    return earliest, latest


def comes_of_age(born_by: pl.Series, zones: pl.Series, years: int) -> pl.Series:
    """Return the instant at which each person has completed some years: when that day begins where they live.

    Somebody born on 29 February comes of age on 1 March of a year without that day, the later of the two readings. A
    zone that is not known, or a midnight that a change of clocks leaves out, counts as the place where days begin last.
    """
    midnights = _birthdays(born_by, years)
    begins = (midnights + _LAST_ZONE).dt.replace_time_zone("UTC")
    for zone in filter(None, zones.unique()):
        where = (zones == zone).arg_true()
        local = _begin(midnights.gather(where), zone)
        begins.scatter(where.filter(local.is_not_null()), local.drop_nulls())
    return begins.cast(INSTANT).alias("from")


def is_edit_doubtful(earlier: Sequence[tuple[datetime, str | None]], *, adult_age: int, at: datetime) -> bool:
    """Tell whether changes of a birth date put the present one in doubt (REQUIREMENTS MIN-3).

    A person who became older lately, or who by an earlier date would be under age now, may be a child who wants in.

    Args:
        earlier: instant and value of each date that was stored, the present one last.
    """
    dated = [(changed, birth_span(text, today=at.date())) for changed, text in sorted(earlier, key=_first)]
    known = [(changed, span) for changed, span in dated if span is not None]
    # A date that is said again is as old as when it was said first.
    later = (entry for before, entry in pairwise(known) if entry[1] != before[1])
    pairs = combinations((*known[:1], *later), 2)
    # A date that only became more exact contradicts nothing.
    return any(
        after[1] < before[0] and (at - changed <= _EDIT_WINDOW or _is_younger(before[1], adult_age, at))
        for (_, before), (changed, after) in pairs
    )


def _is_younger(born_by: date, years: int, at: datetime) -> bool:
    of_age = comes_of_age(pl.Series([born_by]), pl.Series([None], dtype=pl.String), years).item()
    return bool(of_age > at)


def _first(entry: tuple[datetime, str | None]) -> datetime:
    return entry[0]


def _birthdays(born_by: pl.Series, years: int) -> pl.Series:
    """Return the day some years later as a local midnight: so many days into the same month of that year."""
    born = born_by.to_numpy().astype("datetime64[D]")
    month = born.astype("datetime64[M]")
    # The day after 28 February is 1 March where there is no 29th.
    later = (month + _MONTHS * years).astype("datetime64[D]") + (born - month.astype("datetime64[D]"))
    return pl.Series("midnight", later.astype("datetime64[us]"), nan_to_null=True)


def _begin(midnights: pl.Series, zone: str) -> pl.Series:
    """Return the instants at which local days begin in a zone; null where they don't, or the zone is not known."""
    try:
        there = midnights.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    except pl.exceptions.ComputeError:
        return midnights.dt.replace_time_zone("UTC").clear(midnights.len())
    return there.dt.convert_time_zone("UTC")
