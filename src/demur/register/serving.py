"""The socket of a sequencer: other processes of its owner hand over what they want in the log, many at a time.

It lives in an event loop beside the sequencer's thread. A caller need not wait for one answer before it asks again;
answers come in the order of the requests. A caller that hangs up cancels nothing: what was handed over is committed.
"""

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

from demur.kernel.errors import DemurError
from demur.register.batch import Answered, Committed, Writer, settle
from demur.register.messages import FrameError, decode_request, encode_committed, encode_refusal, take_frames
from demur.register.sockets import near

_ONLY_ITS_OWNER = 0o600
_WAITING = 128


@contextlib.asynccontextmanager
async def serving(sequencer: Writer, path: Path) -> AsyncIterator[None]:
    """Take requests to a sequencer at a path while the block runs; only processes of the same user may connect.

    A socket that a killed process left there is replaced. At the end, callers are hung up on; what they handed over is
    committed all the same, and asking again gets its receipt.

    Raises:
        OSError: the folder is missing, or not ours to write.
    """
    callers: set[_Caller] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: _Caller(sequencer, loop, callers), sock=_listen(path))
    try:
        yield
    finally:
        server.close()
        for caller in callers.copy():
            caller.hang_up()


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    with near(path) as address:
        before = os.umask(0o777 & ~_ONLY_ITS_OWNER)
        try:
            listening.bind(address)
        finally:
            os.umask(before)
    listening.listen(_WAITING)
    listening.setblocking(False)  # noqa: FBT003 -- the name is the call's
    return listening


class _Asked:
    """A request that waits for its answer, and the answer once it is there, as a frame."""

    __slots__ = ("answer",)

    def __init__(self) -> None:
        self.answer: bytes | None = None

    def done(self) -> bool:
        return self.answer is not None

    def set_result(self, committed: Committed, /) -> None:
        self.answer = encode_committed(committed)

    def set_exception(self, refusal: DemurError, /) -> None:
        self.answer = encode_refusal(refusal)


class _Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, sequencer: Writer, loop: asyncio.AbstractEventLoop, callers: "set[_Caller]") -> None:
        self._sequencer = sequencer
        self._loop = loop
        self._callers = callers
        self._received = bytearray()
        self._asked: deque[_Asked] = deque()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._transport = cast("asyncio.Transport", transport)  # of a socket, whichever loop made it
        self._callers.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget whom to answer."""
        self._transport = None
        self._callers.discard(self)

    def data_received(self, data: bytes) -> None:
        """Hand over every request that is there as a whole."""
        self._received += data
        try:
            for content in take_frames(self._received):
                self._hand_over(content)
        except FrameError:  # whatever follows cannot be told apart
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self, content: bytes) -> None:
        asked = _Asked()
        self._asked.append(asked)
        try:
            self._sequencer.hand_over(decode_request(content), asked, self._receive)
        except DemurError as error:
            asked.set_exception(error)
            self._answer()

    def _receive(self, answered: Sequence[Answered]) -> None:
        """Take the answers of a batch, on the sequencer's thread."""
        with contextlib.suppress(RuntimeError):  # of a loop that was closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._settle, answered)

    def _settle(self, answered: Sequence[Answered]) -> None:
        if self._transport is not None:
            settle(answered)
            self._answer()

    def _answer(self) -> None:
        """Send the answers that are due, at once."""
        due = []
        while self._asked and (answer := self._asked[0].answer) is not None:
            due.append(answer)
            self._asked.popleft()
        if due and self._transport is not None:
            self._transport.write(b"".join(due))
