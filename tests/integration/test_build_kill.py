"""``kill -9`` at each stage of a build: resume gives the same bytes."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demur.corpus.errors import CorpusExistsError
from demur.corpus.stages import Progress
from demur.engines.errors import WorkerLostError
from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.testing.small_platform import SmallPlatform, ignore_progress, read_tree, write_small_platform

PARTITIONS = 2
# A build that dies by SIGKILL when a task of a stage was reported done; in its own process, since it takes it along.
DYING_BUILD = """
import os, signal, sys
from pathlib import Path
from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.testing.small_platform import SmallPlatform

def die(progress):
    if f"{progress.stage}:{progress.done}" == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    platform = SmallPlatform(Path(sys.argv[1]))
    with ProcessEngine(2) as processes:
        engine = processes if sys.argv[3] == "processes" else LocalEngine()
        platform.build(platform.plan(partitions=int(sys.argv[4])), engine, progress=die)
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Build without disturbance; return the bytes of every file and every event that was reported."""
    platform = write_small_platform(tmp_path_factory.mktemp("undisturbed"), items=200)
    events = []
    folder = platform.build(platform.plan(partitions=PARTITIONS), LocalEngine(), progress=events.append).folder
    return read_tree(folder), [f"{event.stage}:{event.done}" for event in events]


def start_build(folder: Path, event: str, *, engine: str = "local") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", DYING_BUILD, folder, event, engine, str(PARTITIONS)], stderr=subprocess.PIPE
    )


def build_until(folder: Path, event: str, *, engine: str = "local") -> int:
    with start_build(folder, event, engine=engine) as process:
        process.communicate(timeout=60)
    return process.returncode


def finish(folder: Path) -> dict[str, str]:
    platform = SmallPlatform(folder)
    corpus = platform.build(platform.plan(partitions=PARTITIONS), LocalEngine(), progress=ignore_progress).folder
    assert sorted(path.name for path in corpus.parent.iterdir()) == ["first"]
    return read_tree(corpus)


def test_a_build_that_is_killed_once_in_every_stage_ends_with_the_same_bytes(tmp_path, undisturbed):
    expected, events = undisturbed
    write_small_platform(tmp_path, items=200)
    stages = [list(group) for _, group in itertools.groupby(events, key=lambda event: event.split(":")[0])]
    for stage in stages[:-1]:
        assert build_until(tmp_path, stage[len(stage) // 2]) == -signal.SIGKILL
        assert not (tmp_path / "corpora" / "first").exists()
    assert finish(tmp_path) == expected


def test_a_build_with_processes_that_is_killed_ends_with_the_same_bytes(tmp_path, undisturbed):
    write_small_platform(tmp_path, items=200)
    assert build_until(tmp_path, "judge:1", engine="processes") == -signal.SIGKILL
    assert finish(tmp_path) == undisturbed[0]


def test_a_build_that_is_killed_after_the_corpus_appeared_leaves_the_whole_corpus(tmp_path, undisturbed):
    write_small_platform(tmp_path, items=200)
    assert build_until(tmp_path, "publish:1") == -signal.SIGKILL
    assert read_tree(tmp_path / "corpora" / "first") == undisturbed[0]
    with pytest.raises(CorpusExistsError):
        finish(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_build_that_is_killed_at_any_event_ends_with_the_same_bytes(tmp_path, undisturbed):
    expected, events = undisturbed
    for number, event in enumerate(events[:-1]):
        folder = tmp_path / str(number)
        write_small_platform(folder, items=200)
        assert build_until(folder, event) == -signal.SIGKILL
        assert finish(folder) == expected


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ["local", "processes"])
def test_a_build_that_is_killed_again_and_again_in_the_middle_of_tasks_ends_with_the_same_bytes(
    tmp_path, undisturbed, engine
):
    write_small_platform(tmp_path, items=200)
    kills = 0
    for delay in itertools.count(start=0.4, step=0.12):
        process = start_build(tmp_path, "never", engine=engine)
        time.sleep(delay)
        process.kill()
        process.communicate()
        if (tmp_path / "corpora" / "first").exists():
            break
        kills += 1
    assert kills > 0
    assert read_tree(tmp_path / "corpora" / "first") == undisturbed[0]


def test_a_worker_that_is_killed_stops_the_build_and_the_next_one_goes_on(tmp_path, undisturbed):
    platform = write_small_platform(tmp_path, items=200)
    with ProcessEngine(1) as engine, pytest.raises(WorkerLostError):
        platform.build(platform.plan(partitions=PARTITIONS), engine, progress=_kill_worker_at("judge"))
    assert finish(tmp_path) == undisturbed[0]


def _kill_worker_at(stage: str):
    def kill(progress: Progress) -> None:
        if (progress.stage, progress.done) == (stage, 1):
            for worker in _children(os.getpid()):
                os.kill(worker, signal.SIGKILL)

    return kill


def _children(process: int) -> list[int]:
    listing = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [child for child in map(int, listing) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
