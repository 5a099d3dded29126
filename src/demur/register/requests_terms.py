"""What somebody without an account gave to find content by: sealed while it is needed, then deleted (SEC-9).

What stays are keyed hashes, by which texts are searched; nobody can read a name from them. Whoever has what was given
opened is written down in the same transaction, so the process that asks need hold no key that opens it (ADR-0023).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import TERM_COLUMNS
from demur.keys.envelope import NONCE_BYTES, SECRET_BYTES, seal, unseal
from demur.keys.subjects import SubjectKey
from demur.policy.handling import IN_FORCE, TermKind
from demur.register.accesses import NotedAccess, Reader
from demur.register.batch import Aside, Batch, Outcome
from demur.register.errors import RequestMissingError
from demur.register.frames import make_frame
from demur.register.schema import instant_of
from demur.register.sealing import context_of_term
from demur.register.store import Register

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]
# Months are added to an instant that came over the socket; one that has no such month would stop the sequencer.
_YEARS = range(1900, 9_000)

_REFERENCE = "SELECT reference FROM request WHERE number = ?"
_COUNT = "SELECT COUNT(*) FROM request_term WHERE request = ?"
_INSERT = """
    INSERT INTO request_term (request, part, key_id, wrapped_key, sealed, erase_after) VALUES (?, ?, ?, ?, ?, ?)
"""
_SEALED = "SELECT part, key_id, wrapped_key, sealed FROM request_term WHERE request = ? ORDER BY part"
_ERASE_OLD = "DELETE FROM request_term WHERE erase_after <= ?"
# What the holder of an account took back is looked for no more, and neither is what was refused.
_IN_FORCE = f"""
    SELECT span.digest, span.hash, span.words,
    CASE WHEN step.state IN ('accepted', 'cut') THEN 1 ELSE 0 END AS is_decided
    FROM request_span span
    JOIN request ON request.number = span.request
    JOIN request_step step ON step.request = span.request
    WHERE step.state IN ({", ".join(f"'{state.value}'" for state in sorted(IN_FORCE))})
    AND step.step = (SELECT MAX(later.step) FROM request_step later WHERE later.request = span.request)
    AND NOT EXISTS (
        SELECT 1 FROM withdrawal
        WHERE withdrawal.subject = span.subject AND withdrawal.received_at > request.received_at
    )
"""  # noqa: S608 -- no value in it
_SPANS = f"""
    SELECT digest, hash, words, MAX(is_decided)
    FROM ({_IN_FORCE} UNION ALL SELECT digest, hash, words, is_decided FROM kept_span) AS asked
    GROUP BY digest, hash, words ORDER BY digest, hash, words
"""  # noqa: S608 -- no value in it
_KEEP_SPANS = f"""
    INSERT INTO kept_span (digest, hash, words, is_decided) {_IN_FORCE} AND request.number = ?
    ON CONFLICT (digest, hash, words, is_decided) DO NOTHING
"""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to find content by, as it was entered."""

    kind: TermKind
    text: str


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What was given at one time: terms, and a hint in the person's words that helps a human to tell people apart."""

    terms: tuple[Term, ...] = ()
    hint: str | None = None


_one = msgspec.msgpack.Decoder(Given)
_all = msgspec.msgpack.Decoder(tuple[Given, ...])


class OpenedTerms(msgspec.Struct, Aside, frozen=True, kw_only=True, tag="open_terms", forbid_unknown_fields=True):
    """The unit of work that opens what was given with one request, and writes down who reads it."""

    number: Number
    at: Instant
    role: str
    name: str
    act: str
    reason: str | None

    def __call__(self, batch: Batch) -> Outcome:
        """Note the read and open the rows; raises `RequestMissingError`."""
        reference = find_reference(batch, self.number)
        reader = Reader(role=self.role, name=self.name, act=self.act, reason=self.reason)
        NotedAccess(reader=reader, at=self.at, subjects=(SubjectKey(reference),))(batch)
        opened = tuple(_open_all(batch, self.number, reference))
        return Outcome(rows=len(opened), content=msgspec.msgpack.encode(opened))


def check_instants(*instants: datetime) -> None:
    """Refuse what can be no instant of a request; raises `ValueError`."""
    if not all(instant.year in _YEARS for instant in instants):
        message = f"an instant of a request is of a year before {_YEARS.start} or after {_YEARS.stop - 1}"
        raise ValueError(message)


def read_terms(register: Register, number: int, reader: Reader, *, at: datetime) -> tuple[Given, ...]:
    """Return what was given with a request, after it was written down who asked; nothing when it was deleted.

    Raises:
        RequestMissingError: there is no such request.
        RegisterUnavailableError, QueueFullError: it is not written down, so nothing is told.
        SealBrokenError, EnvelopeKeyMissingError: a row does not open.
    """
    asked = OpenedTerms(number=number, at=at, role=reader.role, name=reader.name, act=reader.act, reason=reader.reason)
    return _all.decode(register.sequencer.submit(asked).content)


def read_spans(connection: sa.Connection) -> pl.DataFrame:
    """Return what texts are searched for, as keyed hashes (`TERM_COLUMNS`)."""
    return make_frame([tuple(row) for row in connection.exec_driver_sql(_SPANS)], TERM_COLUMNS)


def erase_old_terms(register: Register, *, at: datetime) -> int:
    """Delete what was given so long ago that it has served in any case; return how many rows it was."""
    instant = instant_of(at)

    def erase(batch: Batch) -> Outcome:
        return Outcome(rows=batch.connection.execute(_ERASE_OLD, (instant,)).rowcount)

    return register.sequencer.submit(erase).rows


def keep_spans(batch: Batch, number: int) -> None:
    """Keep what texts are searched for because of a request that is erased, with nothing by which to find the request.

    Whose account was named is not kept, so its holder cannot take that back any more.
    """
    batch.connection.execute(_KEEP_SPANS, (number,))


def find_reference(batch: Batch, number: int) -> bytes:
    """Return what names a request in the table of reads.

    Raises:
        RequestMissingError: there is no such request.
    """
    found = batch.connection.execute(_REFERENCE, (number,)).fetchone()
    if found is None:
        message = f"there is no request {number}"
        raise RequestMissingError(message)
    return bytes(found[0])


def store_given(batch: Batch, number: int, reference: bytes, given: Given, *, erase_after: datetime) -> None:
    """Seal what was given with a request, beside what was given before."""
    (part,) = batch.connection.execute(_COUNT, (number,)).fetchone()
    drawn = batch.draw(SECRET_BYTES + NONCE_BYTES)
    key, context = drawn[:SECRET_BYTES], context_of_term(reference, part)
    sealed = seal(key, msgspec.msgpack.encode(given), context=context)
    current = batch.keyring.envelope_keys.current
    wrapped = current.wrap(key, nonce=drawn[SECRET_BYTES:], context=context)
    batch.connection.execute(_INSERT, (number, part, current.key_id, wrapped, sealed, instant_of(erase_after)))


def _open_all(batch: Batch, number: int, reference: bytes) -> Iterator[Given]:
    for part, key_id, wrapped_key, sealed in batch.connection.execute(_SEALED, (number,)).fetchall():
        context = context_of_term(reference, part)
        key = batch.keyring.envelope_keys.find(key_id).unwrap(wrapped_key, context=context)
        yield _one.decode(unseal(key, sealed, context=context))
