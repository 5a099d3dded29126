"""One transaction: units of work, the entries that they add, the new head and its signature, then the commit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from demur.kernel.errors import DemurError
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.openings import Opening
from demur.ledger.tree import Frontier, Growth, hash_leaf
from demur.register.batch import Aside, Batch, DrawBytes, JointUnit, Outcome, Result, Unit
from demur.register.connection import Connection, ConstraintError
from demur.register.errors import RegisterAlteredError

_NOTHING = Outcome()
_INSERT_CHECKPOINT = "INSERT INTO checkpoint (size, note) VALUES (?, ?)"
_SWAP_HEAD = "UPDATE head SET size = ?, frontier = ? WHERE id = 1 AND size = ?"


class _RefusedAfterWritingError(Exception):
    """One of the units that ran together has to be undone, and with it its whole transaction."""

    def __init__(self, positions: Sequence[int], refusal: DemurError) -> None:
        super().__init__(positions, refusal)
        self.positions = positions
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
    runs = _runs_together
    while True:
        try:
            return _attempt(connection, units, runs(units, refused), refused, keyring=keyring, draw=draw)
        except _RefusedAfterWritingError as error:
            connection.rollback()
            if len(error.positions) == 1:
                refused[error.positions[0]] = error.refusal
            else:
                runs = _runs_alone  # which of them it was, shows when each runs by itself


def _attempt(
    connection: Connection,
    units: Sequence[Unit],
    runs: Iterable[Sequence[int]],
    refused: Mapping[int, DemurError],
    *,
    keyring: Keyring,
    draw: DrawBytes,
) -> CommittedBatch:
    connection.begin()
    # Inside the transaction: another process may have moved the head since our last batch.
    frontier = Frontier.from_bytes(*connection.read_head())
    batch = Batch(connection=connection, keyring=keyring, draw=draw, first_index=frontier.size)
    results: list[Result] = [refused.get(position, _NOTHING) for position in range(len(units))]
    for positions in runs:
        found = _run(batch, [units[position] for position in positions], positions)
        for position, result in zip(positions, found, strict=True):
            results[position] = result
    growth, note = _grow(batch, frontier) if batch.leaves else (None, "")
    connection.commit()
    return CommittedBatch(results=tuple(results), growth=growth, note=note, openings=batch.openings)


def _runs_together(units: Sequence[Unit], refused: Mapping[int, DemurError]) -> Iterator[Sequence[int]]:
    """Yield the positions of units that run together: joint ones of one kind in a row, every other unit by itself.

    Those that stand aside come first.
    """

    def kind(position: int) -> object:
        unit = units[position]
        return unit.write if isinstance(unit, JointUnit) else None

    asked = sorted(_asked(units, refused), key=lambda position: not isinstance(units[position], Aside))
    for joint, run in groupby(asked, kind):
        positions = list(run)
        yield from [positions] if joint else [[position] for position in positions]


def _runs_alone(units: Sequence[Unit], refused: Mapping[int, DemurError]) -> Iterator[Sequence[int]]:
    """Yield the position of each unit by itself."""
    yield from ([position] for position in _asked(units, refused))


def _asked(units: Sequence[Unit], refused: Mapping[int, DemurError]) -> list[int]:
    return [position for position in range(len(units)) if position not in refused]


def _run(batch: Batch, units: Sequence[Unit], positions: Sequence[int]) -> list[Result]:
    """Run one unit, or joint ones that stand in a row; a refusal leaves the others of its batch alone.

    A savepoint for each unit would cost a quarter of the rate, so a unit that was refused after it had written, which
    is rare, makes the batch run again without it.
    """
    before = batch.connection.changes
    try:
        first = units[0]
        results: list[Result] = first.together(batch, units) if isinstance(first, JointUnit) else [first(batch)]
        batch.flush()
    except DemurError as error:
        if batch.is_waiting or batch.connection.changes != before:
            raise _RefusedAfterWritingError(positions, error) from error
        return [error]
    except ConstraintError as error:
        message = f"a constraint of the register refused this: {error}"
        refusal = RegisterAlteredError(message, hint="Keep the register as it is and report this.")
        raise _RefusedAfterWritingError(positions, refusal) from error
    else:
        return results


def _grow(batch: Batch, frontier: Frontier) -> tuple[Growth, str]:
    """Extend the tree, sign the new head and store it."""
    growth = frontier.append([hash_leaf(data) for data in batch.leaves])
    signer = batch.keyring.log_signer
    size = growth.frontier.size
    note = sign_checkpoint(Checkpoint(origin=signer.name, size=size, root=growth.root), signer)
    # Compare-and-swap: even a writer that went around the lock could not make two histories.
    swap = (_SWAP_HEAD, (size, growth.frontier.to_bytes(), frontier.size))
    *_, moved = batch.connection.execute_all([*batch.last_statements, (_INSERT_CHECKPOINT, (size, note)), swap])
    if moved != 1:
        message = f"the head of the log is no longer at {frontier.size}, where this transaction began"
        raise RegisterAlteredError(message, hint="Another program writes to the register's file; stop it.")
    return growth, note
