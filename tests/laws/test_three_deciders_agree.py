"""Law: whoever reads the requirements decides the same.

Three deciders share no code: the columns that decide a corpus, the scalar oracle, and the oracle in SQL, which is asked
twice, with our relations and with its own. A leak is an item that we let in, whole or in part, and an oracle does not.
"""

from itertools import product
from random import Random

from deciders import ROW, compare, rows_in_force
from hypothesis import given, settings
from oracle import covering
from worlds import BATCHES, NAMES, batches, random_circle, worlds


@settings(max_examples=max(8, settings().max_examples // 10))
@given(worlds(most=6))
def test_three_deciders_agree_on_every_item(drawn):
    assert compare(drawn) == []


def test_three_deciders_agree_on_thousands_of_histories():
    for drawn in batches("agree", size=750):
        assert compare(drawn) == []


def test_objections_spread_as_far_as_the_oracle_spreads_them():
    for number in range(BATCHES):
        random = Random(f"spread {number}")
        circles = [random_circle(random) for _ in range(500)]
        found = rows_in_force(circles)
        for place, name in product(range(len(circles)), NAMES):
            expected = {tuple(row[fact] for fact in ROW) for row in covering(circles[place], name)}
            assert (circles[place], name, found[place, name]) == (circles[place], name, expected)
