"""The socket of a sequencer: other processes of its owner hand over objections, withdrawals and notes of reads.

It lives in the event loop of its process. A caller that hangs up cancels nothing: what was handed over is committed.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from demur.kernel.errors import DemurError
from demur.register.awaiting import LoopWriter
from demur.register.messages import (
    LENGTH,
    MAX_FRAME_BYTES,
    FrameError,
    decode_request,
    encode_committed,
    encode_refusal,
)
from demur.register.sockets import near

_ONLY_ITS_OWNER = 0o600
_WAITING = 128


@contextlib.asynccontextmanager
async def serving(sequencer: LoopWriter, path: Path) -> AsyncIterator[None]:
    """Take requests to a sequencer at a path while the block runs; only processes of the same user may connect.

    A socket that a killed process left there is replaced. At the end, callers are hung up on; what they handed over is
    committed all the same, and asking again gets its receipt.

    Raises:
        OSError: the folder is missing, or not ours to write.
    """
    callers: set[asyncio.Task[None] | None] = set()

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = asyncio.current_task()
        callers.add(caller)
        # Only the end of the block cancels a caller.
        ended = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
        try:
            with contextlib.suppress(*ended), contextlib.closing(writer):
                while True:
                    writer.write(await _answer(await _read(reader), sequencer))
                    await writer.drain()
        finally:
            callers.discard(caller)

    server = await asyncio.start_unix_server(answer_all, sock=_listen(path))
    try:
        yield
    finally:
        server.close()
        waiting = [caller for caller in callers if caller is not None]
        for caller in waiting:
            caller.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


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


async def _read(reader: asyncio.StreamReader) -> bytes:
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    if length > MAX_FRAME_BYTES:
        raise ConnectionAbortedError(None, f"a request of {length:,} bytes")
    return await reader.readexactly(length)


async def _answer(content: bytes, sequencer: LoopWriter) -> bytes:
    try:
        return encode_committed(await sequencer.submit(decode_request(content)))
    except (DemurError, FrameError) as error:
        return encode_refusal(error)
