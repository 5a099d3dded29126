"""A PostgreSQL server of our own, from Debian's package, in a folder that goes with it; it may be killed."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from demur.testing.drills.errors import ServerError

_OWNER = "postgres"  # the package makes this user; the server refuses to run as root
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Server:
    """A running server, reached by a socket in its folder; whoever asks is its superuser."""

    folder: Path
    programs: Path
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{_OWNER}@/{database}?host={self.folder}"

    def new_database(self, like: str = "template1") -> str:
        """Make a database, empty or like another one to which nobody is connected, and return its URL."""
        name = f"register_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_name_of(like)}".encode())
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {_name_of(url)} WITH (FORCE)".encode())

    @contextmanager
    def weakened(self, setting: str, *, whom: str) -> Iterator[None]:
        """Let somebody (``SYSTEM``, ``DATABASE name``, ``ROLE name``) forgo a setting of durability in the block."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            try:
                self._alter(connection, f"ALTER {whom} SET {setting} = off")
                yield
            finally:
                self._alter(connection, f"ALTER {whom} RESET {setting}")

    def start(self) -> None:
        """Start it and wait until it answers; after a crash it first recovers.

        Raises:
            ServerError: it does not answer within a minute.
        """
        log = (self.folder / "log").open("ab")
        settings = [
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self.folder}",
            "-c",
            "shared_buffers=32MB",
        ]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *settings]
        with log:
            # As our own child: what is killed must also be buried, or the next one believes that it lives.
            self._process = subprocess.Popen(  # noqa: S603 -- PostgreSQL's own
                command, cwd="/", stdout=log, stderr=log, user=_user(), group=_user()
            )
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                message = f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-500:]}"
                raise ServerError(message)
            time.sleep(_LOOK_SECONDS)

    def kill(self) -> None:
        """Kill all of its processes at one moment (``kill -9``): the memory that they share is gone with them."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)  # or it would make another one meanwhile
        children = _children(self._process.pid)
        for process in (self._process.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait()
        # The memory that they share must be free before another server begins.
        until = time.monotonic() + _START_SECONDS
        while any(map(_lives, children)) and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS / 10)

    def stop_at_once(self) -> None:
        """Have it give up without a word to the disk (``immediate``): the next start recovers as after a crash."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_START_SECONDS)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _alter(self, connection: "psycopg.Connection[tuple[object, ...]]", change: str) -> None:
        """Change a setting, and wait until a new connection sees it."""
        connection.execute(change.encode())
        if " SYSTEM " in change:
            before = connection.execute("SELECT pg_conf_load_time()").fetchone()
            connection.execute("SELECT pg_reload_conf()")
            while connection.execute("SELECT pg_conf_load_time()").fetchone() == before:
                time.sleep(_LOOK_SECONDS / 10)


@contextmanager
def running_server() -> Iterator[Server]:
    """Make a cluster, start it as durable as it comes, and stop it at the end of the block.

    Raises:
        ServerError: PostgreSQL is not installed, or does not start.
    """
    programs = max(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=Path("/none")
    )
    with tempfile.TemporaryDirectory(prefix="demur-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if _user() is not None:
            shutil.chown(folder, _OWNER)
        _make_cluster(folder / "data", programs)
        server = Server(folder, programs)
        server.start()
        try:
            yield server
        finally:
            server.kill()  # its folder goes with it


def _make_cluster(data: Path, programs: Path) -> None:
    words = ["--auth", "trust", "--username", _OWNER, "--encoding", "UTF8"]
    command = [str(programs / "initdb"), "--pgdata", str(data), *words]
    try:
        subprocess.run(  # noqa: S603 -- PostgreSQL's own
            command, cwd="/", capture_output=True, check=True, user=_user(), group=_user()
        )
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"no cluster of PostgreSQL can be made: {error}"
        raise ServerError(message, hint="Install PostgreSQL (Debian: postgresql).") from error


def _user() -> str | None:
    return _OWNER if os.geteuid() == 0 else None


def _name_of(database: str) -> str:
    """Return the name of a database that a URL, or itself, names."""
    return str(psycopg.conninfo.conninfo_to_dict(database)["dbname"]) if "://" in database else database


def _children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]


def _lives(process: int) -> bool:
    """Tell whether a process still holds memory; one that waits to be buried holds none."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}
