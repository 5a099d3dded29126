"""What a person was told is received is received, whatever kills the intake, the publication, a snapshot or an update.

The oracle is kept outside the system: every receipt that left a process before it was killed. ``kill -9`` cannot notice
a missing fsync (the page cache survives it); power cuts have tests of their own.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from demur.keys.keyring import Keyring, create_keyring
from demur.ledger.checkpoint import Checkpoint, open_checkpoint
from demur.ledger.openings import verify_receipt
from demur.ledger.tree import consistency_path, verify_consistency
from demur.register.queries import read_head
from demur.register.store import open_register
from demur.testing.drills.kills import kill_again_and_again

CLIENT = Path(__file__).parent / "register" / "intake_client.py"
KILLS = 50
THREADS = 4


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"kill")


def start(folder: Path, name: str, count: int) -> subprocess.Popen:
    command = [sys.executable, str(CLIENT), str(folder), name, str(THREADS), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def collect(process: subprocess.Popen, told: list[dict]) -> Thread:
    def read() -> None:
        nonlocal told
        for line in process.stdout:
            told += [json.loads(line)] if line.endswith(b"\n") else []

    reader = Thread(target=read)
    reader.start()
    return reader


def run_and_kill(folder: Path, name: str, seconds: float) -> list[dict]:
    """Start a client, kill it some time after its first receipt, and return what it had told until then."""
    told: list[dict] = []
    process = start(folder, name, 1_000_000)
    reader = collect(process, told)
    while not told:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    reader.join()
    process.wait()
    return told


def check_history(folder: Path, keyring: Keyring, told: list[dict]) -> int:
    """Check every receipt against the register and its published log as they are now; return the size of the log."""
    verifier = keyring.log_signer.verifier
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        head = open_checkpoint(register.tiles.checkpoint_note(), verifier)
        assert (head.size, head.root) == (read_head(register).size, read_head(register).root)
        entries = list(register.tiles.read_entries(0, head.size))
        heads: dict[int, Checkpoint] = {}
        for receipt in told:
            opened = verify_receipt(receipt["text"], verifier)
            assert entries[receipt["index"]] == opened.opening.leaf_data()
            assert heads.setdefault(opened.checkpoint.size, opened.checkpoint) == opened.checkpoint
        for old in heads.values():
            path = consistency_path(old.size, head.size, register.tiles.read_hash)
            verify_consistency(old_size=old.size, old_root=old.root, new_size=head.size, new_root=head.root, path=path)
    return head.size


@pytest.mark.timeout(420)
def test_nothing_that_was_acknowledged_is_lost_when_processes_are_killed(built):
    report = kill_again_and_again(built, kills=KILLS, draw=random.Random(5))
    assert (report.findings.complaints, report.findings.lost, report.findings.forks) == ([], 0, 0)
    assert set(report.scenes) == {"intake", "publishing", "snapshot", "applying"}
    assert report.kills == sum(report.scenes.values()) >= KILLS
    assert min(report.scenes.values()) > 0
    assert report.acknowledged > 10 * KILLS


def test_a_receipt_from_before_a_kill_is_given_again_byte_for_byte(tmp_path, keyring):
    before = run_and_kill(tmp_path, "same", 0.05)
    after: list[dict] = []
    process = start(tmp_path, "same", 10)
    collect(process, after).join()
    assert process.wait() == 0
    known = {receipt["subject"]: receipt["text"] for receipt in before}
    repeated = [receipt for receipt in after if receipt["subject"] in known]
    assert repeated
    assert [receipt["text"] for receipt in repeated] == [known[receipt["subject"]] for receipt in repeated]


def test_two_processes_that_file_at_one_time_make_one_history(tmp_path, keyring):
    told: list[dict] = []
    processes = [start(tmp_path, name, 60) for name in ("north", "south")]
    for reader in [collect(process, told) for process in processes]:
        reader.join()
    assert [process.wait() for process in processes] == [0, 0], [process.stderr.read() for process in processes]
    texts: dict[str, set[str]] = {}
    for receipt in told:
        texts.setdefault(receipt["subject"], set()).add(receipt["text"])
    # 54 accounts of its own for each of 8 threads, and 6 that all of them name: one receipt each.
    assert (len(told), len(texts), {len(receipts) for receipts in texts.values()}) == (480, 8 * 54 + 6, {1})
    assert check_history(tmp_path, keyring, told) == 8 * 54 + 6
