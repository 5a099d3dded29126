"""What a person was told is received is received, at whatever line a process is killed; also by two sequencers at once.

`make drill-failpoints` takes all lines, on both databases, `make drill-two` ten minutes; here are a few of each.
"""

import json
import shutil
from random import Random

import pytest

from demur.testing.drills.failpoints import FailpointReport, Stage, kill_at_failpoints
from demur.testing.drills.oracle import Findings
from demur.testing.drills.platforms import Leavers
from demur.testing.drills.together import TogetherReport, write_together

FAILPOINTS = 2


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_torn_when_a_process_is_killed_at_any_line(built):
    report = FailpointReport()
    kill_at_failpoints(built, report, Random(5), most=FAILPOINTS)
    assert report.findings == Findings()
    assert report.stages == dict.fromkeys(Stage, FAILPOINTS)
    # Where the line is one that this process did not come by, nobody was killed.
    assert len(Stage) * FAILPOINTS / 2 < report.kills <= report.failpoints == len(Stage) * FAILPOINTS
    assert list(json.loads(report.to_json())) == ["failpoints", "kills", "acknowledged", "lost", "forks"]


def test_whoever_was_told_nothing_counts_as_staying(built, tmp_path):
    leavers = Leavers(shutil.copytree(built, tmp_path / "platform"))
    leaving, found, again = leavers.choose(1), Findings(), Findings()
    leavers.check_rows(found)
    leavers.take_back(leaving)
    leavers.check_rows(again)
    assert (found.lost, again) == (len(leavers.rows[leaving[0]]), Findings())


@pytest.mark.timeout(300)
def test_two_sequencers_at_once_make_one_history_and_lose_nothing(built, tmp_path):
    report = TogetherReport()
    write_together(shutil.copytree(built, tmp_path / "platform"), report, Random(1), seconds=1)
    assert report.findings == Findings()
    assert set(report.by_process) == {"north", "south"}
    assert report.asked_of_both > 0
