"""Waiting for a sequencer in an event loop, whether it is a thread of this process or another process.

Whatever a batch answers wakes the loop once. A caller that is cancelled cancels nothing: what was handed over is
committed.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol, cast

from demur.kernel.errors import DemurError
from demur.register.batch import Answered, Committed, Unit, Writer, settle
from demur.register.intake import Receipt, receipt_of
from demur.register.messages import FrameError, decode_receipt, encode_request, take_frames
from demur.register.remote import describe_silence
from demur.register.sockets import near

_PATIENCE_SECONDS = 30.0


class AwaitedWriter(Protocol):
    """Whoever commits objections and withdrawals for the coroutines of one event loop."""

    async def file(self, unit: Unit) -> Receipt:
        """Run a unit of work, wait until it is on disk, and return its receipt; raises what `Writer.submit` raises."""
        ...

    def waiting(self) -> int:
        """Return how many requests wait now."""
        ...


class LoopWriter:
    """Hands units of work over to a sequencer of this process, for the event loop in which it is made."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()

    async def submit(self, unit: Unit) -> Committed:
        """Run a unit of work and wait until it is on disk; raises what `Writer.submit` raises."""
        waiting: asyncio.Future[Committed] = self._loop.create_future()
        self._writer.hand_over(unit, waiting, self.receive)
        return await waiting

    async def file(self, unit: Unit) -> Receipt:
        """See `AwaitedWriter`."""
        return receipt_of(await self.submit(unit))

    def waiting(self) -> int:
        """See `AwaitedWriter`."""
        return self._writer.waiting()

    def receive(self, answered: Sequence[Answered]) -> None:
        """Take the answers of a batch, on the sequencer's thread."""
        with contextlib.suppress(RuntimeError):  # of a loop that was closed: nobody waits any more
            self._loop.call_soon_threadsafe(settle, answered)


@contextlib.asynccontextmanager
async def reaching(path: Path) -> AsyncIterator["DistantWriter"]:
    """Yield the way to the sequencer that listens at a path; it need not be there yet, and may be started anew."""
    writer = DistantWriter(path)
    try:
        yield writer
    finally:
        writer.close()


class DistantWriter:
    """Sends units of work to the sequencer behind a socket: one connection, on which all that wait share each way.

    While nobody listens there, a request is refused with `RegisterUnavailableError`, and the next one connects anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._connecting = asyncio.Lock()
        self._line: _Line | None = None

    async def file(self, unit: Unit) -> Receipt:
        """See `AwaitedWriter`."""
        frame = encode_request(unit)
        line = self._line
        if line is None or line.is_cut:
            line = await self._connect()
        return await line.ask(frame)

    def waiting(self) -> int:
        """See `AwaitedWriter`; what others have the sequencer do is not counted."""
        return 0 if self._line is None else self._line.waiting()

    def close(self) -> None:
        """Hang up; whoever still waits is told that nothing is known."""
        if self._line is not None:
            self._line.hang_up()

    async def _connect(self) -> "_Line":
        async with self._connecting:
            if self._line is None or self._line.is_cut:
                try:
                    with near(self._path) as address:
                        _, self._line = await self._loop.create_unix_connection(lambda: _Line(self._loop), address)
                except OSError as error:
                    raise describe_silence(error) from error
            return self._line


class _Line(asyncio.Protocol):
    """One connection: answers come in the order of the requests."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_cut = False
        self._loop = loop
        self._received = bytearray()
        self._unsent: list[bytes] = []
        self._asked: deque[asyncio.Future[Receipt]] = deque()
        self._transport: asyncio.Transport | None = None
        self._oldest: asyncio.Future[Receipt] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to watch that answers come."""
        self._transport = cast("asyncio.Transport", transport)  # of a socket, whichever loop made it
        self._watch()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell everybody who waits that nothing is known."""
        self.is_cut = True
        self._transport = None
        while self._asked:
            waiting = self._asked.popleft()
            if not waiting.done():
                waiting.set_exception(describe_silence(error))

    def data_received(self, data: bytes) -> None:
        """Answer whoever waits, in their order."""
        self._received += data
        try:
            for content in take_frames(self._received):
                _settle(self._asked.popleft(), content)
        except (FrameError, IndexError):  # whatever follows is nobody's
            self.hang_up()

    def ask(self, frame: bytes) -> "asyncio.Future[Receipt]":
        """Send a request, together with the others of this round of the loop."""
        waiting: asyncio.Future[Receipt] = self._loop.create_future()
        self._asked.append(waiting)
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(frame)
        return waiting

    def waiting(self) -> int:
        """Return how many wait for an answer."""
        return len(self._asked)

    def hang_up(self) -> None:
        """End the connection."""
        self.is_cut = True
        if self._transport is not None:
            self._transport.abort()

    def _send(self) -> None:
        frames, self._unsent = self._unsent, []
        if self._transport is not None:
            self._transport.write(b"".join(frames))

    def _watch(self) -> None:
        """Hang up when whoever waits longest has waited too long."""
        oldest = self._asked[0] if self._asked else None
        if oldest is not None and oldest is self._oldest:
            self.hang_up()
        self._oldest = oldest
        if not self.is_cut:
            self._loop.call_later(_PATIENCE_SECONDS, self._watch)


def _settle(waiting: "asyncio.Future[Receipt]", content: bytes) -> None:
    if waiting.done():  # cancelled
        return
    try:
        waiting.set_result(decode_receipt(content))
    except DemurError as error:
        waiting.set_exception(error)
