"""What became of requests, as counts: who was asked, what was refused and on which ground, what found anything.

Nobody is named or can be listed by what is returned here; counts may still be about single people (SEC-7), which
whoever shows them withholds.
"""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, Schema
from demur.policy.handling import OPEN, RequestKind, RequestState
from demur.policy.requests import Ground
from demur.register.frames import read_frame
from demur.register.schema import objection, request, request_step, target, withdrawal
from demur.register.store import Register

_DECIDED = tuple(state.value for state in RequestState if state not in OPEN)
_ROWS: Schema = {
    "entry": pl.Int64,
    "kind": pl.String,
    "language": pl.String,
    "received_at": INSTANT,
    "state": pl.String,
    "due_at": INSTANT,
    "ground": pl.String,
    "answered_at": INSTANT,
    "was_asked": pl.Boolean,
    "has_items": pl.Boolean,
    "was_cut": pl.Boolean,
    "is_taken_back": pl.Boolean,
}
_POINTED: Schema = {"entry": pl.Int64, "target": pl.Binary}


class Ending(StrEnum):
    """Why a request that is decided took nothing out."""

    NOTHING_FOUND = "nothing_found"  # it was accepted, and stays in force for whatever is found later
    TAKEN_BACK = "taken_back"  # by the holder of the account that it named
    COMPELLING_GROUNDS = Ground.COMPELLING_GROUNDS.value
    LEGAL_CLAIMS = Ground.LEGAL_CLAIMS.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """How the requests of one kind in one language were handled.

    Attributes:
        asked: those that were asked the one question.
        refused: those that are refused now.
        undone: those whose account was taken back by its holder.
    """

    kind: RequestKind
    language: str
    requests: int
    asked: int
    refused: int
    undone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedOutcomes:
    """What became of all requests.

    Attributes:
        handled: by kind and language, sorted.
        grounds: of those that are refused now, how many on each ground.
        located: how many are known to have found an item: a reviewer found or cut one, or an item that was pointed at
            is one that a corpus decided about.
        endings: of those that are decided and located nothing, how many for each cause.
        waiting: how many are undecided and located nothing.
    """

    handled: tuple[Handled, ...]
    grounds: Mapping[Ground, int]
    located: int
    endings: Mapping[Ending, int]
    waiting: int

    @property
    def requests(self) -> int:
        """Return how many there are."""
        return sum(one.requests for one in self.handled)

    @property
    def asked(self) -> int:
        """Return how many were asked."""
        return sum(one.asked for one in self.handled)

    @property
    def refused(self) -> int:
        """Return how many are refused."""
        return sum(one.refused for one in self.handled)

    @property
    def undone(self) -> int:
        """Return how many account holders took back what somebody else had asked for."""
        return sum(one.undone for one in self.handled)


NO_OUTCOMES = CountedOutcomes(handled=(), grounds={}, located=0, endings={}, waiting=0)


def read_outcomes(register: Register) -> pl.DataFrame:
    """Return what became of each request, a row each (`_ROWS`): for counting only."""
    with register.reading() as connection:
        return read_outcome_rows(connection)


def read_outcome_rows(connection: sa.Connection) -> pl.DataFrame:
    """Return the same over a connection that is open."""
    step, later = request_step.c, request_step.alias("later").c
    summed = (
        sa.select(
            later.request,
            sa.func.max(later.step).label("last"),
            sa.func.min(sa.case((later.state.in_(_DECIDED), later.at))).label("answered_at"),
            sa.func.max(sa.case((later.state == RequestState.ASKED.value, 1), else_=0)).label("was_asked"),
            sa.func.max(sa.case((later.state == RequestState.CUT.value, 1), else_=0)).label("was_cut"),
        )
        .group_by(later.request)
        .subquery()
    )
    further = sa.exists().where(
        target.c.target == request.c.reference,
        target.c.idx != request.c.idx,
        target.c.idx != sa.func.coalesce(request.c.claim, -1),
    )
    undone = sa.exists().where(
        objection.c.idx == request.c.claim,
        withdrawal.c.subject == objection.c.subject,
        withdrawal.c.received_at > request.c.received_at,
    )
    query = sa.select(
        request.c.idx,
        request.c.kind,
        request.c.language,
        request.c.received_at,
        step.state,
        step.due_at,
        step.ground,
        summed.c.answered_at,
        summed.c.was_asked == 1,
        further,
        summed.c.was_cut == 1,
        undone,
    ).select_from(
        request.join(summed, summed.c.request == request.c.number).join(
            request_step, sa.and_(step.request == request.c.number, step.step == summed.c.last)
        )
    )
    return read_frame(connection, query, _ROWS)


def read_pointed(register: Register) -> pl.DataFrame:
    """Return what requests pointed at when they came, a row for each thing (`_POINTED`): keys of items and pages."""
    query = (
        sa.select(target.c.idx, target.c.target)
        .select_from(target.join(request, request.c.idx == target.c.idx))
        .where(target.c.target != request.c.reference)
    )
    with register.reading() as connection:
        return read_frame(connection, query, _POINTED)


def count_outcomes(rows: pl.DataFrame, *, located: AbstractSet[int]) -> CountedOutcomes:
    """Count what became of requests.

    Args:
        rows: those of `read_outcomes`.
        located: the entries of requests that pointed at an item which a corpus decided about.
    """
    is_refused = pl.col("state") == RequestState.REFUSED.value
    handled = (
        rows.group_by("kind", "language")
        .agg(
            pl.len().alias("requests"),
            pl.col("was_asked").sum().alias("asked"),
            is_refused.sum().alias("refused"),
            pl.col("is_taken_back").sum().alias("undone"),
        )
        .sort("kind", "language")
    )
    refused = Counter(rows.filter(is_refused)["ground"].to_list())
    pointed = pl.col("entry").is_in(pl.Series(sorted(located), dtype=pl.Int64).implode())
    has_found = ~is_refused & ~pl.col("is_taken_back") & (pl.col("has_items") | pl.col("was_cut") | pointed)
    found, rest = rows.filter(has_found), rows.filter(~has_found)
    ending = (
        pl.when("is_taken_back")
        .then(pl.lit(Ending.TAKEN_BACK.value))
        .otherwise(pl.when(is_refused).then("ground").otherwise(pl.lit(Ending.NOTHING_FOUND.value)))
    )
    is_over = pl.col("state").is_in(_DECIDED) | pl.col("is_taken_back")
    ended = Counter(rest.filter(is_over).select(ending.alias("ending"))["ending"].to_list())
    return CountedOutcomes(
        handled=tuple(
            Handled(kind=RequestKind(kind), language=language, requests=number, asked=asked, refused=no, undone=undone)
            for kind, language, number, asked, no, undone in handled.iter_rows()
        ),
        grounds={ground: refused[ground.value] for ground in Ground},
        located=found.height,
        endings={one: ended[one.value] for one in Ending},
        waiting=rest.filter(~is_over).height,
    )
