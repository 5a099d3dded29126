"""SQLite as the register needs it: opened for durability, migrated and checked before anything is acknowledged.

Nearly every guide sets ``synchronous=NORMAL``, which may lose the last commits when the power fails; the register asks
for FULL and refuses to start without it. Two engines share the file: a writer whose transactions take the lock when
they begin (a transaction that becomes a writer half-way fails at once, whatever the timeout), and readers.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from demur.kernel.errors import DemurError
from demur.kernel.files import is_disk_full, make_folder
from demur.register.connection import (
    SELECT_HEAD,
    Connection,
    ConstraintError,
    Parameters,
    Row,
    StatementError,
    describe_failure,
)
from demur.register.errors import (
    DatabaseDamagedError,
    DatabaseNotDurableError,
    DatabaseUnreachableError,
    DatabaseUnsupportedError,
)

_BUSY_TIMEOUT_MS = 5_000
_URL_HINT = "Write a URL such as sqlite:///register/register.db, a file on a local disk."
_KEYS_AT_ONCE = 512
_OLDEST_SQLITE = (3, 39)  # the first that knows IS DISTINCT FROM
_SYNCHRONOUS_FULL = 2
_NETWORK_FILE_SYSTEMS = frozenset({"afs", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs"})
_MOUNTS = Path("/proc/self/mountinfo")
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA secure_delete=ON",  # what an erasure deletes is overwritten with zeros
    "PRAGMA recursive_triggers=ON",  # else INSERT OR REPLACE deletes a row without the trigger that forbids it
)
_READER_PRAGMAS = (
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA query_only=ON",
)


class SqliteConnection:
    """A connection of SQLite's driver."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def changes(self) -> int:
        """See `Connection`."""
        return self._connection.total_changes

    def begin(self) -> None:
        """See `Connection`; a transaction that becomes a writer half-way fails at once, so this one begins as such."""
        self.execute("BEGIN IMMEDIATE")

    def read_head(self) -> tuple[int, bytes]:
        """See `Connection`; nobody else can have moved it since."""
        size, frontier = self.execute(SELECT_HEAD).fetchone()
        return size, frontier

    def commit(self) -> None:
        """See `Connection`."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """See `Connection`."""
        self.execute("ROLLBACK")

    def execute(self, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """See `Connection`."""
        try:
            return self._connection.execute(statement, parameters)
        except sqlite3.IntegrityError as error:
            raise ConstraintError(str(error)) from error
        except sqlite3.Error as error:
            raise StatementError(str(error)) from error

    def execute_all(self, statements: Sequence[tuple[str, Parameters]]) -> list[int]:
        """See `Connection`."""
        return [self.execute(statement, parameters).rowcount for statement, parameters in statements]

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        """See `Connection`."""
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.IntegrityError as error:
            raise ConstraintError(str(error)) from error
        except sqlite3.Error as error:
            raise StatementError(str(error)) from error

    def select_among(self, statement: str, keys: Sequence[Any]) -> list[Any]:
        """See `Connection`; numbers of keys are rounded up, so that few statements have to be prepared."""
        rows = []
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = list(keys[start : start + _KEYS_AT_ONCE])
            some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
            among = f"IN ({', '.join(f'?{number}' for number in range(1, len(some) + 1))})"
            rows += self.execute(statement.format(among=among), some).fetchall()
        return rows

    def select_each(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """See `Connection`."""
        return [self.select_among(statement, keys) for statement, keys in asked]

    def insert_rows(self, rows: Mapping[sa.Table, Sequence[Row]]) -> None:
        """See `Connection`."""
        for table, some in rows.items():
            self.executemany(_insert_into(table), some)

    def close(self) -> None:
        """See `Connection`."""
        self._connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteDatabase:
    """A register in one file: a writer engine and a reader engine share it."""

    path: Path
    writer: sa.Engine
    reader: sa.Engine

    def connect_writer(self) -> SqliteConnection:
        """Return a new connection for the sequencer's statements; the caller closes it."""
        with _foreign_errors(self.path):
            connection = sqlite3.connect(self.path, check_same_thread=False)
            try:
                _prepare(connection, _WRITER_PRAGMAS)
            except sqlite3.Error:
                connection.close()
                raise
        return SqliteConnection(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection inside one read transaction: all that is read is of one instant."""
        with _foreign_errors(self.path), self.reader.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection inside one write transaction; the log is written by the sequencer alone."""
        with _foreign_errors(self.path), self.writer.begin() as connection:
            yield connection

    def sweep(self) -> bool:
        """See `Database`: what the writer deletes becomes zeros, and here the copies in the write-ahead log go."""
        with contextlib.closing(self.connect_writer()) as connection, _foreign_errors(self.path):
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock file beside the database: for migrating and publishing, which one process does at a time."""
        descriptor = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def forget_deleted(self) -> None:
        """See `Database`: what is in the write-ahead log goes into the file, and the log becomes empty."""
        with _foreign_errors(self.path), contextlib.closing(self.connect_writer()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        """Close every pooled connection."""
        self.reader.dispose()
        self.writer.dispose()


def open_sqlite(url: sa.URL) -> SqliteDatabase:
    """Open the file that a URL names, making it when it is new, and check that it is durable; tables come later.

    Raises:
        DatabaseUnsupportedError: this Python's SQLite is too old.
        DatabaseNotDurableError: the database is in memory or on a network disk, or cannot use WAL with full syncs.
        DatabaseUnreachableError: the file cannot be opened, or is no database.
        DatabaseDamagedError: the file is damaged.
        RegisterUnavailableError: the disk is full, or another process holds the lock.
    """
    _check_version()
    path = path_of(url)
    _make_file(path)
    _refuse_network_disk(path)
    database = SqliteDatabase(
        path=path,
        writer=_engine(path, _WRITER_PRAGMAS, "BEGIN IMMEDIATE", pool=NullPool),
        reader=_engine(path, _READER_PRAGMAS, "BEGIN", pool=None),
    )
    with database.locked(), _foreign_errors(path):
        connection = database.connect_writer()
        try:
            check_durability(connection)
        finally:
            connection.close()
    return database


def check_durability(connection: Connection) -> None:
    """Check that what this connection commits survives a power cut, and that the file is whole.

    Raises:
        DatabaseNotDurableError: no write-ahead log, or commits that do not wait for the disk.
        DatabaseDamagedError: the quick check finds damage.
    """
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if journal != "wal" or synchronous < _SYNCHRONOUS_FULL:
        message = f"the database runs with journal_mode={journal} and synchronous={synchronous}, needed are wal and 2"
        raise DatabaseNotDurableError(message, hint="Put the register on a local disk that supports write-ahead logs.")
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        message = "the database is damaged: its quick check does not say ok"
        raise DatabaseDamagedError(message, hint="Restore the register from its backup, then publish the log again.")


@cache
def _insert_into(table: sa.Table) -> str:
    places = ", ".join("?" * len(table.columns))
    return f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608 -- a table of our schema


def _check_version() -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        oldest = ".".join(map(str, _OLDEST_SQLITE))
        message = f"this Python has SQLite {sqlite3.sqlite_version}, the register needs {oldest}"
        raise DatabaseUnsupportedError(message, hint="Use a newer Python or system, or PostgreSQL.")


def path_of(url: sa.URL) -> Path:
    """Return the file that a URL names.

    Raises:
        DatabaseNotDurableError: it names a database in memory.
    """
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        message = "the register needs a file; a database in memory loses everything with its process"
        raise DatabaseNotDurableError(message, hint=_URL_HINT)
    return Path(url.database).absolute()


def _make_file(path: Path) -> None:
    try:
        make_folder(path.parent)
        # Only its owner reads the register; SQLite gives its side files the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        if is_disk_full(error):
            raise describe_failure(error) from error
        message = f"the register cannot be opened at {path}: {error.strerror}"
        raise DatabaseUnreachableError(message, hint="Check the path and the rights of its folder.") from error


def _refuse_network_disk(path: Path) -> None:
    """Refuse a disk where locks and shared memory are not what SQLite's write-ahead log needs."""
    found = _file_system_of(path.resolve())
    if found in _NETWORK_FILE_SYSTEMS:
        message = f"the register lies on a network disk ({found}), which cannot hold a write-ahead log"
        raise DatabaseNotDurableError(message, hint="Put it on a local disk.")


def _file_system_of(path: Path) -> str:
    """Return the type of the file system that holds a path, or an empty text where the system does not tell."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    # Format: ids root MOUNT_POINT options - TYPE source; see proc(5).
    mounts = [(line.split(" ")[4], line.partition(" - ")[2].partition(" ")[0]) for line in lines]
    holding = [(point, kind) for point, kind in mounts if path.is_relative_to(point)]
    return max(holding, key=lambda mount: len(mount[0]), default=("", ""))[1]


def _engine(path: Path, pragmas: tuple[str, ...], begin: str, *, pool: type[sa.Pool] | None) -> sa.Engine:
    url = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(url, poolclass=pool) if pool else sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        _prepare(connection, pragmas)

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _prepare(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own
    for pragma in pragmas:
        connection.execute(pragma).close()


@contextlib.contextmanager
def _foreign_errors(path: Path) -> Iterator[None]:
    """Turn errors of the driver and of SQLAlchemy into ours."""
    try:
        yield
    except (sqlite3.Error, sa.exc.SQLAlchemyError, StatementError) as error:
        raise _ours(error, path) from error


def _ours(error: sqlite3.Error | sa.exc.SQLAlchemyError | StatementError, path: Path) -> DemurError:
    transient = ("locked", "busy", "full", "disk I/O")
    if any(word in str(error) for word in transient):
        return describe_failure(error)
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    message = f"the register at {path} cannot be used: {type(cause).__name__}"
    return DatabaseUnreachableError(message, hint="Check that the file is a register and that you may write to it.")
