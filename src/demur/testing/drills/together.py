"""Let two sequencers write to one register at the same time, and check that there is one history and nothing is lost.

Each of two processes opens the register and takes objections of its own people, and of people who ask both. Whoever
asks both gets one receipt, byte for byte.

Usage: python -m demur.testing.drills.together [--seconds N]; the last line is JSON.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import cast

from demur.testing.drills.oracle import Findings, Oracle, Told, parse_told
from demur.testing.drills.platforms import installation_of, workspace_of, write_platform
from demur.testing.drills.postgres import running_server
from demur.testing.drills.victims import live, object_beside_others, prepared_processes, start

_NAMES = ("north", "south")
_SHOWN = 20


@dataclass(slots=True, kw_only=True)
class TogetherReport:
    """What a drill did and found.

    Attributes:
        acknowledged: what all processes were told.
        by_process: the same for each of them: a sequencer that starves shows.
        asked_of_both: people who got their receipt from both.
        batches: transactions that acknowledged entries came in.
        findings: what is lost, and forks.
    """

    acknowledged: int = 0
    by_process: dict[str, int] = field(default_factory=dict)
    asked_of_both: int = 0
    batches: int = 0
    findings: Findings = field(default_factory=Findings)

    def to_json(self) -> str:
        """Return the line that a drill ends with."""
        told = {"acknowledged": self.acknowledged, "asked_of_both": self.asked_of_both, "batches": self.batches}
        return json.dumps(told | {"lost": self.findings.lost, "forks": self.findings.forks})


def write_together(platform: Path, report: TogetherReport, draw: Random, *, seconds: float) -> None:
    """Let two processes write to a platform's register for some seconds, and count what was found into a report."""
    oracle = Oracle(workspace_of(platform).whole_keyring, report.findings)
    processes = prepared_processes()
    started = {name: start(processes, live, object_beside_others, platform, f"{name}:{seconds}") for name in _NAMES}
    receipts: dict[str, bytes] = {}
    for name, told in _hear_all({connection: name for name, (_, connection) in started.items()}):
        oracle.hear(told)
        report.by_process[name] = report.by_process.get(name, 0) + 1
        if told.name.startswith("shared-"):
            digest = hashlib.sha256(told.receipt.encode()).digest()
            first = receipts.setdefault(told.name, digest)
            report.asked_of_both += first is not digest
            report.findings.lose(first != digest, f"{told.name} got two receipts")
    for name, (process, _) in started.items():
        process.join()
        report.findings.lose(process.exitcode != 0, f"{name} ended by itself with {process.exitcode}")
    oracle.check(installation_of(platform), draw)
    report.acknowledged += oracle.acknowledged
    report.batches += oracle.batches


def _hear_all(names: dict[Connection, str]) -> Iterator[tuple[str, Told]]:
    """Yield what processes tell, in the order in which it comes, until all have ended."""
    while names:
        for connection in cast("list[Connection]", wait(list(names))):
            try:
                yield names[connection], parse_told(connection.recv_bytes())
            except EOFError:
                del names[connection]


def main() -> int:
    """Run the drill on both databases and print its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=600, help="for each database")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report, draw = TogetherReport(), Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="demur-together-") as name, running_server() as server:
        for where in (None, server):
            platform = write_platform(Path(name) / ("in-a-file" if where is None else "on-a-server"), where)
            write_together(platform, report, draw, seconds=options.seconds)
            sys.stderr.write(f"{report.by_process} {report.to_json()}\n")
    for complaint in report.findings.complaints[:_SHOWN]:
        sys.stderr.write(f"{complaint}\n")
    sys.stdout.write(f"{report.to_json()}\n")
    return 1 if report.findings.lost or report.findings.forks else 0


if __name__ == "__main__":
    sys.exit(main())
