"""One open transaction of the sequencer, in which entries of the log get their indices one after the other.

A unit of work sees everything that the units before it wrote, so that a repeat, or a link and an objection, may share a
batch. The statements run on the driver connection: SQLAlchemy costs a third of the rate here (measured).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeAlias

from demur.kernel.words import RecordKind
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, proof_key
from demur.ledger.leaves import BLINDING_BYTES, commit, parse_leaf, personal_leaf, public_leaf
from demur.ledger.openings import Opening
from demur.ledger.receipt import TlogProof
from demur.register.connection import Connection
from demur.register.schema import KEY_BYTES

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
    """The entries of one transaction, and the connection for what belongs to them."""

    connection: Connection
    keyring: Keyring
    draw: DrawBytes
    first_index: int
    leaves: list[bytes] = field(default_factory=list)
    openings: dict[int, tuple[Opening, tuple[SubjectKey, ...]]] = field(default_factory=dict)

    def find_entry(self, key: bytes) -> int | None:
        """Return the index of the entry with an idempotency key of the register's own making."""
        found = self.connection.execute("SELECT idx FROM leaf WHERE key = ?", (key,)).fetchone()
        return None if found is None else found[0]

    def find_retry(self, key: bytes) -> int | None:
        """Return the index of the entry that answered a key which a client chose."""
        found = self.connection.execute("SELECT idx FROM retry WHERE key = ?", (key,)).fetchone()
        return None if found is None else found[0]

    def append_document(self, kind: RecordKind, day: date, digest: bytes, *, key: bytes) -> int:
        """Add the entry of a public document; return its index."""
        return self._append(kind, public_leaf(kind, day, digest), key)

    def append_record(self, kind: RecordKind, day: date, record: bytes, *, covered: Covered, key: bytes) -> int:
        """Add the entry that commits to a record of some covered subjects; return its index."""
        r = self.draw(BLINDING_BYTES)
        index = self._append(kind, personal_leaf(kind, day, commit(kind, record, r)), key)
        insert = "INSERT INTO opening (idx, record, r, covered) VALUES (?, ?, ?, ?)"
        self.connection.execute(insert, (index, record, r, b"".join(covered.subjects)))
        opening = Opening(kind=kind, day=day, record=record, r=r, proof_keys=covered.proof_keys)
        self.openings[index] = (opening, covered.subjects)
        return index

    def also_answer(self, key: bytes, index: int) -> None:
        """Let a key that a client chose answer with an entry, for ever."""
        self.connection.execute("INSERT INTO retry (key, idx) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", (key, index))

    def _append(self, kind: RecordKind, data: bytes, key: bytes) -> int:
        index = self.first_index + len(self.leaves)
        insert = "INSERT INTO leaf (idx, kind, key, data) VALUES (?, ?, ?, ?)"
        self.connection.execute(insert, (index, kind.value, key, data))
        self.leaves.append(data)
        return index


Unit: TypeAlias = "Callable[[Batch], Outcome]"


def idempotency_key(*parts: str | bytes | int) -> bytes:
    """Return the 32 bytes that name a request; different parts never run into one another."""
    digest = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else str(part).encode()
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
    leaf = parse_leaf(data)
    proof_keys = tuple(proof_key(keyring, subject) for subject in covered)
    return Opening(kind=leaf.kind, day=leaf.day, record=record, r=r, proof_keys=proof_keys), covered
