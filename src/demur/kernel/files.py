"""Whole files or none: every file that Demur writes appears under its name complete and durable.

The rule after the crash trials: a temporary name in the same folder, fsync the file, rename, fsync the folder. A reader
that finds the name finds the whole content, also after ``kill -9`` or a power cut.
"""

import contextlib
import errno
import fcntl
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from demur.kernel.errors import ConfigurationError


class DiskFullError(ConfigurationError):
    """The disk has no room; nothing half-written was left under a final name."""

    code = "disk-full"


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; publish it under `path` when the block ends without an error.

    Missing folders are made, durably too. Threads and processes may write the same path at once: the last one wins.

    Raises:
        DiskFullError: the device ran out of space while the block wrote.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.partial")
    try:
        make_folder(path.parent)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if is_disk_full(error):
            message = f"no space left on the device that holds {path.parent}"
            hint = "Free some space and run the same command again: it goes on where it stopped."
            raise DiskFullError(message, hint=hint) from error
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write bytes to a file so that it is complete and durable, or not there at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error means that the device is full, also when a library wrapped it."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    if "No space left on device" in str(error) or "os error 28" in str(error):
        return True
    return error.__cause__ is not None and is_disk_full(error.__cause__)


def make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, durably: one that its parent forgets takes all in it along."""
    missing = list(itertools.takewhile(lambda above: not above.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync(made.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the advisory lock of a file while the block runs; waits until no other process or thread holds it.

    The kernel frees the lock when its holder dies, also by ``kill -9``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
