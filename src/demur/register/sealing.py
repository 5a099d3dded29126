"""What opens a person's entry, as the register stores it: sealed, each row under a key of its own.

This is the one place where rows of `opening` are written and read. A stolen copy of the database holds neither records
nor ``r`` in clear, so nobody can test an entry of the log against a guess; with the envelope keys, which lie elsewhere,
the same receipt can be given again, byte for byte (ADR-0017).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from demur.kernel.words import RecordKind
from demur.keys.envelope import NONCE_BYTES, SECRET_BYTES, EnvelopeKeys, seal, unseal
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, proof_key
from demur.ledger.leaves import BLINDING_BYTES, parse_leaf
from demur.ledger.openings import Opening
from demur.register.connection import Connection, Row
from demur.register.schema import KEY_BYTES, leaf, opening

_LABELS = {kind: f"demur/v1/opening\0{kind.value}\0".encode() for kind in RecordKind}
_TERM_LABEL = b"demur/v1/request-term\0"
_COUNT_BYTES = 4
_SELECT = "SELECT data, key_id, wrapped_key, sealed FROM leaf JOIN opening USING (idx) WHERE idx = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRow:
    """What a row of `opening` holds: the record of an entry, what blinds it in the log, and whom it covers."""

    index: int
    kind: RecordKind
    r: bytes
    covered: tuple[SubjectKey, ...]
    record: bytes


def seal_opening(
    envelope: EnvelopeKeys, entry: Opening, *, index: int, covered: bytes, draw: Callable[[int], bytes]
) -> Row:
    """Return the row of `opening` for an entry of the log.

    Args:
        envelope: the keys, of which the current one wraps the key of the row.
        entry: what opens the entry.
        index: where it stands; the row opens nowhere else.
        covered: the subject keys, 16 bytes each, in the order of the record's subjects.
        draw: gives random bytes for the key of the row; the same bytes must never come twice.
    """
    drawn = draw(SECRET_BYTES + NONCE_BYTES)
    key, nonce = drawn[:SECRET_BYTES], drawn[SECRET_BYTES:]
    context = context_of(index, entry.kind)
    count = (len(covered) // KEY_BYTES).to_bytes(_COUNT_BYTES, "big")
    sealed = seal(key, b"".join((entry.r, count, covered, entry.record)), context=context)
    current = envelope.current
    return index, current.key_id, current.wrap(key, nonce=nonce, context=context), sealed


def read_opening(connection: Connection, keyring: Keyring, index: int) -> tuple[Opening, tuple[SubjectKey, ...]] | None:
    """Return what opens an entry and the subjects that it covers; None for a public entry or after an erasure.

    Raises:
        EnvelopeKeyMissingError, KeyAbsentError: the keyring does not hold the key that the row was sealed under.
        SealBrokenError: the row is not what was sealed.
    """
    found = connection.execute(_SELECT, (index,)).fetchone()
    if found is None:
        return None
    data, key_id, wrapped_key, sealed = found
    entry = parse_leaf(data)
    row = _unseal(keyring.envelope_keys, (index, key_id, wrapped_key, sealed), entry.kind)
    proof_keys = tuple(proof_key(keyring, subject) for subject in row.covered)
    opened = Opening(kind=entry.kind, day=entry.day, record=row.record, r=row.r, proof_keys=proof_keys)
    return opened, row.covered


def read_openings(
    connection: sa.Connection, keyring: Keyring, *conditions: sa.ColumnElement[bool], limit: int | None = None
) -> Iterator[OpenedRow]:
    """Yield what opens each personal entry, or each that meets some conditions, in the order of the log.

    Raises:
        As `read_opening`.
    """
    columns = (opening.c.idx, opening.c.key_id, opening.c.wrapped_key, opening.c.sealed, leaf.c.kind)
    query = sa.select(*columns).join(leaf).where(*conditions).order_by(opening.c.idx).limit(limit)
    for *row, kind in connection.execute(query):
        yield _unseal(keyring.envelope_keys, tuple(row), RecordKind(kind))


def context_of(index: int, kind: RecordKind) -> bytes:
    """Return what binds the seal of a row to its place: the row opens at this index and kind alone."""
    return _LABELS[kind] + index.to_bytes(8, "big")


def context_of_term(reference: bytes, part: int) -> bytes:
    """Return what binds the seal of a row to its request and its place there."""
    return _TERM_LABEL + reference + part.to_bytes(4, "big")


def split_keys(joined: bytes) -> tuple[SubjectKey, ...]:
    """Return the subject keys that were stored one after the other."""
    starts = range(0, len(joined), KEY_BYTES)
    return tuple(SubjectKey(joined[start : start + KEY_BYTES]) for start in starts)


def _unseal(envelope: EnvelopeKeys, row: Row, kind: RecordKind) -> OpenedRow:
    index, key_id, wrapped_key, sealed = row
    context = context_of(index, kind)
    key = envelope.find(key_id).unwrap(wrapped_key, context=context)
    content = unseal(key, sealed, context=context)
    begin = BLINDING_BYTES + _COUNT_BYTES
    end = begin + KEY_BYTES * int.from_bytes(content[BLINDING_BYTES:begin], "big")
    covered = split_keys(content[begin:end])
    return OpenedRow(index=index, kind=kind, r=content[:BLINDING_BYTES], covered=covered, record=content[end:])
