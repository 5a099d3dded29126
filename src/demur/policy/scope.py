"""How far an objection reaches: over every account that is or was linked with the one that objected.

Linking spreads an objection, unlinking never undoes it, and a withdrawal frees the account that it names and no other
(REQUIREMENTS SCO-1, WDR-4). The register's snapshot and the policy cases call the same function.
"""

from enum import StrEnum

import polars as pl

from demur.exchange.columns import OBJECTION_COLUMNS
from demur.kernel.words import LinkEvent


class Basis(StrEnum):
    """Why an objection covers a subject: their own, or that of a linked account."""

    OWN = "own"
    LINKED = "linked"


def spread_objections(objections: pl.DataFrame, links: pl.DataFrame, withdrawals: pl.DataFrame) -> pl.DataFrame:
    """Return the objections in force, one row a subject, sorted by subject key (`OBJECTION_COLUMNS`).

    An own objection is in force when it is not older than the subject's last withdrawal: a tie goes to the person. Else
    the objection of any account in the same connected component of all past and present links covers the subject, if it
    was made, or the component last grew, no earlier than the subject's last withdrawal. An objection that its maker has
    withdrawn goes on covering the accounts that were linked before that withdrawal, because a withdrawal is narrow, and
    reaches no account that is linked later. `effective_at` is the earliest instant that counts so.

    Args:
        objections: ``subject_key``, ``purpose``, ``received_at``.
        links: ``subject_key``, ``group_key``, ``event`` (`LinkEvent`), ``at``.
        withdrawals: ``subject_key``, ``received_at``.
    """
    made = _end_objections(objections, withdrawals)
    last = withdrawals.group_by("subject_key").agg(pl.col("received_at").max().alias("withdrawn_at"))
    own = made.filter(pl.col("ended_at").is_null()).select(
        "subject_key", pl.lit(Basis.OWN.value).alias("basis"), "purpose", pl.col("received_at").alias("effective_at")
    )
    linked = _reach_linked(made, _join_components(links), last)
    return _earliest(pl.concat([_earliest(own), linked.join(own, on="subject_key", how="anti")]))


def _end_objections(objections: pl.DataFrame, withdrawals: pl.DataFrame) -> pl.DataFrame:
    """Put beside each objection the first withdrawal of its maker that is later, or null."""
    made = objections.select("subject_key", "purpose", "received_at").unique(maintain_order=True)
    ends = withdrawals.select("subject_key", pl.col("received_at").alias("ended_at"))
    later = made.join(ends, on="subject_key", how="inner").filter(pl.col("ended_at") > pl.col("received_at"))
    first = later.group_by("subject_key", "purpose", "received_at").agg(pl.col("ended_at").min())
    return made.join(first, on=["subject_key", "purpose", "received_at"], how="left", maintain_order="left")


def _join_components(links: pl.DataFrame) -> pl.DataFrame:
    """Return one row a linked subject: its component, its first link, and the last time that the component grew."""
    subjects = links.select("subject_key").unique().sort("subject_key").with_row_index("subject")
    edges = links.select("subject_key", "group_key").unique().join(subjects, on="subject_key")
    labels = _label_components(edges.select("subject", "group_key"), subjects.height)
    members = subjects.select("subject_key", labels.alias("component"))
    first = links.group_by("subject_key").agg(pl.col("at").min().alias("first_linked_at"))
    grown = (
        links.filter(pl.col("event") == LinkEvent.LINKED.value)
        .join(members, on="subject_key")
        .group_by("component")
        .agg(pl.col("at").max().alias("grown_at"))
    )
    return members.join(first, on="subject_key").join(grown, on="component", how="left")


def _label_components(edges: pl.DataFrame, subjects: int) -> pl.Series:
    """Give each subject the smallest subject that it is connected with: labels pass over the groups until they rest."""
    labels = pl.Series("label", range(subjects), dtype=pl.UInt32)
    while True:
        passed = (
            edges.with_columns(labels.gather(edges["subject"]))
            .with_columns(pl.col("label").min().over("group_key"))
            .group_by("subject")
            .agg(pl.col("label").min())
            .sort("subject")["label"]
        )
        # Each label is a subject, so it may take over that subject's label at once: long chains rest in a few rounds.
        passed = passed.gather(passed)
        if passed.equals(labels):
            return labels
        labels = passed


def _reach_linked(made: pl.DataFrame, members: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Return the objections of other accounts of the component that cover a subject, with the instant that counts."""
    sources = made.join(members, on="subject_key").select(
        "component",
        "purpose",
        "received_at",
        "ended_at",
        pl.col("subject_key").alias("made_by"),
        pl.col("first_linked_at").alias("maker_linked_at"),
    )
    pairs = members.join(sources, on="component").join(last, on="subject_key", how="left")
    in_force = pl.col("ended_at").is_null()
    was_linked_before = pl.max_horizontal("first_linked_at", "maker_linked_at") <= pl.col("ended_at")
    is_after_withdrawal = pl.col("withdrawn_at").is_null() | (pl.col("received_at") >= pl.col("withdrawn_at"))
    is_renewed = in_force & (pl.col("grown_at") >= pl.col("withdrawn_at"))
    reached = pairs.filter(
        (pl.col("made_by") != pl.col("subject_key"))
        & (in_force | was_linked_before)
        & (is_after_withdrawal | is_renewed)
    )
    return reached.select(
        "subject_key",
        pl.lit(Basis.LINKED.value).alias("basis"),
        "purpose",
        pl.when(is_after_withdrawal).then("received_at").otherwise("grown_at").alias("effective_at"),
    )


def _earliest(objections: pl.DataFrame) -> pl.DataFrame:
    ordered = objections.sort("subject_key", "effective_at", "purpose")
    return ordered.unique("subject_key", keep="first", maintain_order=True).select(list(OBJECTION_COLUMNS))
