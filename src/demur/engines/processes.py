"""Several tasks in flight at once, each in a process of its own on this machine."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

from demur.engines.engine import Result, Task
from demur.engines.errors import WorkerLostError
from demur.engines.tasks import run_task

_PARENT_GONE = 1


class ProcessEngine:
    """Runs up to `in_flight` tasks at once in spawned processes.

    Spawned, not forked: a fork copies locks that Polars' threads hold, and then waits for them for ever. The processes
    start with the first task and serve every later call; leaving the ``with`` block ends them.
    """

    def __init__(self, in_flight: int) -> None:
        self._in_flight = in_flight
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Return the engine; its processes end with the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """End the processes; a later call starts new ones."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the results in the order of the tasks.

        Raises:
            WorkerLostError: a process died; what finished tasks wrote stays.
        """
        numbered = enumerate(tasks)
        waiting: deque[tuple[int, Future[Result]]] = deque()
        try:
            waiting.extend(self._submit(function, number, task) for number, task in islice(numbered, self._in_flight))
            while waiting:
                number, future = waiting.popleft()
                yield self._result(function, number, future)
                waiting.extend(self._submit(function, number, task) for number, task in islice(numbered, 1))
        finally:
            for _, future in waiting:
                future.cancel()

    def _submit(self, function: Callable[[Task], Result], number: int, task: Task) -> tuple[int, Future[Result]]:
        if self._pool is None:
            spawning = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._in_flight, mp_context=spawning, initializer=_end_with_parent)
        try:
            with _deaf_to_interrupts():
                return number, self._pool.submit(run_task, function, number, task)
        except BrokenProcessPool as error:
            raise self._lost(function, number) from error

    def _result(self, function: Callable[[Task], Result], number: int, future: Future[Result]) -> Result:
        try:
            return future.result()
        except BrokenProcessPool as error:
            raise self._lost(function, number) from error

    def _lost(self, function: Callable[[Task], Result], number: int) -> WorkerLostError:
        self.close()
        message = f"a worker process died; the first task without a result is {number} of {function.__name__}"
        return WorkerLostError(message, hint="Run it again; if it recurs, give fewer tasks at once more memory each.")


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that do not hear Ctrl-C, which a terminal sends to all: whoever started them stops and says so.

    The first task starts them; they inherit the mask of the thread that does.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """Let a worker die when its parent does: ``kill -9`` of a build must not leave processes that write on."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(_PARENT_GONE)
