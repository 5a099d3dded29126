"""One transaction: units of work, the entries that they add, the new head and its signature, then the commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from demur.kernel.errors import DemurError
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.openings import Opening
from demur.ledger.tree import Frontier, Growth, hash_leaf
from demur.register.batch import Batch, DrawBytes, Outcome, Unit
from demur.register.connection import Connection, ConstraintError
from demur.register.errors import RegisterAlteredError

Result: TypeAlias = "Outcome | DemurError"


class _RefusedAfterWritingError(Exception):
    """A unit has to be undone, and with it its whole transaction."""

    def __init__(self, position: int, refusal: DemurError) -> None:
        super().__init__(position, refusal)
        self.position = position
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedBatch:
    """What is on disk now.

    Attributes:
        results: for each unit of work its outcome, or why it was refused.
        growth: the entries that were added, with their proofs; None when there were none.
        note: the checkpoint that was signed for them.
        openings: what opens each personal entry that was added, and whom it covers.
    """

    results: tuple[Result, ...]
    growth: Growth | None
    note: str
    openings: dict[int, tuple[Opening, tuple[SubjectKey, ...]]]


def commit_batch(connection: Connection, units: Sequence[Unit], *, keyring: Keyring, draw: DrawBytes) -> CommittedBatch:
    """Run units of work in one transaction and return when it is on disk.

    A unit may run more than once before the commit: whatever it does outside the transaction must bear that.
    After any exception the connection must be closed: whether the commit took place is not known, and only the file can
    tell.

    Raises:
        StatementError, OSError: the transaction failed.
        RegisterAlteredError: the head is not that of this register.
    """
    refused: dict[int, DemurError] = {}
    while True:
        try:
            return _attempt(connection, units, refused, keyring=keyring, draw=draw)
        except _RefusedAfterWritingError as error:
            connection.rollback()
            refused[error.position] = error.refusal


def _attempt(
    connection: Connection,
    units: Sequence[Unit],
    refused: Mapping[int, DemurError],
    *,
    keyring: Keyring,
    draw: DrawBytes,
) -> CommittedBatch:
    connection.begin()
    frontier = _read_head(connection)
    batch = Batch(connection=connection, keyring=keyring, draw=draw, first_index=frontier.size)
    results = tuple(refused.get(position) or _run(batch, unit, position) for position, unit in enumerate(units))
    growth, note = _grow(batch, frontier) if batch.leaves else (None, "")
    connection.commit()
    return CommittedBatch(results=results, growth=growth, note=note, openings=batch.openings)


def _read_head(connection: Connection) -> Frontier:
    # Read inside the transaction: another process may have moved the head since our last batch.
    size, frontier = connection.execute("SELECT size, frontier FROM head").fetchone()
    return Frontier.from_bytes(size, frontier)


def _run(batch: Batch, unit: Unit, position: int) -> Result:
    """Run one unit; a refusal leaves the others of its batch alone.

    A savepoint for each unit would cost a quarter of the rate, so a unit that was refused after it had written, which
    is rare, makes the batch run again without it.
    """
    before = batch.connection.changes
    try:
        return unit(batch)
    except DemurError as error:
        if batch.connection.changes != before:
            raise _RefusedAfterWritingError(position, error) from error
        return error
    except ConstraintError as error:
        message = f"a constraint of the register refused this: {error}"
        refusal = RegisterAlteredError(message, hint="Keep the register as it is and report this.")
        raise _RefusedAfterWritingError(position, refusal) from error


def _grow(batch: Batch, frontier: Frontier) -> tuple[Growth, str]:
    """Extend the tree, sign the new head and store it."""
    growth = frontier.append([hash_leaf(data) for data in batch.leaves])
    signer = batch.keyring.log_signer
    size = growth.frontier.size
    note = sign_checkpoint(Checkpoint(origin=signer.name, size=size, root=growth.root), signer)
    batch.connection.execute("INSERT INTO checkpoint (size, note) VALUES (?, ?)", (size, note))
    # Compare-and-swap: even a writer that went around the lock could not make two histories.
    swap = "UPDATE head SET size = ?, frontier = ? WHERE id = 1 AND size = ?"
    moved = batch.connection.execute(swap, (size, growth.frontier.to_bytes(), frontier.size))
    if moved.rowcount != 1:
        message = f"the head of the log is no longer at {frontier.size}, where this transaction began"
        raise RegisterAlteredError(message, hint="Another program writes to the register's file; stop it.")
    return growth, note
