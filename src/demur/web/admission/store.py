"""What the processes of one machine share about admission: what was spent, and until when there is load.

A SQLite file of its own, because a memory of one process would let another process, or the next one, take a proof a
second time. Nothing in it is worth keeping: it may be deleted while nothing runs, and then proofs of the last minutes
can be used once more. So it is never synced to disk.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from demur.kernel.files import exclusive_lock, make_folder
from demur.web.errors import AdmissionStoreError, ComeAgainError

_TABLES = """
    CREATE TABLE IF NOT EXISTS spent (key BLOB PRIMARY KEY, until REAL NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS spent_until ON spent (until);
    CREATE TABLE IF NOT EXISTS load (id INTEGER PRIMARY KEY CHECK (id = 1), until REAL NOT NULL) STRICT;
    INSERT OR IGNORE INTO load (id, until) VALUES (1, 0);
"""
_RAISE = "UPDATE load SET until = max(until, ?) WHERE id = 1"
_PATIENCE_SECONDS = 1.0
_SPENT_BETWEEN_CLEANING = 1_024
_RETRY_SECONDS = 1.0


class AdmissionStore:
    """The shared state, at a path, or in the memory of this process; thread-safe."""

    def __init__(self, path: Path | None) -> None:
        """Open it; a file that is no such state, because a crash tore it, is made anew.

        Raises:
            AdmissionStoreError: it cannot be opened, for want of rights or room, or it is locked for long.
        """
        self._lock = threading.Lock()
        self._spent_since_cleaning = 0
        try:
            self._connection = _open(path)
        except (sqlite3.Error, OSError) as error:
            message = f"{path} cannot be opened ({type(error).__name__})"
            raise AdmissionStoreError(
                message, hint="Check the rights of its folder and the room on its disk."
            ) from error

    def spend(self, key: bytes, *, until: float, now: float) -> bool:
        """Mark a key as spent until an instant, in seconds since 1970; tell whether it was not spent before.

        Raises:
            ComeAgainError: the state cannot be written now; the key is not spent.
        """
        with self._asking():
            self._spent_since_cleaning += 1
            if self._spent_since_cleaning >= _SPENT_BETWEEN_CLEANING:
                self._spent_since_cleaning = 0
                self._connection.execute("DELETE FROM spent WHERE until < ?", (now,))
            added = self._connection.execute("INSERT OR IGNORE INTO spent (key, until) VALUES (?, ?)", (key, until))
            return added.rowcount == 1

    def give_back(self, key: bytes) -> None:
        """Let a key be spent again: what it was spent for did not happen."""
        with contextlib.suppress(ComeAgainError), self._asking():
            self._connection.execute("DELETE FROM spent WHERE key = ?", (key,))

    def raise_load(self, until: float) -> None:
        """Say that there is load until an instant at least."""
        with contextlib.suppress(ComeAgainError), self._asking():
            self._connection.execute(_RAISE, (until,))

    def load_until(self) -> float:
        """Return until when some process said that there is load; 0 when nobody did."""
        try:
            with self._asking():
                (until,) = self._connection.execute("SELECT until FROM load").fetchone()
        except ComeAgainError:
            return 0.0
        return float(until)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                message = f"admission cannot be settled now ({type(error).__name__})"
                raise ComeAgainError(message, seconds=_RETRY_SECONDS, hint="Send it again a little later.") from error


def _open(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _connect(path)
    make_folder(path.parent)
    with exclusive_lock(path.with_name(f".{path.name}.lock")):  # door and portal start at the same time
        return _open_or_remake(path)


def _open_or_remake(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        # Its subclasses say that the file is locked or the disk full, and no file is thrown away for that.
        if type(error) is not sqlite3.DatabaseError:
            raise
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    return connection
