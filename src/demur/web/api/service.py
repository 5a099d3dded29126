"""What the handlers of the door share."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from demur.register.awaiting import LoopWriter
from demur.register.store import Register
from demur.web.api.keys import KeyBook
from demur.web.api.limits import Rate
from demur.web.api.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Where the door finds what it serves beside objections, and how fast it may be asked.

    Attributes:
        keys: the file of API keys; None when nobody has one.
        snapshots: the folder of register snapshots; None serves none.
        corpora: the folder of corpora; None serves no removals.
        rate: for one key or network.
    """

    keys: Path | None = None
    snapshots: Path | None = None
    corpora: Path | None = None
    rate: Rate = field(default_factory=Rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The open register and what goes with it, while the server runs; `feeding` is held by the one feed at work."""

    register: Register
    sequencer: LoopWriter
    settings: ApiSettings
    keys: KeyBook
    metrics: Metrics
    description: bytes
    feeding: asyncio.Lock = field(default_factory=asyncio.Lock)

    def waiting(self) -> int:
        """Return how many requests wait for the register now."""
        return self.sequencer.waiting()
