"""What the history of an account tells beyond its newest facts: when it changed hands, and whether its age is doubtful.

Rows of one subject stand in the order of their instants, and among rows of one instant in the order in which they were
written. A holder or a birth date that is unknown for a while says nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, Schema
from demur.keys.subjects import SubjectKey
from demur.policy.age import is_edit_doubtful
from demur.register.connection import Connection
from demur.register.frames import read_frame
from demur.register.schema import account_fact, instant_of

# The least that a ruleset may ask; the register knows no ruleset.
_ADULT_AGE = 18

_HAND_OVERS: Schema = {"subject_key": pl.Binary, "at": INSTANT}
_BIRTH_DATES: Schema = {"subject_key": pl.Binary, "birth_date": pl.String, "holder": pl.Binary, "at": INSTANT}
_OF_MANY = """
    SELECT subject, at FROM (
        SELECT subject, id, at, holder, LAG(holder) OVER (PARTITION BY subject ORDER BY at, id) AS former
        FROM account_fact WHERE subject {among} AND holder IS NOT NULL
    ) AS held WHERE holder <> former ORDER BY subject, at, id
"""
_OF_ONE = """
    SELECT at FROM (
        SELECT id, at, holder, LAG(holder) OVER (ORDER BY at, id) AS former
        FROM account_fact WHERE subject = ? AND holder IS NOT NULL
    ) AS held WHERE holder <> former ORDER BY at, id
"""


def find_all_hand_overs(connection: Connection, subjects: Sequence[bytes]) -> dict[bytes, list[int]]:
    """Return what `find_hand_overs` finds for each of some subjects; none of those whose holder never changed."""
    found: dict[bytes, list[int]] = {}
    for subject, at in connection.select_among(_OF_MANY, subjects):
        found.setdefault(subject, []).append(at)
    return found


def find_hand_overs(connection: Connection, subject: SubjectKey) -> list[int]:
    """Return the instants at which another holder of one account became known, in their order."""
    return [at for (at,) in connection.execute(_OF_ONE, (subject,))]


def read_hand_overs(
    connection: sa.Connection, at: datetime, members: Collection[SubjectKey] | None = None
) -> pl.DataFrame:
    """Return every change of hands up to an instant, or those of some subjects: ``subject_key`` and ``at``."""
    fact = account_fact.c
    former = sa.func.lag(fact.holder).over(partition_by=fact.subject, order_by=[fact.at, fact.id])
    held = sa.select(fact.subject, fact.at, fact.holder, former.label("former"))
    held = held.where(fact.holder.is_not(None), fact.at <= instant_of(at))
    held = held if members is None else held.where(fact.subject.in_(members))
    rows = held.subquery().c
    return read_frame(connection, sa.select(rows.subject, rows.at).where(rows.holder != rows.former), _HAND_OVERS)


def read_doubtful_ages(connection: sa.Connection, at: datetime) -> pl.Series:
    """Return the subjects whose birth date was changed so that their age is in doubt (`is_edit_doubtful`).

    Every holder of an account has a birth date of their own, so the first one of the next holder changes nothing.
    """
    said = _read_birth_dates(connection, at)
    holder = pl.col("holder").forward_fill().over("subject_key")
    hold = (holder != holder.shift().over("subject_key")).fill_null(value=False).cum_sum().over("subject_key")
    histories = (
        said.with_columns(hold.alias("hold"))
        .group_by("subject_key", "hold", maintain_order=True)
        .agg(pl.struct("at", "birth_date").alias("edits"))
    )
    doubtful = [
        subject
        for subject, edits in histories.select("subject_key", "edits").iter_rows()
        if is_edit_doubtful([(edit["at"], edit["birth_date"]) for edit in edits], adult_age=_ADULT_AGE, at=at)
    ]
    return pl.Series("subject_key", doubtful, dtype=pl.Binary).unique()


def _read_birth_dates(connection: sa.Connection, at: datetime) -> pl.DataFrame:
    """Return what was said of the accounts of which more than one birth date was ever said, in its order."""
    fact = account_fact.c
    edited = (
        sa.select(fact.subject)
        .where(fact.at <= instant_of(at))
        .group_by(fact.subject)
        .having(sa.func.count(sa.distinct(fact.birth_date)) > 1)
    )
    said = (
        sa.select(fact.subject, fact.birth_date, fact.holder, fact.at)
        .where(fact.at <= instant_of(at), fact.subject.in_(edited))
        .order_by(fact.subject, fact.at, fact.id)
    )
    return read_frame(connection, said, _BIRTH_DATES)
