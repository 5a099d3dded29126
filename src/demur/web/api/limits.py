"""Rates: who asks faster than allowed waits, and an objection is never refused for it, only asked to come again.

A token bucket for each key or network, in this process only: losing them in a restart lets a moment's burst through
and nothing else. The number of buckets is bounded; of those that a flood of networks pushes out, the next starts full.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

_MAX_BUCKETS = 65_536


class Pace(StrEnum):
    """What happens to a request that comes too fast."""

    FREE = "free"
    DELAYED = "delayed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How fast one key or network may ask.

    Attributes:
        per_second: requests that it may make each second, on and on.
        burst: requests that it may make at once after a pause.
        max_delay_seconds: how long one may be kept waiting before it is asked to come again.
    """

    per_second: float = 20.0
    burst: int = 200
    max_delay_seconds: float = 10.0


@dataclass(slots=True)
class Limiter:
    """Tells how long a request has to wait; not thread-safe, for one event loop."""

    rate: Rate
    seconds: Callable[[], float]
    _buckets: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict, init=False)

    def delay(self, who: str) -> float:
        """Take a token and return the seconds until it is there; above `max_delay_seconds` none is taken."""
        now = self.seconds()
        tokens, then = self._buckets.pop(who, (float(self.rate.burst), now))
        tokens = min(float(self.rate.burst), tokens + (now - then) * self.rate.per_second) - 1
        delay = max(0.0, -tokens / self.rate.per_second)
        self._buckets[who] = (tokens + (delay > self.rate.max_delay_seconds), now)
        if len(self._buckets) > _MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return delay
