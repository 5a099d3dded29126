"""The database that a URL names, as the register needs it: checked for durability and brought up to date.

SQLite in a file serves one machine; PostgreSQL serves several. Both hold the same tables, and the same tests run on
both.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from demur.register.connection import Connection
from demur.register.errors import DatabaseNewerError, DatabaseUnsupportedError
from demur.register.schema import SCHEMA_REVISION
from demur.register.sqlite import open_sqlite

_URL_HINT = "Write a URL such as sqlite:///register/register.db or postgresql://demur@/demur."


class Database(Protocol):
    """What the register asks of a database."""

    def connect_writer(self) -> Connection:
        """Return a new connection for the sequencer's statements; the caller closes it."""
        ...

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """Yield a connection inside one read transaction: all that is read is of one instant."""
        ...

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Yield a connection inside one write transaction; the log is written by the sequencer alone."""
        ...

    def sweep(self) -> bool:
        """Overwrite what was deleted where the database's own files still show it; tell whether that could be done."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Hold a lock for migrating and publishing, which one process does at a time."""
        ...

    def forget_deleted(self) -> None:
        """Leave nothing of deleted rows beside the database's own file, unless somebody reads just now."""
        ...

    def close(self) -> None:
        """Close every pooled connection."""
        ...


def open_database(url: str) -> Database:
    """Open the database that a URL names, bring its tables up to date, and check that it is durable.

    Raises:
        DatabaseUnsupportedError: the URL is none, or is of another database than SQLite and PostgreSQL.
        DatabaseNotDurableError: the database could lose what it acknowledged.
        DatabaseUnreachableError: it cannot be opened, or is none.
        DatabaseDamagedError: the file is damaged.
        DatabaseNewerError: a newer Demur has written it.
        RegisterUnavailableError: the disk is full, or another process holds the lock.
    """
    database = _open(parse_url(url))
    with database.locked():
        _migrate(database)
    return database


def parse_url(url: str) -> sa.URL:
    """Return the parts of a database URL.

    Raises:
        DatabaseUnsupportedError: it is none.
    """
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError as error:
        message = "the register's URL is not a database URL"
        raise DatabaseUnsupportedError(message, hint=_URL_HINT) from error


def _open(url: sa.URL) -> Database:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return open_sqlite(url)
    if backend == "postgresql":
        return _open_postgres(url)
    message = f"the register runs on sqlite and postgresql, the URL names {backend}"
    raise DatabaseUnsupportedError(message, hint=_URL_HINT)


def _open_postgres(url: sa.URL) -> Database:
    try:
        from demur.register.postgres import open_postgres  # noqa: PLC0415 -- optional dependency
    except ImportError as error:
        message = "the register's URL names postgresql, and psycopg is not installed"
        raise DatabaseUnsupportedError(message, hint='Install it: pip install "demur[postgres]"') from error
    return open_postgres(url)


def _migrate(database: Database) -> None:
    with database.reading() as connection:
        found = _revision(connection)
    if found is not None and found > SCHEMA_REVISION:
        message = f"the register has tables of revision {found}, this version of Demur knows {SCHEMA_REVISION}"
        raise DatabaseNewerError(message, hint="Use the newer version of Demur.")
    if found != SCHEMA_REVISION:
        with database.writing() as connection:
            upgrade(connection)


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the tables up to a revision, the newest unless named, inside the transaction of a connection."""
    from alembic import command  # noqa: PLC0415 -- slow import
    from alembic.config import Config  # noqa: PLC0415 -- slow import

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
