"""The report of a story: one HTML file that opens anywhere and prints well, with figures and the commands behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from operator import itemgetter
from string import Template

from demur.cli.charts import Bar, Point, draw_bars, draw_points

_EXCLUDING_TONE = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the story: what it is about, the command to repeat it, and what came out."""

    title: str
    command: str
    told: Sequence[str]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that the report shows.

    Attributes:
        subtitle: what was done, in one sentence.
        headline: figures to read first, as (value, what it is).
        steps: in order.
        notices: people by what is proven about their notice, as (what, people).
        reasons: items of the corpus by reason.
        effects: seconds from the receipt of an objection until a reader could no longer get a row, by reader.
        memorisation: series of z by repetitions, with intervals.
        checks: what the verifier found, as (about, statement).
        trusted: what rests on trust.
        next_commands: what to try now.
    """

    subtitle: str
    headline: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    notices: Sequence[tuple[str, int]]
    reasons: Sequence[tuple[str, int]]
    effects: Sequence[tuple[str, float]]
    memorisation: Sequence[tuple[str, Sequence[Point]]]
    checks: Sequence[tuple[str, str]]
    trusted: Sequence[str]
    next_commands: Sequence[str]


def render_report(story: Story) -> str:
    """Return the page."""
    template = files("demur.cli").joinpath("report.html").read_text("utf-8")
    return Template(template).substitute(
        subtitle=escape(story.subtitle),
        headline="".join(
            f"<div><b>{escape(value)}</b><span>{escape(what)}</span></div>" for value, what in story.headline
        ),
        steps="".join(_step(number, step) for number, step in enumerate(story.steps, start=1)),
        notices=_counted_figure("Who was told", "people", story.notices),
        reasons=_counted_figure("What was left out, and why", "items", story.reasons),
        effects=_effects_figure(story.effects),
        memorisation=_memorisation_figure(story.memorisation),
        checks=_table(("about", "checked"), story.checks),
        trusted="".join(f"<li>{escape(line)}</li>" for line in story.trusted),
        next_commands="\n".join(escape(line) for line in story.next_commands),
    )


def _step(number: int, step: Step) -> str:
    told = "".join(f"<li>{escape(line)}</li>" for line in step.told)
    return (
        f"<section class='step'><h3><i>{number}</i>{escape(step.title)}</h3>"
        f"<pre>{escape(step.command)}</pre><ul>{told}</ul><p class='took'>{step.seconds:.1f} s</p></section>"
    )


def _counted_figure(title: str, unit: str, counts: Sequence[tuple[str, int]]) -> str:
    ordered = sorted(counts, key=itemgetter(1), reverse=True)
    bars = [
        Bar(label=_words(name), value=count, told=f"{count:,}", tone="in" if name in _GOOD else _EXCLUDING_TONE)
        for name, count in ordered
    ]
    chart = draw_bars(title, f"Bars of {unit}; the table below holds the same numbers.", bars)
    return _figure(title, chart, _table(("", unit), [(_words(name), f"{count:,}") for name, count in ordered]))


def _effects_figure(effects: Sequence[tuple[str, float]]) -> str:
    bars = [Bar(label=name, value=seconds, told=f"{seconds:.2f} s") for name, seconds in effects]
    chart = draw_bars("Time to effect", "Seconds from the receipt until a reader could no longer get a row.", bars)
    rows = [(name, f"{seconds:.2f} s") for name, seconds in effects]
    return _figure("Time from receipt to effect (60 s allowed)", chart, _table(("reader", "time"), rows))


def _memorisation_figure(series: Sequence[tuple[str, Sequence[Point]]]) -> str:
    description = "How far planted texts stand out from texts never seen, by number of copies, with 90 % intervals."
    chart = draw_points("Memorisation by repetition", description, series, band=(-1.0, 1.0))
    rows = [(name, p.x, f"{p.y:.2f}", f"{p.low:.2f} to {p.high:.2f}") for name, points in series for p in points]
    table = _table(("planted texts", "copies", "z", "90 % interval"), rows)
    return _figure("What the model remembers: z by copies of a planted text", chart, table)


def _figure(title: str, chart: str, table: str) -> str:
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>{chart}"
        f"<details><summary>the numbers as a table</summary>{table}</details></figure>"
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _words(slug: str) -> str:
    return slug.replace("_", " ")


_GOOD = frozenset({"eligible", "delivered or shown"})
