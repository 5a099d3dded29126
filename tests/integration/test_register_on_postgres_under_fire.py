"""On PostgreSQL what was acknowledged is kept as well, though the server is killed, or stopped at once."""

import json
import shutil
from collections.abc import Iterator
from random import Random

import pytest

from demur.register.errors import RegisterUnavailableError
from demur.testing.drills.failpoints import FailpointReport, Stage, kill_at_failpoints
from demur.testing.drills.kills import Scene, kill_again_and_again
from demur.testing.drills.oracle import Findings, Oracle, Wish, ask
from demur.testing.drills.platforms import copy_platform, installation_of, name_database, workspace_of
from demur.testing.drills.postgres import Server, running_server
from demur.testing.drills.together import TogetherReport, write_together

IMPORTED = ("accounts", "notices", "objections", "withdrawals")
KILLS = 3
FAILPOINTS = 1


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server of this file alone: it is killed."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def platform(built, server, demur, tmp_path_factory):
    """Return the platform of all tests with its register on PostgreSQL: imported anew, so the corpus still fits it."""
    folder = shutil.copytree(built, tmp_path_factory.mktemp("on-postgres") / "platform")
    shutil.rmtree(folder / "register" / "log")
    name_database(folder, server.new_database())
    ended = demur(folder, "register", "import", *(f"{name}.csv" for name in IMPORTED))
    assert ended.status == 0, ended.err
    return folder


@pytest.fixture
def own(platform, server, tmp_path):
    """Return a copy that a test may change."""
    return copy_platform(platform, tmp_path / "platform", server)


@pytest.mark.timeout(300)
def test_nothing_that_was_acknowledged_is_lost_when_the_server_or_its_clients_are_killed(platform, server):
    report = kill_again_and_again(platform, kills=KILLS, draw=Random(54), server=server)
    assert report.findings == Findings()
    assert set(report.scenes) == {Scene.SERVER, Scene.INTAKE, Scene.APPLYING}
    assert list(json.loads(report.to_json())) == ["kills", "acknowledged", "lost", "forks", "stalled"]
    assert report.kills == sum(report.scenes.values()) >= KILLS


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_torn_when_a_process_is_killed_at_any_line(platform, server):
    report = FailpointReport()
    stages = (Stage.COMMIT, Stage.PUBLISH, Stage.SNAPSHOT)
    kill_at_failpoints(platform, report, Random(5), stages=stages, most=FAILPOINTS, server=server)
    assert report.findings == Findings()
    assert report.stages == dict.fromkeys(stages, FAILPOINTS)


@pytest.mark.timeout(300)
def test_two_sequencers_at_once_make_one_history_and_lose_nothing(own):
    report = TogetherReport()
    write_together(own, report, Random(1), seconds=1)
    assert report.findings == Findings()
    assert set(report.by_process) == {"north", "south"}
    assert report.asked_of_both > 0


def test_a_server_that_stopped_at_once_recovers_all_that_was_acknowledged(own, server):
    installation, keyring = installation_of(own), workspace_of(own).whole_keyring
    oracle = Oracle(keyring)
    with installation.open(keyring) as register:
        for number in range(20):
            oracle.hear(ask(register, Wish.OBJECTION, f"before-{number}", installation))
        server.stop_at_once()
        with pytest.raises(RegisterUnavailableError):
            ask(register, Wish.OBJECTION, "meanwhile", installation)
        server.start()
        oracle.hear(ask(register, Wish.OBJECTION, "meanwhile", installation))
    oracle.check(installation, Random(1))
    assert oracle.findings == Findings()
