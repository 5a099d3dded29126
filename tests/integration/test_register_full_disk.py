"""A full disk refuses and loses nothing, and what it refused is taken when there is room again."""

import contextlib
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.kernel.words import Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.errors import RegisterUnavailableError
from demur.register.intake import Receipt, receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.store import Register, open_register

AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
DISK_BYTES = 1_500_000
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
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        with contextlib.closing(register.database.connect_writer()) as connection:
            stored = dict(connection.execute("SELECT idx, data FROM leaf"))
        assert register.tiles.size() == len(stored)
    assert len(receipts) > 10
    for receipt in receipts:
        assert verify_receipt(receipt.text, keyring.log_signer.verifier).opening.leaf_data() == stored[receipt.index]


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


if may_mount():

    def test_a_small_disk_that_is_full_refuses_and_heals(small_disk, keyring):
        filler = small_disk / "filler"
        filler.write_bytes(bytes(DISK_BYTES // 2))
        check_it_refuses_and_heals(small_disk, keyring, filler.unlink)
