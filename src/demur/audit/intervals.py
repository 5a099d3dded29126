"""Intervals for what an audit measures: no number without its uncertainty.

Every interval leaves 5 % on each side, so that each end is a one-sided 95 % bound and "the interval lies inside the
margin" is the two one-sided tests for equivalence (Schuirmann 1987).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance

import numpy as np
from numpy.typing import NDArray

TAIL = 0.05  # on each side
_QUANTILE = NormalDist().inv_cdf(1 - TAIL)
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate between its bounds."""

    value: float
    low: float
    high: float


def mean_by_bootstrap(values: Sequence[float]) -> Interval:
    """Estimate a mean from few values by resampling them; the same values give the same interval."""
    given: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    words = np.random.Philox(key=np.array([len(given), 0], dtype=np.uint64)).random_raw(_RESAMPLES * len(given))
    means = given[(words % np.uint64(len(given))).astype(np.int64)].reshape(_RESAMPLES, len(given)).mean(axis=1)
    low, high = np.quantile(means, [TAIL, 1 - TAIL])
    return Interval(value=float(given.mean()), low=float(low), high=float(high))


def mean_against_null(values: Sequence[float], null_variance: float) -> Interval:
    """Estimate the mean of many values that were measured against a null of its own uncertainty.

    Args:
        values: at least two.
        null_variance: variance of the null's mean, in the unit of the values.
    """
    mean = fmean(values)
    reach = _QUANTILE * sqrt(variance(values) / len(values) + null_variance)
    return Interval(value=mean, low=mean - reach, high=mean + reach)


def share_by_wilson(hits: int, count: int) -> Interval:
    """Estimate a share (Wilson 1927): sensible bounds also for no hit at all."""
    share, square = hits / count, _QUANTILE**2
    center = (share + square / (2 * count)) / (1 + square / count)
    reach = _QUANTILE / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count**2))
    return Interval(value=share, low=max(0.0, center - reach), high=min(1.0, center + reach))
