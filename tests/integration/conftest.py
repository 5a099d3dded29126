"""The command line as a function, and a small platform on which every command works."""

import contextlib
import io
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from servers.site import Site, open_site

from demur.cli import main
from demur.testing.agora.platform import write_agora  # noqa: F401 -- imported once here, not while a test is timed
from demur.testing.portal.browser import open_browser

PEOPLE, ITEMS = 60, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: its exit status and what it printed."""

    status: int
    out: str
    err: str


def run_demur(folder: Path, *words: str) -> Ended:
    """Run one command in a folder as `main` runs it, without the price of a new process."""
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["demur", *words]
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.argv = argv
    return Ended(status=status, out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="session")
def demur() -> Callable[..., Ended]:
    return run_demur


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a platform whose register is filled and whose snapshot is taken; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("registered") / "platform"
    _play(folder.parent, f"sample --out platform --people {PEOPLE} --items {ITEMS} --seed 11")
    _play(folder, "keys create")
    _play(folder, "register import accounts.csv notices.csv objections.csv withdrawals.csv")
    _play(folder, "register snapshot")
    return folder


@pytest.fixture(scope="session")
def built(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same platform with a corpus named sample."""
    folder = tmp_path_factory.mktemp("built") / "platform"
    shutil.copytree(registered, folder)
    _play(folder, "build sample")
    return folder


@pytest.fixture(scope="session")
def packed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same platform with a pack of its corpus."""
    folder = tmp_path_factory.mktemp("packed") / "platform"
    shutil.copytree(built, folder)
    _play(folder, "evidence pack --out pack.zip")
    return folder


def _play(folder: Path, command: str) -> None:
    ended = run_demur(folder, *command.split())
    assert (ended.status, command) == (0, command), ended.err


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium; each test opens a context of its own in it.

    No longer than a module: while it runs, Playwright keeps an event loop in this thread, where other tests run theirs.
    """
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return every page of the portal at an address; tests that write use accounts of their own."""
    with open_site(tmp_path_factory.mktemp("site") / "platform") as opened:
        yield opened
