"""The servers of the measurement: PostgreSQL and the intake door, each in processes of its own."""

import contextlib
import http.client
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demur.keys.keyring import create_keyring, load_keyring
from demur.keys.subjects import subject_key
from demur.testing.drills.postgres import Server, running_server
from demur.web.admission.gate import AdmissionSettings
from demur.web.api.service import ApiSettings
from demur.web.installation import Installation
from demur.web.links import make_link
from demur.web.origins import parse_proxies
from demur.web.server import Addresses, run_door

__all__ = ["Door", "Server", "running_door", "running_server", "server_cpu_seconds", "write_tokens"]

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60
# proc(5): utime and stime are the 14th and the 15th field, cutime and cstime the next two; the 2nd may hold blanks, and
# ends with a parenthesis, from which these count.
_OF_ITSELF, _OF_ENDED_CHILDREN = 11, 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door that answers, and the process above its worker."""

    port: int
    pid: int
    installation: Installation

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that the door's processes have used so far."""
        return sum(_cpu_seconds(pid) for pid in [self.pid, *_children(self.pid)])


@contextlib.contextmanager
def running_door(folder: Path, url: str, port: int) -> Iterator[Door]:
    """Start the door as `demur serve door` does, without the pages, and stop it at the end of the block."""
    folder.mkdir()
    create_keyring(folder / "keys.json", platform="agora.example")
    installation = Installation(
        keyring=folder / "keys.json",
        register_url=url,
        log_folder=folder / "log",
        corpora=folder / "corpora",
        root=folder,
        contact="privacy@agora.example",
        api=ApiSettings(
            admission=AdmissionSettings(path=folder / "admission.db"), proxies=parse_proxies(["127.0.0.1"])
        ),
    )
    installation.open_register().close()
    process = multiprocessing.get_context("spawn").Process(
        target=run_door, args=(installation, Addresses(door_port=port, portal_port=0))
    )
    process.start()
    try:
        _await_answer(port)
        yield Door(port=port, pid=process.pid or 0, installation=installation)
    finally:
        process.terminate()
        process.join()


def server_cpu_seconds(server: Server) -> float:
    """Return the CPU seconds that a PostgreSQL server has used so far, those of ended connections included."""
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    return sum(map(_cpu_seconds, _children(pid))) + _cpu_seconds(pid) + _cpu_seconds(pid, first=_OF_ENDED_CHILDREN)


def write_tokens(door: Door, path: Path, *, first: int, count: int) -> None:
    """Write a token for a notice to each of some people, one a line: each of them objects once."""
    keyring = load_keyring(door.installation.keyring)
    people = (subject_key(keyring, f"person {number}") for number in range(first, first + count))
    path.write_text("".join(f"{make_link(keyring, person)}\n" for person in people), encoding="ascii")


def _await_answer(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/api/v1/health")
            connection.getresponse().read()
            return
        if time.monotonic() > deadline:
            message = f"nothing answers on port {port}"
            raise RuntimeError(message)
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    try:
        tasks = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except FileNotFoundError:
        return []  # it has ended meanwhile, and its children with it
    below = [int(child) for task in tasks for child in task.split()]
    return [*below, *(pid for child in below for pid in _children(child))]


def _cpu_seconds(pid: int, first: int = _OF_ITSELF) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # it has ended, and counts among the ended children of the one above
    return (int(fields[first]) + int(fields[first + 1])) / _CLOCK_TICKS
