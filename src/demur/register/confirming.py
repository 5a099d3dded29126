"""What a person is told after an objection or a withdrawal: which entry, since when, and of which accounts.

The register holds no address, so it tells nobody itself: it tells the platform, by references that only the platform
can give a name to (ADR-0020).
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from demur.kernel.clock import parse_timestamp
from demur.kernel.words import RecordKind
from demur.keys.encoding import decode_json
from demur.keys.subjects import SubjectKey
from demur.register.schema import leaf
from demur.register.sealing import OpenedRow, read_openings
from demur.register.store import Register

_TOLD = (RecordKind.OBJECTION, RecordKind.WITHDRAWAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmable:
    """An entry of which somebody is told: `subjects` are the accounts that it covers, linked ones included."""

    index: int
    kind: RecordKind
    received_at: datetime
    subjects: tuple[SubjectKey, ...]


def read_confirmable(register: Register, index: int) -> Confirmable | None:
    """Return what is told of an entry; None where there is nobody to tell, or the record was erased.

    Raises:
        KeyAbsentError: the keyring was loaded without the envelope keys.
    """
    found = _read(register, leaf.c.idx == index, limit=1)
    return _confirmable(found[0]) if found and found[0].covered else None


def list_confirmable(register: Register, *, after: int, limit: int) -> tuple[Confirmable, ...]:
    """Return what is told of the entries after one, in their order, at most so many; raises as `read_confirmable`."""
    told: list[Confirmable] = []
    while len(told) < limit and (rows := _read(register, leaf.c.idx > after, limit=limit)):
        told += [_confirmable(row) for row in rows if row.covered]
        after = rows[-1].index
    return tuple(told[:limit])


def _read(register: Register, condition: sa.ColumnElement[bool], *, limit: int) -> list[OpenedRow]:
    is_told = leaf.c.kind.in_([kind.value for kind in _TOLD])
    with register.reading() as connection:
        return list(read_openings(connection, register.keyring, condition, is_told, limit=limit))


def _confirmable(row: OpenedRow) -> Confirmable:
    told = decode_json(row.record)
    received_at = parse_timestamp(told["received_at"])  # type: ignore[index]
    return Confirmable(index=row.index, kind=row.kind, received_at=received_at, subjects=row.covered)
