"""Rates: who waits, and for how long."""

from demur.web.api.limits import Limiter, Rate

RATE = Rate(per_second=2, burst=3, max_delay_seconds=1)


class Seconds:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_burst_passes_at_once_and_what_follows_waits_its_turn():
    limiter = Limiter(RATE, Seconds())
    assert [limiter.delay("a") for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_what_would_wait_too_long_takes_no_turn_from_those_behind_it():
    seconds = Seconds()
    limiter = Limiter(RATE, seconds)
    assert [limiter.delay("a") for _ in range(8)][5:] == [1.5, 1.5, 1.5]
    seconds.now = 0.5
    assert limiter.delay("a") == 1.0


def test_a_pause_fills_the_bucket_and_no_further_and_others_are_untouched():
    seconds = Seconds()
    limiter = Limiter(RATE, seconds)
    assert [limiter.delay(who) for who in "aaab"] == [0, 0, 0, 0]
    seconds.now = 100
    assert [limiter.delay("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_the_number_of_buckets_is_bounded():
    limiter = Limiter(RATE, Seconds())
    for number in range(66_000):
        limiter.delay(str(number))
    assert len(limiter._buckets) == 65_536  # noqa: SLF001 -- memory shows nowhere else
