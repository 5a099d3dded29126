"""The languages of the pages: the 24 official languages of the European Union, and which of them are complete.

A page shows a language only when its catalogue is complete: a half translated page is in no language at all. Dates,
numbers and plural forms are those of Unicode's CLDR, through Babel, because Django knows no Maltese and has no dates
for Bulgarian, Estonian and Irish.
"""

import gettext
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_decimal
from babel.plural import PluralRule, to_gettext

# In the order of the Union's own lists: by their names, each as its speakers write it.
OFFICIAL = (
    *("bg", "es", "cs", "da", "de", "et", "el", "en", "fr", "ga", "hr", "it"),
    *("lv", "lt", "hu", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "fi", "sv"),
)
# Those whose catalogues say everything; a test fails when one of them lacks a text.
COMPLETE: tuple[str, ...] = ("en",)
SOURCE = "en"  # the language of the texts in the code

LOCALE_FOLDER = Path(__file__).parent / "locale"
# Where a language is written in more than one way, the one of Europe.
_TERRITORIES = {"en": "en_GB", "pt": "pt_PT"}
# Whether a number takes a form, seen on as many numbers as a page counts to; forms for fractions and millions alone
# would ask translators for texts that nobody sees.
_COUNTED = range(1_000)
_MOST_RANGES = 50  # of a header; a browser sends five


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language as a page names it: its code, its own name, and `ltr` or `rtl`."""

    code: str
    name: str
    direction: str


@lru_cache
def language_of(code: str) -> Language:
    """Return a language by its code, such as `mt`."""
    locale = _locale(code)
    name = locale.get_language_name(code) or code
    return Language(code=code, name=name, direction=locale.text_direction)


def choose_language(asked: str, accepted: str, default: str, *, known: Collection[str] = COMPLETE) -> str:
    """Return the language of a page: what was asked for, else what the browser prefers, else the default.

    Args:
        asked: the code in the address; anything unknown is passed over.
        accepted: the header `Accept-Language` (RFC 9110 12.5.4), whose ranges are tried by their quality.
        default: the language of the platform.
        known: the languages to choose from.
    """
    if asked in known:
        return asked
    wished = [tag.replace("-", "_") for tag in _by_quality(accepted)]
    found = negotiate_locale(wished, sorted(known))
    return found or (default if default in known else SOURCE)


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
    return tuple(category for category in ("zero", "one", "two", "few", "many", "other") if category in taken)


def plural_header(code: str) -> str:
    """Return the header `Plural-Forms` of a catalogue, made from the rules of CLDR."""
    rules = _locale(code).plural_form.rules
    # The last form is for whatever no rule speaks of, as `other` is in most languages, and `many` in Polish.
    *first, _last = plural_categories(code)
    return str(to_gettext(PluralRule({category: rules[category] for category in first})))


@lru_cache
def is_signed(code: str) -> bool:
    """Tell whether a person signed the texts of a language (the header `X-Signed-Off-By` of its catalogue).

    English is what those wrote who wrote the code.
    """
    catalogue = LOCALE_FOLDER / code / "LC_MESSAGES" / "django.mo"
    if code == SOURCE or not catalogue.exists():
        return code == SOURCE
    with catalogue.open("rb") as opened:
        return bool(gettext.GNUTranslations(opened).info().get("x-signed-off-by"))


@lru_cache
def _locale(code: str) -> Locale:
    return Locale.parse(_TERRITORIES.get(code, code))


def _by_quality(header: str) -> list[str]:
    """Return the language ranges of the header, the most wished first; what cannot be read is passed over."""
    ranges = []
    for place, part in enumerate(header.split(",")[:_MOST_RANGES]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > 0 and tag and tag != "*":
            ranges.append((-weight, place, tag))
    return [tag for _, _, tag in sorted(ranges)]
