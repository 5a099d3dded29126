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
from demur.register.batch import split_keys
from demur.register.schema import leaf, opening
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
    """Return what is told of an entry; None where there is nobody to tell, or the record was erased."""
    found = _read(register, leaf.c.idx == index, limit=1)
    return found[0] if found else None


def list_confirmable(register: Register, *, after: int, limit: int) -> tuple[Confirmable, ...]:
    """Return what is told of the entries after one, in their order, at most so many."""
    return _read(register, leaf.c.idx > after, limit=limit)


def _read(register: Register, condition: sa.ColumnElement[bool], *, limit: int) -> tuple[Confirmable, ...]:
    query = (
        sa.select(leaf.c.idx, leaf.c.kind, opening.c.record, opening.c.covered)
        .join(opening, opening.c.idx == leaf.c.idx)
        .where(condition, leaf.c.kind.in_([kind.value for kind in _TOLD]), sa.func.length(opening.c.covered) > 0)
        .order_by(leaf.c.idx)
        .limit(limit)
    )
    with register.reading() as connection:
        return tuple(
            Confirmable(
                index=index,
                kind=RecordKind(kind),
                received_at=_received_at(record),
                subjects=split_keys(covered),
            )
            for index, kind, record, covered in connection.execute(query)
        )


def _received_at(record: bytes) -> datetime:
    told = decode_json(record)
    return parse_timestamp(told["received_at"])  # type: ignore[index]
