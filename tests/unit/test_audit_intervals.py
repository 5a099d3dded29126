import pytest

from demur.audit.intervals import Interval, mean_against_null, mean_by_bootstrap, share_by_wilson


def test_no_hit_among_three_hundred_leaves_less_than_one_percent():
    interval = share_by_wilson(0, 300)
    assert (interval.value, interval.low, round(interval.high, 4)) == (0.0, 0.0, 0.0089)


@pytest.mark.parametrize(("hits", "count"), [(9, 10), (1, 4), (64, 128)])
def test_the_bounds_are_the_shares_that_the_score_test_just_accepts(hits, count):
    # Wilson 1927: |share - bound| = quantile * sqrt(bound * (1 - bound) / count).
    interval = share_by_wilson(hits, count)
    for bound in (interval.low, interval.high):
        reach = 1.6448536 * (bound * (1 - bound) / count) ** 0.5
        assert abs(interval.value - bound) == pytest.approx(reach, abs=1e-7)


def test_every_hit_reaches_one():
    assert (share_by_wilson(4, 4).value, share_by_wilson(4, 4).high) == (1.0, 1.0)


def test_a_bootstrap_repeats_itself_and_lies_within_the_values():
    values = [1.0, 2.0, 4.0, 9.0]
    interval = mean_by_bootstrap(values)
    assert interval == mean_by_bootstrap(values)
    assert 1.0 <= interval.low < interval.value == 4.0 < interval.high <= 9.0


def test_equal_values_leave_no_doubt():
    assert mean_by_bootstrap([2.0] * 5) == Interval(value=2.0, low=2.0, high=2.0)


def test_the_uncertainty_of_the_null_widens_the_interval():
    values = [-1.0, 1.0] * 32
    sure, unsure = mean_against_null(values, 0.0), mean_against_null(values, 1 / 64)
    assert sure.value == unsure.value == 0.0
    assert sure.high == pytest.approx(1.64485 * (64 / 63 / 64) ** 0.5, abs=1e-5)
    assert unsure.high == pytest.approx(1.64485 * (64 / 63 / 64 + 1 / 64) ** 0.5, abs=1e-5)
    assert (sure.low, unsure.low) == (-sure.high, -unsure.high)
