"""Publishing beside the commits, on a thread of its own, so that nobody's receipt waits for files.

A busy intake has it done by another process: two threads that both work take turns at Python's lock, which costs the
intake a quarter of its rate.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from demur.kernel.errors import DemurError, IntegrityError
from demur.ledger.tiles import TileStore
from demur.register.connection import PASSING, Connection
from demur.register.database import Database, open_database
from demur.register.errors import RegisterUnavailableError
from demur.register.publication import Publication

_PAUSE_SECONDS = 1.0  # between two publications: each costs some syncs, whatever the number of entries


class Publisher:
    """Publishes soon after it was told that there is something, again and again until it is closed."""

    def __init__(
        self,
        database: Database,
        publication: Publication,
        *,
        on_failure: Callable[[DemurError], None],
        looks_itself: bool = False,
    ) -> None:
        """Remember what to publish; the thread begins with the first entry that it is told of.

        Args:
            on_failure: told once, on the thread, when files and register are not one history; then nothing more is
                published.
            looks_itself: for entries that another process adds, which tells nobody.
        """
        self._database = database
        self._publication = publication
        self._on_failure = on_failure
        self._looks_itself = looks_itself
        self._is_due = threading.Event()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None

    def tell(self) -> None:
        """Say that a commit added entries; call it from one thread only."""
        self._is_due.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="demur-publisher", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Publish what is not yet, unless the disk refuses, and stop."""
        self._is_closing.set()
        self._is_due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._is_closing.is_set():
                if not self._looks_itself:
                    self._is_due.wait()
                self._is_due.clear()
                self._publish()
                self._is_closing.wait(_PAUSE_SECONDS)
            self._publish()
        except IntegrityError as error:
            self._on_failure(error)
        except BaseException as error:
            message = f"publishing stopped at a {type(error).__name__}"
            self._on_failure(RegisterUnavailableError(message, hint="Open the register again, and report this."))
            raise
        finally:
            self._disconnect()

    def _publish(self) -> None:
        try:
            if self._connection is None:
                self._connection = self._database.connect_writer()
            self._publication.publish(self._connection)
        except PASSING:
            self._disconnect()
            self._is_due.set()  # nothing acknowledged depends on it: the next attempt, or the next start, goes on

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextlib.contextmanager
def publishing(url: str, log_folder: Path, *, on_failure: Callable[[DemurError], None]) -> Iterator[None]:
    """Publish what another process adds to a register, while the block runs; at its end, what is left.

    Raises:
        As `demur.register.database.open_database`.
    """
    database = open_database(url)
    with contextlib.closing(database):
        publication = Publication(database=database, tiles=TileStore(log_folder))
        publisher = Publisher(database, publication, on_failure=on_failure, looks_itself=True)
        publisher.tell()
        try:
            yield
        finally:
            publisher.close()
