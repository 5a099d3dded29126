"""What a metric of effectiveness is made of: its state, its figures with their units, whom and what it is about."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from demur.web.metric_texts import MetricText


class MetricState(StrEnum):
    """Where a metric stands."""

    MET = "met"
    NOT_MET = "not_met"
    REPORTED = "reported"
    NOT_MEASURED = "not_measured"


class Unit(StrEnum):
    """What a figure is a number of."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a metric; None is a number that there is not, or that is withheld.

    Attributes:
        key: its name in JSON, such as ``p99``.
        is_public: whether the public page shows it, where it is about ten people and more.
    """

    key: str
    label: str
    value: float | int | None
    unit: Unit
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """When something was measured, and the version of what was."""

    on: date
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of one installation.

    Attributes:
        people: how many people, or objections, it is about; None where it is about none. Fewer than ten of them are
            withheld from whoever must not learn about a single one.
        why: why it is not measured, or what limits what it says; empty where nothing has to be added.
        taken: when it was measured and with which version, for one that is not computed anew each time.
    """

    text: MetricText
    state: MetricState
    figures: tuple[Figure, ...] = ()
    people: int | None = None
    why: str = ""
    taken: Taken | None = None


def count(key: str, label: str, value: int | None, *, is_public: bool = False) -> Figure:
    """Return a number of things."""
    return Figure(key=key, label=label, value=value, unit=Unit.COUNT, is_public=is_public)


def seconds(key: str, label: str, span: timedelta | None, *, is_public: bool = False) -> Figure:
    """Return a span of time in seconds."""
    value = None if span is None else span.total_seconds()
    return Figure(key=key, label=label, value=value, unit=Unit.SECONDS, is_public=is_public)


def share(key: str, label: str, part: int, whole: int, *, is_public: bool = False) -> Figure:
    """Return a part of a whole, from 0 to 1; None of nothing."""
    value = part / whole if whole else None
    return Figure(key=key, label=label, value=value, unit=Unit.SHARE, is_public=is_public)


def days(key: str, label: str, span: timedelta) -> Figure:
    """Return a span of time in days, for everybody."""
    return Figure(key=key, label=label, value=span / timedelta(days=1), unit=Unit.DAYS, is_public=True)


def gate(*, is_met: bool) -> MetricState:
    """Return whether a demand is met, as a state."""
    return MetricState.MET if is_met else MetricState.NOT_MET
