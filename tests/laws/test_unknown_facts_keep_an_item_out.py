"""Law: unknown facts keep an item out. Forgetting a fact, in any column, never adds an item.

Columns in which null is no unknown fact are listed with what null says in them: nothing was found, or nothing happened.
"""

from dataclasses import fields, replace
from functools import cache

import polars as pl
import pytest
from deciders import KEPT, added, decide_tables, included, relations_of, tables_of
from worlds import DAY, KNOWN, batches

from demur.exchange.columns import (
    HIJACK_COLUMNS,
    ITEM_COLUMNS,
    NOTICE_COLUMNS,
    OBJECTION_COLUMNS,
    SUBJECT_COLUMNS,
    SUSPENSION_COLUMNS,
    TARGET_COLUMNS,
    UNDERTAKING_COLUMNS,
    Facts,
)
from demur.policy.content import FILTER_COLUMNS

COLUMNS = {
    "items": ITEM_COLUMNS,
    "filtered": FILTER_COLUMNS,
    "subjects": SUBJECT_COLUMNS,
    "notices": NOTICE_COLUMNS,
    "objections": OBJECTION_COLUMNS,
    "targets": TARGET_COLUMNS,
    "hijacks": HIJACK_COLUMNS,
    "suspensions": SUSPENSION_COLUMNS,
    "undertakings": UNDERTAKING_COLUMNS,
}
# Rows without a key are about nobody and nothing; only an item may have an author whom nobody knows.
NAMES = {(table, name) for table in COLUMNS for name in ("item_key", "subject_key", "target_key") if table != "items"}
NAMES |= {("items", "item_key")}
SAYS_SOMETHING = {
    ("items", "deleted_at"): "it is still there",
    ("items", "expires_at"): "it stays",
    ("items", "other_authors"): "nobody else wrote it",
    ("items", "addressed_to_assistant"): "as is usual for its kind: a chat is, a message in a group is not",
    ("items", "mentions"): "nobody is named",
    ("items", "tags"): "nobody is tagged",
    ("items", "public_role_of"): "it is about nobody's public role",
    ("items", "reshare_of"): "it shares nothing",
    ("items", "quote_of"): "it quotes nothing",
    ("items", "derived_from"): "it was made from nothing",
    ("items", "page_key"): "it is no web page",
    ("items", "preference"): "no signal on it",
    ("items", "preview_preference"): "no signal on the page that it links to",
    ("items", "findings"): "the detectors found nothing",
    ("items", "detections"): "the detectors found nothing",
    ("subjects", "has_age_doubt"): "no facts contradict each other",
    ("subjects", "is_for_minor"): "the account is run for its holder",
    ("subjects", "held_since"): "it never changed hands",
    ("subjects", "refuses_training"): "the account carries no signal",
    ("subjects", "refuses_sharing"): "the account carries no signal",
    ("notices", "is_marketing"): "it stood alone",
    ("notices", "variant"): "it was the usual one",
    ("objections", "in_public_role"): "it is about the person, not about a role",
}
UNKNOWN = [
    (table, name)
    for table, columns in COLUMNS.items()
    for name in columns
    if (table, name) not in NAMES and (table, name) not in SAYS_SOMETHING
]
# Null in these makes an item anybody's, or nobody's page; and who does not ask how old people were when they published
# does not ask either who held their account then.
ASKED = {"include_posted_as_minor": False, "ai_chat_min_age": 18}
ALONE = {"other_authors": []}


@cache
def drawn():
    """Draw worlds once for all columns, and decide them."""
    return [(tables := tables_of(*with_stops(worlds)), kept(tables)) for worlds in batches("forget", **ASKED)]


def with_stops(worlds):
    """Return worlds in which every column of a stop and an undertaking leaves something out, and something in."""
    at = worlds[0].at
    past, later = {"since": at - 300 * DAY, "until": at - 200 * DAY}, {"since": at + DAY, "until": None}
    now, nothing = {"since": at - 100 * DAY, "until": at + DAY}, dict.fromkeys(SUSPENSION_COLUMNS)
    scopes = (
        {"country": "DE"},
        {"product": "messenger"},
        {"kind": "photo"},
        {"created_from": at - 50 * DAY},
        {"created_from": at - 400 * DAY, "created_until": at - 300 * DAY},
    )
    stops = (*({**nothing, **now, **scope} for scope in scopes), {**nothing, **past}, {**nothing, **later})
    undertakings = ({**past, "field": "created_at"}, {**later, "field": "collected_at"})
    return [replace(world, suspensions=stops, undertakings=undertakings) for world in worlds]


def kept(tables):
    decided = decide_tables(tables, relations_of(tables))
    return {place for place, (decision, _) in enumerate(decided) if decision in KEPT}


def forget(tables, table, name):
    """Replace a column of one of the tables by nulls."""
    nothing = pl.lit(None, COLUMNS[table][name]).alias(name)
    if table in ("items", "filtered"):
        return replace(tables, **{table: getattr(tables, table).with_columns(nothing)})
    known = getattr(tables.facts, table).with_columns(nothing)
    return replace(tables, facts=replace(tables.facts, **{table: known}))


@pytest.mark.parametrize(("table", "name"), [place for place in UNKNOWN if place != ("items", "subject_key")])
def test_forgetting_a_fact_adds_no_item(table, name):
    for tables, before in drawn():
        assert kept(forget(tables, table, name)) <= before


def test_forgetting_who_wrote_an_item_adds_none():
    for drawn_worlds in batches("author", **ASKED):
        worlds = [with_items(world, **ALONE) for world in drawn_worlds]
        tables = tables_of(*worlds)
        posts = tables.items["kind"].ne_missing("web_page")
        pages = {place for place, is_post in enumerate(posts) if not is_post}
        assert kept(forget(tables, "items", "subject_key")) - pages == set()


def test_every_table_was_there_to_be_forgotten():
    facts = [tables.facts for tables, _ in drawn()]
    names = [one.name for one in fields(Facts) if one.name in COLUMNS]
    assert {name: any(getattr(one, name).height for one in facts) for name in names} == dict.fromkeys(names, True)
    assert all(before for _, before in drawn()[:1])


def with_items(world, **facts):
    return replace(world, items=tuple({**item, **facts} for item in world.items))


@pytest.mark.parametrize(("column", "name"), [("findings", "kind"), ("findings", "about"), ("detections", "score")])
def test_forgetting_what_a_detector_found_exactly_adds_no_item(column, name):
    for worlds in batches(f"detector {column} {name}"):
        vague = [
            replace(
                world,
                items=tuple({**item, column: [{**one, name: None} for one in item[column]]} for item in world.items),
            )
            for world in worlds
        ]
        assert added(worlds, vague) == []


@pytest.mark.parametrize("table", ["people", "notices"])
def test_forgetting_everything_about_people_leaves_only_pages_in(table):
    for worlds in batches(f"everything {table}", **ASKED, unreachable="hold"):
        known = [
            replace(world, **{table: tuple(row for row in getattr(world, table) if is_public(row))}) for world in worlds
        ]
        items = [item for world in known for item in world.items]
        assert {items[place]["kind"] for place in included(*known)} <= {"web_page"}


def is_public(row):
    return row.get("person", "somebody") is None


def test_an_item_of_which_everything_is_known_is_in():
    assert included(KNOWN) == {0}


NEEDED = {
    "people": ("born", "language", "visibility", "state", "last_seen_at"),
    "notices": ("version", "channel", "language", "states_right", "proven_at"),
    "items": ("person", "kind", "product", "visibility", "created_at", "is_picture_only", "is_empty", "is_duplicate"),
}


@pytest.mark.parametrize(("table", "fact"), [(table, fact) for table, facts in NEEDED.items() for fact in facts])
def test_each_fact_alone_is_needed(table, fact):
    forgotten = replace(KNOWN, **{table: tuple({**row, fact: None} for row in getattr(KNOWN, table))})
    assert included(forgotten) == set()


def test_every_column_is_in_one_of_these_tables():
    columns = {(table, name) for table, columns in COLUMNS.items() for name in columns}
    assert SAYS_SOMETHING.keys() <= columns
    assert set(UNKNOWN) | SAYS_SOMETHING.keys() | NAMES >= columns
