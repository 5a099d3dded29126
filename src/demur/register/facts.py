"""The tables of a snapshot at one instant, each sorted by all its columns, so that equal facts are equal bytes.

Only what the rules need leaves the register: of two rows that no rule can tell apart the earlier one speaks for both.
"""

from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import (
    HIJACK_COLUMNS,
    INSTANT,
    NOTICE_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    UNDERTAKING_COLUMNS,
    Schema,
)
from demur.kernel.words import NoticeChannel, NoticeEvent
from demur.policy.age import birth_span
from demur.register.frames import read_frame
from demur.register.history import read_doubtful_ages
from demur.register.schema import (
    account_fact,
    hijack,
    instant_of,
    kept_target,
    lifting,
    notice,
    suspension,
    target,
    undertaking,
)

_PROVEN = (NoticeEvent.DELIVERED.value, NoticeEvent.SHOWN.value)
_FACTS: Schema = {
    "subject_key": pl.Binary,
    "birth_date": pl.String,
    "zone": pl.String,
    "age_doubt": pl.Boolean,
    "is_for_minor": pl.Boolean,
    "country": pl.String,
    "language": pl.String,
    "visibility": pl.String,
    "state": pl.String,
    "last_seen_at": INSTANT,
    "refuses_training": pl.Boolean,
    "refuses_sharing": pl.Boolean,
}


def read_subjects(connection: sa.Connection, hand_overs: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """Return the newest facts of each subject up to an instant (`SUBJECT_COLUMNS`), and what their history tells.

    An age is doubtful when the platform says so, and when the birth date was changed in a doubtful way.
    """
    order = sa.func.row_number().over(
        partition_by=account_fact.c.subject, order_by=[account_fact.c.at.desc(), account_fact.c.id.desc()]
    )
    ranked = sa.select(account_fact, order.label("newest")).where(account_fact.c.at <= instant_of(at)).subquery()
    columns = [ranked.c["subject" if name == "subject_key" else name] for name in _FACTS]
    rows = read_frame(connection, sa.select(*columns).where(ranked.c.newest == 1), _FACTS)
    held = hand_overs.group_by("subject_key").agg(pl.col("at").max().alias("held_since"))
    is_doubtful = pl.col("subject_key").is_in(read_doubtful_ages(connection, at).implode())
    read = rows.with_columns(
        *_read_births(rows["birth_date"], at.date()),
        pl.when(is_doubtful).then(pl.lit(True)).otherwise("age_doubt").alias("has_age_doubt"),
    )
    return _as_table(read.join(held, on="subject_key", how="left"), SUBJECT_COLUMNS)


def read_notices(connection: sa.Connection, *, at: datetime) -> pl.DataFrame:
    """Return for each proven notice the first instants at which it arrived and was displayed (`NOTICE_COLUMNS`).

    A notice to the public is proven by its publication.
    """
    event = _events_of_notices(at).subquery().c
    kinds = (event.subject, event.version, event.channel, event.language)
    further = (event.states_right, event.is_marketing, event.variant)
    displayed = sa.case((event.event == NoticeEvent.SHOWN.value, event.at))
    proven = sa.select(*kinds, *further, sa.func.min(event.at), sa.func.min(displayed)).group_by(*kinds, *further)
    return _read(connection, proven, NOTICE_COLUMNS)


def read_targets(connection: sa.Connection) -> pl.DataFrame:
    """Return the items and pages that somebody pointed at, since the first time (`TARGET_COLUMNS`).

    Of those whose pointing was erased no instant is kept: they always were pointed at.
    """
    told = sa.select(target.c.target, target.c.received_at, target.c.in_public_role)
    kept = sa.select(kept_target.c.target, sa.literal(0).label("received_at"), kept_target.c.in_public_role)
    every = sa.union_all(told, kept).subquery().c
    first = sa.select(every.target, sa.func.min(every.received_at), every.in_public_role)
    return _read(connection, first.group_by(every.target, every.in_public_role), TARGET_COLUMNS)


def read_hijacks(connection: sa.Connection) -> pl.DataFrame:
    """Return when somebody else held an account (`HIJACK_COLUMNS`); the last word on each window counts."""
    last = sa.select(sa.func.max(hijack.c.id)).group_by(hijack.c.subject, hijack.c.since)
    windows = sa.select(hijack.c.subject, hijack.c.since, hijack.c.until).where(hijack.c.id.in_(last))
    return _read(connection, windows, HIJACK_COLUMNS)


def read_suspensions(connection: sa.Connection, *, at: datetime) -> pl.DataFrame:
    """Return every suspension, lifted ones with their end (`SUSPENSION_COLUMNS`).

    One that was recorded is in force, though the clock that dated it was ahead of the instant.
    """
    stop = suspension.c
    since = sa.case((stop.since < instant_of(at), stop.since), else_=instant_of(at))
    columns = (since, lifting.c.at, stop.country, stop.product, stop.kind, stop.created_from, stop.created_until)
    stops = sa.select(*columns).select_from(suspension.outerjoin(lifting))
    return _read(connection, stops, SUSPENSION_COLUMNS)


def read_undertakings(connection: sa.Connection) -> pl.DataFrame:
    """Return the windows that the controller undertook to erase (`UNDERTAKING_COLUMNS`)."""
    windows = sa.select(undertaking.c.field, undertaking.c.since, undertaking.c.until)
    return _read(connection, windows, UNDERTAKING_COLUMNS)


def _events_of_notices(at: datetime) -> sa.Select[Any]:
    """Return the events that prove something, each once.

    A delivery that the same channel reports as bounced afterwards proves nothing (REQUIREMENTS NOT-6). An event that
    was imported again with a further fact is one event: it stood in marketing when any row says so.
    """
    told, bounced = notice.c, _bounces(at)
    has_bounced = (told.event == NoticeEvent.DELIVERED.value) & (bounced.c.at >= told.at)
    has_arrived = told.subject.is_not(None) & told.event.in_(_PROVEN) & ~sa.func.coalesce(has_bounced, sa.false())
    is_page = told.subject.is_(None) & (told.channel == NoticeChannel.PUBLIC_PAGE.value)
    is_published = is_page & (told.event == NoticeEvent.PUBLISHED.value)
    one = (told.subject, told.version, told.channel, told.language, told.states_right, told.event, told.at)
    further = (sa.func.max(told.is_marketing).label("is_marketing"), sa.func.max(told.variant).label("variant"))
    same_way = [told[name] == bounced.c[name] for name in ("subject", "channel", "version")]
    events = sa.select(*one, *further).select_from(notice.outerjoin(bounced, sa.and_(*same_way)))
    return events.where(has_arrived | is_published, told.at <= instant_of(at)).group_by(*one)


def _bounces(at: datetime) -> sa.CTE:
    """Return for each way to a person the last time that it bounced."""
    told = notice.c
    ways = (told.subject, told.channel, told.version)
    bounced = sa.select(*ways, sa.func.max(told.at).label("at"))
    is_known = (told.event == NoticeEvent.BOUNCED.value) & told.subject.is_not(None) & (told.at <= instant_of(at))
    return bounced.where(is_known).group_by(*ways).cte("bounced")


def _read_births(texts: pl.Series, today: date) -> tuple[pl.Series, pl.Series]:
    """Return the earliest and the latest day that each birth date allows; null where it is unknown."""
    known = {text: birth_span(text, today=today) or (None, None) for text in texts.unique().drop_nulls()}
    spans = [known.get(text, (None, None)) for text in texts]
    earliest, latest = ([span[end] for span in spans] for end in (0, 1))
    return pl.Series("born_from", earliest, dtype=pl.Date), pl.Series("born_by", latest, dtype=pl.Date)


def _read(connection: sa.Connection, query: sa.Select[Any], schema: Schema) -> pl.DataFrame:
    return _as_table(read_frame(connection, query, schema), schema)


def _as_table(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    return rows.select(list(schema)).sort(list(schema))
