"""The processes that drills kill: each tells what it was told, the moment it was told.

`demur.testing.drills.kills` and `demur.testing.drills.failpoints` say when; `demur.testing.drills.together` lets them
live, two at a time.
"""

import hashlib
import itertools
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import TypeAlias

from demur.cli.following import follow_all
from demur.kernel.errors import TransientError
from demur.register.batch import Committed
from demur.register.intake import enqueue_objection, receipt_of
from demur.register.store import Register
from demur.testing.drills.oracle import AT, Told, Wish, ask, form_of, parse_told
from demur.testing.drills.platforms import installation_of, workspace_of

_AT_ONE_TIME = 128
_UNTIL_PUBLISHED_SECONDS = 0.06
_PAUSE_SECONDS = 0.05

Tell: TypeAlias = "Callable[[Told], None]"
Work: TypeAlias = "Callable[[Path, str, Tell], None]"


def prepared_processes() -> ForkServerContext:
    """Return what makes processes that begin at once: one imports everything, and those that are killed are its."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["demur.testing.drills.victims", "demur.testing.drills.warm"])
    return processes


def start(
    processes: ForkServerContext, target: Callable[..., None], *arguments: object
) -> tuple[ForkServerProcess, Connection]:
    """Start a process whose last argument is a connection, and return our end of it."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=target, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def hear(connection: Connection) -> Iterator[Told]:
    """Yield what a process tells until it ends; what it was about to tell when it died, it has not told."""
    while True:
        try:
            yield parse_told(connection.recv_bytes())
        except (EOFError, OSError):
            return


def live(work: Work, platform: Path, name: str, connection: Connection) -> None:
    """Do some work until it ends or the process is killed, and send what was told."""
    work(platform, name, lambda told: connection.send_bytes(told.encode()))


def object_without_end(platform: Path, name: str, tell: Tell) -> None:
    """Let one person after the other object, many at one time, and now and then log a document."""
    with installation_of(platform).open(workspace_of(platform).whole_keyring) as register:
        for number in itertools.count():
            _object_together(register, f"{name}-{number}", _AT_ONE_TIME, tell)
            if number % 8 == 0:
                digest = hashlib.sha256(f"{name}-{number}".encode()).hexdigest()
                tell(ask(register, Wish.DOCUMENT, digest, installation_of(platform)))


def object_whatever_happens(platform: Path, name: str, tell: Tell) -> None:
    """Let one person after the other object, many at one time; whoever gets no answer asks the same again."""
    with installation_of(platform).open(workspace_of(platform).whole_keyring) as register:
        for number in itertools.count():
            _object_stubbornly(register, [f"{name}-{number}-{one}" for one in range(_AT_ONE_TIME)], tell)


def object_beside_others(platform: Path, name: str, tell: Tell) -> None:
    """Let people object who ask nobody else, and people who ask other processes at the same time, until told to end.

    The name ends with a colon and the number of seconds.
    """
    own, _, seconds = name.rpartition(":")
    until = time.monotonic() + float(seconds)
    with installation_of(platform).open(workspace_of(platform).whole_keyring) as register:
        for number in itertools.count():
            names = [f"{own}-{number}-{one}" for one in range(_AT_ONE_TIME)]
            _object_stubbornly(register, [*names, f"shared-{number}"], tell)
            if time.monotonic() > until:
                return


def object_and_pause(platform: Path, name: str, tell: Tell) -> None:
    """Let people object and wait, so that the log is published again and again."""
    with installation_of(platform).open(workspace_of(platform).whole_keyring) as register:
        for number in itertools.count():
            _object_together(register, f"{name}-{number}", _AT_ONE_TIME, tell)
            time.sleep(_UNTIL_PUBLISHED_SECONDS)


def ask_for_everything(platform: Path, name: str, tell: Tell) -> None:
    """Let some people object at one time, one of them join others and object again, and log a document."""
    installation = installation_of(platform)
    with installation.open(workspace_of(platform).whole_keyring) as register:
        _object_together(register, name, 3, tell)
        tell(ask(register, Wish.LINK, f"{name}-0", installation))
        tell(ask(register, Wish.OBJECTION, f"{name}-0", installation))
        tell(ask(register, Wish.DOCUMENT, hashlib.sha256(name.encode()).hexdigest(), installation))


def take_a_snapshot(platform: Path, name: str, tell: Tell) -> None:
    """Let somebody object, then take two snapshots: into a folder of its own, and into one that may have one."""
    installation = installation_of(platform)
    with installation.open(workspace_of(platform).whole_keyring) as register:
        tell(ask(register, Wish.OBJECTION, name, installation))
        tell(ask(register, Wish.SNAPSHOT, name, installation))
        ask(register, Wish.SNAPSHOT, "again", installation)


def take_snapshots(platform: Path, name: str, tell: Tell) -> None:
    """Take one snapshot after the other while people object."""
    installation = installation_of(platform)
    with installation.open(workspace_of(platform).whole_keyring) as register:

        def object_meanwhile() -> None:
            for number in itertools.count():
                _object_together(register, f"{name}-{number}", 1, tell)
                time.sleep(_UNTIL_PUBLISHED_SECONDS / 10)

        threading.Thread(target=object_meanwhile, daemon=True).start()
        for number in itertools.count():
            ask(register, Wish.SNAPSHOT, f"{name}-{number}", installation)


def follow_the_register(platform: Path, names: str, tell: Tell) -> None:
    """Let some accounts object, if any are named, then bring the corpus up to the register and do what is owed."""
    workspace = workspace_of(platform)
    with installation_of(platform).open(workspace.whole_keyring) as register:
        for name in filter(None, names.split(",")):
            tell(ask(register, Wish.OBJECTION, name, installation_of(platform)))
        followed = follow_all(workspace, register).go_round().followed
    if followed.left_behind:
        sys.exit(str(followed.left_behind))


def _object_together(register: Register, name: str, count: int, tell: Tell) -> None:
    names = [f"{name}-{number}" for number in range(count)]
    for one, answer in _enqueue(register, names):
        tell(Told(wish=Wish.OBJECTION, name=one, receipt=receipt_of(answer.result()).text))


def _object_stubbornly(register: Register, names: list[str], tell: Tell) -> None:
    while names:
        again = []
        for one, answer in _enqueue(register, names):
            try:
                tell(Told(wish=Wish.OBJECTION, name=one, receipt=receipt_of(answer.result()).text))
            except TransientError:
                again.append(one)
        names = again
        time.sleep(_PAUSE_SECONDS if again else 0)


def _enqueue(register: Register, names: list[str]) -> "list[tuple[str, Future[Committed]]]":
    return [(one, enqueue_objection(register, form_of(register.keyring, one), at=AT)) for one in names]
