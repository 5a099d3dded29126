"""Law: neither the order of rows nor the way that they are cut into batches changes a decision."""

from dataclasses import replace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from worlds import AT, EU_2025, FEWER, decide, facts_of, items_of, objections_in_force, worlds

from demur.policy.decide import decide_facts
from demur.policy.explain import explain


def shuffled(draw, rows):
    return tuple(draw(st.permutations(rows)))


@FEWER
@given(worlds(), st.data())
def test_the_order_of_facts_does_not_change_a_decision(world, data):
    mixed = replace(
        world,
        people=shuffled(data.draw, world.people),
        notices=shuffled(data.draw, world.notices),
        objections=shuffled(data.draw, world.objections),
        links=shuffled(data.draw, world.links),
        withdrawals=shuffled(data.draw, world.withdrawals),
    )
    assert decide(mixed) == decide(world)
    assert objections_in_force(mixed).equals(objections_in_force(world))


@FEWER
@given(worlds(), st.data())
def test_the_order_of_items_does_not_change_a_decision(world, data):
    places = data.draw(st.permutations(range(len(world.items))))
    decided = decide(replace(world, items=tuple(world.items[place] for place in places)))
    assert decided == [decide(world)[place] for place in places]


@FEWER
@given(worlds(), st.integers(1, 8))
def test_the_size_of_batches_does_not_change_a_decision(world, size):
    ruleset, facts, items = EU_2025.with_settings(world.settings), facts_of(world), items_of(world)
    batches = [decide_facts(batch, facts, ruleset, at=AT) for batch in items.iter_slices(size)]
    assert pl.concat(batches).equals(decide_facts(items, facts, ruleset, at=AT))


@FEWER
@given(worlds())
def test_the_items_come_back_as_they_were(world):
    items = items_of(world)
    decided = decide_facts(items, facts_of(world), EU_2025, at=AT)
    assert decided.drop("decision", "reason").equals(items)


@FEWER
@given(worlds())
def test_an_explanation_equals_the_decision(world):
    ruleset, facts, items = EU_2025.with_settings(world.settings), facts_of(world), items_of(world)
    explained = [explain(item, facts, ruleset, at=AT) for item in items.iter_slices(1)]
    assert [(one.decision, one.reason) for one in explained] == decide(world)
    assert all(one.evaluated[-1].reason == one.reason and one.evaluated[-1].has_hit for one in explained)
    assert not any(rule.has_hit for one in explained for rule in one.evaluated[:-1])
