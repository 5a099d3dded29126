"""Law: time to object runs from the first valid notice; a later one changes nothing about it (GDPR Art. 13(3))."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from deciders import added, decide
from worlds import EU_NOTICE_DAYS, MOMENT, batches, publication, usual_notice

UNTOLD = ("notice_missing", "notice_outdated", "notice_invalid", "notice_period_running")


def young_notice(world, random):
    """Return a valid notice whose period has not passed: to somebody, or to everybody."""
    days = world.settings.get("notice_days", EU_NOTICE_DAYS)
    period = timedelta(days=days) if days else timedelta(0)
    usual = random.choice((usual_notice(random.choice("abcd"), world.at), publication(world.at)))
    proven = world.at - random.choice((0, 1, 2)) * period / 2
    return {**usual, "proven_at": proven + MOMENT, "shown_at": world.at}


def with_notice(worlds, notice):
    return [world.and_one("notices", notice) for world in worlds]


def test_a_notice_whose_period_runs_lets_in_nobody_who_had_to_be_told():
    random = Random("young")
    for worlds in batches("young", count=8):
        told = with_notice(worlds, young_notice(worlds[0], random))
        before, after = decide(*worlds), decide(*told)
        waiting = [later for (_, reason), later in zip(before, after, strict=True) if reason in UNTOLD]
        assert waiting
        assert {decision for decision, _ in waiting} == {"hold"}


def test_a_later_notice_prolongs_no_period():
    random = Random("again")
    for worlds in batches("again", count=8):
        assert added(with_notice(worlds, young_notice(worlds[0], random)), worlds) == []


def test_a_notice_at_the_same_time_in_another_channel_changes_no_period():
    for worlds in batches("channel"):
        running = [
            replace(world, notices=tuple({**row, "channel": "email", "shown_at": None} for row in world.notices))
            for world in worlds
        ]
        doubled = [
            replace(world, notices=(*world.notices, *({**row, "channel": "in_app"} for row in world.notices)))
            for world in running
        ]
        assert decide(*doubled) == decide(*running)
