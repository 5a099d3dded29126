"""What the handlers of the door share."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from demur.register.awaiting import AwaitedWriter
from demur.register.store import Register
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.api.keys import KeyBook
from demur.web.api.limits import Rate
from demur.web.api.metrics import Metrics
from demur.web.origins import NO_PROXY, Proxies


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Where the door finds what it serves beside objections, and how fast it may be asked.

    Attributes:
        keys: the file of API keys; None when nobody has one.
        snapshots: the folder of register snapshots; None serves none.
        corpora: the folder of corpora; None serves no removals.
        feeds: the folder of the feeds of recipients; None serves none.
        rate: for one key or network.
        admission: when an open objection takes work or patience.
        proxies: the proxies in front, whose ``X-Forwarded-For`` is believed.
    """

    keys: Path | None = None
    snapshots: Path | None = None
    corpora: Path | None = None
    feeds: Path | None = None
    rate: Rate = field(default_factory=Rate)
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)
    proxies: Proxies = NO_PROXY


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The open register and what goes with it, while the server runs; `feeding` is held by the one feed at work."""

    register: Register
    sequencer: AwaitedWriter
    settings: ApiSettings
    keys: KeyBook
    metrics: Metrics
    gate: Gate
    description: bytes
    feeding: asyncio.Lock = field(default_factory=asyncio.Lock)

    def waiting(self) -> int:
        """Return how many requests wait for the register now."""
        return self.sequencer.waiting()
