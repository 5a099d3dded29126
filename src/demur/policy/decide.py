"""The one decision function: columns in, a decision and its reason out, first reason wins.

Pure: no clock, no I/O, no order of its own. The result for an item depends on its row, the facts and the ruleset alone,
so batches, partitions and engines cannot change it.

Most rules depend on the author alone. They are decided once for each author, and an item takes over the place of the
first rule that hits; the lowest place of author, item, people shown and lineage wins. Facts that few items have (other
authors, partial objections, hijacks, tags, detections) cost nothing on the items that have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from demur.exchange.columns import INSTANT, Facts
from demur.kernel.words import Basis, Decision, ItemKind, ReasonCode
from demur.policy.authors import Authors, describe_authors
from demur.policy.conditions import (
    AUTHOR_CONDITIONS,
    COMPROMISED,
    CONTENT_CONDITIONS,
    DEPICTS_MINOR,
    ITEM_CONDITIONS,
    PAIR_CONDITIONS,
    RELATION_CONDITIONS,
    Asked,
    Condition,
    Question,
    RuleKey,
    ask,
)
from demur.policy.lookup import find_rows, mark, narrow
from demur.policy.objections import covers_item, covers_time, objections_in_force
from demur.policy.ruleset import Ruleset

Places = NDArray[np.uint8]

# The columns of an item that the rules on facts read; all others pass through.
DECIDING_COLUMNS = (
    "item_key",
    "subject_key",
    "other_authors",
    "kind",
    "product",
    "visibility",
    "created_at",
    "deleted_at",
    "expires_at",
    "collected_at",
    "addressed_to_assistant",
    "page_key",
    "preference",
    "detections",
)
OBJECTION_KEYS: dict[Basis, RuleKey] = {
    Basis.OWN: (ReasonCode.OWN_OBJECTION, Decision.EXCLUDE),
    Basis.LINKED: (ReasonCode.LINKED_ACCOUNT_OBJECTION, Decision.EXCLUDE),
    Basis.SAME_PERSON: (ReasonCode.SAME_PERSON_OBJECTION, Decision.EXCLUDE),
}
PAIR_COLUMNS = ("subject_key", "kind", "counts_as", "product", "created_at", "is_chat", "is_page")
_CHILD_WORDS = "child|minor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A ruleset, facts and an instant, prepared once for any number of items.

    Attributes:
        decided: one row an author: the first rule that hits for posts and for chats, and what pairs need to know.
        of_nobody: the same two places for an author whom no fact names.
    """

    ruleset: Ruleset
    question: Question
    facts: Facts
    authors: Authors
    decided: pl.DataFrame
    of_nobody: dict[str, int]

    def place_of(self, key: RuleKey) -> int:
        """Tell the place of a rule in the ruleset; a rule that stands nowhere never hits."""
        return self.ruleset.places[key]

    @property
    def last(self) -> int:
        """Tell the place of the rule that lets an item in."""
        return len(self.ruleset.rules) - 1


def prepare(facts: Facts, ruleset: Ruleset, *, at: datetime) -> Judge:
    """Judge every author that some facts name.

    Raises:
        FactsAmbiguousError: a subject has two rows of account facts.
    """
    question = ask(facts, ruleset.settings, at)
    authors = describe_authors(facts, ruleset.settings, at=at)
    decided = _decide_authors(authors, question, ruleset)
    return Judge(
        ruleset=ruleset,
        question=question,
        facts=facts,
        authors=authors,
        decided=decided.head(-1),
        of_nobody={name: decided[-1, name] for name in ("post_place", "chat_place")},
    )


def decide_facts(
    items: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime, relations: pl.DataFrame
) -> pl.DataFrame:
    """Return the items, in their order, with the columns ``decision`` and ``reason`` by all rules that need no content.

    An item that these rules let pass is ``include``, ``eligible``: what is in it has yet to be looked at.

    Args:
        relations: what the items have to do with people and items elsewhere (`RELATION_COLUMNS`); an item without a
            row there stands in no relation. `demur.policy.relations` finds them.
    """
    return decide_items(items, relations, prepare(facts, ruleset, at=at))


def decide_items(items: pl.DataFrame, relations: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """Decide as `decide_facts` does, with authors that are judged already."""
    return items.with_columns(name_rules(fact_places(items, relations, judge), judge.ruleset))


def fact_places(items: pl.DataFrame, relations: pl.DataFrame, judge: Judge) -> Places:
    """Return for each item the place of the first rule on facts that hits."""
    # Columns that are cut differently would be brought together anew for each condition.
    described = describe_items(items.select(DECIDING_COLUMNS).rechunk(), judge)
    by_item = _first_hit(described, ITEM_CONDITIONS, judge.question, judge.ruleset)
    places = np.minimum(by_item, _main_places(described, judge))
    _lower(places, _shows_child(described, judge), judge.place_of(DEPICTS_MINOR))
    return np.minimum(places, _relation_places(described, relations, judge))


def describe_items(items: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """Add what follows from an item's own columns (`describe_kinds`), and ``is_target``: somebody pointed at it."""
    return describe_kinds(items).with_columns(find_targets(items, judge.facts, judge.ruleset, at=judge.question.at))


def describe_kinds(items: pl.DataFrame) -> pl.DataFrame:
    """Add what an item counts as (``counts_as``), and whether it is a chat or a page of nobody's account."""
    to_assistant = pl.col("addressed_to_assistant")
    is_group_chat = pl.col("kind") == ItemKind.GROUP_CHAT_MESSAGE.value
    counts_as = pl.when(is_group_chat & to_assistant).then(pl.lit(ItemKind.AI_INTERACTION.value)).otherwise("kind")
    is_chat = (pl.col("counts_as") == ItemKind.AI_INTERACTION.value) & to_assistant.fill_null(value=True)
    has_author = pl.col("subject_key").is_not_null() | (pl.col("other_authors").list.len() > 0).fill_null(value=False)
    return items.with_columns(counts_as.alias("counts_as")).with_columns(
        is_chat.fill_null(value=False).alias("is_chat"),
        ((pl.col("kind") == ItemKind.WEB_PAGE.value) & ~has_author).fill_null(value=False).alias("is_page"),
    )


def is_covered(
    items: pl.DataFrame, relations: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime
) -> pl.Series:
    """Tell which items an objection covers: of an author, or of somebody who pointed at the item."""
    in_force = objections_in_force(facts.objections, ruleset.settings, at)
    pairs = items.select("subject_key", "kind", "created_at").with_row_index("place")
    met = pairs.join(in_force, on="subject_key", how="inner").filter(covers_item(ruleset.settings))
    by_author = mark("is_covered", met["place"], items.height)
    others = items.select("item_key").join(
        relations.select("item_key", "others_place"), on="item_key", how="left", maintain_order="left"
    )["others_place"]
    by_others = others.is_in([ruleset.places[key] for key in OBJECTION_KEYS.values()]).fill_null(value=False)
    return by_author | find_targets(items, facts, ruleset, at=at) | by_others


def find_targets(items: pl.DataFrame, facts: Facts, ruleset: Ruleset, *, at: datetime) -> pl.Series:
    """Tell which items somebody pointed at, themselves or by their address (``is_target``)."""
    is_late = (pl.col("effective_at") > pl.lit(at, dtype=INSTANT)).fill_null(value=False)
    targets = facts.targets.filter(~is_late)
    if targets.is_empty():
        return pl.repeat(value=False, n=items.height, eager=True).alias("is_target")
    keyed = items.select("created_at", "item_key", "page_key").with_row_index("place")
    met = pl.concat(
        narrow(keyed, name, targets["target_key"])
        .select("place", "created_at", pl.col(name).alias("target_key"))
        .join(targets, on="target_key")
        for name in ("item_key", "page_key")
    )
    return mark("is_target", met.filter(covers_time(ruleset.settings))["place"], items.height)


def author_places(pairs: pl.DataFrame, judge: Judge) -> Places:
    """Return for each pair of an item and one of its authors the first rule that hits for this author.

    Args:
        pairs: `PAIR_COLUMNS`; a web page that is nobody's account has no author.
    """
    joined = _join_authors(pairs, judge.decided)
    places = np.minimum(_known_places(joined, judge), _pair_places(joined, judge))
    _lower(places, _was_hijacked(joined, judge), judge.place_of(COMPROMISED))
    for basis, hits in _partly_covered(joined, judge).items():
        _lower(places, hits, judge.place_of(OBJECTION_KEYS[basis]))
    return np.where(joined["is_page"].to_numpy(), np.uint8(_page_place(judge)), places)


def decide_content(findings: pl.DataFrame, ruleset: Ruleset) -> pl.DataFrame:
    """Return ``decision`` and ``reason`` for each row of findings, in their order, by the rules on content.

    Findings have the columns `demur.policy.content.CONTENT_COLUMNS`; null hits.
    """
    places = _first_hit(findings, CONTENT_CONDITIONS, ruleset.settings, ruleset)
    return pl.DataFrame(name_rules(places, ruleset))


def name_rules(places: Places, ruleset: Ruleset) -> tuple[pl.Series, pl.Series]:
    """Return decision and reason of the rules at some places."""
    chosen = pl.Series(places)
    decisions = pl.Series("decision", [rule.decision.value for rule in ruleset.rules], dtype=pl.String)
    reasons = pl.Series("reason", [rule.reason.value for rule in ruleset.rules], dtype=pl.String)
    return decisions.gather(chosen), reasons.gather(chosen)


def _first_hit(rows: pl.DataFrame, conditions: Sequence[Condition[Asked]], question: Asked, ruleset: Ruleset) -> Places:
    return rows.select(_place_expression(conditions, question, ruleset))["place"].to_numpy()


def _place_expression(conditions: Sequence[Condition[Asked]], question: Asked, ruleset: Ruleset) -> pl.Expr:
    ordered = sorted(conditions, key=lambda condition: ruleset.places[condition.key], reverse=True)
    place = pl.lit(len(ruleset.rules) - 1, dtype=pl.UInt8)
    for condition in ordered:
        # A rule that cannot tell hits: in doubt, an item stays out (ADR-0004).
        hits = condition.hits(question).fill_null(value=True)
        place = pl.when(hits).then(pl.lit(ruleset.places[condition.key], dtype=pl.UInt8)).otherwise(place)
    return place.alias("place")


def _join_authors(pairs: pl.DataFrame, authors: pl.DataFrame) -> pl.DataFrame:
    """Put what is decided of the author beside each pair: one look-up of a row is cheaper than joining every column."""
    found = find_rows(pairs["subject_key"], authors["subject_key"])
    return pairs.with_columns(authors[name].gather(found) for name in authors.columns if name != "subject_key")


def _main_places(described: pl.DataFrame, judge: Judge) -> Places:
    places = author_places(described.select(PAIR_COLUMNS), judge)
    # An item whose author is one of several people has no main author: those people decide, as relations.
    is_one_of_several = pl.col("subject_key").is_null() & (pl.col("other_authors").list.len() > 0)
    passed = described.select(is_one_of_several.fill_null(value=False)).to_series().to_numpy()
    return np.where(passed, np.uint8(judge.last), places)


def _decide_authors(authors: Authors, question: Question, ruleset: Ruleset) -> pl.DataFrame:
    kept = ["subject_key", "adult_from", "chat_from", "has_partial_objection", "has_hijack"]
    # Few platforms have accounts that changed hands, and few days have a stop of one country.
    kept += ["held_since"] if authors.former.height else []
    kept += ["author_country"] if any(row["country"] for row in question.suspensions) else []
    decided = authors.present.select(*kept).hstack(_both_places(authors.present, question, ruleset))
    if authors.former.is_empty():
        return decided
    before = _both_places(authors.former, question, ruleset).select(pl.all().name.prefix("former_"))
    rows = find_rows(authors.former["subject_key"], decided["subject_key"])
    numbered = decided.with_row_index("row")
    return numbered.join(before.with_columns(rows), on="row", how="left", maintain_order="left").drop("row")


def _both_places(authors: pl.DataFrame, question: Question, ruleset: Ruleset) -> pl.DataFrame:
    questions = {name: replace(question, is_chat=name == "chat_place") for name in ("post_place", "chat_place")}
    return authors.select(
        _place_expression(AUTHOR_CONDITIONS, asked, ruleset).alias(name) for name, asked in questions.items()
    )


def _known_places(joined: pl.DataFrame, judge: Judge) -> Places:
    """Return the place of each row's author; of an author whom no fact names, what holds for nobody known."""
    nothing = {name: pl.lit(place, dtype=pl.UInt8) for name, place in judge.of_nobody.items()}
    places = {name: pl.col(name).fill_null(nothing[name]) for name in nothing}
    if judge.authors.former.height:
        is_older = (pl.col("created_at") < pl.col("held_since")).fill_null(value=False)
        places = {
            name: pl.when(is_older).then(pl.coalesce(f"former_{name}", nothing[name])).otherwise(place)
            for name, place in places.items()
        }
    by_kind = pl.when("is_chat").then(places["chat_place"]).otherwise(places["post_place"])
    return joined.select(by_kind.alias("place"))["place"].to_numpy()


def _pair_places(joined: pl.DataFrame, judge: Judge) -> Places:
    return _first_hit(joined, PAIR_CONDITIONS, judge.question, judge.ruleset)


def _page_place(judge: Judge) -> int:
    """Return the first rule that hits for web pages of nobody's account: only a public notice can tell these people."""
    public, question = judge.question.public, judge.question
    hits = (
        (ReasonCode.NOTICE_MISSING, not public.is_published),
        (ReasonCode.NOTICE_OUTDATED, not public.is_current),
        (ReasonCode.NOTICE_INVALID, public.valid_since is None),
        (ReasonCode.NOTICE_PERIOD_RUNNING, not public.is_enough(question.settings, question.at)),
    )
    places = (judge.place_of((reason, Decision.HOLD)) for reason, has_hit in hits if has_hit)
    return next(places, judge.last)


def _was_hijacked(joined: pl.DataFrame, judge: Judge) -> pl.Series:
    windows = judge.facts.hijacks
    if windows.is_empty():
        return pl.Series(dtype=pl.UInt32)
    pairs = joined.select("subject_key", "created_at", "has_hijack").with_row_index("place")
    met = pairs.filter("has_hijack").join(windows, on="subject_key", how="inner")
    begun = (pl.col("created_at") >= pl.col("since")).fill_null(value=True)
    going = (pl.col("created_at") < pl.col("until")).fill_null(value=True)
    return met.filter(begun & going)["place"]


def _partly_covered(joined: pl.DataFrame, judge: Judge) -> dict[Basis, pl.Series]:
    """Return by basis the rows that an objection covers which covers only some items of its subject."""
    if judge.authors.partial.is_empty():
        return {}
    pairs = joined.select("subject_key", "kind", "created_at", "has_partial_objection").with_row_index("place")
    met = pairs.filter("has_partial_objection").join(judge.authors.partial, on="subject_key", how="inner")
    covered = met.filter(covers_item(judge.ruleset.settings))
    return {basis: covered.filter(pl.col("basis") == basis.value)["place"] for basis in Basis}


def _shows_child(described: pl.DataFrame, judge: Judge) -> pl.Series:
    found = explode_list(described, "detections")
    enough = float(judge.ruleset.settings.child_face_score)
    score = (found["detections"].struct.field("score") >= enough).fill_null(value=True)
    kind = found["detections"].struct.field("kind").str.contains(_CHILD_WORDS).fill_null(value=True)
    return found["place"].filter(score & kind)


def _relation_places(described: pl.DataFrame, relations: pl.DataFrame, judge: Judge) -> Places:
    if relations.is_empty():
        return np.full(described.height, judge.last, dtype=np.uint8)
    places = _first_hit(relations, RELATION_CONDITIONS, judge.ruleset.settings, judge.ruleset)
    others = relations["others_place"].fill_null(judge.last).to_numpy()
    found = find_rows(described["item_key"], relations["item_key"])
    return pl.Series(np.minimum(places, others)).gather(found).fill_null(judge.last).to_numpy()


def explode_list(items: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return ``place`` and one entry a row of a list column, for the few items that have any."""
    listed = items.select(column).with_row_index("place").filter(pl.col(column).list.len() > 0)
    return listed.explode(column)


def _lower(places: Places, hits: pl.Series, place: int) -> None:
    """Bring some rows down to a place, in `places` itself."""
    if hits.len():
        where = hits.to_numpy()
        places[where] = np.minimum(places[where], np.uint8(place))
