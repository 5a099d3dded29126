"""Figures that take long to compute, kept for a while: whoever looks meanwhile gets them at once, however many look.

One thread computes them anew. Nobody waits for it: others get the older value, or are told to come back where there is
none, so that a page of figures never holds the threads that people need to object.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from demur.web.errors import ReadingUnderWayError

KEPT_SECONDS = 60.0
# What takes ten seconds to compute is computed every few minutes, not every minute.
_KEPT_TIMES = 20
Value = TypeVar("Value")


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    until: float | None = None


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
        """Return the value of a name, computing it where it is too old; raises what that raises.

        Raises:
            ReadingUnderWayError: it is being computed for the first time.
        """
        with self._lock:
            kept = self._kept.setdefault(name, _Kept())
        began = self.clock()
        if (kept.until is None or began >= kept.until) and kept.lock.acquire(blocking=False):
            try:
                kept.value = compute()
                ended = self.clock()
                kept.until = ended + max(KEPT_SECONDS, _KEPT_TIMES * (ended - began))
            finally:
                kept.lock.release()
        if kept.until is None:
            message = f"the figures of {name} are being computed"
            raise ReadingUnderWayError(message, hint="Look again in a moment.")
        found: Value = kept.value
        return found
