"""Law: old content and new obey the same rules; no date gives immunity (REQUIREMENTS SEL-4).

When an item was made matters through what happened at that time, and through nothing else: its author was a minor, or
another person held the account, or somebody had taken it over; a stop or an undertaking names the time; a later
objection is set to cover later content only; a text that is older than another is no copy of it.
"""

from dataclasses import replace
from random import Random

from deciders import decide
from worlds import DAY, batches, event_times


def timeless(world):
    """Return the world without anything to which the time of an item matters."""
    return replace(
        world,
        people=tuple({**row, "held_since": None} for row in world.people),
        hand_overs=(),
        hijacks=(),
        suspensions=tuple({**row, "created_from": None, "created_until": None} for row in world.suspensions),
        undertakings=tuple({**row, "field": "collected_at"} for row in world.undertakings),
        items=tuple({**row, "quote_of": None} for row in world.items),
    )


def moved(world, random):
    times = (None, *event_times(world.at), world.at - 9000 * DAY, world.at + 9000 * DAY)
    return replace(world, items=tuple({**row, "created_at": random.choice(times)} for row in world.items))


def test_an_items_time_decides_nothing_by_itself():
    random = Random("time")
    for drawn in batches("time", count=8, include_posted_as_minor=True, late_objection="all_content"):
        worlds = [timeless(world) for world in drawn]
        assert decide(*[moved(world, random) for world in worlds]) == decide(*worlds)
