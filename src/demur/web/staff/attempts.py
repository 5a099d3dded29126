"""How often somebody may try to log in: slowly, whoever they say that they are.

The rates hold for a name and for a network apart, in the one process that serves the pages. Too many tries lock nobody
out for longer than a minute, and a passkey, which nobody guesses, counts for its network alone.
"""

import threading
import time
from dataclasses import dataclass, field

from demur.web.api.limits import Limiter, Rate

_BY_NAME = Rate(per_second=1 / 20, burst=8, max_delay_seconds=0.0)
_BY_NETWORK = Rate(per_second=1 / 5, burst=30, max_delay_seconds=0.0)
_THIS_MACHINE = "this machine"


@dataclass(slots=True)
class StaffAttempts:
    """Counts tries to log in; it may be asked from several threads."""

    _names: Limiter = field(default_factory=lambda: Limiter(_BY_NAME, time.monotonic), init=False)
    _networks: Limiter = field(default_factory=lambda: Limiter(_BY_NETWORK, time.monotonic), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def seconds_until(self, network: str | None, name: str | None = None) -> float:
        """Count a try and return 0.0, or after how many seconds the next may come.

        Args:
            network: where it comes from; None is this machine.
            name: who is said to log in; None by a passkey.
        """
        with self._lock:
            waits = [self._networks.delay(network or _THIS_MACHINE)]
            if name is not None:
                waits.append(self._names.delay(name.strip().lower()[:150]))
        return max(waits)
