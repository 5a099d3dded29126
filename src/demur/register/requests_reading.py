"""Reads of requests: lists by a filter, counts, one with its history. What was given with them is not among it.

A request is looked up by its number within, and by the code of its sender from outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from demur.keys.subjects import request_key
from demur.policy.handling import NEXT_STEPS, OPEN, ExtensionReason, NextStep, RequestKind, RequestState
from demur.policy.requests import Ground
from demur.register.errors import RequestMissingError
from demur.register.schema import (
    datetime_of,
    instant_of,
    objection,
    request,
    request_span,
    request_step,
    request_term,
    withdrawal,
)
from demur.register.store import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which requests are meant; None is all.

    Attributes:
        due_before: an open one whose last day for an answer ends by then.
    """

    state: RequestState | None = None
    kind: RequestKind | None = None
    language: str | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRequest:
    """One request as it stands.

    Attributes:
        due_at: the first instant after the last day for an answer.
        is_taken_back: the holder of an account that it named took that back by logging in.
        form_version: which version of which form it came by; None before that was recorded.
    """

    number: int
    kind: RequestKind
    language: str
    received_at: datetime
    state: RequestState
    due_at: datetime
    is_taken_back: bool
    form_version: str | None

    @property
    def is_open(self) -> bool:
        """Tell whether an answer is awaited."""
        return self.state in OPEN

    @property
    def next_step(self) -> NextStep:
        """Tell who acts next."""
        return NEXT_STEPS[self.state]

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether the last day for an answer ended without one."""
        return self.is_open and at >= self.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the history of a request; a refusal has all of `decided_by`, `ground` and `remedies_told`."""

    state: RequestState
    at: datetime
    due_at: datetime
    decided_by: str | None
    ground: Ground | None
    remedies_told: bool
    extension: ExtensionReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """One request with its history.

    Attributes:
        reference: names it in the table of reads.
        index: its objection in the log.
        terms: how many sealed rows of what was given are kept still.
        spans: how many spans texts are searched for.
    """

    listed: ListedRequest
    reference: bytes
    index: int
    steps: tuple[Step, ...]
    terms: int
    spans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRequests:
    """How many requests a filter means, by state, and how many of them wait longer than they may."""

    by_state: Mapping[RequestState, int]
    overdue: int

    @property
    def total(self) -> int:
        """Return how many there are in all."""
        return sum(self.by_state.values())


def list_requests(
    register: Register, wanted: RequestFilter, *, after: int = 0, limit: int | None = None
) -> tuple[ListedRequest, ...]:
    """Return the requests that a filter means, by number, from after one on."""
    last = _last_steps(wanted).where(request.c.number > after).order_by(request.c.number).limit(limit)
    with register.reading() as connection:
        return tuple(_listed(row) for row in connection.execute(last))


def count_requests(register: Register, wanted: RequestFilter, *, at: datetime) -> CountedRequests:
    """Count the requests that a filter means."""
    found = _last_steps(wanted).subquery()
    is_late = found.c.state.in_([state.value for state in OPEN]) & (found.c.due_at <= instant_of(at))
    late = sa.func.sum(sa.case((is_late, 1), else_=0))
    query = sa.select(found.c.state, sa.func.count(), late).group_by(found.c.state)
    with register.reading() as connection:
        rows = connection.execute(query).all()
    counted = dict.fromkeys(RequestState, 0) | {RequestState(state): count for state, count, _ in rows}
    return CountedRequests(by_state=counted, overdue=sum(overdue for *_, overdue in rows))


def list_languages(register: Register) -> tuple[str, ...]:
    """Return the languages in which requests were made."""
    query = sa.select(request.c.language).distinct().where(request.c.language != "").order_by(request.c.language)
    with register.reading() as connection:
        return tuple(connection.execute(query).scalars())


def read_request(register: Register, number: int) -> ReadRequest:
    """Return one request by its number.

    Raises:
        RequestMissingError: there is none.
    """
    return _read(register, request.c.number == number)


def find_request(register: Register, code: str) -> ReadRequest:
    """Return one request by the code of its sender; raises as `read_request`."""
    return _read(register, request.c.reference == request_key(register.keyring, code))


def read_request_spans(register: Register, number: int) -> tuple[tuple[int, bytes, bytes], ...]:
    """Return what texts are searched for because of one request: words, hash and digest of each span."""
    span = request_span.c
    query = sa.select(span.words, span.hash, span.digest).where(span.request == number)
    with register.reading() as connection:
        return tuple((words, found, digest) for words, found, digest in connection.execute(query))


def _read(register: Register, which: sa.ColumnElement[bool]) -> ReadRequest:
    steps = request_step.c
    with register.reading() as connection:
        found = connection.execute(_last_steps(RequestFilter()).where(which)).first()
        if found is None:
            message = "there is no such request"
            raise RequestMissingError(message, hint="Check the code; it has 16 letters and digits.")
        number = found.number
        query = sa.select(
            steps.state, steps.at, steps.due_at, steps.decided_by, steps.ground, steps.remedies_told, steps.extension
        )
        history = connection.execute(query.where(steps.request == number).order_by(steps.step)).all()
        terms = _count(connection, request_term, number)
        spans = _count(connection, request_span, number)
    return ReadRequest(
        listed=_listed(found),
        reference=found.reference,
        index=found.idx,
        steps=tuple(map(_step, history)),
        terms=terms,
        spans=spans,
    )


def _count(connection: sa.Connection, table: sa.Table, number: int) -> int:
    return connection.execute(sa.select(sa.func.count()).where(table.c.request == number)).scalar_one()


def _last_steps(wanted: RequestFilter) -> sa.Select[Any]:
    """Return the query for requests with their last steps."""
    later = request_step.alias("later")
    newest = sa.select(sa.func.max(later.c.step)).where(later.c.request == request.c.number).scalar_subquery()
    withdrawn = (
        sa.exists()
        .where(objection.c.idx == request.c.claim, withdrawal.c.subject == objection.c.subject)
        .where(withdrawal.c.received_at > request.c.received_at)
    )
    steps = (request_step.c.request == request.c.number) & (request_step.c.step == newest)
    query = sa.select(
        request.c.number,
        request.c.kind,
        request.c.language,
        request.c.received_at,
        request.c.reference,
        request.c.idx,
        request.c.form_version,
        request_step.c.state,
        request_step.c.due_at,
        withdrawn.label("is_taken_back"),
    )
    return query.select_from(request.join(request_step, steps)).where(*_conditions(wanted))


def _conditions(wanted: RequestFilter) -> Sequence[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(request_step.c.state == wanted.state.value)
    if wanted.kind is not None:
        found.append(request.c.kind == wanted.kind.value)
    if wanted.language is not None:
        found.append(request.c.language == wanted.language)
    if wanted.due_before is not None:
        found.append(request_step.c.state.in_([state.value for state in OPEN]))
        found.append(request_step.c.due_at <= instant_of(wanted.due_before))
    return found


def _listed(row: Any) -> ListedRequest:  # noqa: ANN401 -- a row of SQLAlchemy
    return ListedRequest(
        number=row.number,
        kind=RequestKind(row.kind),
        language=row.language,
        received_at=datetime_of(row.received_at),
        state=RequestState(row.state),
        due_at=datetime_of(row.due_at),
        is_taken_back=bool(row.is_taken_back),
        form_version=row.form_version,
    )


def _step(row: Any) -> Step:  # noqa: ANN401 -- a row of SQLAlchemy
    return Step(
        state=RequestState(row.state),
        at=datetime_of(row.at),
        due_at=datetime_of(row.due_at),
        decided_by=row.decided_by,
        ground=None if row.ground is None else Ground(row.ground),
        remedies_told=bool(row.remedies_told),
        extension=None if row.extension is None else ExtensionReason(row.extension),
    )
