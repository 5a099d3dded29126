"""How far people get with the forms, as daily counts: without a cookie, and of a single visit nothing is kept.

Counts are gathered here and added to those of the register once a minute at most, so that no page waits for it. A crash
loses a minute of counts and never an objection.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeAlias

from django.http import HttpRequest
from django.utils.translation import get_language

from demur.kernel.errors import TransientError
from demur.kernel.words import Device, FormStep, Way
from demur.register.batch import Committed, day_of
from demur.register.counting import CountedForms, FormCount
from demur.register.store import Register
from demur.web.languages import SOURCE

GATHERED_SECONDS = 60.0
_Kind: TypeAlias = tuple[str, Way, FormStep, str, Device]


@dataclass(slots=True, kw_only=True)
class Visits:
    """Counts the steps of forms; it may be told from several threads.

    Attributes:
        clock: seconds that never go back.
    """

    register: Register
    clock: Callable[[], float] = time.monotonic
    _counts: Counter[_Kind] = field(default_factory=Counter)
    _since: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: HttpRequest, way: Way, step: FormStep, *, at: datetime) -> None:
        """Count a step that a request is."""
        kind = (day_of(at).isoformat(), way, step, get_language() or SOURCE, device_of(request.headers))
        now = self.clock()
        with self._lock:
            self._counts[kind] += 1
            self._since = now if self._since is None else self._since
            is_due = now - self._since >= GATHERED_SECONDS
        if is_due:
            self.hand_over()

    def hand_over(self) -> None:
        """Have the counts added to the register's, without waiting; what it cannot take now is kept."""
        gathered = self._take()
        if not gathered:
            return
        try:
            added = self.register.sequencer.enqueue(_unit_of(gathered))
        except TransientError:
            self._keep(gathered)
        else:
            added.add_done_callback(partial(self._settle, gathered))

    def finish(self) -> None:
        """Add the counts to the register's and wait until they are there: what it cannot take is lost."""
        gathered = self._take()
        if gathered:
            with contextlib.suppress(TransientError):
                self.register.sequencer.submit(_unit_of(gathered))

    def _take(self) -> "Counter[_Kind]":
        with self._lock:
            gathered, self._counts, self._since = self._counts, Counter(), None
        return gathered

    def _settle(self, gathered: Counter[_Kind], added: "Future[Committed]") -> None:
        if added.cancelled() or isinstance(added.exception(), TransientError):
            self._keep(gathered)

    def _keep(self, gathered: Counter[_Kind]) -> None:
        with self._lock:
            self._counts.update(gathered)
            self._since = self.clock() if self._since is None else self._since


def _unit_of(gathered: "Counter[_Kind]") -> CountedForms:
    counts = tuple(
        FormCount(day=day, way=way, step=step, language=language, device=device, count=number)
        for (day, way, step, language, device), number in sorted(gathered.items())
    )
    return CountedForms(counts=counts)


def device_of(headers: Mapping[str, str]) -> Device:
    """Tell a phone from anything else, by what a browser says of itself unasked."""
    hint = headers.get("Sec-CH-UA-Mobile")
    is_phone = "Mobi" in headers.get("User-Agent", "") if hint is None else hint == "?1"
    return Device.PHONE if is_phone else Device.OTHER
