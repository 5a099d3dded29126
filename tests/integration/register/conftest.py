"""An empty register of an invented platform, for the tests of this folder."""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.keys.keyring import Keyring, create_keyring
from demur.register.batch import Batch, Outcome
from demur.register.database import open_database
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


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the tables of a register and no row; making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("tables") / "register.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_tables(postgres: Server) -> str:
    """Return the URL of such a database on the server."""
    url = postgres.new_database()
    open_database(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a register may be made; for a test that asks for an open one, its tables are there already."""
    is_opened = "register" in request.fixturenames
    if request.param == "sqlite":
        if is_opened:
            shutil.copyfile(request.getfixturevalue("sqlite_tables"), tmp_path / "register.db")
        return f"sqlite:///{tmp_path}/register.db"
    server = request.getfixturevalue("postgres")
    return server.new_database(like=request.getfixturevalue("postgres_tables")) if is_opened else server.new_database()


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
