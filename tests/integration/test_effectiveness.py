"""The metrics of a whole installation equal what plain loops compute from raw rows and files."""

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest

from demur.cli.configuration import load_configuration
from demur.cli.roles import Role
from demur.cli.workspace import Workspace
from demur.exchange.documents import write_document
from demur.exchange.runs import MetricEntry
from demur.kernel.clock import SystemClock
from demur.keys.keyring import load_keyring
from demur.policy.ruleset import load_ruleset
from demur.register.store import open_register
from demur.testing import second_opinion
from demur.testing.small_history import write_small_history
from demur.testing.small_runs import make_record, make_report, write_run
from demur.web.effectiveness import (
    describe_effectiveness,
    look_over_all,
    read_effectiveness,
    veil,
)
from demur.web.metric_values import MetricState

SETTINGS = load_ruleset("eu-2025").with_settings({"notice_version": "2025-04"}).settings


def read_all(folder: Path, at: datetime):
    keyring = load_keyring(folder / "keys/keyring.json")
    url = f"sqlite:///{folder}/register/register.db"
    with open_register(url, keyring=keyring, log_folder=folder / "register/log") as register:
        return read_effectiveness(
            register,
            corpora=folder / "corpora",
            runs=folder / "runs",
            verifier=keyring.trusted_keys().documents,
            settings=SETTINGS,
            at=at,
        )


def figures(told, code):
    (metric,) = (metric for metric in told.metrics if metric.text.code == code)
    return metric.state, {figure.key: figure.value for figure in metric.figures}


def proofs(rows: sqlite3.Connection, subject: bytes):
    """Yield when a notice that the law accepts reached a person, from the raw events of the register."""
    account = rows.execute(
        "SELECT birth_date, language FROM account_fact WHERE subject = ? ORDER BY at DESC, id DESC", (subject,)
    ).fetchone()
    events = rows.execute(
        "SELECT version, channel, language, event, at, states_right, is_marketing, variant FROM notice "
        "WHERE subject = ?",
        (subject,),
    ).fetchall()
    for version, channel, language, event, at, states_right, is_marketing, variant in events:
        has_bounced = event == "delivered" and any(
            (other[0], other[1], other[3]) == (version, channel, "bounced") and other[4] >= at for other in events
        )
        born = f"{account[0]}{'-12-31'[len(account[0]) - 4 :]}"  # the latest day that the facts allow
        adult_on = f"{int(born[:4]) + 18}{born[4:]}"
        told = datetime.fromtimestamp(at / 1e6, UTC)
        speaks = language == "*" or (language or "-")[:2] == (account[1] or "+")[:2]
        if (
            event in {"delivered", "shown"}
            and not has_bounced
            and version == SETTINGS.notice_version
            and states_right == 1
            and not is_marketing
            and variant != "minor"
            and channel in {"email", "in_app"}
            and speaks
            and told.date().isoformat() >= adult_on
        ):
            yield told


def test_delivery_and_time_to_decide_are_those_of_the_raw_events(built, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    told = read_all(folder, datetime.now(UTC))
    index = pl.read_parquet(folder / "corpora/sample/index/subjects.parquet").filter("is_author")
    used_at = datetime.fromisoformat(json.loads((folder / "corpora/sample/manifest.json").read_bytes())["as_of"])
    with sqlite3.connect(folder / "register/register.db") as rows:
        first = [min(proofs(rows, subject), default=None) for subject in set(index["subject_key"])]
    margins = sorted((used_at - proven) / timedelta(days=1) for proven in first if proven is not None)
    assert len(first) > 10
    assert figures(told, "MET-8") == (
        MetricState.MET,
        {"share": len(margins) / len(first), "proven": len(margins), "in_use": len(first)},
    )
    state, found = figures(told, "MET-9")
    assert (state, found["demanded"]) == (MetricState.MET, 30)
    assert (found["min"], found["median"]) == pytest.approx((margins[0], margins[(len(margins) + 1) // 2 - 1]))


@pytest.fixture
def history(tmp_path):
    small = write_small_history(tmp_path / "small")
    small.apply()  # so that the gate lets a run read
    return small


def write_audit(history, folder, *, leaks: int, verdict: str):
    counted = f"{leaks}.0000"
    metric = MetricEntry(name="ledger-leak", level="run", value=counted, low=counted, high=counted, n=5)
    report = msgspec.structs.replace(make_report(make_record(history)), metrics=[metric], verdict=verdict)
    write_document(folder / "audit-report", report, history.keyring.document_signer)


def look(history, runs, *, at):
    return look_over_all(history.folder / "corpora", runs, history.keyring.trusted_keys().documents, SETTINGS, at=at)


def test_exposures_and_leaks_are_counted_from_what_was_signed(history, tmp_path):
    at = datetime(2025, 5, 27, 6, tzinfo=UTC)
    runs = tmp_path / "runs"
    runs.mkdir()
    account = history.accounts_with_rows()[0]
    (runs / "first").mkdir()
    write_run(history, runs / "first")
    write_audit(history, runs / "first", leaks=2, verdict="fail")
    before = look(history, runs, at=at).runs[0]
    assert (before.corpus, before.exposed, before.leaks, before.retrain_by) == ("first", 0, 2, None)

    history.file_objection(account)
    history.apply(at=at + timedelta(seconds=5))
    objected = {"own_objection", "contains_objected_content", "derived_from_objected", "mentions_objector"}
    raw = [json.loads(path.read_bytes()) for path in sorted(history.corpus.glob("removals/*.json"))]
    exposed = sum(rows for version in raw for reason, rows in version["reasons"].items() if reason in objected)
    found = look(history, runs, at=at)
    run, corpus = found.runs[0], found.corpora[0]
    assert (run.exposed, run.is_overdue, exposed > 0) == (exposed, False, True)
    assert run.retrain_by == (at + timedelta(seconds=5, days=SETTINGS.retrain_days)).date()
    assert (corpus.rows_removed, corpus.rows_unpurged) == (exposed, exposed)

    overdue = at + timedelta(days=SETTINGS.retrain_days + 2)
    assert look(history, runs, at=overdue).runs[0].is_overdue
    history.purge()
    assert look(history, runs, at=at).corpora[0].rows_unpurged == 0
    (runs / "second").mkdir()
    write_run(history, runs / "second")  # on what is left
    assert [run.is_overdue for run in look(history, runs, at=overdue).runs] == [False, False]


def test_an_audit_of_other_weights_counts_for_none(history, tmp_path):
    (tmp_path / "runs" / "first").mkdir(parents=True)
    folder = write_run(history, tmp_path / "runs" / "first")
    report = msgspec.structs.replace(make_report(make_record(history)), weights_digest="0" * 64, verdict="pass")
    write_document(folder / "audit-report", report, history.keyring.document_signer)
    run = look(history, tmp_path / "runs", at=datetime(2025, 5, 27, tzinfo=UTC)).runs[0]
    assert (run.verdict, run.leaks) == (None, None)


def test_fewer_than_ten_people_are_told_to_nobody_who_must_not_know(built, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    whole = read_all(folder, datetime.now(UTC))
    public = veil(whole)
    assert {figure.value for metric in public.metrics if (metric.people or 10) < 10 for figure in metric.figures} <= {
        None
    }
    hidden = {figure.key for metric in whole.metrics for figure in metric.figures if not figure.is_public}
    shown = {(metric.text.code, figure.key) for metric in public.metrics for figure in metric.figures}
    assert ("MET-8", "proven") not in shown
    assert ("MET-8", "share") in shown
    assert {"given", "late", "undone", "own", "linked"} <= hidden


def test_the_command_says_what_the_page_says(built, demur, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    told = json.loads(demur(folder, "effectiveness", "--json").out)
    page = describe_effectiveness(read_all(folder, datetime.fromisoformat(told["at"])))
    assert told["metrics"] == json.loads(json.dumps(page))
    assert [metric["metric"] for metric in told["metrics"]] == [f"MET-{number}" for number in range(1, 17)]
    assert all(metric["why"] for metric in told["metrics"] if metric["state"] == "not_measured")
    veiled = json.loads(demur(folder, "effectiveness", "--json", "--as", Role.DATA.value).out)
    assert "given" not in {key for metric in veiled["metrics"] for key in metric["figures"]}
    printed = demur(folder, "effectiveness").out
    assert ("MET-16" in printed, "not measured" in printed) == (True, True)


def test_the_battery_is_run_on_invented_people_and_its_result_kept_for_this_version(built, demur, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    before = (folder / "register/register.db").read_bytes()
    told = json.loads(demur(folder, "effectiveness", "--battery", "--json").out)
    again = json.loads(demur(folder, "effectiveness", "--json").out)
    for one in (told, again):
        metric = one["metrics"][-1]
        assert (metric["metric"], metric["state"], metric["figures"]) == ("MET-16", "met", {"in_force": 1.0})
        assert metric["measured_on"] == told["at"][:10]
    assert (folder / "register/register.db").read_bytes() == before
    kept = folder / "register/checks/persistence.json"
    result = json.loads(kept.read_bytes())
    assert result["in_force"] == dict.fromkeys(("rename", "recreation", "return", "restore", "key_rotation"), True)
    at = datetime.now(UTC)
    for change, state in (
        ({"in_force": {**result["in_force"], "restore": False}}, MetricState.NOT_MET),
        ({"demur": "0.0.1"}, MetricState.NOT_MEASURED),
    ):
        kept.write_text(json.dumps({**result, **change}))
        assert figures(read_all(folder, at), "MET-16")[0] is state


def test_a_second_decider_finds_nothing_left_out_without_cause_and_what_would_be(built, demur, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    metric = json.loads(demur(folder, "effectiveness", "--sample", "--json").out)["metrics"][-2]
    found = metric["figures"]
    assert (metric["metric"], metric["state"], found["share"], found["sampled"] > 50) == ("MET-15", "met", 0, True)
    # An item that was let in, put among those that were left out.
    keyring = load_keyring(folder / "keys/keyring.json")
    monkeypatch.setattr(second_opinion, "_asked_about", lambda decisions: decisions)
    configuration = load_configuration(folder / "demur.toml")
    workspace = Workspace(configuration.root, configuration.configuration, SystemClock())
    told = second_opinion.ask_again(
        folder / "corpora/sample", keyring=keyring, ruleset=workspace.ruleset, sources=workspace.sources(), most=100
    )
    assert (told.sampled, told.without_cause > 0) == (100, True)


def test_a_gate_that_is_missed_ends_the_command_with_one(built, demur, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "platform"))
    account = (folder / "accounts.csv").read_text().splitlines()[1].partition(",")[0]
    assert demur(folder, "register", "object", account, "--received-at", "2025-01-01T00:00:00Z").status == 0
    late = json.loads(demur(folder, "effectiveness", "--json").out)
    by_code = {metric["metric"]: metric for metric in late["metrics"]}
    assert (by_code["MET-3"]["state"], by_code["MET-3"]["figures"]["waiting"]) == ("not_met", 1)
    assert demur(folder, "effectiveness").status == 1
