"""A process that is kept: killed, it is started anew; ended by itself, it ends whoever keeps it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from demur.web.keeping import KeptProcess

KEEPER = """
import contextlib, sys, time
from functools import partial
from demur.web.keeping import KeptProcess

if __name__ == "__main__":
    with contextlib.closing(KeptProcess(partial(sys.exit, 7), name="worker")):
        time.sleep(60)
"""


WRITE_PID = """
import os, time
with open({path!r}, "a") as file:
    file.write(f"{{os.getpid()}}\\n")
time.sleep(60)
"""


def pids(path: Path, count: int) -> list[int]:
    until = time.monotonic() + 30
    while len(found := path.read_text().split() if path.exists() else []) < count:
        assert time.monotonic() < until, f"{count} processes were not started"
        time.sleep(0.05)
    return [int(pid) for pid in found]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_process_that_is_killed_is_started_anew_until_its_keeper_is_closed(tmp_path):
    run = partial(exec, WRITE_PID.format(path=str(tmp_path / "pids")))  # the process cannot import a test
    with contextlib.closing(KeptProcess(run, name="worker")) as kept:
        os.kill(pids(tmp_path / "pids", 1)[0], signal.SIGKILL)
        first, second = pids(tmp_path / "pids", 2)
        assert (kept.is_kept(), is_there(first), is_there(second)) == (True, False, True)
    assert [is_there(first), is_there(second), len(pids(tmp_path / "pids", 2))] == [False, False, 2]


def test_one_that_ends_by_itself_asks_its_keeper_to_stop(tmp_path):
    program = tmp_path / "keeper.py"
    program.write_text(KEEPER)
    ended = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (-signal.SIGTERM, "demur: the worker ended with status 7\n")
