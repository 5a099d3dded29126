"""The process of the sequencer: below the door's, the only one of the web's that signs the log and seals its entries.

Apart from the door it has a core to work on and Python's lock to itself. One that was killed is started anew; door and
pages answer with 503 until it listens again.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import uvloop

from demur.kernel.errors import DemurError
from demur.register.serving import serving
from demur.register.sockets import is_listening
from demur.register.store import Register
from demur.web.ending import end_with_parent
from demur.web.errors import ServerStoppedError
from demur.web.garbage import collect_seldom
from demur.web.installation import Installation

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS, _RETRY_SECONDS = 0.05, 1.0
_HINT = "Look at what it printed on standard error."


@contextlib.contextmanager
def sequencing(installation: Installation) -> Iterator[None]:
    """Keep a sequencer in a process below this one, and yield when it listens; at the end what waits is finished.

    When it ends by itself, which only a fault makes it do, this process is asked to stop.

    Raises:
        ServerStoppedError: it did not begin to listen.
    """
    keeper = _Keeper(installation)
    try:
        keeper.await_listening()
        yield
    finally:
        keeper.close()


class _Keeper:
    """Keeps one process alive, on a thread of its own."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._is_closing = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep, name="demur-keep-sequencer", daemon=True)
        self._thread.start()

    def await_listening(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_listening(self._installation.sequencer_socket):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                message = "the sequencer does not listen"
                raise ServerStoppedError(message, hint=_HINT)
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        self._is_closing.set()
        self._thread.join()
        self._process.terminate()
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _start(self) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(target=_run, args=(self._installation,))
        process.start()
        return process

    def _keep(self) -> None:
        while not self._is_closing.is_set():
            wait([self._process.sentinel], _POLL_SECONDS)
            if self._process.exitcode is None:
                continue
            if self._process.exitcode >= 0:
                sys.stderr.write(f"demur: the sequencer ended with status {self._process.exitcode}\n")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            try:
                self._process = self._start()
            except OSError as error:  # no memory, no more files: the door answers 503 until there is some again
                sys.stderr.write(f"demur: the sequencer cannot be started anew: {error.strerror}; trying again\n")
                self._is_closing.wait(_RETRY_SECONDS)


def _run(installation: Installation) -> None:
    """Run the sequencer in this process until it is asked to stop; what waits is finished first."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the process above asks it to stop
    collect_seldom()
    try:
        with (
            installation.open_register(publishes=False) as register,
            asyncio.Runner(loop_factory=_new_loop) as runner,
        ):
            runner.run(_serve(register, installation))
    except DemurError as error:
        sys.exit(f"demur: {error} [{error.code}]")
    except OSError as error:
        sys.exit(f"demur: the sequencer cannot listen at {installation.sequencer_socket}: {error.strerror}")


async def _serve(register: Register, installation: Installation) -> None:
    is_over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, is_over.set)
    async with serving(register.sequencer, installation.sequencer_socket):
        await is_over.wait()


def _new_loop() -> asyncio.AbstractEventLoop:
    return uvloop.new_event_loop()
