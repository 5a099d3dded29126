"""Bars as SVG inside the page: no script, no style, no colour of their own; a table beside them holds the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _LABEL, _VALUE, _ROW = 420, 160, 70, 28
_LETTERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: what it is of, how long it is, from 0 upwards, and the value as a person reads it."""

    label: str
    value: float
    told: str


def draw_bars(title: str, description: str, bars: Sequence[Bar]) -> SafeString:
    """Draw horizontal bars in the colour of the text around them, so that they hold in light, dark and print."""
    top = max((bar.value for bar in bars), default=0) or 1
    room = _WIDTH - _LABEL - _VALUE
    drawn = []
    for row, bar in enumerate(bars):
        length, line = max(bar.value / top * room, 1), row * _ROW + 20
        start = (_LABEL - 10, line, _shorten(bar.label), _LABEL, line - 14, f"{length:.1f}")
        drawn.append((*start, f"{_LABEL + length + 8:.1f}", line, bar.told))
    shapes = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="end">{}</text><rect x="{}" y="{}" width="{}" height="18" rx="2"/>'
        '<text x="{}" y="{}">{}</text>',
        drawn,
    )
    return format_html(
        '<svg class="app-chart" viewBox="0 0 {} {}" role="img" fill="currentColor" font-size="14" '
        'font-family="inherit" xmlns="http://www.w3.org/2000/svg"><title>{}</title><desc>{}</desc>{}</svg>',
        _WIDTH,
        max(len(bars), 1) * _ROW + 6,
        title,
        description,
        shapes,
    )


def _shorten(label: str) -> str:
    return label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…"
