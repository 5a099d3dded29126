"""How far an objection reaches: over every account that is or was linked with the one that objected.

Linking spreads an objection, unlinking never undoes it, and a withdrawal frees the account that it names and no other
(REQUIREMENTS SCO-1, SCO-2, WDR-4). The register's snapshot and the policy cases call the same function.
"""

import polars as pl

from demur.exchange.columns import INSTANT, OBJECTION_COLUMNS, Schema
from demur.kernel.words import Basis, LinkEvent, ObjectionScope, Tie

# Objections of one person that differ in one of these are of different kinds, and each kind spreads on its own.
_KIND = ("purpose", "scope", "in_public_role")
PLACEHOLDER_COLUMNS: Schema = {
    "subject_key": pl.Binary,
    "purpose": pl.String,  # null when the account never objected
    "scope": pl.String,
    "in_public_role": pl.Boolean,
    "received_at": INSTANT,
    "ended_at": INSTANT,  # when it was withdrawn
}
_ORDER = ("subject_key", "scope", "in_public_role", "basis")


def spread_objections(
    objections: pl.DataFrame,
    links: pl.DataFrame,
    withdrawals: pl.DataFrame,
    hand_overs: pl.DataFrame,
    placeholders: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the objections in force, sorted (`OBJECTION_COLUMNS`): a row for each subject, kind and basis.

    An own objection is in force when it is not older than the subject's last withdrawal: a tie goes to the person. Else
    the objection of any account in the same connected component of all past and present links covers the subject, if it
    was made, or the component grew while it was in force, no earlier than the subject's last withdrawal. An objection
    that its maker has withdrawn goes on covering the accounts that were linked before that withdrawal, because a
    withdrawal is narrow, and reaches no account that is linked later. `effective_at` is the earliest instant that
    counts so.

    Accounts centres make the basis ``linked``. Whoever is reached only when verified contacts count as links as well
    has the basis ``same_person``. A withdrawal ends objections of every kind. When an account changes hands, its former
    holder's objection goes on covering what was created before (`covers_until`), no more than that, and a withdrawal of
    the next holder does not end it.

    Args:
        objections: ``subject_key``, ``purpose``, ``received_at``, ``scope``, ``in_public_role``.
        links: ``subject_key``, ``group_key``, ``tie`` (`Tie`), ``event`` (`LinkEvent`), ``at``.
        withdrawals: ``subject_key``, ``received_at``.
        hand_overs: ``subject_key``, ``at``.
        placeholders: accounts that were erased, under other names (`PLACEHOLDER_COLUMNS`): what they objected to goes
            on covering whoever is linked with them, and no row is about them.
    """
    made = end_objections(objections, withdrawals, hand_overs)
    placeholders = None if placeholders is None or placeholders.is_empty() else placeholders
    if placeholders is not None:
        made = pl.concat([made, _as_made(placeholders, made)])
    last = withdrawals.group_by("subject_key").agg(pl.col("received_at").max().alias("withdrawn_at"))
    own = _merge(_as_rows(made.filter(pl.col("ended_at").is_null()), Basis.OWN, pl.col("covers_until")))
    spread = own if links.is_empty() else pl.concat([own, *_spread_by_links(made, own, links, last)])
    if placeholders is not None:
        spread = spread.join(placeholders, on="subject_key", how="anti")
    return spread.sort(_ORDER)


def _spread_by_links(
    made: pl.DataFrame, own: pl.DataFrame, links: pl.DataFrame, last: pl.DataFrame
) -> list[pl.DataFrame]:
    """Return what covers subjects for the objections of others: by accounts centres, and by contacts beside these."""
    centres = links.filter(pl.col("tie") == Tie.CENTRE.value)
    linked = _without(_reach(made, _join_components(centres, last), Basis.LINKED), own)
    if centres.height == links.height:
        return [linked]
    same = _reach(made, _join_components(links, last), Basis.SAME_PERSON)
    return [linked, _without(_without(same, own), linked)]


def _as_made(placeholders: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Return what placeholders objected to with the columns of other objections; some never did."""
    objecting = placeholders.filter(pl.col("purpose").is_not_null())
    return objecting.with_columns(pl.lit(None, dtype=INSTANT).alias("covers_until")).select(made.columns)


def end_objections(objections: pl.DataFrame, withdrawals: pl.DataFrame, hand_overs: pl.DataFrame) -> pl.DataFrame:
    """Return what was objected to: until when it covers (``covers_until``), and when its maker ended it (``ended_at``).

    Both are null where nothing of the kind happened; the arguments are those of `spread_objections`.
    """
    return _end_objections(_limit(objections, hand_overs), withdrawals)


def _limit(objections: pl.DataFrame, hand_overs: pl.DataFrame) -> pl.DataFrame:
    """Put beside each objection when the account next changed hands, or null (``covers_until``)."""
    # What an objection does not say of itself does not narrow it (REQUIREMENTS OBJ-16).
    said = (pl.col("scope").fill_null(ObjectionScope.ALL.value), pl.col("in_public_role").fill_null(value=False))
    made = objections.select("subject_key", "purpose", *said, "received_at").unique(maintain_order=True)
    if hand_overs.is_empty():
        return made.with_columns(pl.lit(None, dtype=INSTANT).alias("covers_until"))
    changes = hand_overs.select("subject_key", pl.col("at").alias("covers_until"))
    later = made.join(changes, on="subject_key", how="inner").filter(pl.col("covers_until") > pl.col("received_at"))
    return _add_first(made, later, "covers_until")


def _end_objections(made: pl.DataFrame, withdrawals: pl.DataFrame) -> pl.DataFrame:
    """Put beside each objection the first later withdrawal of its maker, who is not the next holder, or null."""
    if withdrawals.is_empty():
        return made.with_columns(pl.lit(None, dtype=INSTANT).alias("ended_at"))
    ends = withdrawals.select("subject_key", pl.col("received_at").alias("ended_at"))
    by_maker = pl.col("covers_until").is_null() | (pl.col("ended_at") < pl.col("covers_until"))
    met = made.join(ends, on="subject_key", how="inner")
    return _add_first(made, met.filter((pl.col("ended_at") > pl.col("received_at")) & by_maker), "ended_at")


def _add_first(made: pl.DataFrame, found: pl.DataFrame, column: str) -> pl.DataFrame:
    first = found.group_by(made.columns).agg(pl.col(column).min())
    return made.join(first, on=made.columns, how="left", nulls_equal=True, maintain_order="left")


def _as_rows(made: pl.DataFrame, basis: Basis, covers_until: pl.Expr) -> pl.DataFrame:
    """Return objections with the columns of the table."""
    return made.select(
        "subject_key",
        pl.lit(basis.value).alias("basis"),
        "scope",
        "purpose",
        pl.col("received_at").alias("effective_at"),
        covers_until.alias("covers_until"),
        "in_public_role",
    ).select(list(OBJECTION_COLUMNS))


def _merge(rows: pl.DataFrame) -> pl.DataFrame:
    """Make one row of several of one kind: from the earliest on, for as much as they cover together."""
    covers_all = pl.col("covers_until").is_null().any()
    merged = rows.group_by("subject_key", "scope", "in_public_role", "basis").agg(
        pl.col("purpose").sort_by("effective_at", "purpose").first(),
        pl.col("effective_at").min(),
        pl.when(covers_all).then(None).otherwise(pl.col("covers_until").max()).alias("covers_until"),
    )
    return merged.select(list(OBJECTION_COLUMNS))


def _without(rows: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """Leave out the rows that say no more than one of the same kind that covers the subject for a stronger reason.

    A stronger reason that came later does not: where only later content is covered, the earlier objection counts.
    """
    kind = ["subject_key", "scope", "in_public_role"]
    whole = covered.filter(pl.col("covers_until").is_null()).select(*kind, pl.col("effective_at").alias("since"))
    numbered = rows.with_row_index("number")
    hidden = numbered.join(whole, on=kind).filter(pl.col("since") <= pl.col("effective_at"))["number"]
    return numbered.filter(~pl.col("number").is_in(hidden.implode())).drop("number")


def _join_components(links: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Return one row a linked subject: component, first link, last withdrawal, and when the component grew after it."""
    subjects = links.select("subject_key").unique().sort("subject_key").with_row_index("subject")
    edges = links.select("subject_key", "group_key").unique().join(subjects, on="subject_key")
    labels = _label_components(edges.select("subject", "group_key"), subjects.height)
    members = subjects.select("subject_key", labels.alias("component"))
    first = links.group_by("subject_key").agg(pl.col("at").min().alias("first_linked_at"))
    growth = links.filter(pl.col("event") == LinkEvent.LINKED.value).join(members, on="subject_key")
    withdrawn = members.join(last, on="subject_key")
    grown = (
        withdrawn.join(growth.select("component", "at"), on="component")
        .filter(pl.col("at") >= pl.col("withdrawn_at"))
        .group_by("subject_key")
        .agg(pl.col("at").min().alias("grown_at"))
    )
    described = members.join(first, on="subject_key").join(last, on="subject_key", how="left")
    return described.join(grown, on="subject_key", how="left")


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


def _reach(made: pl.DataFrame, members: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Return the objections of other accounts of the component that cover a subject, with the instant that counts."""
    sources = made.join(members, on="subject_key").select(
        "component",
        *_KIND,
        "received_at",
        "ended_at",
        pl.col("subject_key").alias("made_by"),
        pl.col("first_linked_at").alias("maker_linked_at"),
    )
    pairs = members.join(sources, on="component")
    in_force = pl.col("ended_at").is_null()
    was_linked_before = pl.max_horizontal("first_linked_at", "maker_linked_at") <= pl.col("ended_at")
    is_after_withdrawal = pl.col("withdrawn_at").is_null() | (pl.col("received_at") >= pl.col("withdrawn_at"))
    is_renewed = pl.col("grown_at").is_not_null() & (in_force | (pl.col("grown_at") <= pl.col("ended_at")))
    reached = pairs.filter(
        (pl.col("made_by") != pl.col("subject_key"))
        & (in_force | was_linked_before)
        & (is_after_withdrawal | is_renewed)
    )
    counted = pl.when(is_after_withdrawal).then("received_at").otherwise("grown_at").alias("received_at")
    # Linked accounts have not changed hands with this one: the whole of them is covered.
    everything = pl.lit(None, dtype=OBJECTION_COLUMNS["covers_until"])
    return _merge(_as_rows(reached.with_columns(counted), basis, everything))
