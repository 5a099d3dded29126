"""When there is load: as many objections without a link or a key, or as long a queue, as a flood brings.

It begins at the threshold and ends only after a while below half of it, so that it does not flicker at the edge.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from demur.web.admission.store import AdmissionStore

_WINDOW_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.25


class WorkPolicy(StrEnum):
    """When whoever objects without a link or a key does work, or waits."""

    UNDER_LOAD = "under_load"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadThreshold:
    """From where on there is load.

    Attributes:
        policy: whether load is measured at all.
        open_per_second: objections that came without a link, a key or a signature, in one second, in one process.
        waiting: requests that wait for the sequencer.
        calm_seconds: how long both must stay below half of these numbers until the load is over.
    """

    policy: WorkPolicy = WorkPolicy.UNDER_LOAD
    open_per_second: float = 200.0
    waiting: int = 2_048
    calm_seconds: float = 30.0


@dataclass(slots=True)
class Load:
    """Measures the load of this process and shares it with the others; one that any of them sees holds for all.

    It is not exact between threads: a few requests more or less in a window decide nothing.
    """

    threshold: LoadThreshold
    store: AdmissionStore
    seconds: Callable[[], float]
    _window_began: float = field(default=0.0, init=False)
    _in_window: int = field(default=0, init=False)
    _in_last_window: int = field(default=0, init=False)
    _until: float = field(default=0.0, init=False)
    _looked_at: float = field(default=0.0, init=False)

    def count(self, waiting: int) -> bool:
        """Count one open objection, beside so many requests that wait, and tell whether there is load."""
        if self.threshold.policy is not WorkPolicy.UNDER_LOAD:
            return self.threshold.policy is WorkPolicy.ALWAYS
        now = self.seconds()
        self._count_one(now)
        has_load = self.has_load()
        rate = max(self._in_window, self._in_last_window) / _WINDOW_SECONDS
        share = max(rate / self.threshold.open_per_second, waiting / self.threshold.waiting)
        if share >= (0.5 if has_load else 1.0):
            self._renew(now + self.threshold.calm_seconds)
        return has_load or share >= 1.0

    def has_load(self) -> bool:
        """Tell whether there is load, counting nothing."""
        if self.threshold.policy is not WorkPolicy.UNDER_LOAD:
            return self.threshold.policy is WorkPolicy.ALWAYS
        now = self.seconds()
        if now < self._until:
            return True
        if not self._looked_at <= now < self._looked_at + _LOOK_EVERY_SECONDS:
            self._looked_at = now
            self._until = self.store.load_until()
            if self._until > now + self.threshold.calm_seconds:
                self._until = now  # the clock was set back: what was written then tells nothing
        return now < self._until

    def _count_one(self, now: float) -> None:
        began = now - now % _WINDOW_SECONDS
        if began != self._window_began:
            is_next = began == self._window_began + _WINDOW_SECONDS
            self._in_last_window = self._in_window if is_next else 0
            self._window_began, self._in_window = began, 0
        self._in_window += 1

    def _renew(self, until: float) -> None:
        if until - self._until >= _LOOK_EVERY_SECONDS:  # a write for every objection would itself be load
            self._until = until
            self.store.raise_load(until)
