"""Figures that are kept: computed by one, given to all, never waited for."""

import threading

import pytest

from demur.web.errors import ReadingUnderWayError
from demur.web.readings import KEPT_SECONDS, Readings


class Hand:
    """A clock that is set by hand."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


def test_a_value_is_computed_again_when_it_is_a_minute_old_and_not_before():
    clock, computed = Hand(), []
    readings = Readings(clock=clock)

    def compute():
        computed.append(clock.at)
        return len(computed)

    seen = []
    for clock.at in (0.0, KEPT_SECONDS - 1, KEPT_SECONDS, KEPT_SECONDS + 1):
        seen.append(readings.read("figures", compute))
    assert (seen, computed) == ([1, 1, 2, 2], [0.0, KEPT_SECONDS])


def test_what_takes_long_is_kept_for_longer():
    clock = Hand()
    readings = Readings(clock=clock)

    def compute():
        clock.at += 10
        return clock.at

    assert readings.read("figures", compute) == 10
    clock.at = 10 + 20 * 10 - 1
    assert readings.read("figures", compute) == 10
    clock.at += 1
    assert readings.read("figures", compute) == 220


def test_nobody_waits_for_whoever_computes():
    clock, readings = Hand(), None
    readings = Readings(clock=clock)
    begun, over = threading.Event(), threading.Event()

    def compute():
        begun.set()
        over.wait(10)
        return "new"

    first = threading.Thread(target=lambda: readings.read("figures", compute))
    first.start()
    begun.wait(10)
    with pytest.raises(ReadingUnderWayError):
        readings.read("figures", lambda: "other")
    assert readings.read("others", lambda: "at once") == "at once"
    over.set()
    first.join()
    begun.clear(), over.clear()
    clock.at = KEPT_SECONDS
    second = threading.Thread(target=lambda: readings.read("figures", compute))
    second.start()
    begun.wait(10)
    assert readings.read("figures", lambda: "other") == "new"
    over.set()
    second.join()


def test_a_failure_is_not_kept():
    readings = Readings()
    with pytest.raises(ZeroDivisionError):
        readings.read("figures", lambda: 1 / 0)
    assert readings.read("figures", lambda: 2) == 2
