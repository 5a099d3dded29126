"""Ages from partial birth dates: the reading that makes a person youngest, so that no minor passes for an adult."""

import calendar
import re
from datetime import date, timedelta

import polars as pl

from demur.policy.errors import BirthDateError

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DECEMBER = 12

# A day has begun everywhere on Earth once it has begun at UTC-12. The snapshot holds no time zone of a person, so a
# birthday counts from there (REQUIREMENTS MIN-1: local day).
_LAST_ZONE = timedelta(hours=12)


def latest_birth_date(text: str | None, *, today: date) -> date | None:
    """Return the latest day that ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` allows; None when nothing is known.

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
    return latest


def is_of_age(born_by: pl.Expr, years: pl.Expr, at: pl.Expr) -> pl.Expr:
    """Tell whether a person has completed a number of years on the local day of an instant, wherever they live.

    Days compare as YYYYMMDD, so a person born on 29 February comes of age on 1 March of a year without that day, the
    later of the two readings.
    """
    born = born_by.dt.year() * 10_000 + born_by.dt.month().cast(pl.Int32) * 100 + born_by.dt.day()
    day = (at - _LAST_ZONE).dt
    return born + years * 10_000 <= day.year() * 10_000 + day.month().cast(pl.Int32) * 100 + day.day()
