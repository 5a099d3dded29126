"""What an item has to do with people and items elsewhere: whom it shows, names or repeats (REQUIREMENTS SCO-6, SCO-8).

The facts on those people need not lie where the item does: a builder sends references to where the facts are and the
answers back, while the policy cases and `demur apply` have everything at hand. Both call the functions of this module.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import polars as pl

from demur.exchange.columns import INSTANT, RELATION_COLUMNS, Facts, Schema
from demur.policy.decide import (
    PAIR_COLUMNS,
    Judge,
    author_places,
    describe_kinds,
    explode_list,
    find_targets,
    is_covered,
    prepare,
)
from demur.policy.lookup import find_rows
from demur.policy.objections import covers_kind, covers_time, objections_in_force
from demur.policy.ruleset import Ruleset


class Role(StrEnum):
    """What somebody, or something of theirs, is to an item."""

    AUTHOR = "author"
    TAGGED = "tagged"
    MENTIONED = "mentioned"
    IN_PUBLIC_ROLE = "in_public_role"
    DERIVED = "derived"
    EMBEDDED = "embedded"
    QUOTED = "quoted"
    SHOWN = "shown"


_PERSON_LISTS = {
    Role.AUTHOR: "other_authors",
    Role.TAGGED: "tags",
    Role.MENTIONED: "mentions",
    Role.IN_PUBLIC_ROLE: "public_role_of",
}
_ITEM_FIELDS = {Role.DERIVED: "derived_from", Role.EMBEDDED: "reshare_of", Role.QUOTED: "quote_of"}
# One person whom an item names, beside what their objection and their age are compared with.
PERSON_REFERENCES: Schema = {
    "item_key": pl.Binary,
    "role": pl.String,
    "subject_key": pl.Binary,
    "kind": pl.String,
    "counts_as": pl.String,
    "product": pl.String,
    "created_at": INSTANT,
    "is_chat": pl.Boolean,
    "is_page": pl.Boolean,
}
# One item that an item repeats, itself or through others.
ITEM_REFERENCES: Schema = {
    "item_key": pl.Binary,
    "role": pl.String,
    "source_key": pl.Binary,
    "created_at": INSTANT,
}
# Coverage of the items that are referred to.
SOURCES: Schema = {"source_key": pl.Binary, "is_covered": pl.Boolean, "source_created_at": INSTANT}
_FLAGS = [name for name, kind in RELATION_COLUMNS.items() if kind == pl.Boolean]


def relate(
    items: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime, references: pl.DataFrame
) -> pl.DataFrame:
    """Return the relations of items (`RELATION_COLUMNS`), when facts and items hold everything that they refer to.

    Args:
        references: `ITEM_REFERENCES`, from `refer_to_items` and from whoever found further copies.
    """
    judge = prepare(facts, ruleset, at=at)
    described = describe_kinds(items)
    located = judge_locations(items, facts, ruleset, at=at)
    by_people = merge_relations([judge_people(refer_to_people(described), judge), located])
    covered = items.select(
        pl.col("item_key").alias("source_key"),
        is_covered(items, by_people, facts, ruleset, at=at),
        pl.col("created_at").alias("source_created_at"),
    )
    lineage = judge_sources(follow_references(references), covered)
    return merge_relations([by_people, lineage])


def refer_to_people(described: pl.DataFrame) -> pl.DataFrame:
    """Return the people whom items name besides their author (`PERSON_REFERENCES`), from `describe_kinds`.

    Who wrote an item is not thereby somebody whom it shows or names.
    """
    frames = [_explode_people(described, role, column) for role, column in _PERSON_LISTS.items()]
    return pl.concat([pl.DataFrame(schema=PERSON_REFERENCES), *frames])


def _explode_people(described: pl.DataFrame, role: Role, column: str) -> pl.DataFrame:
    if described[column].null_count() == described.height:
        return pl.DataFrame(schema=PERSON_REFERENCES)
    named = explode_list(described, column).drop_nulls(column)
    kept = dict.fromkeys(("item_key", *PAIR_COLUMNS, "other_authors"))
    people = described.select(*kept)[named["place"]].with_columns(named[column].alias("person"))
    is_author = pl.col("person").eq_missing(pl.col("subject_key"))
    if role is not Role.AUTHOR:
        is_author |= pl.col("other_authors").list.contains(pl.col("person")).fill_null(value=False)
    about = [name for name in PAIR_COLUMNS if name != "subject_key"]
    return (
        people.filter(~is_author)
        .select("item_key", pl.lit(role.value).alias("role"), pl.col("person").alias("subject_key"), *about)
        .select(list(PERSON_REFERENCES))
    )


def judge_people(references: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """Return what the people whom items name mean for these items, from facts that hold these people."""
    authors = references.filter(pl.col("role") == Role.AUTHOR.value)
    others = authors.select("item_key", pl.Series("others_place", author_places(authors.select(PAIR_COLUMNS), judge)))
    tagged = references.filter(pl.col("role") == Role.TAGGED.value)
    flags = [
        others,
        tagged.filter(_is_not_shown_adult(tagged, judge)).select("item_key", _flag("tags_minor")),
        *_find_objectors(references, judge),
    ]
    return merge_relations(flags)


def judge_locations(items: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime) -> pl.DataFrame:
    """Return which items about a public role somebody pointed at who objects about that role."""
    about = items.filter(pl.col("public_role_of").list.len() > 0)
    if about.is_empty():
        return merge_relations([])
    # Who wrote an item is not thereby somebody whom it is about.
    authors = pl.concat_list(pl.col("subject_key"), pl.col("other_authors").fill_null([]))
    others = about.filter(pl.col("public_role_of").list.set_difference(authors).list.drop_nulls().list.len() > 0)
    in_role = replace(facts, targets=facts.targets.filter(pl.col("in_public_role").fill_null(value=False)))
    hit = others.filter(find_targets(others, in_role, ruleset, at=at))
    return merge_relations([hit.select("item_key", _flag("is_about_public_role"))])


def refer_to_items(items: pl.DataFrame) -> pl.DataFrame:
    """Return the items that items say they repeat (`ITEM_REFERENCES`)."""
    frames = [
        items.filter(pl.col(field).is_not_null()).select(
            "item_key", pl.lit(role.value).alias("role"), pl.col(field).alias("source_key"), "created_at"
        )
        for role, field in _ITEM_FIELDS.items()
    ]
    return pl.concat([pl.DataFrame(schema=ITEM_REFERENCES), *frames])


def follow_references(references: pl.DataFrame) -> pl.DataFrame:
    """Return references to the items that items repeat directly, and to all that those repeat in turn."""
    steps = references.select(pl.col("item_key").alias("source_key"), pl.col("source_key").alias("next_key")).unique()
    found = references.unique(["item_key", "role", "source_key"], keep="first", maintain_order=True)
    fresh = found
    while not fresh.is_empty():
        further = fresh.join(steps, on="source_key", how="inner").select(
            "item_key", "role", pl.col("next_key").alias("source_key"), "created_at"
        )
        # What was found before is not followed again, so that items that repeat each other end.
        fresh = further.unique(["item_key", "role", "source_key"], keep="first", maintain_order=True).join(
            found, on=["item_key", "role", "source_key"], how="anti", maintain_order="left"
        )
        found = pl.concat([found, fresh])
    return found


def judge_sources(references: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Return what the items that items repeat mean for these items.

    A quote that is older than the objector's item is not theirs (REQUIREMENTS SCO-7); in doubt it is.

    Args:
        references: `ITEM_REFERENCES`; sources: `SOURCES`.
    """
    met = references.join(sources.filter("is_covered"), on="source_key", how="inner", maintain_order="left")
    return relate_covered(met)


def relate_covered(repeated: pl.DataFrame) -> pl.DataFrame:
    """Return what it means for items that they repeat covered ones.

    Args:
        repeated: ``item_key``, ``role``, ``created_at`` and ``source_created_at`` of each pair.
    """
    is_older = (pl.col("created_at") < pl.col("source_created_at")).fill_null(value=False)
    roles = (
        ("derives_from_objected", pl.col("role") == Role.DERIVED.value),
        ("embeds_objected", pl.col("role") == Role.EMBEDDED.value),
        ("copies_objected", (pl.col("role") == Role.QUOTED.value) & ~is_older),
        ("shows_objected_text", (pl.col("role") == Role.SHOWN.value) & ~is_older),
    )
    return merge_relations([repeated.filter(holds).select("item_key", _flag(name)) for name, holds in roles])


def merge_relations(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Bring partial relations of items together: one row an item (`RELATION_COLUMNS`), sorted by item key."""
    known = pl.concat([pl.DataFrame(schema=RELATION_COLUMNS), *frames], how="diagonal")
    merged = known.group_by("item_key").agg(
        pl.col("others_place").min(), *(pl.col(name).fill_null(value=False).any() for name in _FLAGS)
    )
    return merged.select(list(RELATION_COLUMNS)).sort("item_key")


def _flag(name: str) -> pl.Expr:
    return pl.lit(value=True).alias(name)


def _is_not_shown_adult(tagged: pl.DataFrame, judge: Judge) -> pl.Series:
    """Tell whom no fact shows to be of age: a photo of somebody of unknown age may be a photo of a child."""
    accounts = judge.authors.present
    rows = find_rows(tagged["subject_key"], accounts["subject_key"])
    known = accounts.select("adult_from", "has_age_doubt", "is_for_minor").select(pl.all().gather(rows))
    is_adult = pl.col("adult_from") <= pl.lit(judge.question.at, dtype=INSTANT)
    is_doubtful = pl.any_horizontal(pl.col(flag).fill_null(value=False) for flag in ("has_age_doubt", "is_for_minor"))
    return known.select(~is_adult.fill_null(value=False) | is_doubtful).to_series()


def _find_objectors(references: pl.DataFrame, judge: Judge) -> list[pl.DataFrame]:
    settings = judge.ruleset.settings
    refusals = objections_in_force(judge.facts.objections, settings, judge.question.at)
    met = references.join(refusals, on="subject_key", how="inner", maintain_order="left").filter(covers_time(settings))
    in_scope = met.filter(covers_kind())
    roles = (
        ("tags_objector", in_scope.filter(pl.col("role") == Role.TAGGED.value)),
        ("mentions_objector", in_scope.filter(pl.col("role") == Role.MENTIONED.value)),
        (
            "is_about_public_role",
            met.filter((pl.col("role") == Role.IN_PUBLIC_ROLE.value) & pl.col("in_public_role").fill_null(value=False)),
        ),
    )
    return [hits.select("item_key", _flag(name)) for name, hits in roles]
