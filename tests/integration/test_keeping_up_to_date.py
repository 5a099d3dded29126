"""A corpus is kept up to the register while something reads it, also when the register is busy for a while."""

import contextlib
import shutil
import sqlite3
import time

import pytest

from demur.cli.following import keep_up_to_date
from demur.cli.workspace import Common
from demur.corpus.gate import open_corpus
from demur.exchange.removals import open_heartbeat

SECONDS_BUSY = 7  # longer than a writer waits for the lock, so that at least one pass fails
SECONDS_ALLOWED = 30


@pytest.fixture
def workspace(built, tmp_path):
    shutil.copytree(built, tmp_path / "platform")
    return Common(config=tmp_path / "platform" / "demur.toml").workspace()


@contextlib.contextmanager
def busy_register(workspace):
    """Hold the lock of the register's writers from another connection."""
    path = workspace.register_url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_register_that_is_busy_for_a_while_stops_nothing_for_good(workspace):
    folder = workspace.corpus("sample")
    with keep_up_to_date(workspace, folder):
        time.sleep(0.5)  # the register is open by then, and the first pass is yet to come
        with busy_register(workspace):
            time.sleep(SECONDS_BUSY)
        freed_at = workspace.clock.now()
        until = time.monotonic() + SECONDS_ALLOWED
        while heartbeat_of(workspace, folder) < freed_at and time.monotonic() < until:
            time.sleep(0.2)
        assert heartbeat_of(workspace, folder) >= freed_at
    assert open_corpus(folder, trust=workspace.trusted_keys).rows > 0


def heartbeat_of(workspace, folder):
    """Return the instant up to which the corpus is known to reflect the register."""
    note = (folder / "removals" / "heartbeat").read_bytes()
    return open_heartbeat(note, workspace.trusted_keys.documents).at
