"""Law: without withdrawals an objection covers the accounts that a chain of links joins, past or present, no other."""

from dataclasses import replace
from random import Random

from deciders import covered, decide, rows_in_force
from worlds import GROUPS, NAMES, TIES, batches, event_times, link, random_circle

CIRCLES = 400


def circles_of(law):
    random = Random(law)
    return [random_circle(random) for _ in range(CIRCLES)]


def joined_with(world, name, ties=TIES):
    """Return everybody whom links have ever joined with somebody, by merging groups that share a member."""
    circle, links = {name}, [(one["person"], one["tie"], one["group"]) for one in world.links if one["at"] <= world.at]
    for _ in links:
        groups = {(tie, group) for person, tie, group in links if person in circle and tie in ties}
        circle |= {person for person, tie, group in links if (tie, group) in groups}
    return circle


def test_linked_accounts_are_closed_under_objection():
    circles = [replace(world, withdrawals=()) for world in circles_of("closed")]
    makers = [(place, one["person"]) for place, world in enumerate(circles) for one in made_in(world)]
    expected = {(place, name) for place, maker in makers for name in joined_with(circles[place], maker)}
    assert {(place, name) for place, name, *_ in covered(circles)} == expected


def made_in(world):
    return [one for one in world.objections if one["received_at"] <= world.at]


def test_linking_only_spreads():
    random = Random("another link")
    circles = circles_of("linking")

    def and_link(world):
        name, group, tie = random.choice(NAMES), random.choice(GROUPS), random.choice(TIES)
        return world.and_one("links", link(name, group, random.choice(event_times(world.at)), tie))

    assert covered(circles) <= covered([and_link(world) for world in circles])


def test_unlinking_never_undoes():
    circles = circles_of("unlinking")

    def unlink_all(world):
        ends = [{**one, "event": "unlinked", "at": world.at} for one in world.links if one["at"] <= world.at]
        return replace(world, links=(*world.links, *ends))

    assert rows_in_force([unlink_all(world) for world in circles]) == rows_in_force(circles)


def test_a_withdrawal_frees_nobody_but_the_account_that_it_names():
    circles = [replace(world, hand_overs=()) for world in circles_of("withdrawing")]
    withdrawn = [world.and_one("withdrawals", {"person": "a", "at": world.at}) for world in circles]
    freed = covered(circles) - covered(withdrawn)
    assert {name for _, name, *_ in freed} == {"a"}


def test_an_item_of_a_linked_account_is_out_and_the_reason_says_so():
    for worlds in batches("reason", public_role="full_effect"):
        asked = [
            replace(world, targets=(), withdrawals=(), objections=(), hand_overs=()).and_objection("a", world.at)
            for world in worlds
        ]
        decided = iter(decide(*asked))
        for world in asked:
            near, far = joined_with(world, "a", ("centre",)), joined_with(world, "a")
            for item, (_, reason) in zip(world.items, decided, strict=False):
                assert_reason(item, reason, near - {"a"}, far)


def assert_reason(item, reason, near, far):
    """Check items of one author; of several, any may give the reason."""
    if item["other_authors"] or reason == "derived_from_objected":
        return
    expected = {"a": "own_objection", **dict.fromkeys(far - near - {"a"}, "same_person_objection")}
    expected |= dict.fromkeys(near, "linked_account_objection")
    assert (item["person"], reason) == (item["person"], expected.get(item["person"], reason))


def test_the_bases_and_times_are_those_of_the_objections():
    circles = circles_of("own")
    made = {(place, one["person"], one["received_at"]) for place, world in enumerate(circles) for one in made_in(world)}
    own = {
        (*place, since)
        for place, rows in rows_in_force(circles).items()
        for basis, _, since, _, _ in rows
        if basis == "own"
    }
    assert own <= made
