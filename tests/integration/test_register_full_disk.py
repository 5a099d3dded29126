"""A full disk refuses and loses nothing, and what it refused is taken when there is room again."""

import asyncio
import contextlib
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.exchange.snapshot import read_snapshot
from demur.kernel.clock import FixedClock
from demur.kernel.files import DiskFullError
from demur.kernel.words import Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.errors import RegisterUnavailableError
from demur.register.intake import Receipt, receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.snapshot import PROOF_NAME, take_snapshot
from demur.register.store import Register, open_register
from demur.web.door import Door
from demur.web.links import make_link

AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
DISK_BYTES = 3_200_000
MAX_OBJECTIONS = 20_000


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"full")


def file_one(register: Register, number: int) -> Receipt:
    subject = subject_key(register.keyring, f"account-{number}")
    form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=AT)
    return receive_objection(register, form, at=AT)


def check_it_refuses_and_heals(folder: Path, keyring: Keyring, make_room: Callable[[], None]) -> None:
    """File objections until one is refused, make room, and check that all is there and goes on."""
    receipts: list[Receipt] = []
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        with pytest.raises(RegisterUnavailableError, match="the disk is full or failing") as refused:
            receipts.extend(file_one(register, number) for number in range(MAX_OBJECTIONS))
        number = len(receipts)
        with pytest.raises(RegisterUnavailableError):
            file_one(register, number)
        make_room()
        receipts.append(file_one(register, number))
        assert refused.value.exit_status == 4
        assert file_one(register, 0) == receipts[0]
    assert len(receipts) > 10
    check_published(f"sqlite:///{folder}/register.db", keyring, folder / "log", receipts)


def open_in(folder: Path, keyring: Keyring) -> Register:
    return open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log")


def fill(filler: Path, *, but: int = 0) -> None:
    """Leave a number of bytes free on a disk, and no more."""
    filler.unlink(missing_ok=True)
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4_096)):
            pass
    os.truncate(filler, filler.stat().st_size - but)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def check_published(url: str, keyring: Keyring, log_folder: Path, receipts: list[Receipt]) -> None:
    """Check that each receipt is of the published log, which opening the register has made whole."""
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        entries = list(register.tiles.read_entries(0, register.tiles.size()))
    opened = [verify_receipt(receipt.text, keyring.log_signer.verifier) for receipt in receipts]
    assert [receipt.opening.leaf_data() for receipt in opened] == entries


def mount_small_disk(folder: Path) -> bool:
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def may_mount() -> bool:
    """Tell whether this user may mount a disk of its own: in a container or for an ordinary user it may be refused."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() != 0 or not mount_small_disk(Path(name)):
            return False
        subprocess.run(["umount", name], check=True)
        return True


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    assert mount_small_disk(tmp_path / "disk")
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=True)


def test_files_that_may_not_grow_refuse_and_heal(tmp_path, keyring):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK_BYTES // 4, hard))
    try:
        check_it_refuses_and_heals(tmp_path, keyring, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def post(door: Door, *bodies: bytes) -> list[tuple[int, dict[bytes, bytes], dict[str, object]]]:
    """Start the door, send it objections, stop it, and return status, headers and body of each answer."""
    given: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    started = asyncio.Event()

    async def note(_message: object) -> None:
        started.set()

    life = asyncio.create_task(door({"type": "lifespan"}, given.get, note))
    await given.put({"type": "lifespan.startup"})
    await started.wait()
    answers = []
    for body in bodies:
        sent: list[dict[str, object]] = []

        async def receive(body: bytes = body) -> dict[str, object]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, object], sent: list[dict[str, object]] = sent) -> None:
            sent.append(message)

        await door({"type": "http", "path": "/api/objections", "method": "POST"}, receive, send)
        answers.append((sent[0]["status"], dict(sent[0]["headers"]), json.loads(sent[1]["body"])))
    await given.put({"type": "lifespan.shutdown"})
    await life
    return answers


def test_the_door_answers_503_while_the_disk_is_full_and_takes_the_same_objection_afterwards(tmp_path, keyring):
    bodies = [json.dumps({"link": make_link(keyring, subject_key(keyring, f"{n}"))}).encode() for n in range(60)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (DISK_BYTES // 4, hard))
    try:
        answers = asyncio.run(post(Door(lambda: open_in(tmp_path, keyring), FixedClock(AT)), *bodies))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    taken = {number: answer for number, answer in enumerate(answers) if answer[0] == 201}
    refused = [answer for answer in answers if answer[0] != 201]
    assert len(taken) >= 5
    assert {(status, headers[b"retry-after"], body["code"]) for status, headers, body in refused} == {
        (503, b"1", "register-unavailable")
    }
    again = asyncio.run(post(Door(lambda: open_in(tmp_path, keyring), FixedClock(AT)), *bodies))
    assert [status for status, _, _ in again] == [201] * len(bodies)
    assert {number: again[number] for number in taken} == taken
    assert sorted(body["index"] for _, _, body in again) == list(range(len(bodies)))


if may_mount():

    def test_a_small_disk_that_is_full_refuses_and_heals(small_disk, keyring):
        filler = small_disk / "filler"
        filler.write_bytes(bytes(DISK_BYTES // 2))
        check_it_refuses_and_heals(small_disk, keyring, filler.unlink)

    def test_objections_are_taken_while_the_disk_of_the_log_is_full_and_are_published_afterwards(
        small_disk, tmp_path, keyring
    ):
        url, log_folder = f"sqlite:///{tmp_path}/register.db", small_disk / "log"
        with open_register(url, keyring=keyring, log_folder=log_folder) as register:
            receipts = [file_one(register, 0)]
            wait_until(lambda: register.tiles.size() == 1)
            fill(small_disk / "filler")
            receipts += [file_one(register, number) for number in range(1, 100)]
            time.sleep(0.1)
            assert register.tiles.size() == 1
            # The path of an earlier entry is read from the published files: until they can be written, it must wait.
            with pytest.raises(RegisterUnavailableError, match="the disk is full or failing"):
                file_one(register, 50)
            (small_disk / "filler").unlink()
            assert file_one(register, 50) == receipts[50]
            wait_until(lambda: register.tiles.size() == 100)
        check_published(url, keyring, log_folder, receipts)

    def test_a_register_opens_while_the_disk_of_the_log_is_full(small_disk, tmp_path, keyring):
        url, log_folder = f"sqlite:///{tmp_path}/register.db", small_disk / "log"
        receipts = []
        for _ in range(2):
            fill(small_disk / "filler")
            with open_register(url, keyring=keyring, log_folder=log_folder) as register:
                receipts.append(file_one(register, len(receipts)))
        assert [path for path in log_folder.rglob("*") if path.is_file()] == []
        (small_disk / "filler").unlink()
        check_published(url, keyring, log_folder, receipts)

    def test_a_snapshot_on_a_full_disk_leaves_nothing_half_written(small_disk, tmp_path, keyring):
        folder = small_disk / "snapshot"
        with open_in(tmp_path, keyring) as register:
            receipt = file_one(register, 0)
            for left_bytes in (0, 4_096, 16_384):
                shutil.rmtree(folder, ignore_errors=True)
                fill(small_disk / "filler", but=left_bytes)
                with pytest.raises(DiskFullError):
                    take_snapshot(register, folder, at=AT)
                assert not (folder / PROOF_NAME).exists()
                assert [path.name for path in small_disk.rglob("*.partial")] == []
            (small_disk / "filler").unlink()
            taken = take_snapshot(register, folder, at=AT)
            assert file_one(register, 0) == receipt
        assert read_snapshot(folder, keyring.document_signer.verifier)[0] == taken
        assert taken.rows["objections"] == 1

    def test_a_snapshot_of_a_register_whose_disk_is_full_is_not_logged_and_is_taken_afterwards(
        small_disk, tmp_path, keyring
    ):
        with open_in(small_disk, keyring) as register:
            receipt = file_one(register, 0)
            fill(small_disk / "filler")
            with pytest.raises(RegisterUnavailableError, match="the disk is full or failing"):
                take_snapshot(register, tmp_path / "snapshot", at=AT)
            assert not (tmp_path / "snapshot" / PROOF_NAME).exists()
            (small_disk / "filler").unlink()
            take_snapshot(register, tmp_path / "snapshot", at=AT)
            assert file_one(register, 0) == receipt
        assert read_snapshot(tmp_path / "snapshot", keyring.document_signer.verifier)[0].log_size == 1
