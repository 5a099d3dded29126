"""The metrics of the forms: shares of what was opened, an alarm on a clear drop alone, effort of these forms only."""

from datetime import date

import msgspec
from django.http.request import HttpHeaders

from demur.kernel.words import Device, FormStep, Way
from demur.register.counting import FormCount
from demur.web.effort import EFFORT_FILE, VERSION, Effort, WayEffort, digest_forms, read_effort, write_effort
from demur.web.metric_forms import FormCounts, judge_effort, judge_forms
from demur.web.metric_texts import TEXTS
from demur.web.metric_values import MetricState
from demur.web.visits import device_of


def counts(opened, recorded, *, device=Device.PHONE):
    steps = ((FormStep.OPENED, opened), (FormStep.RECORDED, recorded))
    return tuple(
        FormCount(day="2025-05-01", way=Way.LINK, step=step, language="de", device=device, count=number)
        for step, number in steps
        if number
    )


def judge(recent, earlier=()):
    return judge_forms(TEXTS["MET-6"], FormCounts(recent=recent, earlier=earlier))


def test_a_clear_drop_from_the_weeks_before_misses_the_gate():
    assert judge(counts(100, 79), counts(100, 90)).state is MetricState.NOT_MET
    assert judge(counts(100, 81), counts(100, 90)).state is MetricState.MET
    # Another device tells of no change on this one, and of few nothing can be told.
    assert judge(counts(100, 10), counts(100, 90, device=Device.OTHER)).state is MetricState.REPORTED
    assert judge(counts(99, 10), counts(400, 390)).state is MetricState.REPORTED
    assert judge(()).state is MetricState.NOT_MEASURED


def test_of_fewer_than_ten_forms_no_share_is_told():
    metric = judge((*counts(9, 9), *counts(10, 12, device=Device.OTHER)))
    assert {figure.key: figure.value for figure in metric.figures} == {
        "opened": 19,
        "sent": 0,
        "recorded": 21,
        "phone": None,
        "other": 1.0,
    }


def test_effort_is_told_of_the_forms_that_it_was_measured_on_and_of_no_other(tmp_path):
    one = WayEffort(actions=2, required_fields=0, seconds=24.6)
    two = WayEffort(actions=3, required_fields=2, seconds=63.1)
    measured = Effort(version=VERSION, measured_on=date(2025, 5, 1), forms=digest_forms(), by_link=one, by_form=two)
    path = tmp_path / "effort.json"
    write_effort(path, measured)
    assert read_effort(path) == measured
    told = judge_effort(TEXTS["MET-7"], measured)
    assert (told.state, told.taken.version) == (MetricState.NOT_MET, digest_forms())  # two fields are one too many
    write_effort(path, msgspec.structs.replace(measured, forms="of old forms"))
    assert (read_effort(path), read_effort(tmp_path / "none")) == (None, None)
    assert judge_effort(TEXTS["MET-7"], None).state is MetricState.NOT_MEASURED


def test_the_figures_that_are_shipped_can_be_read():
    shipped = msgspec.json.decode(EFFORT_FILE.read_bytes(), type=Effort)
    assert (shipped.version, shipped.by_link.actions <= 2) == (VERSION, True)


def test_a_phone_is_told_by_what_a_browser_says_unasked():
    def ask(**headers):
        return device_of(HttpHeaders(headers))

    assert ask(HTTP_SEC_CH_UA_MOBILE="?1") is Device.PHONE
    assert ask(HTTP_SEC_CH_UA_MOBILE="?0", HTTP_USER_AGENT="Mobile") is Device.OTHER
    assert ask(HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Mobile/15E148") is Device.PHONE
    assert ask() is Device.OTHER
