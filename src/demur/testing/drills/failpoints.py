"""Kill a process at each line of what must not be torn: commit, publication, snapshot, and what follows in a corpus.

Our code holds no failpoints. A process is run once under the interpreter's tracing, which tells each line that a stage
runs; then another process is killed (``kill -9``) at each of them, the moment before the line runs for the first time
or a later one. What a kill leaves between two lines is what `demur.testing.drills.kills` finds, at random instants.

Usage: python -m demur.testing.drills.failpoints [--most N] [--seed N]; the last line is JSON.
"""

import argparse
import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, TypeAlias

from demur.testing.drills.oracle import Findings, Oracle
from demur.testing.drills.platforms import (
    Leavers,
    copied_platform,
    installation_of,
    workspace_of,
    write_platform,
)
from demur.testing.drills.postgres import Server, running_server
from demur.testing.drills.victims import (
    Work,
    ask_for_everything,
    follow_the_register,
    hear,
    live,
    prepared_processes,
    start,
    take_a_snapshot,
)

_KILLS_OF_A_PLATFORM = 25  # then another begins: people who can leave the corpus run out
_SHOWN = 20

See: TypeAlias = "Callable[[str, int], None]"


class Stage(StrEnum):
    """What must not be torn."""

    COMMIT = "commit"
    PUBLISH = "publish"
    SNAPSHOT = "snapshot"
    APPLY = "apply"


_WORK: dict[Stage, Work] = {
    Stage.COMMIT: ask_for_everything,
    Stage.PUBLISH: ask_for_everything,
    Stage.SNAPSHOT: take_a_snapshot,
    Stage.APPLY: follow_the_register,
}
_MODULES = {
    Stage.COMMIT: ("register.sequencer", "register.commit", "register.batch", "register.objecting", "register.links"),
    Stage.PUBLISH: ("register.publication", "ledger.tiles", "kernel.files"),
    Stage.SNAPSHOT: ("register.snapshot", "exchange.snapshot", "exchange.tables", "kernel.files"),
    Stage.APPLY: ("corpus.apply", "cli.following", "register.outbox", "kernel.files"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failpoint:
    """A moment of a stage: when a line is about to run for the n-th time in its process, and n is `time`."""

    stage: Stage
    file: str
    line: int
    time: int

    def __str__(self) -> str:
        """Name it for a complaint."""
        return f"{self.stage}: {Path(self.file).name}:{self.line}, time {self.time}"


@dataclass(slots=True, kw_only=True)
class FailpointReport:
    """What a drill did and found; `stages` counts the kills by what went on.

    A failpoint without a kill is one that its process did not come by: what is there decides which way it goes.
    """

    failpoints: int = 0
    kills: int = 0
    acknowledged: int = 0
    stages: dict[str, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def to_json(self) -> str:
        """Return the line that a drill ends with."""
        told = {"failpoints": self.failpoints, "kills": self.kills, "acknowledged": self.acknowledged}
        return json.dumps(told | {"lost": self.findings.lost, "forks": self.findings.forks})


def kill_at_failpoints(
    platform: Path,
    report: FailpointReport,
    draw: Random,
    *,
    stages: Sequence[Stage] = tuple(Stage),
    most: int | None = None,
    server: Server | None = None,
) -> None:
    """Kill at the failpoints of some stages, and count what was found into a report; the platform is not touched.

    Args:
        platform: as `write_platform` makes it.
        report: what was found so far.
        draw: decides at which of several times a line is a failpoint.
        stages: those that are drilled.
        most: how many failpoints of a stage, at random; None takes all.
        server: the one that the platform's register is on.
    """
    for stage in stages:
        with copied_platform(platform, server) as copied:
            found = _find_failpoints(stage, copied, draw)
        chosen = found if most is None else draw.sample(found, min(most, len(found)))
        for first in range(0, len(chosen), _KILLS_OF_A_PLATFORM):
            with copied_platform(platform, server) as copied:
                _kill_at(chosen[first : first + _KILLS_OF_A_PLATFORM], copied, report, draw)


def _find_failpoints(stage: Stage, platform: Path, draw: Random) -> list[Failpoint]:
    """Run a stage undisturbed, and return one failpoint for each line that it came by."""
    lines = platform / "lines.json"
    names = ",".join(Leavers(platform).choose(2)) if stage is Stage.APPLY else "undisturbed"
    process, connection = start(prepared_processes(), _write_lines, stage, platform, names, lines)
    list(hear(connection))
    process.join()
    return [
        Failpoint(stage=stage, file=file, line=line, time=draw.choice((1, draw.randint(1, count))))
        for file, line, count in sorted(json.loads(lines.read_text("utf-8")))
    ]


def _kill_at(failpoints: Sequence[Failpoint], platform: Path, report: FailpointReport, draw: Random) -> None:
    leavers, installation = Leavers(platform), installation_of(platform)
    oracle = Oracle(workspace_of(platform).whole_keyring, report.findings)
    for number, failpoint in enumerate(failpoints):
        is_apply = failpoint.stage is Stage.APPLY
        leaving = leavers.choose(1) if is_apply else []
        told_before = oracle.acknowledged
        report.kills += _run(platform, ",".join(leaving) or f"{failpoint.stage}-{number}", failpoint, oracle)
        if oracle.acknowledged == told_before:
            leavers.take_back(leaving)
        oracle.check(installation, draw)
        if is_apply:
            _run(platform, "", None, oracle)
            leavers.check_rows(report.findings)
        report.failpoints += 1
        report.stages[failpoint.stage] = report.stages.get(failpoint.stage, 0) + 1
    leavers.check_effects(report.findings)
    report.acknowledged += oracle.acknowledged


def _run(platform: Path, name: str, failpoint: Failpoint | None, oracle: Oracle) -> bool:
    """Run a process that dies at a failpoint, or lives where there is none, and tell whether it was killed."""
    if failpoint is None:
        process, connection = start(prepared_processes(), live, follow_the_register, platform, name)
    else:
        process, connection = start(prepared_processes(), _die_at, failpoint, platform, name)
    for told in hear(connection):
        oracle.hear(told)
    process.join()
    is_killed = process.exitcode == -signal.SIGKILL
    oracle.findings.lose(
        bool(process.exitcode and not is_killed), f"after {failpoint} it ended with {process.exitcode}"
    )
    return is_killed


def _die_at(failpoint: Failpoint, platform: Path, name: str, connection: Connection) -> None:
    """Do the work of a stage in this process until it comes by a failpoint."""
    times = 0

    def see(file: str, line: int) -> None:
        nonlocal times
        if (file, line) == (failpoint.file, failpoint.line):
            times += 1
            if times == failpoint.time:
                os.kill(os.getpid(), signal.SIGKILL)

    _watch_lines(_files(failpoint.stage), see)
    live(_WORK[failpoint.stage], platform, name, connection)


def _write_lines(stage: Stage, platform: Path, name: str, path: Path, connection: Connection) -> None:
    """Do the work of a stage in this process, and write down how often it came by each line."""
    seen: Counter[tuple[str, int]] = Counter()

    def see(file: str, line: int) -> None:
        seen[file, line] += 1

    _watch_lines(_files(stage), see)
    live(_WORK[stage], platform, name, connection)
    path.write_text(json.dumps([(file, line, count) for (file, line), count in seen.items()]), "utf-8")


def _watch_lines(files: Collection[str], see: See) -> None:
    """Call a function before each line of some files runs, in this thread and in those that begin later."""

    def at_line(frame: FrameType, event: str, _argument: Any) -> Any:  # noqa: ANN401 -- as `sys.settrace` has it
        if event == "line":
            see(frame.f_code.co_filename, frame.f_lineno)
        return at_line

    def at_call(frame: FrameType, _event: str, _argument: Any) -> Any:  # noqa: ANN401 -- as `sys.settrace` has it
        return at_line if frame.f_code.co_filename in files else None

    threading.settrace(at_call)
    sys.settrace(at_call)


def _files(stage: Stage) -> frozenset[str]:
    specs = (importlib.util.find_spec(f"demur.{module}") for module in _MODULES[stage])
    return frozenset(spec.origin for spec in specs if spec is not None and spec.origin is not None)


def main() -> int:
    """Run the drill on both databases and print its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--most", type=int, default=None, help="failpoints of each stage, at random; all by default")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report, draw = FailpointReport(), Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="demur-failpoints-") as name, running_server() as server:
        for where in (None, server):
            folder = Path(name) / ("in-a-file" if where is None else "on-a-server")
            kill_at_failpoints(write_platform(folder, where), report, draw, most=options.most, server=where)
            sys.stderr.write(f"{report.to_json()}\n")
    for complaint in report.findings.complaints[:_SHOWN]:
        sys.stderr.write(f"{complaint}\n")
    sys.stdout.write(f"{json.dumps(report.stages)}\n{report.to_json()}\n")
    return 1 if report.findings.lost or report.findings.forks else 0


if __name__ == "__main__":
    sys.exit(main())
