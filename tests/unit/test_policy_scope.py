"""How far one objection reaches, in time and over links; the laws do it for any history."""

import itertools
from datetime import UTC, datetime, timedelta

import polars as pl

from demur.exchange.columns import INSTANT, OBJECTION_COLUMNS
from demur.policy.scope import spread_objections

DAY = timedelta(days=1)
START = datetime(2025, 1, 1, tzinfo=UTC)
PURPOSE = "train_generative_models"


def day(number):
    return START + number * DAY


def spread(*, objections=(), links=(), withdrawals=()):
    """Return who is covered, on which basis and since which day, for events as (who, day) and (who, group, day)."""
    result = spread_objections(
        pl.DataFrame(
            [(who.encode(), PURPOSE, day(number)) for who, number in objections],
            {"subject_key": pl.Binary, "purpose": pl.String, "received_at": INSTANT},
            orient="row",
        ),
        pl.DataFrame(
            [(who.encode(), group.encode(), event, day(number)) for who, group, event, number in links],
            {"subject_key": pl.Binary, "group_key": pl.Binary, "event": pl.String, "at": INSTANT},
            orient="row",
        ),
        pl.DataFrame(
            [(who.encode(), day(number)) for who, number in withdrawals],
            {"subject_key": pl.Binary, "received_at": INSTANT},
            orient="row",
        ),
    )
    assert result.schema == pl.Schema(OBJECTION_COLUMNS)
    assert set(result["purpose"]) <= {PURPOSE}
    return [
        (who.decode(), basis, (at - START) // DAY)
        for who, basis, at in result.select("subject_key", "basis", "effective_at").rows()
    ]


def linked(*accounts, group="g", on=0):
    return [(account, group, "linked", on) for account in accounts]


def test_nothing_spreads_from_nothing():
    assert spread() == []
    assert spread(links=linked("a", "b"), withdrawals=[("a", 1)]) == []


def test_an_objection_holds_from_the_first_time_it_was_made():
    assert spread(objections=[("a", 5), ("a", 3), ("a", 9)]) == [("a", "own", 3)]


def test_an_objection_covers_the_centre_and_says_on_which_basis():
    found = spread(objections=[("b", 5)], links=linked("a", "b", "c"))
    assert found == [("a", "linked", 5), ("b", "own", 5), ("c", "linked", 5)]


def test_an_own_objection_is_the_basis_also_when_a_linked_one_is_older():
    assert spread(objections=[("a", 2), ("b", 5)], links=linked("a", "b")) == [("a", "own", 2), ("b", "own", 5)]


def test_an_objection_crosses_a_chain_of_centres():
    chain = [*linked("a", "b", group="g"), *linked("b", "c", group="h"), *linked("c", "d", group="i")]
    assert [who for who, _, _ in spread(objections=[("a", 1)], links=chain)] == ["a", "b", "c", "d"]


def test_a_long_chain_is_one_component():
    names = [f"{number:04d}" for number in range(500)]
    chain = [link for one, two in itertools.pairwise(names) for link in linked(one, two, group=one)]
    assert [who for who, _, _ in spread(objections=[(names[250], 1)], links=chain)] == names


def test_leaving_the_centre_does_not_undo_it():
    left = [*linked("a", "b"), ("b", "g", "unlinked", 2)]
    assert spread(objections=[("a", 5)], links=left) == [("a", "own", 5), ("b", "linked", 5)]


def test_joining_later_spreads_it():
    joined = [*linked("a"), *linked("b", on=9)]
    assert spread(objections=[("a", 5)], links=joined) == [("a", "own", 5), ("b", "linked", 5)]


def test_a_withdrawal_ends_earlier_objections_of_its_account_alone():
    found = spread(objections=[("a", 5), ("b", 6)], withdrawals=[("a", 7)])
    assert found == [("b", "own", 6)]


def test_a_tie_between_objection_and_withdrawal_goes_to_the_person():
    assert spread(objections=[("a", 5)], withdrawals=[("a", 5)]) == [("a", "own", 5)]


def test_objecting_again_after_a_withdrawal_holds_from_the_new_objection():
    assert spread(objections=[("a", 1), ("a", 8)], withdrawals=[("a", 5)]) == [("a", "own", 8)]


def test_a_withdrawal_by_the_maker_does_not_free_the_accounts_that_were_linked():
    found = spread(objections=[("a", 5)], links=linked("a", "b"), withdrawals=[("a", 7)])
    assert found == [("b", "linked", 5)]


def test_an_objection_that_was_withdrawn_reaches_no_account_that_is_linked_later():
    joined = [*linked("a"), *linked("b", on=9)]
    assert spread(objections=[("a", 5)], links=joined, withdrawals=[("a", 7)]) == []


def test_a_covered_account_may_withdraw_for_itself():
    found = spread(objections=[("a", 5)], links=linked("a", "b"), withdrawals=[("b", 7)])
    assert found == [("a", "own", 5)]


def test_a_newer_objection_covers_an_account_that_withdrew():
    found = spread(objections=[("a", 5), ("a", 9)], links=linked("a", "b"), withdrawals=[("b", 7)])
    assert found == [("a", "own", 5), ("b", "linked", 9)]


def test_linking_again_after_a_withdrawal_spreads_it_again():
    again = [*linked("a", "b"), *linked("b", on=9)]
    found = spread(objections=[("a", 5)], links=again, withdrawals=[("b", 7)])
    assert found == [("a", "own", 5), ("b", "linked", 9)]


def test_a_tie_between_a_new_link_and_a_withdrawal_goes_to_the_person():
    again = [*linked("a", "b"), *linked("b", on=7)]
    found = spread(objections=[("a", 5)], links=again, withdrawals=[("b", 7)])
    assert found == [("a", "own", 5), ("b", "linked", 7)]
