"""One row a person: what the tables of a snapshot say about the author of an item, joined and judged once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from demur.exchange.columns import Facts
from demur.policy.age import comes_of_age
from demur.policy.errors import FactsAmbiguousError
from demur.policy.informed import judge_notices
from demur.policy.lookup import find_rows, mark
from demur.policy.objections import PLAIN_FLAGS, flag_plain, objections_in_force, split_objections
from demur.policy.settings import Settings

# What is not said is not so; every other fact that is missing stays null, and the rules decide what that means.
_FLAGS = (
    "author_known",
    "has_age_doubt",
    "is_for_minor",
    "refuses_training",
    "refuses_sharing",
    "has_partial_objection",
    "has_hijack",
    *PLAIN_FLAGS.values(),
    *(f"{flag}{whom}" for flag in ("has_notice", "has_current_notice", "is_shown") for whom in ("", "_any")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authors:
    """The people of some facts.

    Attributes:
        present: one row a subject, with the notices that reached whoever holds the account now; the last row, without a
            key, stands for everybody of whom nothing is known.
        former: the same for accounts that changed hands, with the notices that reached the holder before.
        partial: objections that cover some of a subject's items only.
    """

    present: pl.DataFrame
    former: pl.DataFrame
    partial: pl.DataFrame


def describe_authors(facts: Facts, settings: Settings, *, at: datetime) -> Authors:
    """Return one row for each subject that the facts name, with the columns that conditions read.

    Raises:
        FactsAmbiguousError: a subject has two rows of account facts.
    """
    accounts = describe_accounts(facts.subjects, settings)
    plain, partial = split_objections(objections_in_force(facts.objections, settings, at), settings)
    named = (facts.notices, plain, partial, facts.hijacks)
    known = _append_unknown(accounts, [table["subject_key"] for table in named])
    keys = known["subject_key"]
    flagged = known.with_columns(
        *flag_plain(plain, keys),
        _flag_rows("has_partial_objection", partial["subject_key"], keys),
        _flag_rows("has_hijack", facts.hijacks["subject_key"], keys),
    )
    present, former = judge_notices(facts.notices, flagged, settings, at)
    changed = flagged.with_row_index("row").filter(pl.col("held_since").is_not_null())
    return Authors(
        present=_fill(_beside(flagged.with_row_index("row"), present)),
        former=_fill(_beside(changed, former)),
        partial=partial,
    )


def describe_accounts(subjects: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return one row a subject: account facts, and from when on the person is, or may be, of age for posts and chats.

    Raises:
        FactsAmbiguousError: a subject has two rows.
    """
    known = _one_row_each(subjects)
    return known.select(
        "subject_key",
        pl.lit(value=True).alias("author_known"),
        "has_age_doubt",
        "is_for_minor",
        *_ages(known, settings),
        pl.col("country").str.to_uppercase().alias("author_country"),
        pl.col("language").alias("author_language"),
        pl.col("visibility").alias("author_visibility"),
        pl.col("state").alias("author_state"),
        "last_seen_at",
        "held_since",
        "refuses_training",
        "refuses_sharing",
    )


def _ages(subjects: pl.DataFrame, settings: Settings) -> list[pl.Series]:
    """Return from when on each person is shown to have an age (``_from``), and may have it (``_possible_from``)."""
    asked = {"adult": settings.adult_age, "chat": settings.ai_chat_min_age}
    # Most dates are known to the day, and most rulesets ask one age: then what is shown is all there is to compute.
    is_vague = subjects.select((pl.col("born_from") != pl.col("born_by")).any()).item()
    shown = {years: comes_of_age(subjects["born_by"], subjects["zone"], years) for years in set(asked.values())}
    possible = shown
    if is_vague:
        earliest = subjects.select(pl.coalesce("born_from", "born_by")).to_series()
        possible = {years: comes_of_age(earliest, subjects["zone"], years) for years in shown}
    return [
        *(shown[years].alias(f"{name}_from") for name, years in asked.items()),
        *(possible[years].alias(f"{name}_possible_from") for name, years in asked.items()),
    ]


def _append_unknown(accounts: pl.DataFrame, named: Sequence[pl.Series]) -> pl.DataFrame:
    """Add a row for each subject whom only other tables name, and the one for everybody else."""
    missing = [keys.filter(find_rows(keys, accounts["subject_key"]).is_null()) for keys in named]
    nobody = pl.Series("subject_key", [None], dtype=pl.Binary)
    further = pl.concat([pl.concat(missing).drop_nulls().unique(maintain_order=True), nobody])
    return pl.concat([accounts, further.to_frame()], how="diagonal").rechunk()


def _flag_rows(name: str, hits: pl.Series, keys: pl.Series) -> pl.Series:
    return mark(name, find_rows(hits, keys), keys.len())


def _beside(authors: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    return authors.join(told, on="row", how="left", maintain_order="left").drop("row")


def _fill(authors: pl.DataFrame) -> pl.DataFrame:
    return authors.with_columns(pl.col(flag).fill_null(value=False) for flag in _FLAGS)


def _one_row_each(table: pl.DataFrame) -> pl.DataFrame:
    known = table.filter(pl.col("subject_key").is_not_null())
    if known["subject_key"].n_unique() < known.height:
        message = "the snapshot's table subjects has more than one row for a subject"
        raise FactsAmbiguousError(message, hint="Take a new snapshot; the register that made this one is at fault.")
    return known
