"""Law: neither the order of rows nor the way that they are cut into batches changes a decision or its explanation."""

from dataclasses import fields, replace

import polars as pl
from deciders import content_of, decide_tables, objections_in_force, relations_of, tables_of
from worlds import batches

from demur.exchange.columns import Facts
from demur.policy.decide import decide_facts
from demur.policy.explain import explain

FACTS = [one.name for one in fields(Facts) if one.name not in ("as_of", "log_size")]
EXPLAINED = 30  # an explanation takes some ten milliseconds


def shuffled(frame, seed):
    return frame.sample(fraction=1, shuffle=True, seed=seed)


def test_the_order_of_facts_does_not_change_a_decision():
    for worlds in batches("facts"):
        tables = tables_of(*worlds)
        mixed = {name: shuffled(getattr(tables.facts, name), seed) for seed, name in enumerate(FACTS)}
        turned = replace(tables, facts=replace(tables.facts, **mixed))
        expected = decide_tables(tables, relations_of(tables))
        assert decide_tables(turned, relations_of(turned)) == expected
        assert decide_tables(tables, shuffled(relations_of(tables), 7)) == expected


def test_the_order_of_events_does_not_change_what_objections_cover():
    for worlds in batches("events"):
        turned = [
            replace(
                world,
                objections=world.objections[::-1],
                withdrawals=world.withdrawals[::-1],
                links=world.links[::-1],
                hand_overs=world.hand_overs[::-1],
            )
            for world in worlds
        ]
        assert objections_in_force(*turned).equals(objections_in_force(*worlds))


def test_the_order_of_items_does_not_change_a_decision():
    for worlds in batches("items"):
        tables = tables_of(*worlds)
        order = shuffled(pl.Series(range(tables.items.height)), 7)
        turned = replace(tables, items=tables.items[order], filtered=tables.filtered[order])
        expected = decide_tables(tables, relations_of(tables))
        assert decide_tables(turned, relations_of(turned)) == [expected[place] for place in order]


def test_the_size_of_batches_does_not_change_a_decision():
    for worlds, size in zip(batches("sizes"), (1, 7, 64, 400), strict=False):
        tables = tables_of(*worlds[:50])
        relations, at = relations_of(tables), tables.facts.as_of
        whole = decide_facts(tables.items, tables.facts, tables.ruleset, at=at, relations=relations)
        parts = [
            decide_facts(items, tables.facts, tables.ruleset, at=at, relations=relations)
            for items in tables.items.iter_slices(size)
        ]
        assert pl.concat(parts).equals(whole)


def test_the_items_come_back_as_they_were():
    for worlds in batches("back", count=1):
        tables = tables_of(*worlds)
        relations = relations_of(tables)
        decided = decide_facts(tables.items, tables.facts, tables.ruleset, at=tables.facts.as_of, relations=relations)
        assert decided.drop("decision", "reason").equals(tables.items)


def test_an_explanation_equals_the_decision():
    for worlds in batches("explained"):
        tables = tables_of(*worlds)
        relations = relations_of(tables)
        expected = decide_tables(tables, relations)
        for place in range(0, tables.items.height, tables.items.height // EXPLAINED):
            said = explain_place(tables, relations, place)
            assert (said.decision, said.reason) == expected[place]
            last = said.evaluated[-1]
            assert (last.decision, last.reason, last.has_hit) == (said.decision, said.reason, True)
            assert not any(rule.has_hit for rule in said.evaluated[:-1])


def explain_place(tables, relations, place):
    content = content_of(tables, relations)[place : place + 1]
    item, at = tables.items[place : place + 1], tables.facts.as_of
    return explain(item, tables.facts, tables.ruleset, at=at, relations=relations, content=content)
