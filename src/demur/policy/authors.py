"""One row a person: what the tables of a snapshot say about the author of an item, joined and judged once."""

import polars as pl

from demur.exchange.columns import INSTANT, Facts
from demur.kernel.words import NoticeChannel
from demur.policy.age import is_of_age
from demur.policy.errors import FactsAmbiguousError
from demur.policy.settings import Settings

# A dated public page is no proof that it reached this person.
_CHANNELS_THAT_REACH = (NoticeChannel.EMAIL, NoticeChannel.IN_APP)


def describe_authors(facts: Facts, settings: Settings) -> pl.DataFrame:
    """Return one row for each subject that the facts name, with the columns that conditions read.

    Raises:
        FactsAmbiguousError: a subject has two rows of account facts or two objections.
    """
    subjects = _one_row_each(facts.subjects, "subjects")
    objections = _one_row_each(facts.objections, "objections")
    accounts = subjects.select(
        "subject_key",
        pl.lit(value=True).alias("author_known"),
        pl.col("born_by").alias("author_born_by"),
        pl.col("country").str.to_uppercase().alias("author_country"),
        pl.col("language").alias("author_language"),
        pl.col("visibility").alias("author_visibility"),
        pl.col("state").alias("author_state"),
    )
    refusals = objections.select(
        "subject_key",
        pl.lit(value=True).alias("has_objected"),
        pl.col("basis").alias("objection_basis"),
        pl.col("effective_at").alias("objection_effective_at"),
    )
    notices = _judge_notices(facts.notices, accounts, settings)
    return accounts.join(refusals, on="subject_key", how="full", coalesce=True, maintain_order="left_right").join(
        notices, on="subject_key", how="full", coalesce=True, maintain_order="left_right"
    )


def join_authors(items: pl.DataFrame, authors: pl.DataFrame) -> pl.DataFrame:
    """Put the facts on its author beside each item, in the order of the items; flags of unknown authors are false."""
    joined = items.join(authors, on="subject_key", how="left", maintain_order="left")
    flags = ("author_known", "has_objected", "has_notice", "has_current_notice")
    return joined.with_columns(pl.col(flag).fill_null(value=False) for flag in flags)


def _judge_notices(notices: pl.DataFrame, accounts: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    proven = notices.filter(
        pl.col("proven_at").is_not_null()
        & pl.col("subject_key").is_not_null()
        & pl.col("channel").is_in([channel.value for channel in _CHANNELS_THAT_REACH])
    ).join(
        accounts.select("subject_key", "author_language", "author_born_by"),
        on="subject_key",
        how="left",
        maintain_order="left",
    )
    is_current = pl.col("version").eq_missing(pl.lit(settings.notice_version))
    is_understood = _primary_language("language") == _primary_language("author_language")
    is_valid = (is_current & pl.col("states_right") & is_understood).fill_null(value=False)
    reached_adult = is_of_age(pl.col("author_born_by"), pl.lit(settings.adult_age), pl.col("proven_at"))
    return proven.group_by("subject_key", maintain_order=True).agg(
        pl.lit(value=True).alias("has_notice"),
        is_current.any().alias("has_current_notice"),
        pl.col("proven_at").filter(is_valid).min().cast(INSTANT).alias("notice_valid_since"),
        pl.col("proven_at")
        .filter(is_valid & reached_adult.fill_null(value=False))
        .min()
        .cast(INSTANT)
        .alias("adult_notice_valid_since"),
    )


def _primary_language(column: str) -> pl.Expr:
    # RFC 5646 2.2.1: a notice in "fr" is in the language of an account set to "fr-CH".
    return pl.col(column).str.to_lowercase().str.extract("^([a-z]{2,3})(?:[-_].*)?$", 1)


def _one_row_each(table: pl.DataFrame, name: str) -> pl.DataFrame:
    known = table.filter(pl.col("subject_key").is_not_null())
    if known["subject_key"].is_duplicated().any():
        message = f"the snapshot's table {name} has more than one row for a subject"
        raise FactsAmbiguousError(message, hint="Take a new snapshot; the register that made this one is at fault.")
    return known
