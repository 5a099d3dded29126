"""Whether the right to object works: the metrics of effectiveness, computed from the register and the signed documents.

The console, the public page and `demur effectiveness` show what one function returns. No figure is typed in: what this
installation cannot compute says why. The texts are English here, and translated where a page shows them.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from demur.corpus.overview import CorpusOverview, authors_in_use, corpus_folders, items_decided, look_over
from demur.exchange.columns import INSTANT, Facts
from demur.kernel.clock import parse_timestamp
from demur.kernel.errors import DemurError
from demur.kernel.small_counts import SMALLEST_SHOWN
from demur.kernel.words import Basis, EffectKind, ReasonCode, Verdict, Way
from demur.keys.notes import Verifier
from demur.policy.authors import describe_authors
from demur.policy.settings import Settings
from demur.register.effectiveness import (
    Answers,
    Objected,
    Spread,
    Times,
    count_spread,
    first_day_before,
    read_forms,
    read_objected,
    read_people,
    read_ways,
)
from demur.register.effects import last_asked
from demur.register.owed import Owed, count_owed
from demur.register.requests_counting import (
    NO_OUTCOMES,
    CountedOutcomes,
    count_outcomes,
    read_outcomes,
    read_pointed,
)
from demur.register.store import Register
from demur.web.checks import (
    PersistenceCheck,
    SampleCheck,
    judge_persistence,
    judge_sample,
    read_persistence,
    read_sample,
)
from demur.web.effort import Effort, read_effort
from demur.web.metric_forms import EARLIER_DAYS, RECENT_DAYS, FormCounts, judge_effort, judge_forms
from demur.web.metric_requests import judge_finds, judge_refusals, judge_ways
from demur.web.metric_texts import TEXTS, MetricText, gettext_noop
from demur.web.metric_values import Figure, Metric, MetricState, Unit, count, days, gate, seconds, share
from demur.web.runs import RunOverview, look_over_runs, run_folders

MAX_SECONDS_TO_EFFECT = 60
MAX_SECONDS_TO_TOMBSTONE = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that cannot be read: its folder and the code of the error."""

    name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The corpora and the runs of an installation, and those that cannot be read."""

    corpora: tuple[CorpusOverview, ...] = ()
    runs: tuple[RunOverview, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authors:
    """What is proven about the notice to the authors of rows that may be read.

    Attributes:
        in_use: how many there are; `proven` those whom a valid notice reached.
        margins: for each of the proven, from that notice to the first corpus with a row of theirs, in ascending order.
    """

    in_use: int = 0
    proven: int = 0
    margins: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that the metrics are computed from."""

    objected: Objected
    spread: Spread
    built: Built
    authors: Authors
    onward: Owed
    is_passing_on: bool
    settings: Settings
    outcomes: CountedOutcomes = NO_OUTCOMES
    ways: Mapping[Way, int] = field(default_factory=dict)
    forms: FormCounts = field(default_factory=FormCounts)
    effort: Effort | None = None
    sample: SampleCheck | None = None
    persistence: PersistenceCheck | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effectiveness:
    """The metrics at an instant.

    Attributes:
        forms: how far people got with the forms; `outcomes` what became of requests, for the tables of the console.
    """

    at: datetime
    metrics: tuple[Metric, ...] = field(default_factory=tuple)
    forms: FormCounts = field(default_factory=FormCounts)
    outcomes: CountedOutcomes = NO_OUTCOMES

    @property
    def is_met(self) -> bool:
        """Tell whether no gate is missed; what is not measured misses none."""
        return all(metric.state is not MetricState.NOT_MET for metric in self.metrics)


_NO_CORPUS = gettext_noop("No corpus is built yet.")
_NO_OBJECTION = gettext_noop("No objection was made since a corpus was built.")
_NOT_TESTED = gettext_noop("The audits passed, and did not test these rows one by one.")
_UNREADABLE = gettext_noop("A corpus or a run cannot be read; the console names it.")


def read_effectiveness(
    register: Register, *, corpora: Path, runs: Path, verifier: Verifier, settings: Settings, at: datetime
) -> Effectiveness:
    """Compute every metric at an instant.

    Args:
        corpora: the folder of the corpora, and `runs` that of the runs.
        verifier: the key that signs documents.
        settings: those of the ruleset in force.
    """
    built = look_over_all(corpora, runs, verifier, settings, at=at)
    oldest = min((corpus.manifest.log_size for corpus in built.corpora), default=None)
    objected = read_objected(register, at=at, oldest_corpus=oldest)
    facts = read_people(register, at=at)
    used, faults = _read_authors(built, corpora, verifier)
    located = _locate(read_pointed(register), built, corpora, verifier)
    measured = Measured(
        objected=objected,
        spread=count_spread(facts, makers=objected.accounts_objected),
        built=replace(built, faults=(*built.faults, *faults)),
        authors=_meet_notices(used, facts, settings, at=at),
        onward=next(owed for owed in count_owed(register, at=at) if owed.kind is EffectKind.REMOVAL_FEED),
        is_passing_on=last_asked(register, EffectKind.REMOVAL_FEED) >= 0,
        settings=settings,
        outcomes=count_outcomes(read_outcomes(register), located=located),
        ways=read_ways(register),
        forms=_read_forms(register, at=at),
        effort=read_effort(),
        sample=read_sample(register),
        persistence=read_persistence(register),
    )
    return measure(measured, at=at)


def measure(measured: Measured, *, at: datetime) -> Effectiveness:
    """Judge what was measured; nothing is read."""
    metrics = tuple(judge(TEXTS[code], measured) for code, judge in _JUDGES.items())
    return Effectiveness(at=at, metrics=metrics, forms=measured.forms, outcomes=measured.outcomes)


def look_over_all(corpora: Path, runs: Path, verifier: Verifier, settings: Settings, *, at: datetime) -> Built:
    """Read every corpus and run at a glance; one that cannot be read hides no other."""
    faults: list[Fault] = []
    seen: list[CorpusOverview] = []
    for folder in corpus_folders(corpora):
        try:
            seen.append(look_over(folder, verifier))
        except (DemurError, OSError) as error:  # recorded and shown: nothing goes on with it
            faults.append(Fault(name=folder.name, code=_code_of(error)))
    by_digest = {corpus.digest: corpus for corpus in seen}
    found, failed = look_over_runs(run_folders(runs), by_digest, verifier, settings, at=at)
    faults += [Fault(name=name, code=_code_of(error)) for name, error in failed]
    return Built(corpora=tuple(seen), runs=found, faults=tuple(faults))


def veil(told: Effectiveness) -> Effectiveness:
    """Return what everybody may see: the figures that are public, and none that is about fewer than ten people."""
    return Effectiveness(at=told.at, metrics=tuple(map(_veil_metric, told.metrics)))


def describe_effectiveness(told: Effectiveness) -> list[dict[str, object]]:
    """Return the metrics as objects for JSON."""
    return [
        {
            "metric": metric.text.code,
            "name": metric.text.name,
            "state": metric.state.value,
            "gate": metric.text.gate,
            "figures": {figure.key: figure.value for figure in metric.figures},
            "why": metric.why or None,
            "measured_on": None if metric.taken is None else metric.taken.on.isoformat(),
            "version": None if metric.taken is None else metric.taken.version,
            "definition": metric.text.definition,
            "source": metric.text.source,
        }
        for metric in told.metrics
    ]


def _veil_metric(metric: Metric) -> Metric:
    is_of_few = metric.people is not None and metric.people < SMALLEST_SHOWN
    shown = tuple(replace(figure, value=None) if is_of_few else figure for figure in metric.figures if figure.is_public)
    return replace(metric, figures=shown)


def _code_of(error: DemurError | OSError) -> str:
    return error.code if isinstance(error, DemurError) else type(error).__name__


def _read_authors(built: Built, corpora: Path, verifier: Verifier) -> tuple[pl.DataFrame, tuple[Fault, ...]]:
    """Return the authors of rows in use with the instant of their first corpus; and corpora with a broken index."""
    frames = [pl.DataFrame(schema={"subject_key": pl.Binary, "used_at": INSTANT})]
    faults = []
    for corpus in built.corpora:
        used_at = pl.lit(parse_timestamp(corpus.manifest.as_of), dtype=INSTANT).alias("used_at")
        try:
            authors = authors_in_use(corpora / corpus.name, verifier)
        except (DemurError, OSError) as error:  # recorded and shown, as in `look_over_all`
            faults.append(Fault(name=corpus.name, code=_code_of(error)))
        else:
            frames.append(authors.to_frame("subject_key").with_columns(used_at))
    used = pl.concat(frames).group_by("subject_key").agg(pl.col("used_at").min())
    return used, tuple(faults)


def _locate(pointed: pl.DataFrame, built: Built, corpora: Path, verifier: Verifier) -> frozenset[int]:
    """Return the entries of requests that pointed at an item which a corpus decided about."""
    found = [pointed["target"].clear()]
    for corpus in built.corpora:
        with contextlib.suppress(DemurError, OSError):  # `_read_authors` tells of it
            found.append(items_decided(corpora / corpus.name, pointed["target"], verifier))
    is_found = pl.col("target").is_in(pl.concat(found).implode())
    return frozenset(pointed.filter(is_found)["entry"].to_list())


def _read_forms(register: Register, *, at: datetime) -> FormCounts:
    tomorrow, week, before = (
        first_day_before(at, days=days) for days in (-1, RECENT_DAYS - 1, RECENT_DAYS + EARLIER_DAYS - 1)
    )
    return FormCounts(
        recent=read_forms(register, since=week, until=tomorrow),
        earlier=read_forms(register, since=before, until=week),
    )


def _meet_notices(used: pl.DataFrame, facts: Facts, settings: Settings, *, at: datetime) -> Authors:
    """Meet authors with the notices that reached them, by the rule that decides on items."""
    told = describe_authors(facts, settings, at=at).present.select("subject_key", "valid_since")
    met = used.join(told, on="subject_key", how="left").filter(pl.col("valid_since").is_not_null())
    margins = (met["used_at"] - met["valid_since"]).sort().to_list()
    return Authors(in_use=used.height, proven=met.height, margins=tuple(margins))


def _leaks(text: MetricText, measured: Measured) -> Metric:
    runs = measured.built.runs
    counted = [run.leaks for run in runs if run.leaks is not None]
    figures = (
        count("leaks", gettext_noop("rows"), sum(counted), is_public=True),
        count("runs_checked", gettext_noop("runs checked"), len(counted), is_public=True),
        count("runs_unchecked", gettext_noop("runs without an audit"), len(runs) - len(counted), is_public=True),
    )
    if sum(counted):
        return Metric(text=text, state=MetricState.NOT_MET, figures=figures)
    if measured.built.faults:
        return Metric(text=text, state=MetricState.NOT_MEASURED, figures=figures, why=_UNREADABLE)
    if not runs:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=gettext_noop("No model is trained yet."))
    if len(counted) < len(runs):
        why = gettext_noop("A run has no audit of its weights.")
        return Metric(text=text, state=MetricState.NOT_MEASURED, figures=figures, why=why)
    return Metric(text=text, state=MetricState.MET, figures=figures)


def _figures_of(times: Times) -> tuple[Figure, ...]:
    return (
        seconds("p50", gettext_noop("half within"), times.p50, is_public=True),
        seconds("p99", gettext_noop("99 of 100 within"), times.p99, is_public=True),
        seconds("longest", gettext_noop("longest"), times.longest, is_public=True),
        count("objections", gettext_noop("objections"), times.objections),
        count("waiting", gettext_noop("waiting now"), times.waiting),
    )


def _timed(
    text: MetricText, times: Times, built: Built, is_met: Callable[[Times], bool], further: Sequence[Figure] = ()
) -> Metric:
    people = times.objections + times.waiting
    if built.faults:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=_UNREADABLE)
    if not built.corpora or not people:
        why = _NO_OBJECTION if built.corpora else _NO_CORPUS
        return Metric(text=text, state=MetricState.NOT_MEASURED, figures=tuple(further), why=why)
    figures = (*_figures_of(times), *further)
    return Metric(text=text, state=gate(is_met=is_met(times)), figures=figures, people=people)


def _time_to_effect(text: MetricText, measured: Measured) -> Metric:
    allowed = timedelta(seconds=MAX_SECONDS_TO_EFFECT)
    times = measured.objected.to_effect
    return _timed(text, times, measured.built, lambda found: found.longest is not None and found.longest <= allowed)


def _time_to_removal(text: MetricText, measured: Measured) -> Metric:
    allowed = timedelta(seconds=MAX_SECONDS_TO_TOMBSTONE)
    left = sum(corpus.rows_unpurged for corpus in measured.built.corpora)
    further = (count("rows_unpurged", gettext_noop("rows hidden and not yet wiped from files"), left),)

    def is_met(found: Times) -> bool:
        # Of those that wait too long, one is one too many.
        is_late = bool(found.waiting) and found.longest is not None and found.longest > allowed
        return (found.p99 or timedelta()) <= allowed and not is_late

    return _timed(text, measured.objected.to_tombstones, measured.built, is_met, further)


def _answer_time(text: MetricText, measured: Measured) -> Metric:
    answers: Answers = measured.objected.answers
    people = answers.given + answers.waiting
    if not people:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=gettext_noop("Nobody has objected yet."))
    figures = (
        share("soon", gettext_noop("within 24 hours of receipt"), answers.soon, people, is_public=True),
        count("given", gettext_noop("answers"), answers.given),
        count("late", gettext_noop("answered after the last day"), answers.late),
        count("waiting", gettext_noop("waiting now"), answers.waiting),
        count("overdue", gettext_noop("overdue"), answers.overdue),
        seconds("longest", gettext_noop("longest"), answers.longest),
    )
    return Metric(text=text, state=gate(is_met=not answers.overdue), figures=figures, people=people)


def _refusals(text: MetricText, measured: Measured) -> Metric:
    made, undone = measured.objected.accounts_objected, measured.objected.accounts_withdrawn
    return judge_refusals(text, measured.outcomes, made=made, undone=undone)


def _delivery(text: MetricText, measured: Measured) -> Metric:
    authors = measured.authors
    figures = (
        share("share", gettext_noop("of the authors in use"), authors.proven, authors.in_use, is_public=True),
        count("proven", gettext_noop("authors with a proven notice"), authors.proven),
        count("in_use", gettext_noop("authors in use"), authors.in_use),
    )
    lacking = _lacks_authors(measured)
    if lacking:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=lacking)
    is_met = authors.proven == authors.in_use
    return Metric(text=text, state=gate(is_met=is_met), figures=figures, people=authors.in_use)


def _margin(text: MetricText, measured: Measured) -> Metric:
    lacking = _lacks_authors(measured)
    margins = measured.authors.margins
    if lacking or not margins:
        why = lacking or gettext_noop("No notice is proven for any author in use.")
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=why)
    demanded = timedelta(days=measured.settings.notice_days)
    figures = (
        days("min", gettext_noop("shortest"), margins[0]),
        days("p1", gettext_noop("1 of 100 within"), _rank(margins, 1)),
        days("median", gettext_noop("half within"), _rank(margins, 50)),
        Figure(
            key="demanded",
            label=gettext_noop("demanded by the rules"),
            value=measured.settings.notice_days,
            unit=Unit.DAYS,
            is_public=True,
        ),
    )
    return Metric(text=text, state=gate(is_met=margins[0] >= demanded), figures=figures, people=len(margins))


def _lacks_authors(measured: Measured) -> str:
    if measured.built.faults:
        return _UNREADABLE
    if not measured.built.corpora:
        return _NO_CORPUS
    return "" if measured.authors.in_use else gettext_noop("No row is in use.")


def _rank(ordered: Sequence[timedelta], percent: int) -> timedelta:
    return ordered[max(-(-percent * len(ordered) // 100), 1) - 1]


def _reach(text: MetricText, measured: Measured) -> Metric:
    spread = measured.spread
    covered = sum(spread.covered.values())
    labels = {
        Basis.OWN: gettext_noop("objected themselves"),
        Basis.LINKED: gettext_noop("linked accounts"),
        Basis.SAME_PERSON: gettext_noop("accounts with the same contact"),
    }
    per_maker = Figure(
        key="per_objector",
        label=gettext_noop("accounts for each that objected"),
        value=covered / spread.makers if spread.makers else None,
        unit=Unit.COUNT,
        is_public=True,
    )
    figures = (per_maker, *(count(basis.value, labels[basis], spread.covered[basis.value]) for basis in Basis))
    return Metric(text=text, state=MetricState.REPORTED, figures=figures, people=spread.makers)


def _finds(text: MetricText, measured: Measured) -> Metric:
    code = ReasonCode.THIRD_PARTY_OBJECTION
    left_out = sum(
        corpus.manifest.reasons.get(code, 0) + corpus.removed_by_reason().get(code, 0)
        for corpus in measured.built.corpora
    )
    pointed = measured.objected.paths.without_account
    return judge_finds(text, measured.outcomes, pointed=pointed, left_out=left_out)


def _exposures(text: MetricText, measured: Measured) -> Metric:
    runs = measured.built.runs
    exposed = [run for run in runs if run.exposed]
    failed = [run for run in exposed if run.verdict is Verdict.FAIL]
    overdue = [run for run in runs if run.is_overdue]
    figures = (
        count("rows", gettext_noop("rows, at most"), sum(run.exposed or 0 for run in runs)),
        count("models", gettext_noop("models with exposures"), len(exposed), is_public=True),
        count("failed", gettext_noop("of them failed their audit"), len(failed), is_public=True),
        count("overdue", gettext_noop("models past their date of retraining"), len(overdue), is_public=True),
    )
    if failed:
        return Metric(text=text, state=MetricState.NOT_MET, figures=figures)
    if measured.built.faults or any(run.exposed is None for run in runs):
        return Metric(text=text, state=MetricState.NOT_MEASURED, figures=figures, why=_UNREADABLE)
    if exposed:
        is_passed = all(run.verdict is Verdict.PASS for run in exposed)
        why = _NOT_TESTED if is_passed else gettext_noop("A model with exposures has no audit that passed.")
        return Metric(text=text, state=MetricState.NOT_MEASURED, figures=figures, why=why)
    return Metric(text=text, state=MetricState.MET, figures=figures)


def _onward(text: MetricText, measured: Measured) -> Metric:
    if not measured.is_passing_on:
        why = gettext_noop("No recipient of corpora is configured.")
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=why)
    owed = measured.onward
    figures = (
        count("waiting", gettext_noop("waiting now"), owed.waiting + owed.leased),
        count("overdue", gettext_noop("overdue"), owed.overdue),
        count("failed", gettext_noop("given up"), owed.dead),
    )
    return Metric(text=text, state=gate(is_met=not (owed.overdue or owed.dead)), figures=figures)


_JUDGES: dict[str, Callable[[MetricText, Measured], Metric]] = {
    "MET-1": _leaks,
    "MET-2": _time_to_effect,
    "MET-3": _time_to_removal,
    "MET-4": _answer_time,
    "MET-5": _refusals,
    "MET-6": lambda text, measured: judge_forms(text, measured.forms),
    "MET-7": lambda text, measured: judge_effort(text, measured.effort),
    "MET-8": _delivery,
    "MET-9": _margin,
    "MET-10": lambda text, measured: judge_ways(text, measured.ways, measured.objected.paths),
    "MET-11": _reach,
    "MET-12": _finds,
    "MET-13": _exposures,
    "MET-14": _onward,
    "MET-15": lambda text, measured: judge_sample(text, measured.sample),
    "MET-16": lambda text, measured: judge_persistence(text, measured.persistence),
}
