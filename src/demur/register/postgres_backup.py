"""Dumping and restoring a register on PostgreSQL, by the server's own programs.

``pg_dump`` reads in one snapshot, which we share with it, so that the dump and what its head says are of one instant.
Source: https://www.postgresql.org/docs/15/app-pgdump.html
"""

import contextlib
import os
import subprocess
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from demur.register.errors import (
    DatabaseToolError,
    DatabaseUnreachableError,
    RegisterPresentError,
)

if TYPE_CHECKING:
    from demur.register.backup import Query, State

_REPLACED = "replaced_"
_TOOL_HINT = "Install PostgreSQL's programs in the server's version or a newer one (Debian: postgresql-client)."


def dump_database(url: sa.URL, target: Path, read: "Callable[[Query], State]") -> "State":
    """Write a dump in ``pg_dump``'s custom format, and return where the register stood at its instant.

    Raises:
        DatabaseUnreachableError: the server does not answer, or the database is no register.
        DatabaseToolError: ``pg_dump`` is missing, or refused.
    """
    conninfo = _conninfo(url)
    try:
        with psycopg.connect(conninfo) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            state = read(lambda query: connection.execute(query.encode()).fetchone())
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
            _run("pg_dump", [*words, f"--exclude-schema={_REPLACED}*"], conninfo)
    except psycopg.Error as error:
        message = f"the register on postgresql cannot be copied: {type(error).__name__}"
        raise DatabaseUnreachableError(message, hint="Check the URL, and that the database is a register.") from error
    return state


def restore_database(url: sa.URL, source: Path, *, replaced_at: datetime | None) -> str | None:
    """Put a dump into an empty database, all of it or nothing; return the schema that an earlier register is kept in.

    Args:
        replaced_at: when a register that is there may be replaced; None refuses that.

    Raises:
        RegisterPresentError: the database holds tables.
        DatabaseUnreachableError: the server does not answer, or the role lacks a right.
        DatabaseToolError: ``pg_restore`` is missing, or refused.
    """
    conninfo = _conninfo(url)
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            kept = _make_room(connection, replaced_at)
            try:
                words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source)]
                _run("pg_restore", words, conninfo)
            except BaseException:
                if kept is not None:
                    _swap(connection, f"DROP SCHEMA public; ALTER SCHEMA {kept} RENAME TO public")
                raise
    except psycopg.Error as error:
        message = f"the register on postgresql cannot be restored: {type(error).__name__}"
        raise DatabaseUnreachableError(message, hint="Check the URL, and that the role owns the database.") from error
    return kept


def _make_room(connection: "psycopg.Connection[tuple[object, ...]]", replaced_at: datetime | None) -> str | None:
    """Put what is in the way into a schema of its own."""
    found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
    if found is None:
        return None
    if replaced_at is None:
        message = "the database holds tables already"
        raise RegisterPresentError(message, hint="Name an empty database, or give --replace, which keeps the old one.")
    kept = f"{_REPLACED}{replaced_at:%Y%m%dt%H%M%S}"
    _swap(connection, f"ALTER SCHEMA public RENAME TO {kept}; CREATE SCHEMA public")
    return kept


def _swap(connection: "psycopg.Connection[tuple[object, ...]]", statements: str) -> None:
    with connection.transaction():
        for statement in statements.split("; "):
            connection.execute(statement.encode())


def _conninfo(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, words: Sequence[str], conninfo: str) -> None:
    parts = conninfo_to_dict(conninfo)
    password = parts.pop("password", None)
    # Whatever is on a command line can be read by everybody on the machine.
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    command = [program, f"--dbname={make_conninfo('', **parts)}", *words]
    try:
        done = subprocess.run(  # noqa: S603 -- PostgreSQL's own programs
            command, capture_output=True, env=os.environ | secret, check=False
        )
    except OSError as error:
        message = f"the program {program} cannot be run: {error.strerror}"
        raise DatabaseToolError(message, hint=_TOOL_HINT) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        with contextlib.suppress(ValueError):
            said = [said[0].split("error: ", 1)[1]] if "error: " in said[0] else said
        message = f"{program} ended with {done.returncode}: {said[0]}"
        raise DatabaseToolError(message, hint=_TOOL_HINT)
