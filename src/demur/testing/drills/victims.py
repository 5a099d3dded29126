"""The processes that `demur.testing.drills.kills` kills: each tells what it was told, the moment it was told."""

import hashlib
import itertools
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from demur.cli.reconciling import bring_up_to_date
from demur.cli.workspace import Common, Workspace
from demur.register.intake import enqueue_objection, receipt_of
from demur.register.store import Register
from demur.testing.drills.oracle import AT, Installation, Told, Wish, ask, form_of

CORPUS = "sample"
_AT_ONE_TIME = 128
_UNTIL_PUBLISHED_SECONDS = 0.06

Tell: TypeAlias = "Callable[[Told], None]"


def installation_of(platform: Path) -> Installation:
    """Return where a sample platform has its register and its log."""
    return Installation(platform, database="register/register.db", log="register/log")


def workspace_of(platform: Path) -> Workspace:
    """Return the parts of a sample platform."""
    return Common(config=platform / "demur.toml").workspace()


def live(work: Callable[[Path, str, Tell], None], platform: Path, name: str, connection: Connection) -> None:
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


def object_and_pause(platform: Path, name: str, tell: Tell) -> None:
    """Let people object and wait, so that the log is published again and again."""
    with installation_of(platform).open(workspace_of(platform).whole_keyring) as register:
        for number in itertools.count():
            _object_together(register, f"{name}-{number}", 1 + number % 20, tell)
            time.sleep(_UNTIL_PUBLISHED_SECONDS)


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


def apply_objections(platform: Path, names: str, tell: Tell) -> None:
    """Let some accounts object, if any are named, and bring the corpus up to the register."""
    workspace = workspace_of(platform)
    with installation_of(platform).open(workspace.whole_keyring) as register:
        for name in filter(None, names.split(",")):
            tell(ask(register, Wish.OBJECTION, name, installation_of(platform)))
    bring_up_to_date(workspace, workspace.corpus(CORPUS))


def _object_together(register: Register, name: str, count: int, tell: Tell) -> None:
    names = [f"{name}-{number}" for number in range(count)]
    waiting = [(one, enqueue_objection(register, form_of(register.keyring, one), at=AT)) for one in names]
    for one, answer in waiting:
        tell(Told(wish=Wish.OBJECTION, name=one, receipt=receipt_of(answer.result()).text))
