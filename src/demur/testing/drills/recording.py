"""Record what a program does to the files below a folder, call by call, by ``strace``.

The kernel's own word is recorded and not a library's, so nothing that the program does can be missed: a call that
changes a file below the folder in a way that `demur.testing.drills.disk` does not know is an error.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from demur.testing.drills.errors import RecordingError

_SYNCS = ("fsync", "fdatasync")
_CALLS = (
    *("open", "openat", "creat", "lseek", "write", "pwrite64", "ftruncate", "mkdir", "mkdirat", "rmdir"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat"),
)
# The simulated disk does not know these: below the folder they end the drill.
_UNKNOWN = (
    *("writev", "pwritev", "pwritev2", "truncate", "fallocate", "link", "linkat", "symlink", "symlinkat"),
    *("sendfile", "copy_file_range", "openat2"),
)
_LONGEST_WRITE = 1 << 24
# Format: THREAD NAME(ARGUMENTS) = RESULT; the calls of other threads may come between the beginning and the end of one.
_WHOLE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
_BEGINNING = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>")
_ENDING = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)\) += (-?\d+|\?)")
_DESCRIPTOR = re.compile(r"(?:AT_FDCWD|\d+)<([^>]*)>(\(deleted\))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file was opened, and made if need be; `truncates` tells that it was emptied."""

    path: str
    makes: bool
    truncates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """Bytes are in a file from an offset on; None is the end of the file."""

    path: str
    content: bytes
    offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resized:
    """A file was cut or lengthened to a size."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncBegan:
    """A thread asks for a file, or the names in a folder, to be on the disk; what comes later need not be."""

    thread: int
    path: str
    is_data_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncEnded:
    """What the thread's last `SyncBegan` asked for is on the disk."""

    thread: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A file or folder has another name; whatever had that name is gone."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """A file or an empty folder is gone."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFolder:
    """There is a new folder."""

    path: str


Event: TypeAlias = "Opened | Wrote | Resized | SyncBegan | SyncEnded | Renamed | Unlinked | MadeFolder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a program did to the files below a folder; it may be read again and again."""

    path: Path
    below: Path

    def __iter__(self) -> Iterator[Event]:
        """Yield one event after the other."""
        reader = _Reader(self.below)
        with self.path.open(encoding="ascii") as lines:
            for line in lines:
                yield from reader.read(line)


@contextmanager
def record(command: Sequence[str], *, below: Path) -> Iterator[Trace]:
    """Run a program to its end and yield what it did to files below a folder, in its order.

    A call counts when it has returned, except that a sync covers only what had returned when it began.

    Raises:
        RecordingError: the program failed, may not be traced here, or did what the simulated disk does not know.
    """
    with tempfile.TemporaryDirectory(prefix="demur-recording-") as name:
        trace = Path(name) / "trace"
        options = ["--follow-forks", "--seccomp-bpf", "--decode-fds=path", "--strings-in-hex=all", "--quiet=all"]
        calls = ",".join(f"?{call}" for call in (*_SYNCS, *_CALLS, *_UNKNOWN))
        options += [f"--string-limit={_LONGEST_WRITE}", f"--trace={calls}", f"--output={trace}"]
        done = subprocess.run(  # noqa: S603 -- a program of this repository
            ["strace", *options, *command],  # noqa: S607 -- as Debian installs it
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"the recorded program ended with {done.returncode}: {done.stderr.strip()[-2000:]}"
            raise RecordingError(message, hint="strace must be installed, and be allowed to trace (ptrace).")
        yield Trace(path=trace, below=below)


class _Reader:
    """What has to be remembered from one line of a trace to the next."""

    def __init__(self, below: Path) -> None:
        self._marker = _hex(str(below))
        self._unfinished: dict[str, tuple[str, str]] = {}
        self._positions: dict[tuple[int, str], int | None] = {}  # None is the end of the file, whatever it is

    def read(self, line: str) -> Iterator[Event]:
        if found := _BEGINNING.match(line):
            thread, name, arguments = found.groups()
            if self._marker in arguments:
                self._unfinished[thread] = (name, arguments)
                yield from self._begin(int(thread), name, arguments)
        elif found := _ENDING.match(line):
            thread, rest, result = found.groups()
            if thread in self._unfinished:
                name, arguments = self._unfinished.pop(thread)
                yield from self._end(int(thread), name, arguments + rest, result)
        elif self._marker in line and (found := _WHOLE.match(line)):
            thread, name, arguments, result = found.groups()
            yield from self._begin(int(thread), name, arguments)
            yield from self._end(int(thread), name, arguments, result)

    def _begin(self, thread: int, name: str, arguments: str) -> Iterator[Event]:
        if name in _SYNCS:
            yield SyncBegan(thread=thread, path=_path_of(arguments), is_data_only=name == "fdatasync")

    def _end(self, thread: int, name: str, arguments: str, result: str) -> Iterator[Event]:
        """Yield the event of a call that succeeded; one that failed did nothing."""
        value = -1 if result == "?" else int(result)
        if value < 0:
            return
        if name in _SYNCS:
            yield SyncEnded(thread=thread, path=_path_of(arguments))
        elif name in {"write", "pwrite64", "ftruncate", "lseek"}:
            yield from self._use(name, arguments, value)
        elif name in _UNKNOWN:
            message = f"the recorded program called {name}, which the simulated disk does not know"
            raise RecordingError(message)
        else:
            yield from self._name(name, arguments, value)

    def _use(self, name: str, arguments: str, value: int) -> Iterator[Event]:
        """Yield what was done with an open file; one without a name any more cannot be found after a power cut."""
        path = _path_of(arguments)
        key = (int(arguments.partition("<")[0]), path)
        words = arguments.split(", ")
        if words[0].endswith("(deleted)"):
            return
        if name == "lseek":
            self._positions[key] = value
        elif name == "ftruncate":
            yield Resized(path=path, size_bytes=int(words[1]))
        elif name == "pwrite64":
            yield Wrote(path=path, content=_bytes(words[1])[:value], offset=int(words[3]))
        else:
            position = self._positions[key]
            yield Wrote(path=path, content=_bytes(words[1])[:value], offset=position)
            self._positions[key] = None if position is None else position + value

    def _name(self, name: str, arguments: str, value: int) -> Iterator[Event]:
        """Yield what was done by name."""
        words = arguments.split(", ")
        start = Path(_path_of(arguments))
        path, *others = (str(start / _bytes(word).decode()) for word in words if word.startswith('"'))
        if name.startswith("rename"):
            yield Renamed(old=path, new=others[0])
        elif name.startswith("mkdir"):
            yield MadeFolder(path=path)
        elif name in {"unlink", "unlinkat", "rmdir"}:
            yield Unlinked(path=path)
        else:
            flags = "O_CREAT|O_TRUNC" if name == "creat" else arguments
            self._positions[value, path] = None if "O_APPEND" in flags else 0
            yield Opened(path=path, makes="O_CREAT" in flags, truncates="O_TRUNC" in flags)


def _hex(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _bytes(word: str) -> bytes:
    return bytes.fromhex(word.strip('"').replace("\\x", ""))


def _path_of(arguments: str) -> str:
    """Return the path of the descriptor that a call begins with, or an empty text when it begins with none."""
    found = _DESCRIPTOR.match(arguments)
    return _bytes(found[1]).decode() if found else ""
