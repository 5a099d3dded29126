"""PostgreSQL as the register needs it: asked for durability, and refused where it was told to forgo it.

Writers take their turn by a lock on the head of the log; readers, each in a snapshot of one instant, do not notice.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors
from psycopg.adapt import Dumper
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import NullPool

from demur.kernel.errors import DemurError
from demur.register.arrays import ARRAY_DUMPERS, ElementKind, encode_array
from demur.register.connection import (
    SELECT_HEAD,
    Connection,
    ConstraintError,
    Parameters,
    Row,
    StatementError,
    describe_failure,
)
from demur.register.errors import DatabaseNotDurableError, DatabaseUnreachableError
from demur.register.schema import SWEPT

_KINDS: dict[type[sa.types.TypeEngine[Any]], ElementKind] = {
    sa.LargeBinary: "bytea",
    sa.Text: "text",
    sa.Integer: "int8",
    sa.BigInteger: "int8",
}
# A register without statistics, a new one, has plans for empty tables: until autovacuum looked at it, each batch would
# read whole tables, though whatever a writer asks for has an index. Without one a plan seems so dear then that it would
# be compiled, each time it runs.
_SESSION = b"SET lock_timeout = '5s'; SET enable_seqscan = off; SET jit = off"
_DIALECT: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_LOCK = 0x64656D7572  # "demur": the advisory lock of whoever migrates or publishes
_PLACES = re.compile(r"\?|(?<!:):([a-z_]+)")
# What must hold for a commit to be on disk when the server says so, and why (PostgreSQL 15, 20.5).
_DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}
_SETTINGS = "SELECT " + ", ".join(f"current_setting('{setting}')" for setting in _DURABLE)


class _FlagDumper(Dumper):
    """Writes a flag as 0 or 1, which is what the columns hold in both databases."""

    oid = psycopg.adapters.types["int2"].oid

    def dump(self, obj: bool) -> bytes:  # noqa: FBT001 -- the protocol of psycopg
        return b"1" if obj else b"0"


class PostgresConnection:
    """A connection of psycopg in its autocommit mode: transactions begin and end by statements."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection
        self._changes = 0
        self._head: Row = ()

    @property
    def changes(self) -> int:
        """See `Connection`."""
        return self._changes

    def begin(self) -> None:
        """See `Connection`; a transaction of a server that was told meanwhile to be careless is refused."""
        # All in one round trip; a reload reaches a session between statements, so the settings are asked for here.
        cursor = self._run(f"BEGIN; LOCK TABLE head IN SHARE ROW EXCLUSIVE MODE; {_SETTINGS}; {SELECT_HEAD}", None)
        cursor.nextset()
        cursor.nextset()
        settings = cursor.fetchone()
        cursor.nextset()
        self._head = cursor.fetchone() or ()
        try:
            _check_settings(settings or ())
        except DatabaseNotDurableError as error:
            message = "the database would lose what it acknowledges"
            raise StatementError(message) from error

    def read_head(self) -> tuple[int, bytes]:
        """See `Connection`; the lock that began the transaction keeps everybody else from moving it."""
        size, frontier = self._head
        return size, frontier

    def commit(self) -> None:
        """See `Connection`."""
        self._run("COMMIT", None)

    def rollback(self) -> None:
        """See `Connection`."""
        self._run("ROLLBACK", None)

    def execute(self, statement: str, parameters: Parameters = ()) -> psycopg.Cursor[Row]:
        """See `Connection`."""
        cursor = self._run(_in_psycopg_style(statement), parameters)
        if _changes_rows(statement):
            self._changes += max(0, cursor.rowcount)
        return cursor

    def execute_all(self, statements: Sequence[tuple[str, Parameters]]) -> list[int]:
        """See `Connection`; in one way to the server and back."""
        with _translated(), self._connection.pipeline():
            cursors = [
                self._connection.execute(_in_psycopg_style(statement).encode(), parameters)
                for statement, parameters in statements
            ]
        counts = [max(0, cursor.rowcount) for cursor in cursors]
        self._changes += sum(counts)
        return counts

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        """See `Connection`."""
        with _translated(), self._connection.cursor() as cursor:
            cursor.executemany(_in_psycopg_style(statement), rows)
            self._changes += max(0, cursor.rowcount)

    def select_among(self, statement: str, keys: Sequence[Any]) -> list[Any]:
        """See `Connection`."""
        (rows,) = self.select_each([(statement, keys)])
        return rows

    def select_each(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """See `Connection`."""
        questions = [
            (statement.format(among="= ANY(:keys)"), {"keys": _array_of(keys)}) for statement, keys in asked if keys
        ]
        if len(questions) == 1:
            found = [self.execute(*question) for question in questions]
        else:
            with _translated(), self._connection.pipeline():
                found = [self._connection.execute(_in_psycopg_style(text).encode(), keys) for text, keys in questions]
        cursors = iter(found)
        return [next(cursors).fetchall() if keys else [] for _, keys in asked]

    def insert_rows(self, rows: Mapping[sa.Table, Sequence[Row]]) -> None:
        """See `Connection`; one statement a table, whatever the number of rows, and one way to the server and back."""
        # A pipeline tells of the first failure at its end, and the others were not run.
        with _translated(), self._connection.pipeline():
            for table, some in rows.items():
                kinds = _kinds_of(table)
                columns = [
                    encode_array(kind, column) for kind, column in zip(kinds, zip(*some, strict=True), strict=True)
                ]
                self._connection.execute(_insert_into(table), columns)
        self._changes += sum(map(len, rows.values()))

    def close(self) -> None:
        """See `Connection`."""
        self._connection.close()

    def _run(self, statement: str, parameters: Parameters | None) -> psycopg.Cursor[Row]:
        with _translated():
            return self._connection.execute(statement.encode(), parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDatabase:
    """A register on a server: an engine for reads of one instant, and one for migrations."""

    conninfo: str = field(repr=False)
    where: str
    writer: sa.Engine
    reader: sa.Engine

    def connect_writer(self) -> PostgresConnection:
        """See `Database`."""
        with _foreign_errors(self.where):
            connection = psycopg.connect(self.conninfo, autocommit=True)
            connection.adapters.register_dumper(bool, _FlagDumper)
            for dumper in ARRAY_DUMPERS:
                connection.adapters.register_dumper(dumper.encodes, dumper)
            connection.execute(_SESSION)
        return PostgresConnection(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """See `Database`."""
        with _foreign_errors(self.where), self.reader.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """See `Database`."""
        with _foreign_errors(self.where), self.writer.begin() as connection:
            yield connection

    def sweep(self) -> bool:
        """See `Database`: a VACUUM takes dead rows out of tables and indices, unless a transaction may still see them.

        Only VACUUM FULL, which locks a table for as long as it takes, gives their place on the disk back.
        """
        with contextlib.closing(self.connect_writer()) as connection, _foreign_errors(self.where):
            connection.execute(f"VACUUM {', '.join(SWEPT)}")
        return True

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """See `Database`; the lock ends with its connection, however that ends."""
        with _foreign_errors(self.where):
            connection = psycopg.connect(self.conninfo, autocommit=True)
        with contextlib.closing(connection):
            with _foreign_errors(self.where):
                connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            yield

    def forget_deleted(self) -> None:
        """See `Database`: the server has removed the files of a table that was dropped."""

    def close(self) -> None:
        """See `Database`."""
        self.reader.dispose()
        self.writer.dispose()


def open_postgres(url: sa.URL) -> PostgresDatabase:
    """Open the database that a URL names and check that it is durable; tables come later.

    Raises:
        DatabaseNotDurableError: the server, the database or the role forgoes durability.
        DatabaseUnreachableError: the server does not answer, or does not let us in.
    """
    driver = url.set(drivername="postgresql+psycopg")
    database = PostgresDatabase(
        conninfo=url.set(drivername="postgresql").render_as_string(hide_password=False),
        where=f"{url.database or '(no name)'} on {url.host or 'the local socket'}",
        writer=sa.create_engine(driver, poolclass=NullPool),
        reader=sa.create_engine(
            driver,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            pool_pre_ping=True,
        ),
    )
    with contextlib.closing(database.connect_writer()) as connection:
        check_durability(connection)
    return database


def check_durability(connection: Connection) -> None:
    """Check that what this connection commits survives a power cut.

    Raises:
        DatabaseNotDurableError: a setting forgoes that.
    """
    _check_settings(connection.execute(_SETTINGS).fetchone())


def _check_settings(found: Row) -> None:
    for (setting, allowed), value in zip(_DURABLE.items(), found, strict=True):
        if value not in allowed:
            message = f"the database runs with {setting}={value}, needed is {allowed[0]}"
            hint = f"Set {setting} = {allowed[0]} for the server, the database and the role, and start again."
            raise DatabaseNotDurableError(message, hint=hint)


def _array_of(keys: Sequence[Any]) -> Any:  # noqa: ANN401 -- whatever the driver takes for an array
    return encode_array("bytea", keys) if isinstance(keys[0], bytes) else list(keys)


@lru_cache(maxsize=256)
def _in_psycopg_style(statement: str) -> str:
    return _PLACES.sub(lambda found: f"%({found[1]})s" if found[1] else "%s", statement)


@cache
def _insert_into(table: sa.Table) -> bytes:
    arrays = ", ".join(f"CAST(%b AS {column.type.compile(dialect=_DIALECT)}[])" for column in table.columns)
    return f"INSERT INTO {table.name} SELECT * FROM unnest({arrays})".encode()  # noqa: S608 -- a table of our schema


@cache
def _kinds_of(table: sa.Table) -> tuple[ElementKind, ...]:
    return tuple(_KINDS[type(column.type)] for column in table.columns)


@lru_cache(maxsize=256)
def _changes_rows(statement: str) -> bool:
    return statement.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE"}


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into those of `demur.register.connection`: without the values of the row."""
    try:
        yield
    except (errors.IntegrityError, errors.RaiseException) as error:
        raise ConstraintError(error.diag.message_primary or "a constraint") from error
    except psycopg.Error as error:
        raise StatementError(error.diag.message_primary or type(error).__name__) from error


@contextlib.contextmanager
def _foreign_errors(where: str) -> Iterator[None]:
    """Turn errors of the driver and of SQLAlchemy into ours."""
    try:
        yield
    except (psycopg.Error, sa.exc.SQLAlchemyError, StatementError) as error:
        raise _ours(error, where) from error


def _ours(error: Exception, where: str) -> DemurError:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, errors.DiskFull | errors.LockNotAvailable | errors.AdminShutdown | errors.CannotConnectNow):
        return describe_failure(cause)
    state = getattr(cause, "sqlstate", None)
    message = f"the register at {where} cannot be used: {type(cause).__name__}{f' ({state})' if state else ''}"
    return DatabaseUnreachableError(message, hint="Check that the server runs, the URL, and the rights of its role.")
