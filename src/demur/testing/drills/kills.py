"""Kill processes of a platform again and again (``kill -9``), and check what they had told before they died.

Four scenes take turns: people object, the register publishes its log, a snapshot is taken, and a corpus is brought up
to the register. Whoever is killed is followed by another process on the same files. On PostgreSQL there is a fifth: the
server itself is killed, all of its processes at one moment, while people object; when it is back, the intake goes on.

Usage: python -m demur.testing.drills.kills [--kills N] [--postgres-kills N] [--acknowledgements N] [--seed N]; the last
line is JSON.
"""

import argparse
import json
import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

from demur.testing.drills.oracle import Findings, Oracle, Told, parse_told
from demur.testing.drills.platforms import (
    CORPUS,
    Leavers,
    copied_platform,
    installation_of,
    workspace_of,
    write_platform,
)
from demur.testing.drills.postgres import Server, running_server
from demur.testing.drills.victims import (
    Work,
    follow_the_register,
    live,
    object_and_pause,
    object_whatever_happens,
    object_without_end,
    prepared_processes,
    start,
    take_snapshots,
)

_KILLS_OF_A_REGISTER = 50  # then another begins: what opens a register reads all of it, and so would each kill
_TOLD_BEFORE_A_KILL = 100  # in the mean, unless more acknowledgements are asked for
_LOOK_SECONDS = 0.0005
_READ_AT_ONCE = 16  # so that a process which tells much is killed while it does
_LONGEST_SECONDS = 180.0  # on a busy machine too
_SHOWN = 20


class Scene(StrEnum):
    """What goes on when a process is killed."""

    INTAKE = "intake"
    PUBLISHING = "publishing"
    SNAPSHOT = "snapshot"
    APPLYING = "applying"
    SERVER = "server"


# Of fifty kills; what takes seconds comes rarely.
_SCENES = (
    *[Scene.INTAKE] * 36,
    *[Scene.PUBLISHING] * 8,
    *[Scene.SNAPSHOT] * 3,
    *[Scene.APPLYING] * 3,
)
_SCENES_ON_A_SERVER = (
    *[Scene.INTAKE] * 16,
    *[Scene.PUBLISHING] * 8,
    *[Scene.SNAPSHOT] * 3,
    *[Scene.APPLYING] * 3,
    *[Scene.SERVER] * 20,
)


@dataclass(slots=True, kw_only=True)
class KillReport:
    """What a drill did and found; `scenes` counts the kills by what went on."""

    kills: int = 0
    acknowledged: int = 0
    scenes: dict[str, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def add(self, other: "KillReport") -> None:
        """Count another drill's figures in."""
        self.kills += other.kills
        self.acknowledged += other.acknowledged
        self.scenes = {scene: self.scenes.get(scene, 0) + other.scenes.get(scene, 0) for scene in Scene}
        self.findings.lost += other.findings.lost
        self.findings.forks += other.findings.forks
        self.findings.stalled += other.findings.stalled
        self.findings.complaints += other.findings.complaints

    def to_json(self) -> str:
        """Return the line that a drill ends with."""
        found = self.findings
        told = {"kills": self.kills, "acknowledged": self.acknowledged, "lost": found.lost, "forks": found.forks}
        return json.dumps(told | {"stalled": found.stalled})


class _Fire:
    """One platform under fire, and the oracle of its register."""

    def __init__(
        self, platform: Path, report: KillReport, draw: Random, *, told_before_a_kill: int, server: Server | None
    ) -> None:
        self._platform, self._report, self._draw, self._server = platform, report, draw, server
        self._told_before_a_kill = told_before_a_kill
        self._installation, self._workspace = installation_of(platform), workspace_of(platform)
        self._oracle = Oracle(self._workspace.whole_keyring, report.findings)
        self._processes = prepared_processes()
        self._leavers = Leavers(platform)
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
            begins = _Change(self._installation.log_folder)
            self._run(object_and_pause, name, until=lambda _told: begins.is_seen(), jitter=0.0005)
        elif scene is Scene.SNAPSHOT:
            begins = _Change(self._installation.snapshot(f"{name}-{self._draw.randrange(3)}"))
            self._run(take_snapshots, name, until=lambda _told: begins.is_seen(), jitter=0.03)
        elif scene is Scene.APPLYING:
            self._kill_applying()
        else:
            self._kill_server(name)
        self._report.scenes[scene] = self._report.scenes.get(scene, 0) + self._report.kills - killed_before

    def check(self) -> None:
        """Check everything that was told, and that everything owed is done in the end."""
        self._oracle.check(self._installation, self._draw)
        self._leavers.check_effects(self._report.findings)

    def _kill_applying(self) -> None:
        """Let people object who are in the corpus, kill what takes them out, and let the next one make it good."""
        leaving = self._leavers.choose(2)
        corpus = self._workspace.corpus(CORPUS)
        before = _names(corpus)
        self._run(follow_the_register, ",".join(leaving), until=lambda _told: _names(corpus) != before, jitter=0.04)
        # A reader refuses a corpus that is not up to date: a process that did not come to its end is counted already.
        if self._run(follow_the_register, "", until=None, jitter=0.0):
            self._leavers.check_rows(self._report.findings)

    def _kill_server(self, name: str) -> None:
        """Kill the server while people object; when it is back, the same process must go on by itself."""
        if self._server is None:
            return
        process, ours = start(self._processes, live, object_whatever_happens, self._platform, name)
        enough = self._draw.randint(1, 2 * self._told_before_a_kill)
        self._hear(process, ours, enough)
        time.sleep(self._draw.uniform(0.0, 0.01))
        self._server.kill()
        self._report.kills += 1
        self._hear(process, ours, 0)
        self._server.start()
        self._hear(process, ours, enough)
        self._end(process, ours, may_end=False, work=object_whatever_happens)

    def _hear(self, process: ForkServerProcess, connection: Connection, count: int) -> None:
        """Hear so many things, or what there is now."""
        heard, ends_at = 0, time.monotonic() + _LONGEST_SECONDS
        while heard < count and process.is_alive() and time.monotonic() < ends_at:
            heard += self._take(_read(connection, _LOOK_SECONDS, most=_READ_AT_ONCE))
        self._take(_read(connection, 0.0, most=_READ_AT_ONCE))
        if heard < count:
            self._report.findings.stall(f"only {heard} of {count} people got an answer in {_LONGEST_SECONDS:.0f} s")

    def _take(self, told: Sequence[Told]) -> int:
        for one in told:
            self._oracle.hear(one)
        self._report.acknowledged += len(told)
        return len(told)

    def _run(
        self,
        work: Work,
        name: str,
        *,
        until: Callable[[int], bool] | None,
        jitter: float,
    ) -> bool:
        """Start a process and kill it at random after it has told something and a condition held; or let it end.

        Returns whether it ended well by itself.
        """
        process, ours = start(self._processes, live, work, self._platform, name)
        told: list[Told] = []
        ends_at = time.monotonic() + _LONGEST_SECONDS
        is_due = until is None
        while process.is_alive() and time.monotonic() < ends_at:
            is_close = told and until is not None and not is_due  # what is waited for may be over in a moment
            told += _read(ours, 0.0 if is_close else _LOOK_SECONDS, most=_READ_AT_ONCE)
            if not is_due and told and until is not None and until(len(told)):
                is_due, ends_at = True, time.monotonic() + self._draw.uniform(0.0, jitter)
        self._take(told)
        self._end(process, ours, may_end=until is None, work=work)
        return process.exitcode == 0

    def _end(self, process: ForkServerProcess, connection: Connection, *, may_end: bool, work: Work) -> None:
        """Kill a process, and hear what it had told until then."""
        process.kill()
        self._take(_read(connection, 0.0, most=sys.maxsize))
        process.join()
        is_killed = process.exitcode == -signal.SIGKILL
        self._report.kills += is_killed
        if is_killed and may_end:
            self._report.findings.stall(f"{work.__name__} did not end in {_LONGEST_SECONDS:.0f} s")
        elif process.exitcode and not is_killed:
            self._report.findings.stall(f"{work.__name__} ended by itself with {process.exitcode}")


def kill_again_and_again(
    platform: Path,
    *,
    kills: int,
    draw: Random,
    acknowledgements: int = 0,
    progress: Callable[[str], None] = print,
    server: Server | None = None,
) -> KillReport:
    """Kill until there were so many kills and so many acknowledgements; the platform itself is not touched.

    Args:
        platform: as `write_platform` makes it.
        kills: how many, or a few more.
        draw: decides when.
        acknowledgements: how many in all, or more.
        progress: hears the figures again and again.
        server: the one that the platform's register is on, which is killed too.
    """
    report = KillReport()
    scenes = _SCENES if server is None else _SCENES_ON_A_SERVER
    share = sum(scene in {Scene.INTAKE, Scene.SERVER} for scene in scenes) / len(scenes)
    told = max(_TOLD_BEFORE_A_KILL, math.ceil(1.1 * acknowledgements / max(1, kills) / share))
    while report.kills < kills or report.acknowledged < acknowledgements:
        with copied_platform(platform, server) as copied:
            fire = _Fire(copied, report, draw, told_before_a_kill=told, server=server)
            for scene in _draw_scenes(draw, scenes, min(_KILLS_OF_A_REGISTER, max(1, kills - report.kills))):
                fire.kill(scene)
            fire.check()
        progress(report.to_json())
    return report


def _draw_scenes(draw: Random, scenes: Sequence[Scene], count: int) -> list[Scene]:
    return draw.sample(scenes, count) if count == len(scenes) else draw.choices(scenes, k=count)


class _Change:
    """Tells when files appear in a folder or below: a file that is only being written is gone too soon to be seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: dict[str, int] | None = None

    def is_seen(self) -> bool:
        """Tell whether any folder is not as it was when this was asked first."""
        try:
            now = {above: Path(above).stat().st_mtime_ns for above, _, _ in os.walk(self._folder)}
        except FileNotFoundError:  # a folder of a partial tile went away between the two looks
            return True
        if self._before is None:
            self._before = now
        return now != self._before


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
    """Run the drill on both databases and print its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=1_000, help="with the register in a file")
    parser.add_argument("--postgres-kills", type=int, default=100, help="with the register on PostgreSQL")
    parser.add_argument("--acknowledgements", type=int, default=0, help="so many in all, or more")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw, total = Random(options.seed), KillReport()

    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    with tempfile.TemporaryDirectory(prefix="demur-kills-") as name:
        if options.postgres_kills:
            with running_server() as server:
                platform = write_platform(Path(name) / "on-a-server", server)
                kills = options.postgres_kills
                total.add(kill_again_and_again(platform, kills=kills, draw=draw, progress=tell, server=server))
        if options.kills:
            platform = write_platform(Path(name) / "in-a-file")
            left = max(0, options.acknowledgements - total.acknowledged)
            total.add(
                kill_again_and_again(platform, kills=options.kills, draw=draw, acknowledgements=left, progress=tell)
            )
    for complaint in total.findings.complaints[:_SHOWN]:
        tell(complaint)
    sys.stdout.write(f"{json.dumps(total.scenes)}\n{total.to_json()}\n")
    return 1 if total.findings.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
