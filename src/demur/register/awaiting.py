"""Waiting for a sequencer in an event loop: whatever a batch answers wakes the loop once."""

import asyncio
import contextlib
from collections import deque
from functools import partial

from demur.kernel.errors import DemurError
from demur.register.batch import Committed, Unit, Writer


class LoopWriter:
    """Hands units of work over for the coroutines of one event loop, that in which it is made.

    A caller that is cancelled cancels nothing: what was handed over is committed.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._answers: deque[tuple[asyncio.Future[Committed], Committed | DemurError]] = deque()
        self._is_waking = False

    async def submit(self, unit: Unit) -> Committed:
        """Run a unit of work and wait until it is on disk; raises what `Writer.submit` raises."""
        waiting: asyncio.Future[Committed] = self._loop.create_future()
        self._writer.hand_over(unit, partial(self._take, waiting))
        return await waiting

    def waiting(self) -> int:
        """Return how many requests wait now."""
        return self._writer.waiting()

    def _take(self, waiting: "asyncio.Future[Committed]", answer: Committed | DemurError) -> None:
        """Take an answer, on the sequencer's thread."""
        self._answers.append((waiting, answer))
        if not self._is_waking:
            self._is_waking = True
            # A loop that was closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._answer_all)

    def _answer_all(self) -> None:
        # First, so that an answer which comes after the last look below wakes the loop again.
        self._is_waking = False
        while self._answers:
            waiting, answer = self._answers.popleft()
            if waiting.done():  # cancelled
                continue
            if isinstance(answer, DemurError):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
