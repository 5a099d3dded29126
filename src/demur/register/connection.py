"""One connection of the sequencer to the database, whichever it is: its statements run on the driver itself.

Statements are written once, with ``?`` or ``:name`` for what is put in; both databases understand all else in them. A
driver's errors become the two of this module, without what was to be stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa

from demur.kernel.files import DiskFullError, is_disk_full
from demur.register.errors import DatabaseUnreachableError, RegisterUnavailableError

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]

SELECT_HEAD = "SELECT size, frontier FROM head"


class StatementError(Exception):
    """The database could not run a statement, or the commit."""


class ConstraintError(StatementError):
    """A constraint or a trigger of the database refused a row."""


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""
        ...

    def fetchone(self) -> Any:  # noqa: ANN401 -- a tuple, or None
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection that begins and ends its transactions by itself."""

    @property
    def changes(self) -> int:
        """Return how many rows this connection has changed so far, to tell whether something did change some."""
        ...

    def begin(self) -> None:
        """Begin a transaction that no other writer shares: it waits for them, and is the only one from here on."""
        ...

    def read_head(self) -> tuple[int, bytes]:
        """Return size and frontier of the log as this transaction found them when it began."""
        ...

    def commit(self) -> None:
        """End the transaction; returns when it is on disk."""
        ...

    def rollback(self) -> None:
        """Undo the transaction."""
        ...

    def execute(self, statement: str, parameters: Parameters = ()) -> Rows:
        """Run a statement.

        Raises:
            ConstraintError: a constraint or a trigger refused it.
            StatementError: it failed otherwise.
        """
        ...

    def execute_all(self, statements: Sequence[tuple[str, Parameters]]) -> list[int]:
        """Run some statements one after the other; return how many rows each changed. Raises as `execute`."""
        ...

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Run a statement for each row."""
        ...

    def select_among(self, statement: str, keys: Sequence[Any]) -> list[Any]:
        """Run a statement in which ``{among}`` stands for being one of some keys, once or more; no keys, no rows."""
        ...

    def select_each(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """Run some statements as `select_among` does, in one way to the database and back; return the rows of each."""
        ...

    def insert_rows(self, rows: Mapping[sa.Table, Sequence[Row]]) -> None:
        """Insert rows into some tables, which have a value for each column of their table, in the order given."""
        ...

    def close(self) -> None:
        """Close it; what was not committed is undone."""
        ...


# What may be over a moment later: a full disk, a lock, a server that is started anew.
PASSING = (StatementError, OSError, DiskFullError, RegisterUnavailableError, DatabaseUnreachableError)


def describe_failure(error: BaseException) -> RegisterUnavailableError:
    """Say in one line why the database could not store something, without what was to be stored."""
    full = is_disk_full(error) or any(word in str(error) for word in ("full", "disk I/O", "No space left"))
    cause = (
        "the disk is full or failing" if full else f"the database answered {type(error.__cause__ or error).__name__}"
    )
    locked = any(word in str(error) for word in ("locked", "busy", "lock timeout"))
    message = f"the register could not store this: {'another process is writing' if locked else cause}"
    hint = "Nothing was acknowledged. Free some space if the disk is full, then ask again."
    return RegisterUnavailableError(message, hint=hint)
