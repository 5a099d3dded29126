"""Every engine of the distribution keeps the contract, and processes die with whom they work for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demur.engines.engine import Engine
from demur.engines.errors import WorkerLostError
from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.testing.engine_contract import EngineContract, NumberTask, die_at_two, square, tell_process

ORPHANS = """
import sys, time
from demur.engines.processes import ProcessEngine
from demur.testing.engine_contract import NumberTask, square, tell_process

if __name__ == "__main__":
    engine = ProcessEngine(2)
    print(*set(engine.map(tell_process, [NumberTask(number=n) for n in range(4)])), flush=True)
    list(engine.map(square, [NumberTask(number=1, pause_seconds=60)]))
"""


class TestLocalEngine(EngineContract):
    def make_engine(self) -> Engine:
        return LocalEngine()


class TestProcessEngine(EngineContract):
    def make_engine(self) -> Engine:
        return ProcessEngine(2)


def test_tasks_of_the_process_engine_run_in_other_processes():
    with ProcessEngine(2) as engine:
        processes = set(engine.map(tell_process, [NumberTask(number=number) for number in range(6)]))
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_a_killed_worker_is_reported_with_a_task_number_and_the_engine_serves_again():
    with ProcessEngine(1) as engine:
        with pytest.raises(WorkerLostError) as caught:
            list(engine.map(die_at_two, [NumberTask(number=number) for number in range(4)]))
        assert str(caught.value) == ("a worker process died; the first task without a result is 2 of die_at_two")
        assert list(engine.map(square, [NumberTask(number=3)])) == [9]


def test_workers_die_when_their_parent_is_killed(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        workers = [int(word) for word in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(_is_running(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (bool(workers), [_is_running(worker) for worker in workers]) == (True, [False] * len(workers))


def _is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
