"""The tables and charts of each page, from what was read."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from demur.corpus.overview import CorpusOverview
from demur.kernel.clock import parse_timestamp
from demur.kernel.small_counts import show_counts
from demur.kernel.words import Device, FormStep, Way
from demur.register.effectiveness import UNKNOWN
from demur.register.requests_counting import CountedOutcomes
from demur.web.console.charts import Bar, draw_bars
from demur.web.console.reading import EVENTS, Reach, Today, changes_of, reasons_of
from demur.web.console.requests_wording import KINDS
from demur.web.console.tables import Mark, Table, show_cell, show_figure
from demur.web.console.wording import EVENT_NAMES, OWED, REACH, STATES, TAGS, VERDICTS
from demur.web.effectiveness import Built, Effectiveness
from demur.web.metric_forms import FormCounts
from demur.web.metric_requests import WAYS
from demur.web.metric_values import Figure, Metric
from demur.web.staff.models import StaffAct

_CHARTED = 12


def draw_owed(today: Today) -> Table:
    """Return what is owed, by kind."""
    return Table(
        name="owed",
        caption=pgettext("console", "What is owed"),
        columns=(
            pgettext("console", "What"),
            pgettext("console", "Waiting"),
            pgettext("console", "Tried again"),
            pgettext("console", "Overdue"),
            pgettext("console", "Given up"),
            pgettext("console", "Oldest"),
        ),
        rows=tuple(
            (str(OWED[one.kind]), one.waiting + one.leased, one.retried, one.overdue, one.dead, one.oldest)
            for one in today.owed
        ),
    )


def draw_dead(today: Today) -> Table:
    """Return what was given up, with the code of the error."""
    return Table(
        name="given-up",
        caption=pgettext("console", "Given up"),
        columns=(
            pgettext("console", "What"),
            pgettext("console", "Entry of the log"),
            pgettext("console", "Error"),
            pgettext("console", "Since"),
        ),
        rows=tuple((str(OWED[one.kind]), one.ref, one.failure, one.dead_at) for one in today.dead),
    )


def draw_beats(today: Today) -> Table:
    """Return how fresh the corpora are."""
    fresh, stale = pgettext("console", "yes"), pgettext("console", "no: nobody reads it now")
    return Table(
        name="freshness",
        caption=pgettext("console", "Corpora and the register"),
        columns=(
            pgettext("console", "Corpus"),
            pgettext("console", "Up to date at"),
            pgettext("console", "Entries of the log"),
            pgettext("console", "Fresh"),
        ),
        rows=tuple((beat.corpus, beat.at, beat.log_size, fresh if beat.is_fresh else stale) for beat in today.beats),
    )


def draw_reach(reach: Reach) -> list[tuple[Table, SafeString]]:
    """Return a table and a chart of the people whom notices reached, for each way to part them."""
    return [(table, _chart_reach(table)) for table in (_reach_table(by, rows) for by, rows in reach.items())]


def draw_corpora(built: Built) -> Table:
    """Return the corpora, a row each."""
    return Table(
        name="corpora",
        caption=pgettext("console", "Corpora"),
        columns=(
            pgettext("console", "Corpus"),
            pgettext("console", "Built on the register of"),
            pgettext("console", "Version"),
            pgettext("console", "Items decided"),
            pgettext("console", "Rows built"),
            pgettext("console", "Rows taken out since"),
            pgettext("console", "Hidden, not yet wiped from files"),
            pgettext("console", "Up to date at"),
        ),
        rows=tuple(
            (
                corpus.name,
                parse_timestamp(corpus.manifest.as_of),
                corpus.manifest.version,
                corpus.manifest.rows_decided,
                corpus.rows,
                corpus.rows_removed,
                corpus.rows_unpurged,
                None if corpus.heartbeat is None else corpus.heartbeat.at,
            )
            for corpus in built.corpora
        ),
    )


def draw_reasons(corpus: CorpusOverview) -> tuple[Table, SafeString]:
    """Return why items of a corpus are in or out, and a chart of it."""
    rows = reasons_of(corpus)
    table = Table(
        name=f"reasons-{corpus.name}",
        caption=pgettext("console", "Why items are in or out"),
        columns=(
            pgettext("console", "Reason"),
            pgettext("console", "Items at the build"),
            pgettext("console", "Rows taken out since"),
        ),
        rows=tuple(rows),
    )
    bars = [Bar(label=name, value=built + since, told=show_cell(built + since)) for name, built, since in rows]
    return table, draw_bars(table.caption, _beside(), bars[:_CHARTED])


def draw_changes(corpus: CorpusOverview) -> Table:
    """Return what changed between the versions of a corpus."""
    return Table(
        name=f"changes-{corpus.name}",
        caption=pgettext("console", "What changed since the build"),
        columns=(
            pgettext("console", "Version"),
            pgettext("console", "On the register of"),
            pgettext("console", "Rows taken out"),
            pgettext("console", "Reasons"),
        ),
        rows=tuple(
            (
                change.version,
                parse_timestamp(change.as_of),
                change.removed,
                ", ".join(f"{reason}: {rows}" for reason, rows in sorted(change.reasons.items()) if rows),
            )
            for change in changes_of(corpus)
        ),
    )


def draw_models(built: Built) -> Table:
    """Return the trained models, a row each."""
    overdue = pgettext("console", "overdue")
    return Table(
        name="models",
        caption=pgettext("console", "Models"),
        columns=(
            pgettext("console", "Run"),
            pgettext("console", "Corpus"),
            pgettext("console", "Rows delivered"),
            pgettext("console", "Audit"),
            pgettext("console", "Leaks"),
            pgettext("console", "Exposures, at most"),
            pgettext("console", "Retrain by"),
            pgettext("console", "Alarm"),
        ),
        rows=tuple(
            (
                run.name,
                run.corpus,
                sum(segment.delivered for segment in run.record.segments),
                None if run.verdict is None else str(VERDICTS[run.verdict]),
                run.leaks,
                run.exposed,
                run.retrain_by,
                overdue if run.is_overdue else None,
            )
            for run in built.runs
        ),
    )


def draw_metrics(told: Effectiveness) -> Table:
    """Return the metrics, a row each."""
    return Table(
        name="effectiveness",
        caption=pgettext("console", "Effectiveness of the right to object"),
        columns=(
            pgettext("console", "Metric"),
            pgettext("console", "Name"),
            pgettext("console", "State"),
            pgettext("console", "Demanded"),
            pgettext("console", "Figures"),
        ),
        rows=tuple(
            (
                metric.text.code,
                gettext(metric.text.name),
                str(STATES[metric.state]),
                gettext(metric.text.gate),
                "; ".join(f"{_label(figure)}: {show_figure(figure)}" for figure in metric.figures),
            )
            for metric in told.metrics
        ),
    )


def tell_metrics(metrics: Iterable[Metric]) -> list[tuple[Metric, object, str, list[tuple[str, str]]]]:
    """Return metrics with their states in words, the class of its tag, and their figures as pairs of texts."""
    return [
        (
            metric,
            STATES[metric.state],
            TAGS[metric.state],
            [(_label(figure), show_figure(figure)) for figure in metric.figures],
        )
        for metric in metrics
    ]


def draw_forms(counts: FormCounts) -> Table:
    """Return how far people got with the forms in the last five weeks, by way, language and device."""
    steps: dict[tuple[str, str, Device], Counter[FormStep]] = {}
    for one in (*counts.recent, *counts.earlier):
        steps.setdefault((one.way.value, one.language, one.device), Counter())[one.step] += one.count
    kinds = sorted(steps)
    columns = [[steps[kind][step] for kind in kinds] for step in FormStep]
    return Table(
        name="forms",
        caption=pgettext("console", "How far people got with the forms, in the last five weeks"),
        columns=(
            pgettext("console", "Way"),
            pgettext("console", "Language"),
            pgettext("console", "On a phone"),
            pgettext("console", "Opened"),
            pgettext("console", "Sent"),
            pgettext("console", "Recorded"),
        ),
        rows=tuple(
            (
                pgettext("console", WAYS[Way(way)]),
                language,
                pgettext("console", "yes") if device is Device.PHONE else pgettext("console", "no"),
                *numbers,
            )
            for (way, language, device), numbers in zip(kinds, _withhold(columns), strict=True)
        ),
    )


def draw_handled(outcomes: CountedOutcomes) -> Table:
    """Return how requests were handled, by kind and language."""
    counted = ((one.requests, one.asked, one.refused, one.undone) for one in outcomes.handled)
    columns = [list(column) for column in zip(*counted, strict=True)]
    return Table(
        name="handled",
        caption=pgettext("console", "Requests without an account, by kind and language"),
        columns=(
            pgettext("console", "Kind"),
            pgettext("console", "Language"),
            pgettext("console", "Requests"),
            pgettext("console", "Asked a question"),
            pgettext("console", "Refused"),
            pgettext("console", "Taken back"),
        ),
        rows=tuple(
            (
                str(KINDS[one.kind]),
                one.language,
                *numbers,
            )
            for one, numbers in zip(outcomes.handled, _withhold(columns), strict=True)
        ),
    )


def draw_acts(acts: list[StaffAct]) -> Table:
    """Return acts of staff, the newest first."""
    return Table(
        name="acts",
        caption=pgettext("console", "Acts of staff"),
        columns=(
            pgettext("console", "When"),
            pgettext("console", "Who"),
            pgettext("console", "Role"),
            pgettext("console", "Act"),
            pgettext("console", "About"),
        ),
        rows=tuple((act.at, act.who, act.role, act.act, act.about) for act in acts),
    )


def _label(figure: Figure) -> str:
    """Return what a figure is called: most of what the public page does not show is named in the console's context."""
    named = pgettext("console", figure.label)
    return str(gettext(figure.label) if named == figure.label else named)


def _withhold(columns: Sequence[Sequence[int]]) -> list[tuple[int | Mark, ...]]:
    """Return the rows of some columns without any number below ten, nor one that is the rest of its column's sum."""
    shown = [show_counts({f"{row:09}": number for row, number in enumerate(column)}).counts for column in columns]
    cells = [[Mark.WITHHELD if number is None else number for number in column.values()] for column in shown]
    return list(zip(*cells, strict=True))


def _reach_table(by: str, rows: list[tuple[str, dict[str, int | Mark]]]) -> Table:
    unknown = pgettext("console", "unknown")
    return Table(
        name=f"notices-{by.replace('_', '-')}",
        caption=str(REACH[by]),
        columns=(str(REACH[by]), *(str(name) for name in EVENT_NAMES.values())),
        rows=tuple(
            (unknown if group == UNKNOWN else group, *(counts[event.value] for event in EVENTS))
            for group, counts in rows
        ),
    )


def _chart_reach(table: Table) -> SafeString:
    """Draw how many people each group's notices were delivered or shown to; the larger of both, no sum of them."""
    bars = []
    for group, _, delivered, shown, _ in table.rows:
        known = [count for count in (delivered, shown) if isinstance(count, int)]
        told = show_cell(max(known)) if known else show_cell(Mark.WITHHELD)
        bars.append(Bar(label=str(group), value=max(known, default=0), told=told))
    title = pgettext("console", "People whom a notice is proven to have reached")
    return draw_bars(title, _beside(), sorted(bars, key=lambda bar: -bar.value)[:_CHARTED])


def _beside() -> str:
    return str(pgettext("console", "The table beside it holds the same numbers."))
