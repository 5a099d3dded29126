"""Waiting for a sequencer in an event loop: whatever a batch answers wakes the loop once."""

import asyncio
import contextlib
from collections.abc import Sequence

from demur.register.batch import Answered, Committed, Unit, Writer, settle


class LoopWriter:
    """Hands units of work over for the coroutines of one event loop, that in which it is made.

    A caller that is cancelled cancels nothing: what was handed over is committed.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()

    async def submit(self, unit: Unit) -> Committed:
        """Run a unit of work and wait until it is on disk; raises what `Writer.submit` raises."""
        waiting: asyncio.Future[Committed] = self._loop.create_future()
        self._writer.hand_over(unit, waiting, self.receive)
        return await waiting

    def waiting(self) -> int:
        """Return how many requests wait now."""
        return self._writer.waiting()

    def receive(self, answered: Sequence[Answered]) -> None:
        """Take the answers of a batch, on the sequencer's thread."""
        with contextlib.suppress(RuntimeError):  # of a loop that was closed: nobody waits any more
            self._loop.call_soon_threadsafe(settle, answered)
