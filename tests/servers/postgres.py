"""A PostgreSQL server of our own, from Debian's package, on loopback and in a folder that goes with the tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

_OWNER = "postgres"  # the package makes this user; the server refuses to run as root
_START_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server, reached by a socket in its folder; whoever asks is its superuser."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql://{_OWNER}@/{database}?host={self.folder}"

    def new_database(self, *, like: str | None = None) -> str:
        """Make a database, empty or like another one that nobody uses now, and return its URL."""
        name = f"register_{next(self._numbers)}"
        template = psycopg.conninfo.conninfo_to_dict(like)["dbname"] if like else "template1"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)

    @contextmanager
    def weakened(self, database: str, setting: str) -> Iterator[None]:
        """Let the server forgo a setting of durability: for a database where that can be, else for all of them."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
            whom = f"DATABASE {name}" if setting == "synchronous_commit" else "SYSTEM"
            for change in (f"SET {setting} = off", f"RESET {setting}"):
                connection.execute(f"ALTER {whom} {change}".encode())
                connection.execute("SELECT pg_reload_conf()")
                if change.startswith("SET"):
                    yield


@contextmanager
def running_server() -> Iterator[Server]:
    """Make a cluster, start it as durable as it comes, and stop it at the end of the block."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    with tempfile.TemporaryDirectory(prefix="demur-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _OWNER)
        yield from _serve(folder, programs)


def _serve(folder: Path, programs: Path) -> Iterator[Server]:
    data = folder / "data"
    _as_owner(programs / "initdb", "--pgdata", data, "--auth", "trust", "--username", _OWNER, "--encoding", "UTF8")
    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c shared_buffers=32MB"
    _as_owner(programs / "pg_ctl", "--pgdata", data, "--log", folder / "log", "-o", settings, "--wait", "start")
    try:
        yield Server(folder=folder)
    finally:
        _as_owner(programs / "pg_ctl", "--pgdata", data, "--mode", "immediate", "--wait", "stop")


def _as_owner(*command: Path | str) -> None:
    as_owner = ["runuser", "-u", _OWNER, "--"] if os.geteuid() == 0 else []
    words = [*as_owner, *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", timeout=_START_SECONDS * 2, check=False)
    if done.returncode:
        message = f"{' '.join(words)}: {done.stderr or done.stdout}"
        raise RuntimeError(message)


def dump(url: str) -> bytes:
    """Return all that a database holds, of either kind, as bytes in which plain text can be found."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    return subprocess.run(["pg_dump", url], capture_output=True, check=True).stdout
