"""The process of the sequencer: the only one of the web's that signs the log and seals what opens its entries.

A process above it publishes the log and starts it anew when it was killed; door and pages then answer with 503 until it
listens again. Each of the two has a core of its own to work on, and Python's lock to itself.
"""

import asyncio
import gc
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import uvloop

from demur.kernel.errors import DemurError
from demur.register.serving import serving
from demur.register.store import Register
from demur.web.ending import end_with_parent
from demur.web.errors import ServerStoppedError
from demur.web.installation import Installation

_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.1


def run_sequencer(installation: Installation) -> None:
    """Publish the log in this process, and keep a sequencer below it, until it is asked to stop.

    Raises:
        ServerStoppedError: the sequencer ended by itself; what it printed says why.
    """
    _begin()
    asked_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.set())
    with installation.publishing(on_failure=_stop):
        while not asked_to_stop.is_set():
            worker = multiprocessing.get_context("spawn").Process(target=_sequence, args=(installation,))
            worker.start()
            _keep(worker, asked_to_stop)


def _keep(worker: BaseProcess, asked_to_stop: threading.Event) -> None:
    """Return when the worker was killed, or has ended because it was asked to."""
    while not asked_to_stop.is_set():
        wait([worker.sentinel], _POLL_SECONDS)
        if worker.exitcode is None:
            continue
        if worker.exitcode < 0:
            return
        message = f"the sequencer ended with status {worker.exitcode}"
        raise ServerStoppedError(message, hint="Look at what it printed on standard error.")
    worker.terminate()
    worker.join(_STOP_SECONDS)
    if worker.is_alive():
        worker.kill()
        worker.join()


def _sequence(installation: Installation) -> None:
    """Run the sequencer in this process until it is asked to stop; what waits is finished first."""
    _begin()
    # What was imported lives as long as the process: looking through it for garbage would make people wait.
    gc.collect()
    gc.freeze()
    try:
        with installation.open_register(publishes=False) as register, asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(_serve(register, installation))
    except DemurError as error:
        sys.exit(f"demur: {error} [{error.code}]")
    except OSError as error:
        sys.exit(f"demur: the sequencer cannot listen at {installation.sequencer_socket}: {error.strerror}")


def _begin() -> None:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: whoever started this process asks it to stop


async def _serve(register: Register, installation: Installation) -> None:
    is_over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, is_over.set)
    async with serving(register.sequencer, installation.sequencer_socket):
        await is_over.wait()


def _new_loop() -> asyncio.AbstractEventLoop:
    return uvloop.new_event_loop()


def _stop(error: DemurError) -> None:
    """Take nothing more in when the published log and the register are not one history."""
    sys.stderr.write(f"demur: the log is not published any more: {error} [{error.code}]\n")
    os.kill(os.getpid(), signal.SIGTERM)
