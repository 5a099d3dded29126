"""Searches by people without an account: how many public items hold what they gave, to know before they object.

What is counted is what the sources publish, and not what corpora hold: whether somebody objected must show in no count
(REQUIREMENTS SEC-2). A search is no record of a person: it holds keyed hashes until it is done, and is deleted soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import sqlalchemy as sa

from demur.filters.suppressions import MOST_WORDS, Span, Suppressions, hash_term, list_spans
from demur.keys.subjects import request_key
from demur.register.batch import Aside, Batch, Outcome
from demur.register.errors import RequestMissingError
from demur.register.requests_terms import Instant, Term, check_instants
from demur.register.schema import datetime_of, instant_of, search
from demur.register.store import Register

KEPT = timedelta(days=30)
_AT_ONCE = 100
_HASH_BYTES, _DIGEST_BYTES = 8, 16
_SPAN_BYTES = 1 + _HASH_BYTES + _DIGEST_BYTES

_ASK = "INSERT INTO search (reference, spans, asked_at) VALUES (?, ?, ?) ON CONFLICT (reference) DO NOTHING"
_FINISH = "UPDATE search SET spans = ?, done_at = ?, counts = ? WHERE reference = ? AND done_at IS NULL"
_DROP = "DELETE FROM search WHERE asked_at <= ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search; `counts` tells for each source how many public items hold what was given, None until it is done."""

    asked_at: datetime
    counts: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSearch:
    """A search to do, by the reference of its code."""

    reference: bytes
    wanted: Suppressions


class AskedSearch(msgspec.Struct, Aside, frozen=True, kw_only=True, tag="search", forbid_unknown_fields=True):
    """The unit of work that asks for a search; asked for twice, it is one."""

    reference: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    spans: bytes
    at: Instant

    def __post_init__(self) -> None:
        """Refuse an instant that can be none, and half a span."""
        check_instants(self.at)
        is_known = all(1 <= words <= MOST_WORDS for words in self.spans[::_SPAN_BYTES])
        if len(self.spans) % _SPAN_BYTES or not self.spans or not is_known:
            message = f"{len(self.spans)} bytes are no spans of a search"
            raise ValueError(message)

    def __call__(self, batch: Batch) -> Outcome:
        """Write it down."""
        asked = batch.connection.execute(_ASK, (self.reference, self.spans, instant_of(self.at)))
        return Outcome(rows=asked.rowcount)


def ask_search(register: Register, code: str, terms: Sequence[Term], *, at: datetime) -> None:
    """Ask how many public items hold some names, handles or addresses; `read_search` tells it by the code, later.

    Raises:
        SuppressionTermError: a term holds nothing that could be looked for.
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """
    key = register.keyring.suppression_key
    spans = b"".join(_encode(span) for term in terms for span in hash_term(term.text, key))
    register.sequencer.submit(AskedSearch(reference=request_key(register.keyring, code), spans=spans, at=at))


def read_search(register: Register, code: str) -> Search:
    """Return a search by its code.

    Raises:
        RequestMissingError: there is none, or none any more.
    """
    query = sa.select(search.c.asked_at, search.c.counts)
    with register.reading() as connection:
        row = connection.execute(query.where(search.c.reference == request_key(register.keyring, code))).first()
    if row is None:
        message = "there is no such search"
        raise RequestMissingError(message, hint="Ask again: what a search found is kept for a month.")
    counts = None if row.counts is None else msgspec.json.decode(row.counts, type=dict[str, int])
    return Search(asked_at=datetime_of(row.asked_at), counts=counts)


def due_searches(register: Register) -> tuple[DueSearch, ...]:
    """Return searches that are to be done, the longest asked first."""
    query = sa.select(search.c.reference, search.c.spans).where(search.c.done_at.is_(None))
    with register.reading() as connection:
        rows = connection.execute(query.order_by(search.c.asked_at, search.c.reference).limit(_AT_ONCE)).all()
    key = register.keyring.suppression_key
    return tuple(DueSearch(reference=reference, wanted=list_spans(_decode(spans), key)) for reference, spans in rows)


def finish_searches(register: Register, found: Mapping[bytes, Mapping[str, int]], *, at: datetime) -> None:
    """Write down what searches found, in the place of what they looked for, and drop those of long ago."""
    marks = [
        (b"", instant_of(at), msgspec.json.encode(counts, order="sorted").decode(), reference)
        for reference, counts in found.items()
    ]

    def write(batch: Batch) -> Outcome:
        batch.connection.executemany(_FINISH, marks)
        dropped = batch.connection.execute(_DROP, (instant_of(at - KEPT),)).rowcount
        return Outcome(rows=len(marks) + dropped)

    register.sequencer.submit(write)


def _encode(span: Span) -> bytes:
    return bytes([span.words]) + span.hash + span.digest


def _decode(spans: bytes) -> list[Span]:
    pieces = (spans[start : start + _SPAN_BYTES] for start in range(0, len(spans), _SPAN_BYTES))
    return [Span(words=piece[0], hash=piece[1 : 1 + _HASH_BYTES], digest=piece[1 + _HASH_BYTES :]) for piece in pieces]
