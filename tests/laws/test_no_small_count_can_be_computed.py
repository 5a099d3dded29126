"""Small counts: the oracle knows the function, and tries every table that would be shown alike."""

from collections import defaultdict
from itertools import product

import pytest

from demur.kernel.small_counts import SMALLEST_SHOWN, ShownCounts, show_count, show_counts


def views(names, largest_sum, smallest):
    """Return what is shown of every table up to a sum, with all the tables that are shown so."""
    alike = defaultdict(list)
    for counts in product(range(smallest, largest_sum + 1), repeat=len(names)):
        if sum(counts) <= largest_sum:
            shown = show_counts(dict(zip(names, counts, strict=True)))
            alike[(tuple(shown.counts.values()), shown.total)].append(counts)
    return alike


@pytest.mark.parametrize(("names", "largest_sum"), [("a", 40), ("ab", 40), ("abc", 36)])
@pytest.mark.parametrize("smallest", [0, 1])
def test_whatever_is_shown_each_withheld_count_could_be_one_of_eight_values_at_least(names, largest_sum, smallest):
    for (shown, _), tables in views(names, largest_sum, smallest).items():
        for place, count in enumerate(shown):
            possible = {counts[place] for counts in tables}
            assert (count is None and len(possible) >= 8) or possible == {count}


def test_no_small_count_is_shown_and_a_total_that_is_shown_is_the_sum():
    for (shown, total), tables in views("abc", 30, 0).items():
        assert all(count is None or count >= SMALLEST_SHOWN for count in shown)
        assert total is None or {sum(counts) for counts in tables} == {total}


def test_what_has_no_small_count_is_shown_whole():
    assert show_counts({"objected": 10, "minor": 400}) == ShownCounts(counts={"objected": 10, "minor": 400}, total=410)
    assert show_counts({}) == ShownCounts(counts={}, total=0)


def test_one_small_count_takes_another_with_it_by_the_order_of_names_alone():
    asked = {"objected": 3, "minor": 400, "notice": 20, "private": 7000}
    assert show_counts(asked) == ShownCounts(
        counts={"objected": None, "minor": None, "notice": 20, "private": 7000}, total=7423
    )
    assert show_counts(asked | {"minor": 11}).counts["notice"] is None


def test_where_nothing_protects_a_small_count_the_total_is_withheld_too():
    assert show_counts({"objected": 3, "minor": 11}) == ShownCounts(
        counts={"objected": None, "minor": None}, total=None
    )


@pytest.mark.parametrize(("count", "shown"), [(0, None), (9, None), (10, 10), (5000, 5000)])
def test_a_count_by_itself_is_shown_from_ten_on(count, shown):
    assert show_count(count) == shown
