"""Which objections cover which items: scope, who held the account, and whether old content counts."""

from datetime import datetime

import polars as pl

from demur.exchange.columns import INSTANT
from demur.kernel.words import Basis, ItemKind, ObjectionScope
from demur.policy.lookup import find_rows, mark
from demur.policy.settings import LateObjection, Settings

PLAIN_FLAGS = {basis: f"has_{basis.value}_objection" for basis in Basis}


def objections_in_force(objections: pl.DataFrame, settings: Settings, at: datetime) -> pl.DataFrame:
    """Return the objections that count at an instant under some settings; a basis that is not known is their own."""
    bases = pl.col("basis").is_in([basis.value for basis in Basis]).fill_null(value=False)
    known = objections.with_columns(pl.when(bases).then("basis").otherwise(pl.lit(Basis.OWN.value)).alias("basis"))
    counted = ~(pl.col("effective_at") > pl.lit(at, dtype=INSTANT)).fill_null(value=False)
    if not settings.same_person_objections:
        counted &= pl.col("basis") != Basis.SAME_PERSON.value
    return known.filter(pl.col("subject_key").is_not_null() & counted)


def split_objections(objections: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part objections that cover everything of a subject from those that cover some of it."""
    if settings.late_objection is LateObjection.LATER_CONTENT:
        return objections.clear(), objections
    is_partial = ~_is_about_all() | pl.col("covers_until").is_not_null()
    return objections.filter(~is_partial), objections.filter(is_partial)


def flag_plain(plain: pl.DataFrame, keys: pl.Series) -> list[pl.Series]:
    """Return for each subject key a flag for each basis (`PLAIN_FLAGS`)."""
    rows = find_rows(plain["subject_key"], keys)
    return [mark(name, rows.filter(plain["basis"] == basis.value), keys.len()) for basis, name in PLAIN_FLAGS.items()]


def covers_item(settings: Settings) -> pl.Expr:
    """Tell whether an objection covers an item that stands beside it (``kind``, ``created_at``)."""
    created = pl.col("created_at")
    before = (created < pl.col("covers_until")).fill_null(value=True)
    return covers_kind() & before & covers_time(settings)


def covers_kind() -> pl.Expr:
    """Tell whether the scope of an objection holds the kind of an item; where that is not clear, it does."""
    return _is_about_all() | (pl.col("kind") == ItemKind.PHOTO.value).fill_null(value=True)


def covers_time(settings: Settings) -> pl.Expr:
    """Tell whether an objection reaches back to when an item was published."""
    if settings.late_objection is LateObjection.ALL_CONTENT:
        return pl.lit(value=True)
    return (pl.col("created_at") >= pl.col("effective_at")).fill_null(value=True)


def _is_about_all() -> pl.Expr:
    # REQUIREMENTS OBJ-16: a scope that is not clear is full.
    return pl.col("scope").ne_missing(pl.lit(ObjectionScope.PHOTOS.value))
