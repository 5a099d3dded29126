"""Processes that are kept alive: one that was killed is started anew, one that ends by itself ends whoever keeps it."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.05


class KeptProcess:
    """Keeps one process alive, on a thread of its own."""

    def __init__(self, run: Callable[[], None], *, name: str) -> None:
        """Start it.

        Args:
            run: runs it until it is asked to stop (SIGTERM); it travels to the process, as a function of a
                module does.
            name: how a message names it.
        """
        self._run = run
        self._name = name
        self._is_closing = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep, name=f"demur-keep-{name}", daemon=True)
        self._thread.start()

    def is_kept(self) -> bool:
        """Tell whether it has not ended by itself."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Ask it to stop, and wait until it did."""
        self._is_closing.set()
        self._thread.join()
        self._process.terminate()
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _start(self) -> BaseProcess:
        # Spawned, not forked: see `demur.engines.processes`.
        process = multiprocessing.get_context("spawn").Process(target=self._run)
        process.start()
        return process

    def _keep(self) -> None:
        while not self._is_closing.is_set():
            wait([self._process.sentinel], _POLL_SECONDS)
            if self._process.exitcode is None:
                continue
            if self._process.exitcode >= 0:
                sys.stderr.write(f"demur: the {self._name} ended with status {self._process.exitcode}\n")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            self._process = self._start()
