"""Whole files or none, also when the disk is full, when two write at once, and when a lock holder dies."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from demur.kernel.files import DiskFullError, exclusive_lock, is_disk_full, whole_file, write_whole

HOLD = """
import sys, time
from pathlib import Path
from demur.kernel.files import exclusive_lock

with exclusive_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


class StoppedError(Exception):
    """What a writer of these tests fails with."""


def write_half_of(path: Path, error: BaseException) -> None:
    """Write a file and stop with an error in the middle of it."""
    with whole_file(path) as temporary:
        temporary.write_bytes(b"half of wh")
        raise error


def fill_disk(path: Path) -> None:
    """Write a file while the device that holds a part of it has no room."""
    with whole_file(path) as temporary, Path("/dev/full").open("wb", buffering=0) as device:
        temporary.write_bytes(b"half")
        device.write(b"more")


def read_all(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_there_whole_and_nothing_else(tmp_path):
    write_whole(tmp_path / "a" / "b" / "file", b"content")
    assert read_all(tmp_path) == {"a/b/file": b"content"}


def test_a_block_that_fails_leaves_the_file_as_it_was_and_nothing_behind(tmp_path):
    write_whole(tmp_path / "file", b"before")
    with pytest.raises(StoppedError):
        write_half_of(tmp_path / "file", StoppedError())
    assert read_all(tmp_path) == {"file": b"before"}


def test_a_block_that_writes_nothing_publishes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "file"):
        pass
    assert read_all(tmp_path) == {}


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_half_of(tmp_path / "file", KeyboardInterrupt())
    assert read_all(tmp_path) == {}


def test_the_temporary_name_is_hidden_and_beside_the_final_one(tmp_path):
    with whole_file(tmp_path / "file") as temporary:
        temporary.write_bytes(b"")
        assert (temporary.parent, temporary.name.startswith(".file."), temporary.suffix) == (tmp_path, True, ".partial")


def test_two_threads_that_write_one_file_do_not_disturb_each_other(tmp_path):
    both_write = threading.Barrier(2)

    def write(content: bytes) -> None:
        with whole_file(tmp_path / "file") as temporary:
            both_write.wait(timeout=10)
            temporary.write_bytes(content)
            both_write.wait(timeout=10)

    threads = [threading.Thread(target=write, args=(letter * 100_000,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_all(tmp_path) in ({"file": b"a" * 100_000}, {"file": b"b" * 100_000})


def test_a_folder_that_was_made_is_synced_into_its_parent(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink()))
    write_whole(tmp_path / "a" / "b" / "file", b"")
    assert {path for path in synced if path.is_dir()} == {tmp_path, tmp_path / "a", tmp_path / "a" / "b"}


def test_a_full_device_is_a_full_disk_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(DiskFullError) as raised:
        fill_disk(tmp_path / "file")
    assert (str(raised.value), read_all(tmp_path)) == (f"no space left on the device that holds {tmp_path}", {})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "any words"), True),
        (OSError(errno.EDQUOT, "any words"), True),
        (RuntimeError("IO error: No space left on device (os error 28)"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("text"), False),
    ],
)
def test_a_full_disk_is_told_from_other_errors(error, expected):
    wrapped = RuntimeError("a library failed")
    wrapped.__cause__ = error
    assert (is_disk_full(error), is_disk_full(wrapped)) == (expected, expected)


def test_a_path_below_a_file_fails_as_the_system_says(tmp_path):
    write_whole(tmp_path / "file", b"")
    with pytest.raises(OSError), whole_file(tmp_path / "file" / "below"):  # noqa: PT011 -- the system chooses which
        pass


def test_a_lock_is_held_against_other_processes_until_its_holder_dies(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        taken = threading.Event()

        def take() -> None:
            with exclusive_lock(tmp_path / "lock"):
                taken.set()

        thread = threading.Thread(target=take)
        thread.start()
        waited = not taken.wait(timeout=0.1)
        os.kill(holder.pid, signal.SIGKILL)
        thread.join(timeout=10)
    assert (waited, taken.is_set()) == (True, True)


def test_a_lock_is_held_against_other_threads(tmp_path):
    order = []
    inside = threading.Event()

    def follow() -> None:
        inside.wait(timeout=10)
        with exclusive_lock(tmp_path / "lock"):
            order.append("second")

    thread = threading.Thread(target=follow)
    thread.start()
    with exclusive_lock(tmp_path / "lock"):
        inside.set()
        thread.join(timeout=0.05)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]
