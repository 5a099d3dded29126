"""An empty register of an invented platform, for the tests of this folder."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.keys.keyring import Keyring, create_keyring
from demur.register.batch import Batch, Outcome
from demur.register.store import Register, open_register
from demur.testing.drills.postgres import Server, running_server


@pytest.fixture
def at() -> datetime:
    return datetime(2025, 5, 27, 6, 0, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"register")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/register.db"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def log_folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def register(url: str, keyring: Keyring, log_folder: Path) -> Iterator[Register]:
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        yield register


@pytest.fixture
def hold() -> Callable[[Register], threading.Event]:
    """Return what keeps a sequencer busy, so that what comes now waits for one batch, until the event is set."""

    def hold(register: Register) -> threading.Event:
        entered, released = threading.Event(), threading.Event()

        def wait(_batch: Batch) -> Outcome:
            entered.set()
            released.wait()
            return Outcome()

        register.sequencer.enqueue(wait)
        entered.wait()
        return released

    return hold
