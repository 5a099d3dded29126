"""Every corpus follows the register while `demur watch` runs: within seconds, measured, whatever one of them does."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

SECONDS_ALLOWED = 60
HONOURED = re.compile(r"^demur_time_to_effect_objections (\d+)$", re.MULTILINE)
QUANTILES = re.compile(r"^demur_time_to_effect_seconds{.*} (.*)$", re.MULTILINE)


@pytest.fixture
def platform(built, tmp_path) -> Path:
    return shutil.copytree(built, tmp_path / "platform")


@contextmanager
def watching(platform, *words):
    """Run `demur watch` in a process of its own; Ctrl-C ends it."""
    command = [sys.executable, "-m", "demur", "watch", "--metrics", "metrics.prom", *words]
    with (platform / "watched").open("w") as told:
        process = subprocess.Popen(command, cwd=platform, stdout=told, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS_ALLOWED) == 130


def wait_until(condition, what):
    until = time.monotonic() + SECONDS_ALLOWED
    while not (found := condition()):
        assert time.monotonic() < until, what
        time.sleep(0.1)
    return found


def status_of(demur, platform):
    ended = demur(platform, "status", "--json")
    return ended.status, json.loads(ended.out)


def metrics(platform):
    path = platform / "metrics.prom"
    return path.read_text() if path.exists() else ""


def honoured(platform):
    return [int(count) for count in HONOURED.findall(metrics(platform))]


def removed(platform, corpus):
    versions = (platform / "corpora" / corpus / "removals").glob("[0-9]*.json")
    return sum(json.loads(path.read_text())["removed"] for path in versions)


def objectors(platform):
    """Return accounts that have items in a corpus and did not object yet."""
    return (platform / "late_objection.txt").read_text().split()


def test_an_objection_leaves_every_corpus_within_seconds_of_its_receipt(demur, platform):
    shutil.copytree(platform / "corpora" / "sample", platform / "corpora" / "broken")
    (platform / "corpora" / "broken" / "manifest.note").write_text("nonsense\n")
    assert demur(platform, "build", "second").status == 0
    with watching(platform):
        (before,) = wait_until(lambda: honoured(platform), "the first round")
        assert [removed(platform, name) for name in ("sample", "second")] == [0, 0]
        for account in objectors(platform):
            assert demur(platform, "register", "object", account).status == 0
        wait_until(lambda: removed(platform, "sample") and removed(platform, "second"), "the rows are out")
        assert honoured(platform) == [before]  # one corpus is left behind
        shutil.rmtree(platform / "corpora" / "broken")
        wait_until(lambda: honoured(platform) == [before + 1], "the objection is honoured")
    told = (platform / "watched").read_text()
    took = [float(value) for value in QUANTILES.findall(metrics(platform))]
    assert len(took) == 3
    # The largest is that of objections which were there before anybody watched.
    assert 0 < took[0] <= took[1] <= took[2]
    assert told.count("broken: left behind:") == 1
    assert re.search(r"^sample: [1-9][0-9]* rows taken out; Removals version 1, log size \d+$", told, re.MULTILINE)


def test_status_tells_what_is_owed_and_how_fast_objections_were_honoured(demur, platform):
    (account, *_) = objectors(platform)
    assert demur(platform, "watch", "--once").status == 0
    _, before = status_of(demur, platform)
    assert demur(platform, "register", "object", account).status == 0
    _, asked = status_of(demur, platform)
    went = demur(platform, "watch", "--once", "--json")
    status, done = status_of(demur, platform)
    assert (before["effects"]["apply"]["waiting"], asked["effects"]["apply"]["waiting"]) == (0, 1)
    assert json.loads(went.out)["effects_done"]["apply"] == 1
    assert (status, done["effects"]["apply"]["waiting"]) == (0, 0)
    timed = done["time_to_effect"]
    assert timed["objections"] == before["time_to_effect"]["objections"] + 1
    assert 0 < timed["p50_seconds"] <= timed["p99_seconds"] <= timed["max_seconds"]
    assert done["corpora"]["sample"]["log_size"] >= asked["corpora"]["sample"]["log_size"] + 1


def test_a_corpus_that_cannot_follow_leaves_its_objections_unfinished(demur, platform):
    (platform / "corpora" / "sample" / "manifest.note").write_text("nonsense\n")
    for account in objectors(platform):
        assert demur(platform, "register", "object", account).status == 0
    went = demur(platform, "watch", "--once", "--json")
    told = json.loads(went.out)
    assert (went.status, told["applied"], list(told["left_behind"])) == (1, {}, ["sample"])
    _, status = status_of(demur, platform)
    assert [status["effects"]["apply"][state] for state in ("waiting", "retried", "dead")] == [1, 1, 0]


def test_nothing_dead_is_nothing_to_retry(demur, platform):
    listed, retried = (demur(platform, "register", "effects", word, "--json") for word in ("dead", "retry"))
    assert (listed.status, json.loads(listed.out)) == (0, {"dead": []})
    assert (retried.status, json.loads(retried.out)) == (0, {"revived": 0})
