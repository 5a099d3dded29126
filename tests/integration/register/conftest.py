"""An empty register of an invented platform, for the tests of this folder."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.keys.keyring import Keyring, create_keyring
from demur.register.store import Register, open_register


@pytest.fixture
def at() -> datetime:
    return datetime(2025, 5, 27, 6, 0, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"register")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/register.db"


@pytest.fixture
def log_folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def register(url: str, keyring: Keyring, log_folder: Path) -> Iterator[Register]:
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        yield register
