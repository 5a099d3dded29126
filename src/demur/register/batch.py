"""One open transaction of the sequencer, in which entries of the log get their indices one after the other.

A unit of work sees everything that the units before it wrote, so that a repeat, or a link and an objection, may share a
batch. The statements run on the driver connection: SQLAlchemy costs a third of the rate here (measured).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeAlias

import sqlalchemy as sa

from demur.kernel.errors import DemurError
from demur.kernel.words import Purpose, RecordKind
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, proof_key
from demur.ledger.leaves import BLINDING_BYTES, commit, parse_leaf, personal_leaf, public_leaf
from demur.ledger.openings import Opening
from demur.ledger.receipt import TlogProof
from demur.register.connection import Connection, Row
from demur.register.errors import EntryMissingError
from demur.register.schema import KEY_BYTES, effect, leaf, objection, opening, retry, target, withdrawal

_ENTRIES = "SELECT key, idx FROM leaf WHERE key {among}"
_RETRIES = "SELECT key, idx FROM retry WHERE key {among}"
# In this order, in which a row comes after those that it refers to.
_WAITING = (leaf, retry, opening, objection, target, withdrawal, effect)

DrawBytes: TypeAlias = "Callable[[int], bytes]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one unit of work did: the entry that answers it, if any, and the rows that it wrote beside the log."""

    index: int | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a unit of work did, said only after it was on disk.

    Attributes:
        rows: rows written beside the log.
        proof: the proof of the entry that answers the unit; None when it asked for no entry.
        opening: what opens that entry; None for a public event or after an erasure.
        covered: the subjects that the entry covers, in the order of its record.
    """

    rows: int = 0
    proof: TlogProof | None = None
    opening: Opening | None = None
    covered: tuple[SubjectKey, ...] = ()

    def entry(self) -> TlogProof:
        """Return the proof of a unit that always asks for an entry."""
        if self.proof is None:
            message = "this unit of work asked for no entry"
            raise TypeError(message)
        return self.proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Whom a record covers, in its order, and the proof key of each."""

    subjects: tuple[SubjectKey, ...]
    proof_keys: tuple[bytes, ...]


@dataclass(slots=True, kw_only=True)
class Batch:
    """The entries of one transaction, and the connection for what belongs to them.

    Rows that are inserted here wait until `flush`, which inserts those of a table together.
    """

    connection: Connection
    keyring: Keyring
    draw: DrawBytes
    first_index: int
    leaves: list[bytes] = field(default_factory=list)
    openings: dict[int, tuple[Opening, tuple[SubjectKey, ...]]] = field(default_factory=dict)
    _waiting: dict[sa.Table, list[Row]] = field(default_factory=lambda: {table: [] for table in _WAITING})
    _entries: dict[bytes, int | None] = field(default_factory=dict)
    _retries: dict[bytes, int | None] = field(default_factory=dict)

    def expect(self, *, entries: Iterable[bytes] = (), retries: Iterable[bytes] = ()) -> None:
        """Look up idempotency keys that will be asked for, all at once."""
        for known, statement, keys in ((self._entries, _ENTRIES, entries), (self._retries, _RETRIES, retries)):
            new = sorted(set(keys) - known.keys())
            known.update(dict.fromkeys(new))
            known.update(self.connection.select_among(statement, new))

    def find_entry(self, key: bytes) -> int | None:
        """Return the index of the entry with an idempotency key of the register's own making."""
        self.expect(entries=[key])
        return self._entries[key]

    def find_earlier(self, own_key: bytes, chosen_key: bytes | None) -> int | None:
        """Return the index of the entry that answered a request before, by the key of its client or by its own."""
        self.expect(entries=[own_key], retries=[] if chosen_key is None else [chosen_key])
        index = None if chosen_key is None else self._retries[chosen_key]
        if index is None:
            index = self._entries[own_key]
            self.remember(chosen_key, index)
        return index

    def remember(self, chosen_key: bytes | None, index: int | None) -> None:
        """Let a key that a client chose answer with an entry, for ever."""
        if chosen_key is not None and index is not None:
            self._retries[chosen_key] = index
            self.insert(retry, (chosen_key, index))

    def append_document(self, kind: RecordKind, day: date, digest: bytes, *, key: bytes) -> int:
        """Add the entry of a public document; return its index."""
        return self._append(kind, public_leaf(kind, day, digest), key)

    def append_record(self, kind: RecordKind, day: date, record: bytes, *, covered: Covered, key: bytes) -> int:
        """Add the entry that commits to a record of some covered subjects; return its index."""
        r = self.draw(BLINDING_BYTES)
        index = self._append(kind, personal_leaf(kind, day, commit(kind, record, r)), key)
        self.insert(opening, (index, record, r, b"".join(covered.subjects)))
        opened = Opening(kind=kind, day=day, record=record, r=r, proof_keys=covered.proof_keys)
        self.openings[index] = (opened, covered.subjects)
        return index

    def insert(self, table: sa.Table, row: Row) -> None:
        """Insert a row, with a value for each column of its table in their order, when the others are inserted."""
        self._waiting[table].append(row)

    @property
    def is_waiting(self) -> bool:
        """Tell whether rows wait to be inserted."""
        return any(self._waiting.values())

    def flush(self) -> None:
        """Insert the rows that wait, so that statements see them.

        Raises:
            ConstraintError: the database refused one.
        """
        for table, rows in self._waiting.items():
            if rows:
                self.connection.insert_rows(table, rows)
                rows.clear()

    def _append(self, kind: RecordKind, data: bytes, key: bytes) -> int:
        index = self.first_index + len(self.leaves)
        self.insert(leaf, (index, kind.value, key, data))
        self._entries[key] = index
        self.leaves.append(data)
        return index


Unit: TypeAlias = "Callable[[Batch], Outcome]"
Result: TypeAlias = "Outcome | DemurError"


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The unit of work that writes nothing and is answered by an entry which is there: its receipt, byte for byte."""

    index: int

    def __call__(self, batch: Batch) -> Outcome:
        """Name the entry; raises `EntryMissingError` when it is not there."""
        if batch.connection.execute("SELECT 1 FROM leaf WHERE idx = ?", (self.index,)).fetchone() is None:
            message = f"the log has no entry {self.index}"
            raise EntryMissingError(message)
        return Outcome(index=self.index)


@dataclass(frozen=True, slots=True)
class JointUnit:
    """A unit of work that costs less together with others like it; alone it is the same.

    Attributes:
        write: what writes some of them in their order, given what each of them is about; it tells what came of each,
            and a refusal of one leaves the others alone.
    """

    write: "Callable[[Batch, Sequence[Any]], list[Result]]"
    about: Any

    def together(self, batch: Batch, units: "Sequence[Unit]") -> list[Result]:
        """Run some units like this one."""
        return self.write(batch, [unit.about for unit in units if isinstance(unit, JointUnit)])

    def __call__(self, batch: Batch) -> Outcome:
        """Run this one alone."""
        (result,) = self.write(batch, [self.about])
        if isinstance(result, DemurError):
            raise result
        return result


class Writer(Protocol):
    """Whoever commits units of work: the sequencer of this process, or the way to that of another one."""

    def submit(self, unit: Unit) -> Committed:
        """Run a unit of work and wait until it is on disk."""
        ...

    def enqueue(self, unit: Unit) -> "Future[Committed]":
        """Have it run; the future is done when it is on disk."""
        ...

    def waiting(self) -> int:
        """Return how many requests wait now."""
        ...

    def close(self) -> None:
        """Finish what waits; whatever comes later is refused."""
        ...


def chosen_key(verb: str, purpose: Purpose, chosen: str | None, about: Sequence[str | bytes]) -> bytes | None:
    """Return the 32 bytes that name a request by the key that its client chose, if it did.

    Whom it is about is part of them: a client that uses one key for two people must not lose the second.
    """
    return None if chosen is None else idempotency_key("chosen", verb, purpose, chosen, *about)


def idempotency_key(*parts: str | bytes | int) -> bytes:
    """Return the 32 bytes that name a request; different parts never run into one another."""
    digest = hashlib.sha256()
    for part in parts:
        # A caller's key may hold half a surrogate pair: it is as good as any other, and must stop nothing.
        content = part if isinstance(part, bytes) else str(part).encode(errors="surrogatepass")
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.digest()


def day_of(at: datetime) -> date:
    """Return the day of an instant in UTC: all that the log tells of a time."""
    return at.astimezone(UTC).date()


def split_keys(joined: bytes) -> tuple[SubjectKey, ...]:
    """Return the subject keys that were stored one after the other."""
    starts = range(0, len(joined), KEY_BYTES)
    return tuple(SubjectKey(joined[start : start + KEY_BYTES]) for start in starts)


def read_opening(connection: Connection, keyring: Keyring, index: int) -> tuple[Opening, tuple[SubjectKey, ...]] | None:
    """Return what opens an entry and the subjects that it covers; None for a public entry or after an erasure."""
    select = "SELECT data, record, r, covered FROM leaf JOIN opening USING (idx) WHERE idx = ?"
    found = connection.execute(select, (index,)).fetchone()
    if found is None:
        return None
    data, record, r, joined = found
    covered = split_keys(joined)
    entry = parse_leaf(data)
    proof_keys = tuple(proof_key(keyring, subject) for subject in covered)
    return Opening(kind=entry.kind, day=entry.day, record=record, r=r, proof_keys=proof_keys), covered
