"""What templates write in the language of the page, instants, days and numbers; and the addresses of static files.

{% load languages %}  {{ receipt.received_at|instant }} UTC  {{ count|number }}  {% static_file "console.css" %}
"""

from datetime import date, datetime

from django import template
from django.utils.translation import get_language

from demur.web.formats import format_day, format_instant, format_number
from demur.web.languages import SOURCE
from demur.web.look.files import static_url


def instant(at: datetime | None) -> str:
    """Write an instant in UTC; nothing for None."""
    return "" if at is None else format_instant(at, _code())


def day(on: date | None) -> str:
    """Write a day; nothing for None."""
    return "" if on is None else format_day(on, _code())


def number(value: float | None) -> str:
    """Write a number; nothing for None."""
    return "" if value is None else format_number(value, _code())


def _code() -> str:
    return get_language() or SOURCE


register = template.Library()
for _filter in (instant, day, number):
    register.filter(_filter)
register.simple_tag(static_url, name="static_file")
