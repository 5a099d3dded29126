"""Law: an objection never adds an item, and takes out every item of its maker (GDPR Art. 21(1))."""

from dataclasses import replace
from random import Random

import pytest
from deciders import added, covered, decide, rows_in_force
from worlds import NAMES, batches, event_times, random_circle

SCOPES = ("all", "photos", None)


def and_objections(worlds, seed):
    """Let somebody object in each world, at some time, to everything or to photos, or about a public role."""
    random = Random(seed)

    def again(world):
        when = random.choice(event_times(world.at)[:-1])
        is_about_role = random.choice((True, False, None))
        return world.and_objection(random.choice(NAMES), when, random.choice(SCOPES), in_public_role=is_about_role)

    return [again(world) for world in worlds]


@pytest.mark.parametrize("late", ["all_content", "later_content"])
def test_an_objection_never_adds_an_item(late):
    for worlds in batches(f"objection, {late}", late_objection=late):
        assert added(worlds, and_objections(worlds, "objection")) == []


def test_a_pointer_never_adds_an_item():
    for worlds in batches("pointer"):
        pointed = [
            world.and_one("targets", {"item": "i0", "page": None, "effective_at": world.at, "in_public_role": False})
            for world in worlds
        ]
        assert added(worlds, pointed) == []


def test_a_new_objection_takes_out_every_item_of_its_maker_and_says_so():
    for worlds in batches("own", public_role="full_effect"):
        objected = [replace(world, targets=()).and_objection("a", world.at) for world in worlds]
        expected = {("exclude", "own_objection"), ("exclude", "derived_from_objected")}
        owners = [item["person"] for world in objected for item in world.items]
        found = {reason for reason, owner in zip(decide(*objected), owners, strict=True) if owner == "a"}
        assert found <= expected


def test_an_objection_ends_no_other_objection():
    for worlds in batches("other objections"):
        assert covered(worlds) <= covered(and_objections(worlds, "another"))


def test_making_the_same_objection_twice_changes_nothing():
    random = Random("twice")
    circles = [random_circle(random) for _ in range(400)]
    twice = [replace(world, objections=world.objections * 2) for world in circles]
    assert rows_in_force(twice) == rows_in_force(circles)
