"""Cut the power again and again: record one run of a register, replay it up to any moment, and open what may be left.

Usage: python -m demur.testing.drills.power [--batches N] [--cuts N] [--seed N] [--workers N]; the last line is JSON.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from demur.keys.keyring import Keyring, create_keyring
from demur.testing.drills.disk import Disk, Image, Survival, write_image
from demur.testing.drills.oracle import PLATFORM, Findings, Installation, Oracle, parse_told
from demur.testing.drills.recording import (
    Event,
    MadeFolder,
    Opened,
    Renamed,
    SyncBegan,
    SyncEnded,
    Unlinked,
    Wrote,
    record,
)

_MEMORY = Path("/dev/shm")  # noqa: S108 -- a power cut is replayed thousands of times, and a real disk is slow at it
_SHOWN = 20
_BATCHES_IN_A_ROUND = 200  # a register that grows makes each of its images slower to check


@dataclass(slots=True, kw_only=True)
class PowerReport:
    """What a drill did and found: moments, images of the disk at them, acknowledgements until the end, and faults.

    `syncs` counts the syncs of data, `batches` the transactions that acknowledged entries came in.
    """

    crash_points: int = 0
    images: int = 0
    acknowledged: int = 0
    batches: int = 0
    syncs: int = 0
    findings: Findings = field(default_factory=Findings)

    def add(self, other: "PowerReport") -> None:
        """Count another drill's figures in."""
        self.crash_points += other.crash_points
        self.images += other.images
        self.acknowledged += other.acknowledged
        self.batches += other.batches
        self.syncs += other.syncs
        self.findings.lost += other.findings.lost
        self.findings.forks += other.findings.forks
        self.findings.complaints += other.findings.complaints

    def to_json(self) -> str:
        """Return the line that a drill ends with."""
        told = {"crash_points": self.crash_points, "images": self.images, "acknowledged": self.acknowledged}
        return json.dumps(told | {"lost": self.findings.lost, "forks": self.findings.forks})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded run: where its register and its clients' log were, whose it was, and what happened."""

    installation: Installation
    told: Path
    keyring: Keyring
    events: Iterable[Event]


@contextmanager
def record_intake(*, batches: int, seed: int, database: str = "register.db") -> Iterator[Recording]:
    """Record a run of `demur.testing.drills.intake` from an empty folder on."""
    with tempfile.TemporaryDirectory(prefix="demur-power-") as name:
        work = Path(name)
        keyring = create_keyring(work / "keys.json", platform=PLATFORM, seed=b"power")
        installation, told = Installation(work / "root", database), work / "told"
        installation.root.mkdir()
        program = [sys.executable, "-m", "demur.testing.drills.intake"]
        words = [installation.root, database, work / "keys.json", told, batches, seed]
        with record([*program, *map(str, words)], below=work) as events:
            yield Recording(installation=installation, told=told, keyring=keyring, events=events)


def cut_power(
    recording: Recording, draw: Random, *, cuts: int, share: float = 1.0, keep: Callable[[Event], bool] | None = None
) -> PowerReport:
    """Cut the power at every moment of a recording that differs from the one before, and check what is left.

    Args:
        recording: the run.
        draw: decides which of the writes that were not synced survive.
        cuts: how many different images are made of the disk at one moment; without unsynced writes there is but one.
        share: which part of the moments is checked, at random.
        keep: which events the disk is told of; a disk that is told of no sync is one whose syncs do nothing.
    """
    disk, oracle, report = Disk(recording.installation.root), Oracle(recording.keyring), PowerReport()
    heard = _Listener(recording.told, oracle)

    def cut() -> None:
        report.crash_points += 1
        survivals = [Survival.NOTHING] if disk.is_settled() else draw.sample(list(Survival), min(cuts, len(Survival)))
        for survival in survivals:
            report.images += 1
            check_image(disk.cut(survival, draw), recording.installation.database, oracle, draw)

    for event in recording.events:
        if _is_moment_before(event) and disk.knows(event) and draw.random() < share:
            cut()
        if keep is None or keep(event):
            disk.play(event)
        report.syncs += isinstance(event, SyncBegan) and event.is_data_only
        heard.listen(event)
        if _is_moment_after(event, disk, recording) and draw.random() < share:
            cut()
    cut()
    report.acknowledged, report.batches, report.findings = oracle.acknowledged, oracle.batches, oracle.findings
    return report


def _is_moment_before(event: Event) -> bool:
    """Before a sync ends, most is at stake."""
    return isinstance(event, SyncEnded)


def _is_moment_after(event: Event, disk: Disk, recording: Recording) -> bool:
    """After a sync, after a change of names, and after somebody was told something, something new must hold."""
    if isinstance(event, Wrote):
        return event.path == str(recording.told)
    changes_names = isinstance(event, SyncEnded | Renamed | Unlinked | MadeFolder)
    return (changes_names or (isinstance(event, Opened) and event.truncates)) and disk.knows(event)


class _Listener:
    """Hears what the recorded clients were told, when they wrote it down."""

    def __init__(self, told: Path, oracle: Oracle) -> None:
        self._path, self._oracle, self._rest = str(told), oracle, b""

    def listen(self, event: Event) -> None:
        if isinstance(event, Wrote) and event.path == self._path:
            *lines, self._rest = (self._rest + event.content).split(b"\n")
            for line in lines:
                self._oracle.hear(parse_told(line))


def check_image(image: Image, database: str, oracle: Oracle, draw: Random) -> None:
    """Check that a register can be opened on the files that a power cut left, and holds what it has told."""
    memory = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="demur-image-", dir=memory) as name:
        write_image(image, Path(name))
        oracle.check(Installation(Path(name), database), draw)


def drill(batches: int, cuts: int, seed: int) -> PowerReport:
    """Record one run and cut the power at all of its moments."""
    with record_intake(batches=batches, seed=seed) as recording:
        return cut_power(recording, Random(seed), cuts=cuts)


def main() -> int:
    """Run the drill, a fresh register every few batches, and print its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--batches", type=int, default=2_000, help="batches in all")
    parser.add_argument("--cuts", type=int, default=len(Survival), help="images of the disk at each moment")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the others follow it")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="rounds at one time")
    options = parser.parse_args()
    total = PowerReport()
    with ProcessPoolExecutor(options.workers) as pool:
        rounds = [
            min(_BATCHES_IN_A_ROUND, options.batches - at) for at in range(0, options.batches, _BATCHES_IN_A_ROUND)
        ]
        waiting = [pool.submit(drill, size, options.cuts, options.seed + number) for number, size in enumerate(rounds)]
        for number, report in enumerate(waiting):
            total.add(report.result())
            sys.stderr.write(f"round {number + 1} of {len(rounds)}: {total.to_json()}\n")
    for complaint in total.findings.complaints[:_SHOWN]:
        sys.stderr.write(f"{complaint}\n")
    sys.stdout.write(f"{total.syncs} syncs of data for {total.batches} batches\n{total.to_json()}\n")
    return 1 if total.findings.lost or total.findings.forks else 0


if __name__ == "__main__":
    sys.exit(main())
