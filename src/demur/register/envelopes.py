"""Which envelope keys a register uses: taken into use, wrapped anew under the current one, and given up.

The table `envelope_key` lists those that rows may use, and the database refuses a row under any other: a process that
still runs with a key which retired stores nothing that nobody can open.
"""

from collections.abc import Callable, Sequence
from secrets import token_bytes
from typing import Any

import sqlalchemy as sa

from demur.kernel.words import RecordKind
from demur.keys.envelope import NONCE_BYTES, EnvelopeKeys
from demur.ledger.leaves import parse_leaf
from demur.ledger.openings import Opening
from demur.register.connection import Connection, Row, StatementError, describe_failure
from demur.register.database import Database
from demur.register.errors import EnvelopeKeyInUseError
from demur.register.mailing_addresses import context_of_mailing
from demur.register.schema import UNSEALED, envelope_key, leaf, mailing, opening, request, request_term
from demur.register.sealing import context_of, context_of_term, seal_opening

_AT_ONCE = 500
_TAKE_INTO_USE = "INSERT INTO envelope_key (key_id) VALUES (:key_id) ON CONFLICT DO NOTHING"
# Only a row that is still as it was read: one that was wrapped or erased meanwhile stays as it is.
_REWRAP = "UPDATE opening SET key_id = ?, wrapped_key = ? WHERE idx = ? AND wrapped_key = ?"
_COUNT = """
    SELECT (SELECT COUNT(*) FROM opening WHERE key_id = :key_id)
    + (SELECT COUNT(*) FROM request_term WHERE key_id = :key_id)
    + (SELECT COUNT(*) FROM mailing WHERE key_id = :key_id)
"""
_REWRAP_TERM = """
    UPDATE request_term SET key_id = ?, wrapped_key = ? WHERE request = ? AND part = ? AND wrapped_key = ?
"""
_REWRAP_ADDRESS = "UPDATE mailing SET key_id = ?, wrapped_key = ? WHERE id = ? AND wrapped_key = ?"

Progress = Callable[[int, int], None]


def take_into_use(database: Database, envelope: EnvelopeKeys) -> None:
    """Let rows use the current key, and seal what a version before sealing left in clear; then the register may run.

    Stopped half-way, the next call goes on.

    Raises:
        EnvelopeKeyMissingError: rows use a key that is not among these.
    """
    with database.reading() as connection:
        used = set(connection.execute(sa.select(envelope_key.c.key_id)).scalars())
    for key_id in used:
        envelope.find(key_id)
    if envelope.current.key_id not in used:
        with database.writing() as connection:
            connection.execute(sa.text(_TAKE_INTO_USE), {"key_id": envelope.current.key_id})
    if _has_unsealed(database):
        with database.locked():
            _seal_all(database, envelope)


def rewrap(database: Database, envelope: EnvelopeKeys, *, pause: Callable[[], None], progress: Progress) -> int:
    """Wrap the keys of all rows under the current key, and return how many were under another one.

    Rows are written some at a time, so that the register may run meanwhile; stopped half-way, the next call goes on.
    What is sealed stays as it is, byte for byte.

    Args:
        database: of a register that was opened with these keys.
        envelope: the keys.
        pause: runs between two steps, so that whoever waits for the write lock gets it.
        progress: hears of the entries that were looked at, and of all that there are.

    Raises:
        SealBrokenError: a key does not open; nothing of its step was written.
        EnvelopeKeyMissingError: a row uses a key that is not among these.
        RegisterUnavailableError: the disk is full, or another process holds the lock; call again.
    """
    size, done, last = _log_size(database), 0, -1
    connection = database.connect_writer()
    try:
        while rows := _read_some(database, envelope, after=last):
            last = rows[-1][0]
            done += _rewrap_some(connection, envelope, rows)
            progress(last + 1, size)
            pause()
        while terms := _read_terms(database, envelope):
            done += _rewrap_terms(connection, envelope, terms)
        while addresses := _read_some_addresses(database, envelope):
            done += _rewrap_addresses(connection, envelope, addresses)
            pause()
    except StatementError as error:
        raise describe_failure(error) from error
    finally:
        connection.close()
    progress(size, size)
    return done


def give_up(database: Database, envelope: EnvelopeKeys) -> None:
    """Let no row use the earlier keys any more.

    Raises:
        EnvelopeKeyInUseError: a row still does; all of them stay.
        RegisterUnavailableError: another process holds the lock; call again.
    """
    earlier = [(key.key_id,) for key in envelope.earlier]
    connection = database.connect_writer()
    try:
        connection.begin()  # from here on nobody else adds a row
        count = sum(connection.execute(_COUNT, {"key_id": key_id}).fetchone()[0] for (key_id,) in earlier)
        if count:
            message = f"{count:,} rows of the register are still under an earlier envelope key"
            raise EnvelopeKeyInUseError(message, hint="Run `demur register rewrap` first.")
        connection.executemany("DELETE FROM envelope_key WHERE key_id = ?", earlier)
        connection.commit()
    except StatementError as error:
        raise describe_failure(error) from error
    finally:
        connection.close()


def _log_size(database: Database) -> int:
    with database.reading() as connection:
        newest = connection.execute(sa.select(sa.func.max(leaf.c.idx))).scalar()
    return 0 if newest is None else int(newest) + 1


def _read_some(database: Database, envelope: EnvelopeKeys, *, after: int) -> Sequence[Any]:
    """Return rows under an earlier key, in their order: index, kind, key id and wrapped key."""
    select = (
        sa.select(opening.c.idx, leaf.c.kind, opening.c.key_id, opening.c.wrapped_key)
        .join(leaf)
        .where(opening.c.idx > after, opening.c.key_id != envelope.current.key_id)
        .order_by(opening.c.idx)
        .limit(_AT_ONCE)
    )
    with database.reading() as connection:
        return connection.execute(select).all()


def _rewrap_some(connection: Connection, envelope: EnvelopeKeys, rows: Sequence[Any]) -> int:
    current = envelope.current
    changes = []
    for index, kind, key_id, wrapped in rows:
        context = context_of(index, RecordKind(kind))
        key = envelope.find(key_id).unwrap(wrapped, context=context)
        again = current.wrap(key, nonce=token_bytes(NONCE_BYTES), context=context)
        changes.append((current.key_id, again, index, wrapped))
    return _change(connection, _REWRAP, changes)


def _change(connection: Connection, statement: str, changes: Sequence[Row]) -> int:
    """Write changes, with the lock held for the writing alone; return how many rows were still as they were read."""
    connection.begin()
    before = connection.changes
    connection.executemany(statement, changes)
    connection.commit()
    return connection.changes - before


def _read_terms(database: Database, envelope: EnvelopeKeys) -> Sequence[Any]:
    """Return rows of requests under an earlier key; they are few, and those that were wrapped anew come no more."""
    terms = request_term.c
    select = (
        sa.select(terms.request, terms.part, terms.key_id, terms.wrapped_key, request.c.reference)
        .join(request)
        .where(terms.key_id != envelope.current.key_id)
        .limit(_AT_ONCE)
    )
    with database.reading() as connection:
        return connection.execute(select).all()


def _rewrap_terms(connection: Connection, envelope: EnvelopeKeys, rows: Sequence[Any]) -> int:
    current = envelope.current
    changes = []
    for number, part, key_id, wrapped, reference in rows:
        context = context_of_term(reference, part)
        key = envelope.find(key_id).unwrap(wrapped, context=context)
        again = current.wrap(key, nonce=token_bytes(NONCE_BYTES), context=context)
        changes.append((current.key_id, again, number, part, wrapped))
    return _change(connection, _REWRAP_TERM, changes)


def _read_some_addresses(database: Database, envelope: EnvelopeKeys) -> Sequence[Any]:
    """Return addresses under an earlier key: id of the mailing, key id and wrapped key."""
    kept = mailing.c
    select = sa.select(kept.id, kept.key_id, kept.wrapped_key).where(kept.key_id != envelope.current.key_id)
    with database.reading() as connection:
        return connection.execute(select.limit(_AT_ONCE)).all()


def _rewrap_addresses(connection: Connection, envelope: EnvelopeKeys, rows: Sequence[Any]) -> int:
    current, changes = envelope.current, []
    for name, key_id, wrapped in rows:
        context = context_of_mailing(bytes(name))
        key = envelope.find(key_id).unwrap(wrapped, context=context)
        again = current.wrap(key, nonce=token_bytes(NONCE_BYTES), context=context)
        changes.append((current.key_id, again, name, wrapped))
    return _change(connection, _REWRAP_ADDRESS, changes)


def _has_unsealed(database: Database) -> bool:
    with database.reading() as connection:
        return sa.inspect(connection).has_table(UNSEALED.name)


def _seal_all(database: Database, envelope: EnvelopeKeys) -> None:
    """Seal what revision 0003 stored in clear, some rows at a time, and leave nothing of it in the file."""
    while _has_unsealed(database):
        with database.writing() as connection:
            _seal_some(connection, envelope)
    database.forget_deleted()


def _seal_some(connection: sa.Connection, envelope: EnvelopeKeys) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # else a deleted row stays in the file
    joined = UNSEALED.join(leaf, leaf.c.idx == UNSEALED.c.idx)
    select = sa.select(UNSEALED, leaf.c.data).select_from(joined).order_by(UNSEALED.c.idx).limit(_AT_ONCE)
    rows = connection.execute(select).all()
    if not rows:
        UNSEALED.drop(connection)
        return
    sealed = [_seal_row(envelope, *row) for row in rows]
    names = [column.name for column in opening.columns]
    connection.execute(sa.insert(opening), [dict(zip(names, row, strict=True)) for row in sealed])
    connection.execute(sa.delete(UNSEALED).where(UNSEALED.c.idx <= rows[-1].idx))


def _seal_row(envelope: EnvelopeKeys, index: int, record: bytes, r: bytes, covered: bytes, data: bytes) -> Row:
    entry = parse_leaf(data)
    opened = Opening(kind=entry.kind, day=entry.day, record=record, r=r)
    return seal_opening(envelope, opened, index=index, covered=covered, draw=token_bytes)
