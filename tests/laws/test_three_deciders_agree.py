"""Law: whoever reads the requirements decides the same.

Three deciders share no code: the columns that decide a corpus, the scalar oracle, and the oracle in SQL, which is asked
twice, with our relations and with its own. A leak is an item that we let in, whole or in part, and an oracle does not.
"""

from dataclasses import replace
from random import Random

from deciders import ROW, compare, rows_in_force
from hypothesis import Phase, given, settings
from oracle import covering
from worlds import BATCHES, NAMES, USUAL, batches, random_circle, random_world, smallest, worlds


# An example takes a second, and a disagreement is made smaller anyhow: no shrinking.
@settings(max_examples=max(8, settings().max_examples // 10), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(worlds(most=6))
def test_three_deciders_agree_on_every_item(drawn):
    assert compare(drawn) == []


def test_three_deciders_agree_on_thousands_of_histories():
    for drawn in batches("agree", size=750):
        assert compare(drawn) == []


def rows_expected(world):
    rows = {name: {tuple(row[fact] for fact in ROW) for row in covering(world, name)} for name in NAMES}
    return {name: covered for name, covered in rows.items() if covered}


def rows_found(*worlds):
    found = rows_in_force(worlds)
    return [
        {name: rows for (of, name), rows in found.items() if of == place and name in NAMES}
        for place in range(len(worlds))
    ]


def test_objections_spread_as_far_as_the_oracle_spreads_them():
    for number in range(BATCHES):
        random = Random(f"spread {number}")
        circles = [random_circle(random) for _ in range(500)]
        differing = [
            world for world, found in zip(circles, rows_found(*circles), strict=True) if found != rows_expected(world)
        ]
        for world in differing[:1]:
            small = smallest(world, lambda one: rows_found(one) != [rows_expected(one)])
            assert rows_found(small) == [rows_expected(small)], small


def test_a_window_to_be_erased_that_has_no_ends_holds_what_has_no_date():
    random = Random("window")
    around = replace(USUAL, undertakings=({"since": None, "until": None, "field": "created_at"},))
    drawn = [random_world(random, around) for _ in range(50)]
    undated = [replace(world, items=tuple({**item, "created_at": None} for item in world.items)) for world in drawn]
    assert compare(undated) == []
