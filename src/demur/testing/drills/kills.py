"""Kill processes of a platform again and again (``kill -9``), and check what they had told before they died.

Four scenes take turns: people object, the register publishes its log, a snapshot is taken, and a corpus is brought up
to the register. Whoever is killed is followed by another process on the same files.

Usage: python -m demur.testing.drills.kills [--kills N] [--acknowledgements N] [--seed N]; the last line is JSON.
"""

import argparse
import json
import math
import multiprocessing
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import polars as pl

from demur.keys.keyring import Keyring
from demur.keys.subjects import subject_key
from demur.testing.drills.oracle import Findings, Oracle, Told, parse_told
from demur.testing.drills.victims import (
    CORPUS,
    Tell,
    apply_objections,
    installation_of,
    live,
    object_and_pause,
    object_without_end,
    take_snapshots,
    workspace_of,
)

_KILLS_OF_A_REGISTER = 50  # then another begins: what opens a register reads all of it, and so would each kill
_TOLD_BEFORE_A_KILL = 100  # in the mean, unless more acknowledgements are asked for
_LOOK_SECONDS = 0.0005
_READ_AT_ONCE = 16  # so that a process which tells much is killed while it does
_LONGEST_SECONDS = 60.0
_SHOWN = 20


class Scene(StrEnum):
    """What goes on when a process is killed."""

    INTAKE = "intake"
    PUBLISHING = "publishing"
    SNAPSHOT = "snapshot"
    APPLYING = "applying"


# Of fifty kills; what takes seconds comes rarely.
_SCENES = (
    *[Scene.INTAKE] * 36,
    *[Scene.PUBLISHING] * 8,
    *[Scene.SNAPSHOT] * 3,
    *[Scene.APPLYING] * 3,
)


@dataclass(slots=True, kw_only=True)
class KillReport:
    """What a drill did and found; `scenes` counts the kills by what went on."""

    kills: int = 0
    acknowledged: int = 0
    scenes: dict[str, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def to_json(self) -> str:
        """Return the line that a drill ends with."""
        told = {"kills": self.kills, "acknowledged": self.acknowledged}
        return json.dumps(told | {"lost": self.findings.lost, "forks": self.findings.forks})


def write_platform(folder: Path) -> None:
    """Make a sample platform whose register is filled and whose corpus is built, by the commands that people use."""
    steps = (
        f"sample --out {folder} --people 60 --items 400 --seed 11",
        "keys create",
        "register import accounts.csv notices.csv",
        "register snapshot",
        f"build {CORPUS}",
        f"apply {CORPUS}",
    )
    for number, step in enumerate(steps):
        command = [sys.executable, "-m", "demur", *step.split()]
        subprocess.run(command, cwd=folder if number else None, capture_output=True, check=True)  # noqa: S603 -- ours


class _Fire:
    """One platform under fire, and the oracle of its register."""

    def __init__(self, platform: Path, report: KillReport, draw: Random, *, told_before_a_kill: int) -> None:
        self._platform, self._report, self._draw = platform, report, draw
        self._told_before_a_kill = told_before_a_kill
        self._installation, self._workspace = installation_of(platform), workspace_of(platform)
        self._oracle = Oracle(self._workspace.whole_keyring, report.findings)
        self._processes = multiprocessing.get_context("forkserver")
        # One process imports everything once; those that are killed are its children, which begin at once.
        self._processes.set_forkserver_preload(["demur.testing.drills.victims"])
        self._rows = _rows_by_account(platform, self._workspace.keyring)
        self._staying = sorted(self._rows)
        self._objected: list[str] = []
        self._rounds = 0

    def kill(self, scene: Scene) -> None:
        """Let a process do something, kill it, and hear what it had told until then."""
        self._rounds += 1
        killed_before = self._report.kills
        name = f"{scene}-{self._rounds}"
        if scene is Scene.INTAKE:
            enough = self._draw.randint(1, 2 * self._told_before_a_kill)
            self._run(object_without_end, name, until=lambda told: told >= enough, jitter=0.01)
        elif scene is Scene.PUBLISHING:
            log = self._installation.log_folder
            self._run(object_and_pause, name, until=lambda _told: _is_being_written(log), jitter=0.002)
        elif scene is Scene.SNAPSHOT:
            folder = self._installation.snapshot(f"{name}-{self._draw.randrange(3)}")
            self._run(take_snapshots, name, until=lambda _told: _is_being_written(folder), jitter=0.03)
        else:
            self._kill_applying()
        self._report.scenes[scene] = self._report.scenes.get(scene, 0) + self._report.kills - killed_before

    def check(self) -> None:
        """Check everything that was told."""
        self._oracle.check(self._installation, self._draw)

    def _kill_applying(self) -> None:
        """Let people object who are in the corpus, kill what takes them out, and let the next one make it good."""
        leaving = [self._staying.pop() for _ in range(min(2, len(self._staying)))]
        self._objected += leaving
        corpus = self._workspace.corpus(CORPUS)
        before = _names(corpus)
        self._run(apply_objections, ",".join(leaving), until=lambda _told: _names(corpus) != before, jitter=0.04)
        self._run(apply_objections, "", until=None, jitter=0.0)
        removed = self._workspace.open_corpus(CORPUS).removed()
        left = [row for account in self._objected for row in self._rows[account] if not removed[row]]
        self._report.findings.lose(len(left), f"{len(left)} rows of people who objected are in the corpus")

    def _run(
        self,
        work: Callable[[Path, str, Tell], None],
        name: str,
        *,
        until: Callable[[int], bool] | None,
        jitter: float,
    ) -> None:
        """Start a process and kill it at random after it has told something and a condition held; or let it end."""
        ours, theirs = self._processes.Pipe(duplex=False)
        process = self._processes.Process(target=live, args=(work, self._platform, name, theirs), daemon=True)
        process.start()
        theirs.close()
        told: list[Told] = []
        ends_at = time.monotonic() + _LONGEST_SECONDS
        is_due = until is None
        while process.is_alive() and time.monotonic() < ends_at:
            told += _read(ours, _LOOK_SECONDS, most=_READ_AT_ONCE)
            if not is_due and told and until is not None and until(len(told)):
                is_due, ends_at = True, time.monotonic() + self._draw.uniform(0.0, jitter)
        process.kill()
        told += _read(ours, 0.0, most=sys.maxsize)
        process.join()
        for one in told:
            self._oracle.hear(one)
        self._report.acknowledged += len(told)
        is_killed = process.exitcode == -signal.SIGKILL
        self._report.kills += is_killed
        if process.exitcode and (not is_killed or until is None):
            self._report.findings.lose(1, f"{work.__name__} ended by itself with {process.exitcode}")


def kill_again_and_again(
    platform: Path, *, kills: int, draw: Random, acknowledgements: int = 0, progress: Callable[[str], None] = print
) -> KillReport:
    """Kill until there were so many kills and so many acknowledgements; the platform itself is not touched."""
    report = KillReport()
    share = _SCENES.count(Scene.INTAKE) / len(_SCENES)
    told = max(_TOLD_BEFORE_A_KILL, math.ceil(1.1 * acknowledgements / kills / share))
    while report.kills < kills or report.acknowledged < acknowledgements:
        with tempfile.TemporaryDirectory(prefix="demur-kills-") as name:
            fire = _Fire(
                Path(shutil.copytree(platform, Path(name) / "platform")), report, draw, told_before_a_kill=told
            )
            for scene in _draw_scenes(draw, min(_KILLS_OF_A_REGISTER, max(1, kills - report.kills))):
                fire.kill(scene)
            fire.check()
        progress(report.to_json())
    return report


def _draw_scenes(draw: Random, count: int) -> list[Scene]:
    return draw.sample(_SCENES, count) if count == len(_SCENES) else draw.choices(_SCENES, k=count)


def _rows_by_account(platform: Path, keyring: Keyring) -> dict[str, list[int]]:
    index = pl.read_parquet(platform / "corpora" / CORPUS / "index" / "subjects.parquet").filter("is_author")
    rows = dict(index.group_by("subject_key").agg("row").iter_rows())
    accounts = pl.read_csv(platform / "accounts.csv", infer_schema=False)["account"]
    keyed = {account: subject_key(keyring, account) for account in accounts}
    return {account: rows[key] for account, key in keyed.items() if key in rows}


def _is_being_written(folder: Path) -> bool:
    """Tell whether a file is about to appear in a folder."""
    return any(path.name.endswith(".partial") for path in _entries(folder))


def _entries(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _names(folder: Path) -> list[str]:
    return sorted(f"{above.name}/{path.name}" for above in _entries(folder) for path in _entries(above))


def _read(connection: Connection, seconds: float, *, most: int) -> list[Told]:
    """Return what a process has told; what it was about to tell when it died, it has not told."""
    told: list[Told] = []
    try:
        while len(told) < most and connection.poll(seconds):
            told.append(parse_told(connection.recv_bytes()))
    except (EOFError, OSError):
        time.sleep(seconds)
    return told


def main() -> int:
    """Run the drill and print its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--acknowledgements", type=int, default=0, help="so many in all, or more")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    with tempfile.TemporaryDirectory(prefix="demur-kills-") as name:
        write_platform(Path(name) / "platform")
        report = kill_again_and_again(
            Path(name) / "platform",
            kills=options.kills,
            acknowledgements=options.acknowledgements,
            draw=Random(options.seed),
            progress=tell,
        )
    for complaint in report.findings.complaints[:_SHOWN]:
        tell(complaint)
    sys.stdout.write(f"{json.dumps(report.scenes)}\n{report.to_json()}\n")
    return 1 if report.findings.lost or report.findings.forks else 0


if __name__ == "__main__":
    sys.exit(main())
