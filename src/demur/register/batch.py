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

import msgspec
import sqlalchemy as sa

from demur.kernel.errors import DemurError
from demur.kernel.words import Purpose, RecordKind
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey
from demur.ledger.leaves import BLINDING_BYTES, commit, personal_leaf, public_leaf
from demur.ledger.openings import Opening
from demur.ledger.receipt import TlogProof
from demur.register.connection import Connection, Row
from demur.register.errors import EntryErasedError, EntryMissingError
from demur.register.schema import effect, leaf, objection, opening, retry, target, withdrawal
from demur.register.sealing import seal_opening

_ENTRIES = "SELECT key, idx FROM leaf WHERE key {among}"
_RETRIES = "SELECT key, idx FROM retry WHERE key {among}"
# In this order, in which a row comes after those that it refers to.
_WAITING = (leaf, retry, opening, objection, target, withdrawal, effect)

Question: TypeAlias = "tuple[str, Sequence[bytes]]"  # a statement for `Connection.select_among`, and its keys
DrawBytes: TypeAlias = "Callable[[int], bytes]"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of work did: the entry that answers it, if any, the rows beside the log, and what it read."""

    index: int | None = None
    rows: int = 0
    content: bytes = b""


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit of work did, said only after it was on disk.

    Attributes:
        rows: rows written beside the log.
        proof: the proof of the entry that answers the unit; None when it asked for no entry.
        opening: what opens that entry; None for a public event or after an erasure.
        covered: the subjects that the entry covers, in the order of its record.
        content: what the unit read, for one that asks for that.
    """

    rows: int = 0
    proof: TlogProof | None = None
    opening: Opening | None = None
    covered: tuple[SubjectKey, ...] = ()
    content: bytes = b""

    def entry(self) -> TlogProof:
        """Return the proof of a unit that always asks for an entry."""
        if self.proof is None:
            message = "this unit of work asked for no entry"
            raise TypeError(message)
        return self.proof


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a record covers, in its order, and the proof key of each."""

    subjects: tuple[SubjectKey, ...]
    proof_keys: tuple[bytes, ...]


@dataclass(slots=True, kw_only=True)
class Batch:
    """The entries of one transaction, and the connection for what belongs to them.

    Rows that are inserted here wait until `flush`, which inserts those of a table together. `last_statements` run with
    those that move the head, in one way to the database and back: nothing in the transaction may need what they write.
    """

    connection: Connection
    keyring: Keyring
    draw: DrawBytes
    first_index: int
    leaves: list[bytes] = field(default_factory=list)
    openings: dict[int, tuple[Opening, tuple[SubjectKey, ...]]] = field(default_factory=dict)
    last_statements: list[tuple[str, Row]] = field(default_factory=list)
    _waiting: dict[sa.Table, list[Row]] = field(default_factory=lambda: {table: [] for table in _WAITING})
    _entries: dict[bytes, int | None] = field(default_factory=dict)
    _retries: dict[bytes, int | None] = field(default_factory=dict)

    def expect(
        self, *, entries: Iterable[bytes] = (), retries: Iterable[bytes] = (), beside: Question = ("", ())
    ) -> list[Any]:
        """Look up idempotency keys that will be asked for, all at once, and return the rows of a question beside."""
        new_entries, new_retries = (
            sorted(set(entries) - self._entries.keys()),
            sorted(set(retries) - self._retries.keys()),
        )
        found = self.connection.select_each([(_ENTRIES, new_entries), (_RETRIES, new_retries), beside])
        self._entries |= dict.fromkeys(new_entries) | dict(found[0])
        self._retries |= dict.fromkeys(new_retries) | dict(found[1])
        return found[2]

    def find_entry(self, key: bytes) -> int | None:
        """Return the index of the entry with an idempotency key of the register's own making."""
        if key not in self._entries:
            self.expect(entries=[key])
        return self._entries[key]

    def find_earlier(self, own_key: bytes, chosen_key: bytes | None) -> int | None:
        """Return the index of the entry that answered a request before, by the key of its client or by its own."""
        if chosen_key is None:
            return self.find_entry(own_key)
        if chosen_key not in self._retries:
            self.expect(retries=[chosen_key])
        index = self._retries[chosen_key]
        if index is None:
            index = self.find_entry(own_key)
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
        opened = Opening(kind=kind, day=day, record=record, r=r, proof_keys=covered.proof_keys)
        joined = b"".join(covered.subjects)
        self.insert(
            opening, seal_opening(self.keyring.envelope_keys, opened, index=index, covered=joined, draw=self.draw)
        )
        self.openings[index] = (opened, covered.subjects)
        return index

    def insert(self, table: sa.Table, row: Row) -> None:
        """Insert a row, with a value for each column of its table in their order, when the others are inserted."""
        self._waiting[table].append(row)

    def forget_keys(self) -> None:
        """Look idempotency keys up anew: some of them name nothing any more."""
        self._entries.clear()
        self._retries.clear()

    @property
    def is_waiting(self) -> bool:
        """Tell whether rows wait to be inserted."""
        return any(self._waiting.values())

    def flush(self) -> None:
        """Insert the rows that wait, so that statements see them.

        Raises:
            ConstraintError: the database refused one.
        """
        if not self.is_waiting:
            return
        self.connection.insert_rows({table: rows for table, rows in self._waiting.items() if rows})
        for rows in self._waiting.values():
            rows.clear()

    def _append(self, kind: RecordKind, data: bytes, key: bytes) -> int:
        index = self.first_index + len(self.leaves)
        self.insert(leaf, (index, kind.value, key, data))
        self._entries[key] = index
        self.leaves.append(data)
        return index


Unit: TypeAlias = "Callable[[Batch], Outcome]"


class Waiting(Protocol):
    """What waits for an answer, such as a future: whoever receives the answer knows where it may be touched."""

    def done(self) -> bool:
        """Tell whether it waits no more."""
        ...

    def set_result(self, committed: Committed, /) -> None:
        """Take what was committed."""
        ...

    def set_exception(self, refusal: DemurError, /) -> None:
        """Take why nothing was."""
        ...


Answered: TypeAlias = "tuple[Waiting, Committed | DemurError]"
Receive: TypeAlias = "Callable[[Sequence[Answered]], None]"
Result: TypeAlias = "Outcome | DemurError"


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The unit of work that writes nothing and is answered by an entry which is there: its receipt, byte for byte."""

    index: int

    def __call__(self, batch: Batch) -> Outcome:
        """Name the entry; raises `EntryMissingError` when it is not there, `EntryErasedError` when it was erased."""
        if batch.connection.execute("SELECT 1 FROM erasure WHERE erased = ?", (self.index,)).fetchone() is not None:
            message = f"the record of entry {self.index} was erased, so its receipt cannot be given again"
            raise EntryErasedError(message, hint="A receipt that was given out stays valid; keep the copy of it.")
        if batch.connection.execute("SELECT 1 FROM leaf WHERE idx = ?", (self.index,)).fetchone() is None:
            message = f"the log has no entry {self.index}"
            raise EntryMissingError(message)
        return Outcome(index=self.index)


class Aside:
    """Marks a unit of work that neither changes nor needs what the others of its batch write: it runs before them.

    Between two objections it would part them, which cost less together.
    """

    __slots__ = ()


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


def settle(answered: "Sequence[Answered]") -> None:
    """Let those who wait for some futures have what came of their units of work; a cancelled one stays as it is."""
    for waiting, answer in answered:
        if waiting.done():
            continue
        if isinstance(answer, DemurError):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)


class Writer(Protocol):
    """Whoever commits units of work: the sequencer of this process, or the way to that of another one."""

    def submit(self, unit: Unit) -> Committed:
        """Run a unit of work and wait until it is on disk."""
        ...

    def enqueue(self, unit: Unit) -> "Future[Committed]":
        """Have it run; the future is done when it is on disk."""
        ...

    def hand_over(self, unit: Unit, waiting: Waiting, receive: Receive) -> None:
        """Have it run; `receive` is called, on another thread, with the answers of a batch that are for it."""
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
    # A caller's key may hold half a surrogate pair: it is as good as any other, and must stop nothing.
    contents = [part if isinstance(part, bytes) else str(part).encode(errors="surrogatepass") for part in parts]
    return hashlib.sha256(b"".join([len(content).to_bytes(8, "big") + content for content in contents])).digest()


def day_of(at: datetime) -> date:
    """Return the day of an instant in UTC: all that the log tells of a time."""
    return at.astimezone(UTC).date()
