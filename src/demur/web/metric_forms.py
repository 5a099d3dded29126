"""The metrics of the forms: who leaves them before the end, and what objecting costs a person."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from demur.kernel.small_counts import SMALLEST_SHOWN
from demur.kernel.words import Device, FormStep, Way
from demur.register.counting import FormCount
from demur.web.effort import Effort
from demur.web.metric_texts import MetricText, gettext_noop, pgettext_noop
from demur.web.metric_values import Figure, Metric, MetricState, Unit, count, gate, share

RECENT_DAYS, EARLIER_DAYS = 7, 28
# Fewer are too few to tell a change from chance; a tenth fewer of a hundred is more than chance brings about.
_COMPARED_FROM = 100
_ALARMING_DROP = 0.1
MOST_ACTIONS, MOST_FIELDS = 2, 1
_Sums: TypeAlias = "Counter[tuple[object, ...]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCounts:
    """How far people got with the forms: in the last seven days, and in the 28 days before."""

    recent: tuple[FormCount, ...] = ()
    earlier: tuple[FormCount, ...] = ()


def judge_forms(text: MetricText, counts: FormCounts) -> Metric:
    """Tell how many of the forms that were opened led to an objection, and whether they became clearly fewer."""
    every = (*counts.recent, *counts.earlier)
    steps = _sum(every, lambda one: (one.step,))
    opened = steps[(FormStep.OPENED,)]
    if not opened:
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=gettext_noop("No form was opened yet."))
    by_device = _sum(every, lambda one: (one.device, one.step))
    figures = (
        count("opened", pgettext_noop("console", "Opened"), opened),
        count("sent", pgettext_noop("console", "Sent"), steps[(FormStep.SENT,)]),
        count("recorded", pgettext_noop("console", "Recorded"), steps[(FormStep.RECORDED,)]),
        _completed("phone", gettext_noop("of those opened on a phone, led to an objection"), by_device, Device.PHONE),
        _completed("other", gettext_noop("of those opened elsewhere, led to an objection"), by_device, Device.OTHER),
    )
    drops = _drops(counts)
    if drops is None:
        why = gettext_noop("Too few forms were opened to compare weeks.")
        return Metric(text=text, state=MetricState.REPORTED, figures=figures, people=opened, why=why)
    return Metric(text=text, state=gate(is_met=not drops), figures=figures, people=opened)


def judge_effort(text: MetricText, effort: Effort | None) -> Metric:
    """Tell what objecting costs, as it was measured in a browser on the forms that are served here."""
    if effort is None:
        why = gettext_noop("The forms have changed since this was measured.")
        return Metric(text=text, state=MetricState.NOT_MEASURED, why=why)
    required = max(effort.by_link.required_fields, effort.by_form.required_fields)
    figures = (
        count("actions", gettext_noop("actions"), effort.by_link.actions, is_public=True),
        count("required_fields", gettext_noop("fields that must be filled in, at most"), required, is_public=True),
        Figure(
            key="seconds",
            label=pgettext_noop("console", "By the link of a notice"),
            value=effort.by_link.seconds,
            unit=Unit.SECONDS,
        ),
        Figure(
            key="seconds_without_login",
            label=pgettext_noop("console", "By the form without a login"),
            value=effort.by_form.seconds,
            unit=Unit.SECONDS,
        ),
    )
    is_met = effort.by_link.actions <= MOST_ACTIONS and required <= MOST_FIELDS
    return Metric(text=text, state=gate(is_met=is_met), figures=figures, taken=effort.taken)


def _completed(key: str, label: str, by_device: _Sums, device: Device) -> Figure:
    opened, recorded = (by_device[(device, step)] for step in (FormStep.OPENED, FormStep.RECORDED))
    # Whoever must not learn of a single person sees this share: of few there is none.
    return share(key, label, min(recorded, opened), opened if opened >= SMALLEST_SHOWN else 0, is_public=True)


def _drops(counts: FormCounts) -> list[tuple[Way, Device]] | None:
    """Return the forms and devices that clearly fewer people finish than before; None where none can be compared."""
    recent, earlier = (
        _sum(part, lambda one: (one.way, one.device, one.step)) for part in (counts.recent, counts.earlier)
    )
    compared = [
        (way, device)
        for way in Way
        for device in Device
        if min(found[(way, device, FormStep.OPENED)] for found in (recent, earlier)) >= _COMPARED_FROM
    ]

    def finished(found: _Sums, way: Way, device: Device) -> float:
        return found[(way, device, FormStep.RECORDED)] / found[(way, device, FormStep.OPENED)]

    if not compared:
        return None
    return [one for one in compared if finished(recent, *one) < finished(earlier, *one) - _ALARMING_DROP]


def _sum(counts: Iterable[FormCount], parts: Callable[[FormCount], tuple[object, ...]]) -> _Sums:
    summed: _Sums = Counter()
    for one in counts:
        summed[parts(one)] += one.count
    return summed
