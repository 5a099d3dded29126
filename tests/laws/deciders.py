"""Three deciders of the same worlds: the columns that decide a corpus, the scalar oracle, and the oracle in SQL.

Many worlds go into one table: their people and items get keys of their own. What all people share (settings, stops,
undertakings, publications, the instant) must then be the same in each.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import oracle
import polars as pl
from worlds import PEOPLE, World, smallest

from demur.exchange.columns import (
    HIJACK_COLUMNS,
    INSTANT,
    ITEM_COLUMNS,
    NOTICE_COLUMNS,
    RELATION_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    UNDERTAKING_COLUMNS,
    Facts,
)
from demur.policy.age import birth_span
from demur.policy.content import FILTER_COLUMNS, describe_content
from demur.policy.decide import decide_content, decide_facts
from demur.policy.errors import BirthDateError
from demur.policy.relations import refer_to_items, relate
from demur.policy.ruleset import Ruleset, load_ruleset
from demur.policy.scope import spread_objections
from demur.testing.sql_oracle import decide_by_sql, relate_by_sql

EU_2025 = load_ruleset("eu-2025")
PURPOSE = "train_generative_models"
KEPT = ("include", "redact")
OBJECTED = (
    "third_party_objection",
    "derived_from_objected",
    "own_objection",
    "linked_account_objection",
    "same_person_objection",
)
ROW = ("basis", "scope", "effective_at", "covers_until", "in_public_role")
Decided = list[tuple[str, str]]  # decision and reason of each item


def key(name: str | None, world: str = "") -> bytes | None:
    return None if name is None else hashlib.blake2b(f"{world}/{name}".encode(), digest_size=16).digest()


def keys(names, world=""):
    return None if names is None else [key(name, world) for name in names]


# --- worlds as tables


def table(rows: Sequence[dict], schema) -> pl.DataFrame:
    """Lay rows out as columns; what a row does not say is null, and what no column asks for is left out."""
    return pl.DataFrame(list(rows), schema=schema)


def rows_of(worlds: Sequence[World], name: str) -> list[tuple[dict, str]]:
    """Return the rows of a table in all worlds, each with the name of its world."""
    return [(row, str(number)) for number, world in enumerate(worlds) for row in getattr(world, name)]


def rows_until(worlds: Sequence[World], name: str, column: str) -> list[dict]:
    """Return what had happened at the instant of the question, with the key of who did it."""
    return [
        {**row, "subject_key": key(row["person"], world)}
        for row, world in rows_of(worlds, name)
        if row[column] <= worlds[0].at
    ]


def objections_in_force(*worlds: World) -> pl.DataFrame:
    made = {"subject_key": pl.Binary, "received_at": INSTANT, "scope": pl.String, "in_public_role": pl.Boolean}
    linked = {"subject_key": pl.Binary, "group_key": pl.Binary, "tie": pl.String, "event": pl.String, "at": INSTANT}
    links = [
        {**row, "subject_key": key(row["person"], world), "group_key": key(f"{row['tie']} {row['group']}", world)}
        for row, world in rows_of(worlds, "links")
        if row["at"] <= worlds[0].at
    ]
    withdrawn = {"subject_key": pl.Binary, "at": INSTANT}
    return spread_objections(
        table(rows_until(worlds, "objections", "received_at"), made).with_columns(purpose=pl.lit(PURPOSE)),
        table(links, linked),
        table(rows_until(worlds, "withdrawals", "at"), withdrawn).rename({"at": "received_at"}),
        table(rows_until(worlds, "hand_overs", "at"), withdrawn),
    )


def subject_row(person: dict, world: str, at) -> dict:
    born_from, born_by = span_of(person["born"], at) or (None, None)
    row = {**person, "subject_key": key(person["id"], world), "born_by": born_by}
    return {**row, "born_from": born_from if person["is_earliest_known"] else None}


def span_of(text, at):
    """Return the span of a birth date as a register holds it, which knows nothing of a date that cannot be."""
    try:
        return birth_span(text, today=at.date())
    except BirthDateError:
        return None


def notice_rows(worlds: Sequence[World]) -> list[dict]:
    published = [notice for notice in worlds[0].notices if notice["person"] is None]
    return published + [
        {**notice, "subject_key": key(notice["person"], world)}
        for notice, world in rows_of(worlds, "notices")
        if notice["person"] is not None
    ]


def facts_of(*worlds: World) -> Facts:
    at = worlds[0].at
    subjects = [subject_row(person, world, at) for person, world in rows_of(worlds, "people")]
    targets = [
        {**row, "target_key": key(row["item"] or row["page"], world)} for row, world in rows_of(worlds, "targets")
    ]
    hijacks = [{**row, "subject_key": key(row["person"], world)} for row, world in rows_of(worlds, "hijacks")]
    return Facts(
        subjects=table(subjects, SUBJECT_COLUMNS),
        notices=table(notice_rows(worlds), NOTICE_COLUMNS),
        objections=objections_in_force(*worlds),
        targets=table(targets, TARGET_COLUMNS),
        hijacks=table(hijacks, HIJACK_COLUMNS),
        suspensions=table(worlds[0].suspensions, SUSPENSION_COLUMNS),
        undertakings=table(worlds[0].undertakings, UNDERTAKING_COLUMNS),
        as_of=at,
        log_size=7,
    )


NAMED = {"item_key": "id", "subject_key": "person", "page_key": "page"}
KEYED = ("reshare_of", "quote_of", "derived_from")
LISTED = ("other_authors", "mentions", "tags", "public_role_of")


def item_row(item: dict, world: str, line: int) -> dict:
    row = {**item, "line": line, "text": "Words."}
    row |= {column: key(item[name], world) for column, name in NAMED.items()}
    row |= {column: key(item[column], world) for column in KEYED}
    return row | {column: keys(item[column], world) for column in LISTED}


def items_of(*worlds: World) -> pl.DataFrame:
    rows = [item_row(item, world, line) for line, (item, world) in enumerate(rows_of(worlds, "items"), 1)]
    return table(rows, ITEM_COLUMNS)


FLAGS = {name: kind for name, kind in RELATION_COLUMNS.items() if kind == pl.Boolean}


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Worlds as a builder sees them; `filtered` is what the filters found, `pictures` the relations found in them."""

    items: pl.DataFrame
    facts: Facts
    filtered: pl.DataFrame
    pictures: pl.DataFrame
    ruleset: Ruleset


def tables_of(*worlds: World) -> Tables:
    items = items_of(*worlds)
    rows = [item for item, _ in rows_of(worlds, "items")]
    pictures = [
        {**dict.fromkeys(FLAGS, False), "item_key": item_key, "shows_objected_text": True}
        for item_key, item in zip(items["item_key"], rows, strict=True)
        if item["shows_objected_text"]
    ]
    return Tables(
        items=items,
        facts=facts_of(*worlds),
        filtered=table(rows, FILTER_COLUMNS),
        pictures=table(pictures, RELATION_COLUMNS),
        ruleset=EU_2025.with_settings(worlds[0].settings),
    )


def with_pictures(relations: pl.DataFrame, pictures: pl.DataFrame) -> pl.DataFrame:
    """Add to relations that pictures show what somebody wrote who objects."""
    shown = pl.col("item_key").is_in(pictures["item_key"].implode()) | pl.col("shows_objected_text")
    others = pictures.join(relations, on="item_key", how="anti")
    return pl.concat([relations.with_columns(shows_objected_text=shown), others])


# --- the deciders


def relations_of(tables: Tables) -> pl.DataFrame:
    references = refer_to_items(tables.items)
    found = relate(tables.items, tables.facts, tables.ruleset, at=tables.facts.as_of, references=references)
    return with_pictures(found, tables.pictures)


def content_of(tables: Tables, relations: pl.DataFrame) -> pl.DataFrame:
    return describe_content(tables.items, relations, tables.filtered)


def decide_tables(tables: Tables, relations: pl.DataFrame) -> Decided:
    """Decide as a corpus is decided: by the facts, and what they let in by what the filters found."""
    by_facts = decide_facts(tables.items, tables.facts, tables.ruleset, at=tables.facts.as_of, relations=relations)
    by_content = decide_content(content_of(tables, relations), tables.ruleset)
    pairs = zip(
        by_facts.select("decision", "reason").rows(), by_content.select("decision", "reason").rows(), strict=True
    )
    return [content if facts == ("include", "eligible") else facts for facts, content in pairs]


def decide_tables_by_sql(tables: Tables, relations: pl.DataFrame) -> Decided:
    content = tables.filtered.with_columns(tables.items["item_key"])
    settings, at = tables.ruleset.settings, tables.facts.as_of
    decided = decide_by_sql(tables.items, tables.facts, settings, relations, content, at=at)
    by_key = {item: (decision, reason) for item, decision, reason in decided.iter_rows()}
    return [by_key[item] for item in tables.items["item_key"]]


def relations_by_sql(tables: Tables) -> pl.DataFrame:
    found = relate_by_sql(tables.items, tables.facts, tables.ruleset.settings, at=tables.facts.as_of)
    return with_pictures(found.with_columns(pl.col(*FLAGS).fill_null(value=False)), tables.pictures)


def decide(*worlds: World) -> Decided:
    """Decide the items of worlds by the functions that decide a corpus."""
    tables = tables_of(*worlds)
    return decide_tables(tables, relations_of(tables))


def included(*worlds: World) -> set[int]:
    """Return the places of the items that are let in, whole or in part."""
    return {place for place, (decision, _) in enumerate(decide(*worlds)) if decision in KEPT}


def decide_by_oracle(*worlds: World) -> Decided:
    return [oracle.decide_item(world, item) for world in worlds for item in world.items]


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One item on which a decider does not say what the scalar oracle says."""

    decider: str
    item: str
    found: tuple[str, str]
    expected: tuple[str, str]
    world: World

    @property
    def is_leak(self) -> bool:
        return self.found[0] in KEPT and self.expected[0] not in KEPT


def decide_in_every_way(worlds: Sequence[World]) -> dict[str, Decided]:
    """Decide worlds by each decider; that in SQL with our relations, and with its own."""
    tables = tables_of(*worlds)
    relations = relations_of(tables)
    return {
        "oracle": decide_by_oracle(*worlds),
        "columns": decide_tables(tables, relations),
        "sql": decide_tables_by_sql(tables, relations),
        "sql alone": decide_tables_by_sql(tables, relations_by_sql(tables)),
    }


def disagreements(worlds: Sequence[World], ways: dict[str, Decided]) -> list[Disagreement]:
    """Return where the ways to decide worlds part from the scalar oracle."""
    places = [(world, item["id"]) for world in worlds for item in world.items]
    return [
        Disagreement(decider=decider, item=item, found=found, expected=right, world=world)
        for decider, decided in ways.items()
        for (world, item), found, right in zip(places, decided, ways["oracle"], strict=True)
        if found != right
    ]


def compare(worlds: Sequence[World]) -> list[Disagreement]:
    """Return the first disagreement about worlds, in a world that is as small as can be."""
    return [make_smaller(one) for one in disagreements(worlds, decide_in_every_way(worlds))[:1]]


def make_smaller(one: Disagreement) -> Disagreement:
    """Return a disagreement of the same decider about the same item in a smaller world."""

    def parts(world: World) -> list[Disagreement]:
        ways = {"oracle": decide_by_oracle(world), one.decider: WAYS[one.decider](world)}
        return [found for found in disagreements([world], ways) if found.item == one.item]

    small = parts(smallest(one.world, lambda world: bool(world.items and parts(world))))
    return small[0] if small else one


def decide_by_sql_with_our_relations(world: World) -> Decided:
    tables = tables_of(world)
    return decide_tables_by_sql(tables, relations_of(tables))


def decide_by_sql_alone(world: World) -> Decided:
    tables = tables_of(world)
    return decide_tables_by_sql(tables, relations_by_sql(tables))


WAYS = {"columns": decide, "sql": decide_by_sql_with_our_relations, "sql alone": decide_by_sql_alone}


# --- what laws are about


@dataclass(frozen=True, kw_only=True)
class Added:
    """An item that is in, or is in whole, only after a change that must not let it in."""

    item: str
    before: tuple[str, str]
    after: tuple[str, str]
    world: World  # after the change


def added(before: Sequence[World], after: Sequence[World], *, kept=KEPT) -> list[Added]:
    """Return the first item that a change lets in; `kept` says which decisions let an item in."""
    places = [(world, item["id"]) for world in after for item in world.items]
    decided = zip(places, decide(*before), decide(*after), strict=True)
    found = (
        Added(item=item, before=earlier, after=later, world=world)
        for (world, item), earlier, later in decided
        if later[0] in kept and earlier[0] not in kept
    )
    return list(islice(found, 1))


def rows_in_force(worlds: Sequence[World]) -> dict[tuple[int, str], set[tuple]]:
    """Return the objections in force by world and person: basis, scope, from when, until when, whether of a role."""
    names = {key(name, str(place)): (place, name) for place in range(len(worlds)) for name in PEOPLE}
    found = defaultdict(set)
    for subject, *row in objections_in_force(*worlds).select("subject_key", *ROW).iter_rows():
        found[names[subject]].add(tuple(row))
    return found


def covered(worlds: Sequence[World]) -> set[tuple]:
    """Return who is covered: world, person, and kind of the objection."""
    return {
        (*place, scope, is_about_role)
        for place, rows in rows_in_force(worlds).items()
        for _, scope, _, _, is_about_role in rows
    }
