"""Law: what widens an objection happens by itself; what narrows it is asked for by the person, logged in, and no more.

A register knows two events that let an item in again: a withdrawal, and that somebody else holds the account, whose own
publications are not the objector's.
"""

from dataclasses import replace
from random import Random

from deciders import added, covered, rows_in_force
from worlds import DAY, GROUPS, NAMES, TIES, batches, done, event_times, link, random_circle


def circles_of(law, count=400):
    random = Random(law)
    return [random_circle(random) for _ in range(count)]


def test_a_link_or_a_shared_contact_never_adds_an_item():
    random = Random("link")

    def and_link(world):
        event = random.choice(("linked", "linked", "unlinked"))
        group, tie = random.choice(GROUPS), random.choice(TIES)
        return world.and_one(
            "links", link(random.choice(NAMES), group, random.choice(event_times(world.at)), tie, event)
        )

    for worlds in batches("link"):
        assert added(worlds, [and_link(world) for world in worlds]) == []


def test_a_chain_of_links_reaches_accounts_that_never_shared_anything():
    for world in circles_of("chain", 1):
        chain = [link(name, group, world.at) for name, group in (("a", "x"), ("b", "x"), ("b", "y"), ("c", "y"))]
        asked = replace(world, objections=(), withdrawals=(), links=tuple(chain)).and_objection("a", world.at)
        assert {name for _, name, *_ in covered([asked])} == {"a", "b", "c"}


def test_time_alone_ends_no_objection():
    for later in (DAY, 400 * DAY):
        circles = circles_of("time")
        settled = [replace(world, at=world.at + DAY) for world in circles]  # what was to come has come
        assert rows_in_force([replace(world, at=world.at + later) for world in settled]) == rows_in_force(settled)


def test_a_change_of_hands_ends_no_objection():
    random = Random("hands")
    circles = circles_of("hands")
    changed = [world.and_one("hand_overs", done(random.choice(NAMES), world.at)) for world in circles]
    assert covered(circles) <= covered(changed)


def test_a_change_of_hands_lets_nothing_in_that_was_there_before():
    random = Random("next holder")

    def hand_over(world):
        until_now = [row for row in world.items if row["created_at"] is None or row["created_at"] < world.at]
        return replace(world, items=tuple(until_now)).and_one("hand_overs", done(random.choice(NAMES), world.at))

    for worlds in batches("next holder"):
        after = [hand_over(world) for world in worlds]
        before = [replace(world, hand_overs=world.hand_overs[:-1]) for world in after]
        assert added(before, after) == []


def test_only_a_withdrawal_narrows_and_only_for_who_withdraws():
    random = Random("withdrawal")
    circles = circles_of("withdrawal")
    who = [random.choice(NAMES) for _ in circles]
    withdrawn = [world.and_one("withdrawals", done(name, world.at)) for world, name in zip(circles, who, strict=True)]
    freed = covered(circles) - covered(withdrawn)
    assert freed
    assert {(place, name) for place, name, *_ in freed} <= set(enumerate(who))


def test_a_withdrawal_in_the_same_instant_as_an_objection_frees_nobody():
    circles = circles_of("tie")
    objected = [world.and_objection("a", world.at) for world in circles]
    withdrawn = [world.and_one("withdrawals", done("a", world.at)) for world in objected]
    own = {place for place, name, scope, role in covered(withdrawn) if (name, scope, role) == ("a", "all", False)}
    assert own == set(range(len(circles)))
