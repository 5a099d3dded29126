"""Dates, numbers and plural forms as each language writes them, from Unicode's CLDR through Babel.

Django knows no Maltese, and has no dates for Bulgarian, Estonian and Irish.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_decimal
from babel.plural import PluralRule, to_gettext

# Where a language is written in more than one way, the one of Europe.
_TERRITORIES = {"en": "en_GB", "pt": "pt_PT"}
# Whether a number takes a form, seen on as many numbers as a page counts to; forms for fractions and millions alone
# would ask translators for texts that nobody sees.
_COUNTED = range(1_000)
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


def format_instant(at: datetime, code: str) -> str:
    """Return day and time in UTC as the language writes them, such as `27 May 2025, 06:00`."""
    locale, moment = _locale(code), at.astimezone(UTC)
    time = format_time(moment, "short", tzinfo=UTC, locale=locale)
    glue = str(get_datetime_format("medium", locale=locale))
    return glue.replace("{0}", time).replace("{1}", format_date(moment.date(), "long", locale=locale))


def format_day(day: date, code: str) -> str:
    """Return a day as the language writes it, such as `27 May 2025`."""
    return format_date(day, "long", locale=_locale(code))


def format_number(number: float, code: str) -> str:
    """Return a number as the language groups it, such as `1,234,567`."""
    return format_decimal(number, locale=_locale(code))


def plural_categories(code: str) -> tuple[str, ...]:
    """Return the CLDR categories that whole numbers take in a language, in the order of a catalogue's forms."""
    taken = {_locale(code).plural_form(number) for number in _COUNTED}
    return tuple(category for category in _CATEGORIES if category in taken)


def plural_header(code: str) -> str:
    """Return the header `Plural-Forms` of a catalogue, made from the rules of CLDR."""
    rules = _locale(code).plural_form.rules
    # The last form is for whatever no rule speaks of, as `other` is in most languages, and `many` in Polish.
    *first, _last = plural_categories(code)
    return str(to_gettext(PluralRule({category: rules[category] for category in first})))


@lru_cache
def _locale(code: str) -> Locale:
    return Locale.parse(_TERRITORIES.get(code, code))
