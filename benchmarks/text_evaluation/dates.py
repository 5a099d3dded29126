"""Dates as people write them in 24 languages: birthdays, which identify, and days of meetings, which do not."""

import random
from datetime import date

from babel.dates import format_date

from text_evaluation.posts import Label, Value

_SEPARATORS = {
    "en": "/-",
    "fr": "/.",
    "es": "/-",
    "it": "/.",
    "pt": "/-",
    "nl": "-/",
    "ro": "./",
    "el": "/.",
    "ga": "/",
    "mt": "/",
}
_YEAR_FIRST = {"sv": "-", "lt": "-", "hu": "."}


def write_date(draw: random.Random, language: str, day: date) -> tuple[str, str]:
    """Write a day in one of the ways of a language; return it and the name of the way."""
    way = draw.random()
    if way < 0.4:
        return format_date(day, "long", locale=language), "month name"
    if way < 0.5:
        return day.isoformat(), "numbers"
    if language in _YEAR_FIRST and way < 0.8:
        sign = _YEAR_FIRST[language]
        return f"{day.year}{sign}{day.month:02d}{sign}{day.day:02d}" + ("." if sign == "." else ""), "numbers"
    sign = draw.choice(_SEPARATORS.get(language, "."))
    year = f"{day.year}" if draw.random() < 0.75 else f"{day.year % 100:02d}"
    padded = draw.random() < 0.6
    numbers = (f"{day.day:02d}", f"{day.month:02d}") if padded else (str(day.day), str(day.month))
    spaced = f"{sign} " if sign == "." and draw.random() < 0.15 else sign
    return spaced.join((*numbers, year)), "numbers"


def draw_birthday(draw: random.Random, language: str) -> Value:
    """Draw the date of birth of somebody between thirteen and ninety; the carriers give the cue."""
    text, form = write_date(draw, language, _day(draw, 1935, 2012))
    # A full stop at the end is the sentence's as well.
    return Value(text=text.rstrip("."), label=Label.DATE_OF_BIRTH, form=form)


def draw_day(draw: random.Random, language: str) -> str:
    """Draw a day that says nothing about anybody."""
    return write_date(draw, language, _day(draw, 2019, 2027))[0]


def _day(draw: random.Random, first: int, last: int) -> date:
    return date(draw.randint(first, last), draw.randint(1, 12), draw.randint(1, 28))
