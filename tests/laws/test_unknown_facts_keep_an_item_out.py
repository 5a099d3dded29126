"""Law: unknown facts keep an item out; and in every world we decide as a second, scalar decider does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import covering_objection, decide_item
from worlds import AT, FEWER, KNOWN, PEOPLE, decide, included, key, objections_in_force, worlds

PERSON_FACTS = ("born", "language", "visibility", "state")
ITEM_FACTS = ("person", "kind", "product", "visibility", "created_at")
NOTICE_FACTS = ("version", "channel", "language", "states_right", "proven_at")


@given(worlds())
def test_every_item_is_decided_as_the_oracle_decides_it(world):
    assert decide(world) == [decide_item(world, item, AT) for item in world.items]


@given(worlds())
def test_objections_spread_as_far_as_the_oracle_spreads_them(world):
    found = dict(objections_in_force(world).select("subject_key", "basis").iter_rows())
    expected = {key(name): basis for name in PEOPLE if (basis := covering_objection(world, name))}
    assert found == expected


@FEWER
@given(worlds(), st.sampled_from(PERSON_FACTS))
def test_forgetting_a_fact_about_people_adds_no_item(world, fact):
    forgotten = replace(world, people=tuple({**person, fact: None} for person in world.people))
    assert included(forgotten) <= included(world)


@FEWER
@given(worlds(), st.sampled_from(ITEM_FACTS))
def test_forgetting_a_fact_about_items_adds_no_item(world, fact):
    forgotten = replace(world, items=tuple({**item, fact: None} for item in world.items))
    strict = replace(forgotten, settings={})
    assert included(strict) <= included(replace(world, settings={}))


@FEWER
@given(worlds(), st.sampled_from(NOTICE_FACTS))
def test_forgetting_a_fact_about_notices_adds_no_item(world, fact):
    forgotten = replace(world, notices=tuple({**notice, fact: None} for notice in world.notices))
    assert included(forgotten) <= included(world)


@FEWER
@given(worlds())
def test_forgetting_people_adds_no_item(world):
    assert included(replace(world, people=())) == set()


@FEWER
@given(worlds())
def test_forgetting_notices_leaves_nothing_in(world):
    assert included(replace(world, notices=())) == set()


@FEWER
@given(worlds())
def test_forgetting_countries_under_a_stop_adds_no_item(world):
    stopped = replace(world, settings={"suspended_countries": ["DE"]})
    forgotten = replace(stopped, people=tuple({**person, "country": None} for person in world.people))
    assert included(forgotten) == set()
    assert included(stopped) <= included(replace(world, settings={}))


def test_an_item_of_which_everything_is_known_is_in():
    assert decide(KNOWN) == [("include", "eligible")]


@pytest.mark.parametrize("fact", [*PERSON_FACTS, *NOTICE_FACTS, *ITEM_FACTS])
def test_each_fact_alone_is_needed(fact):
    forgotten = replace(
        KNOWN,
        people=tuple({**row, fact: None} if fact in PERSON_FACTS else row for row in KNOWN.people),
        notices=tuple({**row, fact: None} if fact in NOTICE_FACTS else row for row in KNOWN.notices),
        items=tuple({**row, fact: None} if fact in ITEM_FACTS else row for row in KNOWN.items),
    )
    assert included(forgotten) == set()
