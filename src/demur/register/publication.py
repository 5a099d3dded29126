"""Publishing the log: the entries of the database become static files, whenever there are some that are not yet.

The same function publishes after a commit, heals a crash between commit and publishing, and writes the files anew when
they were lost. It never signs: it publishes checkpoints that the database holds.
"""

from dataclasses import dataclass

from demur.ledger.tiles import TileStore
from demur.register.connection import Connection
from demur.register.database import Database
from demur.register.errors import RegisterRolledBackError

_ENTRIES_AT_ONCE = 65_536
_RESTORE_HINT = (
    "Stop writing. `demur register restore` lists the entries that are missing, and brings them back from receipts."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The published files of a register's log."""

    database: Database
    tiles: TileStore

    def publish(self, connection: Connection) -> None:
        """Publish every entry that the database holds and the files do not.

        Raises:
            RegisterRolledBackError: the files have a history that the database does not have.
            LogForkError: a file is there with other content.
            OSError, DiskFullError: the files cannot be written now; the next call goes on.
        """
        with self.database.locked():
            published = self._check_history(connection)
            while (head := _next_checkpoint(connection, published)) is not None:
                size, note = head
                select = "SELECT data FROM leaf WHERE idx >= ? AND idx < ? ORDER BY idx"
                datas = [data for (data,) in connection.execute(select, (published, size))]
                self.tiles.publish(published, datas, note)
                published = size

    def _check_history(self, connection: Connection) -> int:
        """Return the published size, after a look that the published checkpoint is one of the database's own."""
        # The files first: whoever publishes has committed before, so the database can only be further.
        note = self.tiles.checkpoint_note()
        size = self.tiles.size()
        if note is None:
            return 0
        found = connection.execute("SELECT note FROM checkpoint WHERE size = ?", (size,)).fetchone()
        if found is None or found[0] != note:
            message = f"the published log of {size} entries is not a history of this register"
            raise RegisterRolledBackError(message, hint=_RESTORE_HINT)
        return size


def _next_checkpoint(connection: Connection, published: int) -> tuple[int, str] | None:
    """Return the checkpoint to publish next: the newest one, or one on the way to it when much is to be published."""
    select = "SELECT size, note FROM checkpoint WHERE size > ? ORDER BY size >= ? DESC, abs(size - ?) LIMIT 1"
    goal = published + _ENTRIES_AT_ONCE
    found: tuple[int, str] | None = connection.execute(select, (published, goal, goal)).fetchone()
    return found
