"""The parts of an installation that serve: the intake door, the portal and others, each in a process of its own.

Two Granian servers listen on loopback ports; a reverse proxy in front of them does TLS and gives ``/api/`` to the door
and everything else to the portal. The sequencer runs in a process below the door's; door and portal reach it over a
local socket, and never sign the log. They are apart because pages cost ten times an objection and would slow the door.

No access log is written anywhere: an address holds the token of a notice, and a log line must not (rule 4 of STYLE).
"""

import atexit
import contextlib
import http.client
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from demur.kernel.clock import SystemClock
from demur.kernel.errors import DemurError
from demur.register.mailing_versions import list_versions
from demur.web.api.keys import KeyBook
from demur.web.door import Door
from demur.web.ending import end_with_parent
from demur.web.errors import PortTakenError, ServerStoppedError
from demur.web.garbage import collect_seldom
from demur.web.installation import Installation
from demur.web.portal.application import Application
from demur.web.portal.opening import open_portal
from demur.web.sequencing import sequencing

_START_SECONDS = 180.0  # some twelve seconds of work, on a machine that may be busy; a part that ended is seen at once
_STOP_SECONDS = 20
_WORKER_STOP_SECONDS = 10
_POLL_SECONDS = 0.05
_PORTAL_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the two servers listen."""

    door_port: int
    portal_port: int
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of an installation, to be run in a process of its own.

    Attributes:
        name: how messages name it.
        run: runs it until the process is asked to stop; it travels to the process, so it is a function of a module.
        listens: host and port, for a part that answers there once it is ready.
    """

    name: str
    run: Callable[[], None]
    listens: tuple[str, int] | None = None


def door_of(installation: Installation, addresses: Addresses) -> Part:
    """Return the intake door with the sequencer, and what publishes the log."""
    listens = (addresses.host, addresses.door_port)
    return Part(name="door", run=partial(run_door, installation, addresses), listens=listens)


def portal_of(installation: Installation, addresses: Addresses) -> Part:
    """Return the pages."""
    listens = (addresses.host, addresses.portal_port)
    return Part(name="portal", run=partial(run_portal, installation, addresses), listens=listens)


def serve(installation: Installation, parts: Sequence[Part], *, ready: Callable[[], None]) -> None:
    """Run parts until the process is asked to stop (SIGINT or SIGTERM); call it in the main thread.

    When one of them ends by itself, all are stopped.

    Args:
        installation: what they are of.
        parts: which.
        ready: called once when each of them answers, for whoever wants to say so.

    Raises:
        PortTakenError: something listens there already.
        ServerStoppedError: a part ended by itself, or did not begin to answer.
        ConfigurationError, InputError, IntegrityError: keyring, API keys, register or ruleset cannot be opened.
    """
    asked_to_stop = threading.Event()
    before = {one: signal.signal(one, lambda *_: asked_to_stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        with running(installation, parts) as processes:
            ready()
            while not asked_to_stop.is_set():
                _check_alive(processes)
                asked_to_stop.wait(_POLL_SECONDS * 10)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def running(installation: Installation, parts: Sequence[Part]) -> Iterator[tuple[BaseProcess, ...]]:
    """Yield when every part answers, and stop them at the end of the block; what waits is finished first.

    Raises:
        As `serve`.
    """
    listening = [part.listens for part in parts if part.listens is not None]
    for host, port in listening:
        _check_free(host, port)
    # Opened once here: a fault is told in this process, and a new database is made by one process only.
    installation.load_ruleset()
    KeyBook(installation.api.keys).current()
    with installation.open_register() as register:
        versions = [one.version for one in list_versions(register)]
    installation.sign_in_app_notices(versions)
    spawn = multiprocessing.get_context("spawn")
    processes = tuple(spawn.Process(target=part.run, name=part.name) for part in parts)
    try:
        with _ctrl_c_is_ours():
            for process in processes:
                process.start()
        for host, port in listening:
            _await_answer(host, port, processes)
        yield processes
    finally:
        _stop(processes)


@contextlib.contextmanager
def _ctrl_c_is_ours() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: a terminal sends it to all of them, and they end in our order."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_door(installation: Installation, addresses: Addresses) -> None:
    """Serve the intake door, by a worker below this process, and the sequencer beside it, until it is asked to stop."""
    server = MPServer(
        "demur.web.door",
        address=addresses.host,
        port=addresses.door_port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_WORKER_STOP_SECONDS,
    )
    # Here, because the sequencer below has its hands full.
    with sequencing(installation), installation.publishing(on_failure=_stop_door):
        _serve(server, partial(_load_door, installation))


def run_portal(installation: Installation, addresses: Addresses) -> None:
    """Serve the portal in this process, and a worker below it, until it is asked to stop."""
    server = MPServer(
        "demur.web.portal",
        address=addresses.host,
        port=addresses.portal_port,
        interface=Interfaces.WSGI,
        blocking_threads=_PORTAL_THREADS,
        websockets=False,
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_WORKER_STOP_SECONDS,
    )
    _serve(server, partial(_load_portal, installation))


def _serve(server: MPServer, load: Callable[[], Callable[..., Any]]) -> None:
    # Spawned, not forked: see `demur.engines.processes`.
    multiprocessing.set_start_method("spawn", force=True)
    end_with_parent()
    server.serve(target_loader=load, wrap_loader=False)


def _load_door(installation: Installation) -> Door:
    end_with_parent()
    atexit.register(_leave)
    collect_seldom()
    reach = installation.sequencer_socket
    return Door(installation.open_for_door, SystemClock(), installation.api, sequencer_socket=reach)


def _stop_door(error: DemurError) -> None:
    """Take nothing more in when the published log and the register are not one history."""
    sys.stderr.write(f"demur: the log is not published any more: {error} [{error.code}]\n")
    os.kill(os.getpid(), signal.SIGTERM)


def _load_portal(installation: Installation) -> Application:
    end_with_parent()
    atexit.register(_leave)
    return open_portal(installation)


def _leave() -> None:
    """Leave a worker once everything is closed: of the functions that are called at exit, this is the last of ours.

    Granian's threads may still be on their way into Python; while the interpreter is taken down they would abort.
    """
    logging.shutdown()
    os._exit(0)


def _check_free(host: str, port: int) -> None:
    """Refuse a port on which something listens: Granian would silently share it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"port {port} on {host} cannot be used ({error.strerror})"
            raise PortTakenError(message, hint="Stop what listens there, or choose another port.") from error


def _await_answer(host: str, port: int, processes: Sequence[BaseProcess]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(host, port):
        _check_alive(processes)
        if time.monotonic() > deadline:
            message = f"nothing answers on port {port} after {_START_SECONDS:.0f} s"
            raise ServerStoppedError(message, hint="Look at what the servers printed on standard error.")
        time.sleep(_POLL_SECONDS)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_START_SECONDS)
    try:
        connection.request("HEAD", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def _check_alive(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        if process.exitcode is not None:
            message = f"the {process.name} ended with status {process.exitcode}, so all parts were stopped"
            raise ServerStoppedError(message, hint="Look at what it printed on standard error.")


def _stop(processes: Sequence[BaseProcess]) -> None:
    started = [process for process in processes if process.pid is not None]
    for process in started:
        process.terminate()
    for process in started:
        process.join(_STOP_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
