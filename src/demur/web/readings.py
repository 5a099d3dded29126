"""Figures that take long to compute, kept for a minute: whoever looks meanwhile gets them at once, however many look.

One thread computes them anew; all others get what is there, or wait for it where nothing is.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

KEPT_SECONDS = 60.0
Value = TypeVar("Value")


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    read_at: float | None = None

    def is_fresh(self, now: float) -> bool:
        return self.read_at is not None and now - self.read_at < KEPT_SECONDS


@dataclass(slots=True)
class Readings:
    """Keeps values by name; it may be asked from several threads.

    Attributes:
        clock: seconds that never go back.
    """

    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, name: str, compute: Callable[[], Value]) -> Value:
        """Return the value of a name, computing it where it is older than a minute; raises what that raises."""
        with self._lock:
            kept = self._kept.setdefault(name, _Kept())
        if kept.is_fresh(self.clock()):
            found: Value = kept.value
            return found
        # Where an older value is at hand nobody waits for the thread that computes the new one.
        if not kept.lock.acquire(blocking=kept.read_at is None):
            older: Value = kept.value
            return older
        try:
            if not kept.is_fresh(self.clock()):
                began = self.clock()
                kept.value = compute()
                kept.read_at = began
            newest: Value = kept.value
            return newest
        finally:
            kept.lock.release()

    def forget(self) -> None:
        """Have everything computed anew: something was changed that must be seen at once."""
        with self._lock:
            self._kept.clear()
