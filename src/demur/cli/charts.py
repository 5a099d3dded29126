"""Charts as SVG text: no script, no font, no remote resource; a title and a description for those who listen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 720
_ROW = 26
_LABEL = 230
_VALUE = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: a label, a value from 0 upwards, and the value as a person reads it."""

    label: str
    value: float
    told: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measured point with its interval; one that is not joined stands apart from the line."""

    x: str
    y: float
    low: float
    high: float
    is_joined: bool = True


def draw_bars(title: str, description: str, bars: Sequence[Bar]) -> str:
    """Draw horizontal bars; lengths grow with the square root, so that small counts stay visible."""
    top = max((math.sqrt(bar.value) for bar in bars), default=1) or 1
    room = _WIDTH - _LABEL - _VALUE
    rows = [_bar(bar, at * _ROW, max(math.sqrt(bar.value) / top * room, 1)) for at, bar in enumerate(bars)]
    return _frame(title, description, len(bars) * _ROW + 6, rows)


def draw_points(
    title: str, description: str, series: Sequence[tuple[str, Sequence[Point]]], *, band: tuple[float, float]
) -> str:
    """Draw series of points with intervals over named steps, and a band that a never-seen text stays in."""
    height, left, bottom, top = 300, 60, 250, 20
    values = [value for _, points in series for point in points for value in (point.low, point.high)] + [*band]
    low, high = min(values), max(values)
    steps = list(dict.fromkeys(point.x for _, points in series for point in points))
    gap = (_WIDTH - left - 150) / max(len(steps), 1)

    def across(x: str) -> float:
        return left + gap * (steps.index(x) + 0.5)

    def down(y: float) -> float:
        return bottom - (y - low) / ((high - low) or 1) * (bottom - top)

    rows = [
        _band(left, down(band[1]), down(band[0])),
        *(
            f'<text x="{across(step):.1f}" y="{bottom + 22}" text-anchor="middle">{escape(step)}</text>'
            for step in steps
        ),
        *(_gridline(value, down(value), left) for value in _ticks(low, high)),
    ]
    for at, (name, points) in enumerate(series):
        path = " ".join(f"{across(point.x):.1f},{down(point.y):.1f}" for point in points if point.is_joined)
        rows.append(f'<polyline class="s{at}" points="{path}"/>')
        rows.extend(_mark(at, across(p.x), (down(p.low), down(p.y), down(p.high))) for p in points)
        rows.append(f'<circle class="s{at}" cx="{_WIDTH - 135}" cy="{30 + at * 22}" r="4"/>')
        rows.append(f'<text x="{_WIDTH - 124}" y="{34 + at * 22}">{escape(name)}</text>')
    return _frame(title, description, height, rows)


def _bar(bar: Bar, y: int, length: float) -> str:
    label = f'<text x="{_LABEL - 10}" y="{y + 17}" text-anchor="end">{escape(bar.label)}</text>'
    shape = f'<rect class="{bar.tone}" x="{_LABEL}" y="{y + 5}" height="{_ROW - 10}" rx="2" width="{length:.1f}"/>'
    return f'{label}{shape}<text x="{_LABEL + length + 8:.1f}" y="{y + 17}">{escape(bar.told)}</text>'


def _band(left: int, upper: float, lower: float) -> str:
    return f'<rect class="band" x="{left}" width="{_WIDTH - left - 150}" y="{upper:.1f}" height="{lower - upper:.1f}"/>'


def _mark(series: int, x: float, heights: tuple[float, float, float]) -> str:
    low, middle, high = heights
    interval = f'<line class="s{series}" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
    return f'{interval}<circle class="s{series}" cx="{x:.1f}" cy="{middle:.1f}" r="4"/>'


def _ticks(low: float, high: float) -> list[int]:
    step = max(1, math.ceil((high - low) / 5))
    return list(range(math.ceil(low), math.floor(high) + 1, step))


def _gridline(value: int, y: float, left: int) -> str:
    return (
        f'<line class="grid" x1="{left}" x2="{_WIDTH - 150}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
    )


def _frame(title: str, description: str, height: int, rows: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(rows)}</svg>"
    )
