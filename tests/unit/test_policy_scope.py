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


def table(rows, schema):
    return pl.DataFrame(rows, schema, orient="row")


def spread_rows(*, objections=(), links=(), withdrawals=(), hand_overs=(), tie="centre"):
    """Return the table for events as (who, day, scope), (who, group, event, day, tie) and (who, day)."""
    result = spread_objections(
        table(
            [(who.encode(), PURPOSE, day(number), *(scope or ["all"]), False) for who, number, *scope in objections],
            {
                "subject_key": pl.Binary,
                "purpose": pl.String,
                "received_at": INSTANT,
                "scope": pl.String,
                "in_public_role": pl.Boolean,
            },
        ),
        table(
            [
                (who.encode(), group.encode(), *(by or [tie]), event, day(number))
                for who, group, event, number, *by in links
            ],
            {"subject_key": pl.Binary, "group_key": pl.Binary, "tie": pl.String, "event": pl.String, "at": INSTANT},
        ),
        table(
            [(who.encode(), day(number)) for who, number in withdrawals],
            {"subject_key": pl.Binary, "received_at": INSTANT},
        ),
        table([(who.encode(), day(number)) for who, number in hand_overs], {"subject_key": pl.Binary, "at": INSTANT}),
    )
    assert result.schema == pl.Schema(OBJECTION_COLUMNS)
    assert set(result["purpose"]) <= {PURPOSE}
    return result


def spread(**events):
    """Return who is covered, on which basis and since which day."""
    rows = spread_rows(**events).select("subject_key", "basis", "effective_at").rows()
    return [(who.decode(), basis, (at - START) // DAY) for who, basis, at in rows]


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
    found = spread(objections=[("a", 2), ("b", 5)], links=linked("a", "b"))
    # Where only later content is covered, it matters that the linked objection is the older one.
    assert found == [("a", "own", 2), ("b", "linked", 2), ("b", "own", 5)]


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


def contacts(*accounts, group="k", on=0):
    return [(account, group, "linked", on, "contact") for account in accounts]


def test_a_verified_contact_makes_one_person_and_says_so():
    assert spread(objections=[("a", 5)], links=contacts("a", "b")) == [("a", "own", 5), ("b", "same_person", 5)]


def test_a_centre_is_a_stronger_reason_than_a_contact():
    both = [*linked("a", "b"), *contacts("a", "b"), *contacts("b", "c")]
    found = spread(objections=[("a", 5)], links=both)
    assert found == [("a", "own", 5), ("b", "linked", 5), ("c", "same_person", 5)]


def test_objections_of_different_scope_spread_each_by_itself():
    rows = spread_rows(objections=[("a", 5, "photos"), ("b", 7)], links=linked("a", "b"))
    assert rows.select(pl.col("subject_key").cast(pl.String), "scope", "basis").rows() == [
        ("a", "all", "linked"),
        ("a", "photos", "own"),
        ("b", "all", "own"),
        ("b", "photos", "linked"),
    ]


def test_a_withdrawal_ends_objections_of_every_scope():
    assert spread(objections=[("a", 5, "photos"), ("a", 6)], withdrawals=[("a", 7)]) == []


def covers_until(**events):
    rows = spread_rows(**events).select("subject_key", "basis", "covers_until").rows()
    return [(who.decode(), basis, until and (until - START) // DAY) for who, basis, until in rows]


def test_an_objection_covers_what_its_holder_published_until_the_account_changed_hands():
    assert covers_until(objections=[("a", 5)], hand_overs=[("a", 3), ("a", 9), ("a", 12)]) == [("a", "own", 9)]
    assert covers_until(objections=[("a", 9)], hand_overs=[("a", 9)]) == [("a", "own", None)]


def test_an_objection_of_the_next_holder_covers_everything():
    assert covers_until(objections=[("a", 5), ("a", 10)], hand_overs=[("a", 9)]) == [("a", "own", None)]


def test_a_withdrawal_of_the_next_holder_does_not_end_what_the_former_one_said():
    events = {"objections": [("a", 5), ("a", 10)], "hand_overs": [("a", 9)], "withdrawals": [("a", 12)]}
    assert covers_until(**events) == [("a", "own", 9)]
    assert covers_until(objections=[("a", 5)], hand_overs=[("a", 9)], withdrawals=[("a", 7)]) == []


def test_a_limited_objection_hides_no_linked_one():
    events = {"objections": [("a", 5), ("b", 4)], "links": linked("a", "b"), "hand_overs": [("a", 9)]}
    assert covers_until(**events) == [("a", "linked", None), ("a", "own", 9), ("b", "own", None)]
