"""Whether the right to object works, as far as the register knows: reads of the entries, effects and notices alone.

Times are those of the newest hundred thousand objections, and of every one that still waits; percentiles are those of
nearest rank. Nobody is named or can be listed by what is returned here (GDPR Art. 32(4)).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, Facts, Schema
from demur.kernel.words import Basis, Device, EffectKind, FormStep, NoticeEvent, RecordKind, Way
from demur.policy.deadlines import answer_deadline
from demur.register.batch import day_of
from demur.register.counting import FormCount
from demur.register.frames import read_frame
from demur.register.requests_counting import read_outcome_rows
from demur.register.schema import (
    account_fact,
    effect,
    form_count,
    instant_of,
    leaf,
    notice,
    objection,
    request,
    target,
    way_count,
    withdrawal,
)
from demur.register.snapshot import read_facts
from demur.register.store import Register

_NEWEST = 100_000
ANSWERED_SOON = timedelta(days=1)
# Recorded so long after receipt: a letter, or an earlier campaign that was imported.
_RECORDED_LATE = timedelta(days=1)
UNKNOWN = "unknown"

_ENTRIES: Schema = {
    "entry": pl.Int64,
    "received_at": INSTANT,
    "asked_at": INSTANT,
    "done_at": INSTANT,
    "must_confirm": pl.Boolean,
    "confirmed_at": INSTANT,
    "names_account": pl.Boolean,
    "names_target": pl.Boolean,
    "of_request": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long something took for each of some objections.

    Attributes:
        objections: how many were finished; `waiting` those that are not.
        p50: of those that finished, as is `p99`; None where none did.
        longest: of all, with those that wait at what they have waited so far; None where there are none.
    """

    objections: int
    waiting: int
    p50: timedelta | None
    p99: timedelta | None
    longest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How objections were answered: by the receipt, or by the confirmation where the platform is asked for one.

    The answer to a request of somebody without an account is the first decision on it; its last day may be put off.

    Attributes:
        given: answers; `soon` those within a day of receipt, `late` those after the last day of GDPR Art. 12(3).
        waiting: objections without an answer; `overdue` those of which the last day is over.
    """

    given: int
    soon: int
    late: int
    waiting: int
    overdue: int
    longest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """How objections came, as far as an entry tells: `without_account` named pages or posts and no account at all."""

    objections: int
    without_account: int
    recorded_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How many accounts objections cover now, by why they do; `makers` are the accounts that objected themselves."""

    makers: int
    covered: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objected:
    """What the entries of objections tell of speed, answers and ways."""

    to_effect: Times
    to_tombstones: Times
    answers: Answers
    paths: Paths
    accounts_withdrawn: int
    accounts_objected: int


def read_objected(register: Register, *, at: datetime, oldest_corpus: int | None) -> Objected:
    """Read how objections fared up to an instant.

    Args:
        oldest_corpus: the size of the log that the oldest corpus was built at. Objections before it met no corpus, so
            nothing had to be taken out for them; None where there is no corpus.
    """
    with register.reading() as connection:
        entries = _read_entries(connection)
        requests = read_outcome_rows(connection)
        undone = sa.select(sa.func.count(sa.distinct(withdrawal.c.subject)))
        made = sa.select(sa.func.count(sa.distinct(objection.c.subject)))
        accounts_withdrawn = int(connection.execute(undone).scalar_one())
        accounts_objected = int(connection.execute(made).scalar_one())
    met = entries.filter(pl.col("entry") >= (oldest_corpus if oldest_corpus is not None else 2**62))
    return Objected(
        to_effect=_times(met, since="asked_at", at=at),
        to_tombstones=_times(met, since="received_at", at=at),
        answers=_answers(entries, requests, at=at),
        paths=_paths(entries.filter(_is_own_entry())),
        accounts_withdrawn=accounts_withdrawn,
        accounts_objected=accounts_objected,
    )


def read_people(register: Register, *, at: datetime) -> Facts:
    """Return the tables that a snapshot would hold now, for figures that the rules decide; nothing is written."""
    with register.reading() as connection:
        return read_facts(connection, at=at)[0]


def count_spread(facts: Facts, *, makers: int) -> Spread:
    """Count the accounts that objections cover, by the first of the three reasons that holds for each."""
    order = {basis.value: rank for rank, basis in enumerate(Basis)}
    first = facts.objections.select(
        "subject_key", pl.col("basis").replace_strict(order, return_dtype=pl.Int64).alias("rank")
    )
    counted = first.group_by("subject_key").agg(pl.col("rank").min())["rank"].value_counts().rows()
    found = dict(counted)
    return Spread(makers=makers, covered={basis.value: found.get(rank, 0) for rank, basis in enumerate(Basis)})


REACH_BY = ("version", "channel", "language", "country", "age_band")


def read_reach(register: Register, by: str, *, at: datetime) -> list[tuple[str, dict[str, int]]]:
    """Count the people of whom each event of a notice is recorded, by one of `REACH_BY`, up to an instant.

    A person counts once for each event, with the newest country and birth date known. What is unknown is `UNKNOWN`;
    the age band is that of the instant, from a birth year, and of an unclear one nothing is said. The rows are sorted.
    """
    told = notice.c
    newest = sa.select(account_fact.c.subject, sa.func.max(account_fact.c.id).label("id")).group_by(
        account_fact.c.subject
    )
    last = newest.subquery()
    known = sa.select(account_fact.c.subject, account_fact.c.country, account_fact.c.birth_date).join(
        last, account_fact.c.id == last.c.id
    )
    person = known.subquery()
    columns = {
        "version": told.version,
        "channel": told.channel,
        "language": told.language,
        "country": person.c.country,
        "age_band": _age_band(person.c.birth_date, at),
    }
    group = sa.func.coalesce(columns[by], UNKNOWN)
    # By its name: PostgreSQL takes the same expression with other parameters for another one.
    query = sa.select(group.label("part"), told.event, sa.func.count(sa.distinct(told.subject))).where(
        told.subject.is_not(None), told.at <= instant_of(at)
    )
    if by in {"country", "age_band"}:
        query = query.select_from(notice.outerjoin(person, person.c.subject == told.subject))
    counted: dict[str, dict[str, int]] = {}
    with register.reading() as connection:
        for name, event, people in connection.execute(query.group_by(sa.literal_column("part"), told.event)):
            counted.setdefault(str(name), dict.fromkeys(map(str, NoticeEvent), 0))[event] = people
    return sorted(counted.items())


def read_ways(register: Register) -> Mapping[Way, int]:
    """Return how many objections were recorded on each way since ways are counted."""
    query = sa.select(way_count.c.way, sa.func.sum(way_count.c.count)).group_by(way_count.c.way)
    with register.reading() as connection:
        return dict.fromkeys(Way, 0) | {Way(way): int(count) for way, count in connection.execute(query)}


def read_forms(register: Register, *, since: date, until: date) -> tuple[FormCount, ...]:
    """Return the counts of forms of the days from one on to before another, summed and sorted; each bears the first."""
    kept = form_count.c
    parts = (kept.way, kept.step, kept.language, kept.device)
    summed = sa.select(*parts, sa.func.sum(kept.count)).group_by(*parts).order_by(*parts)
    days = summed.where(kept.day >= since.isoformat(), kept.day < until.isoformat())
    with register.reading() as connection:
        return tuple(
            FormCount(
                day=since.isoformat(),
                way=Way(way),
                step=FormStep(step),
                language=language,
                device=Device(device),
                count=int(count),
            )
            for way, step, language, device, count in connection.execute(days)
        )


def first_day_before(at: datetime, *, days: int) -> date:
    """Return the day of UTC that lies some days before that of an instant."""
    return day_of(at) - timedelta(days=days)


def _age_band(birth_date: sa.ColumnElement[str], at: datetime) -> sa.ColumnElement[str | None]:
    year = sa.cast(sa.func.substr(birth_date, 1, 4), sa.Integer)
    # The age that somebody has for certain: whose birthday this year is still to come is a year younger.
    age = sa.literal(at.year) - year - 1
    bands = (("under 18", age < 18), ("18 to 24", age < 25), ("25 to 44", age < 45), ("45 to 64", age < 65))  # noqa: PLR2004 -- the bands
    return sa.case(
        (birth_date.is_(None), None), *((test, sa.literal(name)) for name, test in bands), else_="65 and over"
    )


def _read_entries(connection: sa.Connection) -> pl.DataFrame:
    """Return the newest objections and all that wait, an entry a row (`_ENTRIES`)."""
    apply, confirm = effect.alias("apply"), effect.alias("confirm")
    own = sa.select(objection.c.idx, sa.func.min(objection.c.received_at).label("received_at"))
    pointed = sa.select(
        target.c.idx,
        sa.func.min(target.c.received_at).label("received_at"),
        sa.func.max(request.c.idx).label("of_request"),
    ).select_from(target.outerjoin(request, request.c.reference == target.c.target))
    named, aimed = own.group_by(objection.c.idx).subquery(), pointed.group_by(target.c.idx).subquery()
    newest = sa.select(sa.func.max(leaf.c.idx)).scalar_subquery()
    is_unconfirmed = sa.and_(confirm.c.ref.is_not(None), confirm.c.done_at.is_(None))
    is_wanted = sa.or_(apply.c.ref > newest - _NEWEST, apply.c.done_at.is_(None), is_unconfirmed)
    query = (
        sa.select(
            apply.c.ref,
            # Of an entry that was erased no receipt is kept; it was acknowledged no earlier than received.
            sa.func.coalesce(named.c.received_at, aimed.c.received_at, apply.c.asked_at),
            apply.c.asked_at,
            apply.c.done_at,
            confirm.c.ref.is_not(None),
            confirm.c.done_at,
            named.c.idx.is_not(None),
            aimed.c.idx.is_not(None),
            aimed.c.of_request,
        )
        .select_from(
            apply.join(leaf, leaf.c.idx == apply.c.ref)
            .outerjoin(confirm, sa.and_(confirm.c.ref == apply.c.ref, confirm.c.kind == EffectKind.CONFIRMATION.value))
            .outerjoin(named, named.c.idx == apply.c.ref)
            .outerjoin(aimed, aimed.c.idx == apply.c.ref)
        )
        .where(apply.c.kind == EffectKind.APPLY.value, leaf.c.kind == RecordKind.OBJECTION.value, is_wanted)
    )
    return read_frame(connection, query, _ENTRIES)


def _times(entries: pl.DataFrame, *, since: str, at: datetime) -> Times:
    now = pl.lit(at, dtype=INSTANT)
    # A clock that was set back in between must not shorten the others.
    taken = entries.select(
        (pl.coalesce("done_at", now) - pl.col(since)).clip(lower_bound=timedelta(0)).alias("took"),
        pl.col("done_at").is_not_null().alias("is_done"),
    )
    done = taken.filter("is_done")["took"].sort().to_list()
    return Times(
        objections=len(done),
        waiting=taken.height - len(done),
        p50=nearest_rank(done, 50),
        p99=nearest_rank(done, 99),
        longest=max(taken["took"].to_list(), default=None),
    )


def _is_own_entry() -> pl.Expr:
    """Tell entries that are an objection of their own: a request may have further ones, for accounts and for finds."""
    return pl.col("of_request").is_null() | (pl.col("of_request") == pl.col("entry"))


def _answers(entries: pl.DataFrame, requests: pl.DataFrame, *, at: datetime) -> Answers:
    by_themselves = _due_answers(entries.filter(pl.col("of_request").is_null()), at=at)
    decided = requests.select("received_at", "answered_at", pl.col("due_at").alias("ends_at"))
    answered = pl.concat([by_themselves, decided])
    given = answered.filter(pl.col("answered_at").is_not_null())
    waiting = answered.filter(pl.col("answered_at").is_null())
    took = (given["answered_at"] - given["received_at"]).to_list()
    return Answers(
        given=given.height,
        soon=sum(span <= ANSWERED_SOON for span in took),
        late=given.filter(pl.col("answered_at") >= pl.col("ends_at")).height,
        waiting=waiting.height,
        overdue=waiting.filter(pl.lit(at, dtype=INSTANT) >= pl.col("ends_at")).height,
        longest=max(took, default=None),
    )


def _due_answers(entries: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """Return when entries came, were answered and had to be."""
    days = entries["received_at"].dt.date()
    # Without the person's time zone, which only they know, the last day is that of UTC.
    ends = {
        day: answer_deadline(datetime.combine(day, datetime.min.time(), at.tzinfo), None).ends_at for day in set(days)
    }
    return entries.select(
        "received_at",
        pl.when("must_confirm").then("confirmed_at").otherwise("asked_at").alias("answered_at"),
        days.replace_strict(ends, return_dtype=INSTANT).alias("ends_at")
        if ends
        else pl.col("received_at").alias("ends_at"),
    )


def _paths(entries: pl.DataFrame) -> Paths:
    is_late = pl.col("asked_at") - pl.col("received_at") > _RECORDED_LATE
    return Paths(
        objections=entries.height,
        without_account=entries.filter(~pl.col("names_account") & pl.col("names_target")).height,
        recorded_late=entries.filter(is_late).height,
    )


def nearest_rank(ordered: Sequence[timedelta], percent: int) -> timedelta | None:
    """Return a percentile of nearest rank of values in ascending order; None of none."""
    return ordered[max(math.ceil(percent * len(ordered) / 100), 1) - 1] if ordered else None
