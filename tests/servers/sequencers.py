"""A sequencer behind its socket, served from a thread of the test."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demur.register.batch import Writer
from demur.register.serving import serving


@contextmanager
def served(sequencer: Writer, path: Path) -> Iterator[None]:
    """Serve a sequencer at a path, in an event loop of its own."""
    loop, is_up, over = asyncio.new_event_loop(), threading.Event(), threading.Event()

    async def serve() -> None:
        async with serving(sequencer, path):
            is_up.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()
        loop.close()
