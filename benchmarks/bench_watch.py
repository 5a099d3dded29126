"""From the acknowledgement of an objection until `demur watch` has the corpus honour it, in seconds.

A platform is made and its corpus built; `demur watch` runs in a process of its own while people who have rows in the
corpus object, one after the other, at random instants. The time is taken outside: from the receipt until the signed
heartbeat of the corpus says that it reflects the receipt's entry, looked at every 20 ms. What `demur status` and
`demur watch --metrics` say of the same objections is printed beside it. The target is 2 s, the limit 60 s.
"""

import argparse
import json
import math
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from demur.cli.following import read_heartbeat
from demur.cli.workspace import Common
from demur.kernel.words import Purpose
from demur.keys.subjects import subject_key
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.store import Register

TARGET_SECONDS, LIMIT_SECONDS = 2.0, 60.0
_LOOK_SECONDS = 0.02
QUANTILES = re.compile(r'^demur_time_to_effect_seconds{quantile="(.*)"} (.*)$', re.MULTILINE)
EXPORTED = {"p50_seconds": "0.5", "p99_seconds": "0.99", "max_seconds": "1"}


def demur(folder: Path, *words: str) -> str:
    """Run a command as people do and return what it printed."""
    command = [sys.executable, "-m", "demur", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S603 -- ours


def write_platform(folder: Path, *, people: int, items: int) -> list[str]:
    """Make a platform whose corpus is built; return accounts that have rows in it, in a random order."""
    demur(folder.parent, "sample", "--out", str(folder), "--people", str(people), "--items", str(items), "--seed", "3")
    steps = ("keys create", "register import accounts.csv notices.csv", "register snapshot", "build sample")
    for step in steps:
        demur(folder, *step.split())
    keyring = Common(config=folder / "demur.toml").workspace().keyring
    index = pl.read_parquet(folder / "corpora" / "sample" / "index" / "subjects.parquet").filter("is_author")
    authors = set(index["subject_key"])
    accounts = pl.read_csv(folder / "accounts.csv", infer_schema=False)["account"]
    there = [account for account in accounts if subject_key(keyring, account) in authors]
    random.Random(3).shuffle(there)
    return there


def object_while_watched(
    folder: Path, accounts: Sequence[str], *, seconds_between: float
) -> tuple[list[float], dict[str, float]]:
    """Let accounts object while the watch runs; return what each took, and the quantiles that the watch exports."""
    metrics = folder / "metrics.prom"
    command = [sys.executable, "-m", "demur", "watch", "--metrics", str(metrics)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as watching:  # noqa: S603 -- ours
        try:
            while not metrics.exists():
                time.sleep(_LOOK_SECONDS)
            took = time_objections(folder, accounts, seconds_between=seconds_between)
            time.sleep(3)  # the next round marks the last effects as done and exports them
            exported = dict(QUANTILES.findall(metrics.read_text()))
        finally:
            watching.send_signal(signal.SIGINT)
    return took, {name: round(float(exported[quantile]), 3) for name, quantile in EXPORTED.items()}


def time_objections(folder: Path, accounts: Sequence[str], *, seconds_between: float) -> list[float]:
    """Let each account object at a random instant, and wait until the corpus honours all; return what each took."""
    draw, workspace = random.Random(4), Common(config=folder / "demur.toml").workspace()
    corpus = workspace.corpora / "sample"
    owed: dict[int, float] = {}
    took: list[float] = []
    waiting = list(accounts)
    due = time.monotonic()
    with workspace.open_register() as register:
        while waiting or owed:
            if waiting and time.monotonic() >= due:
                due = time.monotonic() + draw.uniform(0, 2 * seconds_between)
                owed[object_now(register, waiting.pop())] = time.monotonic()
            beat = read_heartbeat(workspace, corpus)
            now = time.monotonic()
            honoured = [index for index in owed if beat is not None and beat.log_size > index]
            took += [now - owed.pop(index) for index in honoured]
            if any(now - asked > LIMIT_SECONDS for asked in owed.values()):
                sys.exit("an objection was not honoured within a minute")
            time.sleep(_LOOK_SECONDS)
    return sorted(took)


def object_now(register: Register, account: str) -> int:
    """Let an account object, and return the index of its receipt."""
    at = datetime.now(UTC)
    subjects = (subject_key(register.keyring, account),)
    form = ObjectionForm(subjects=subjects, purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    return receive_objection(register, form, at=at).index


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the quantile of nearest rank."""
    return round(ordered[math.ceil(share * len(ordered)) - 1], 3)


def main() -> int:
    """Measure, and print one line of JSON; fail beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--items", type=int, default=4_000)
    parser.add_argument("--objections", type=int, default=30)
    parser.add_argument("--seconds-between", type=float, default=1.0, help="in the mean")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="demur-bench-watch-") as name:
        folder = Path(name) / "platform"
        accounts = write_platform(folder, people=options.people, items=options.items)[: options.objections]
        took, exported = object_while_watched(folder, accounts, seconds_between=options.seconds_between)
        status = json.loads(demur(folder, "status", "--json"))["time_to_effect"]
    figures = {
        "p50_seconds": quantile(took, 0.5),
        "p99_seconds": quantile(took, 0.99),
        "max_seconds": round(took[-1], 3),
    }
    told = {"items": options.items, "objections": len(took), **figures}
    told |= {"target_seconds": TARGET_SECONDS, "is_target_met": took[-1] <= TARGET_SECONDS}
    told |= {"limit_seconds": LIMIT_SECONDS, "is_limit_kept": took[-1] <= LIMIT_SECONDS}
    print(json.dumps(told | {"exported": exported, "status": {name: status[name] for name in EXPORTED}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
