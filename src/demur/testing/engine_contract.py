"""The contract of an `Engine`, as a class of tests that the author of an engine inherits.

The author writes ``class TestMyEngine(EngineContract)`` with one method, ``make_engine``, that returns the engine.
"""
# ruff: noqa: S101 -- a contract is a class of tests

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from demur.engines.engine import Engine
from demur.engines.errors import TaskFailedError
from demur.kernel.errors import DemurError, InputError

_MANY = 23


class UnreadableError(InputError):
    """An error that a task of this contract raises on purpose."""

    code = "engine-contract-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTask:
    """A task that can be pickled."""

    number: int
    pause_seconds: float = 0.0


def square(task: NumberTask) -> int:
    """Return the square of a task's number, after its pause."""
    time.sleep(task.pause_seconds)
    return task.number**2


def refuse_three(task: NumberTask) -> int:
    """Raise one of our errors, with a hint, for the number three."""
    if task.number == 3:  # noqa: PLR2004 -- the name says it
        message = "split three cannot be read"
        raise UnreadableError(message, hint="Leave it out.")
    return task.number


def divide_by_number(task: NumberTask) -> int:
    """Raise what nobody raises on purpose for the number zero."""
    return 12 // task.number


def tell_process(task: NumberTask) -> int:
    """Return the process that ran a task."""
    return os.getpid() + 0 * task.number


def die_at_two(task: NumberTask) -> int:
    """End the process that runs task two without a word, as the kernel does when memory is short."""
    if task.number == 2:  # noqa: PLR2004 -- the name says it
        os.kill(os.getpid(), signal.SIGKILL)
    return task.number


class EngineContract:
    """What every engine promises; `make_engine` returns the one under test."""

    def make_engine(self) -> Engine:
        """Return a new engine."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self) -> Iterator[Engine]:
        """Give a test an engine and end its processes afterwards."""
        engine = self.make_engine()
        yield engine
        close = getattr(engine, "close", None)
        if close is not None:
            close()

    def test_results_come_in_the_order_of_the_tasks(self, engine: Engine) -> None:
        """Check it with tasks that take the longer the earlier they come."""
        tasks = [NumberTask(number=number, pause_seconds=(5 - number) * 0.02) for number in range(5)]
        assert list(engine.map(square, tasks)) == [0, 1, 4, 9, 16]

    def test_every_task_has_one_result_however_many_there_are(self, engine: Engine) -> None:
        """Check it with far more tasks than an engine runs at once."""
        results = list(engine.map(square, (NumberTask(number=number) for number in range(_MANY))))
        assert results == [number**2 for number in range(_MANY)]

    def test_no_task_is_no_result(self, engine: Engine) -> None:
        """Check the empty case."""
        empty: list[NumberTask] = []
        assert list(engine.map(square, empty)) == []

    def test_an_error_of_ours_arrives_unchanged(self, engine: Engine) -> None:
        """Check class, message and hint."""
        with pytest.raises(UnreadableError) as caught:
            list(engine.map(refuse_three, [NumberTask(number=number) for number in range(5)]))
        assert (str(caught.value), caught.value.hint) == ("split three cannot be read", "Leave it out.")

    def test_results_before_an_error_are_handed_out(self, engine: Engine) -> None:
        """Check that the work done before an error is not lost."""
        results: list[int] = []
        with pytest.raises(DemurError):
            results.extend(engine.map(refuse_three, [NumberTask(number=number) for number in range(5)]))
        assert results == [0, 1, 2]

    def test_a_foreign_error_arrives_with_the_number_of_its_task(self, engine: Engine) -> None:
        """Check that the message tells the task and hides the content of the exception."""
        with pytest.raises(TaskFailedError) as caught:
            list(engine.map(divide_by_number, [NumberTask(number=number) for number in (4, 3, 0, 1)]))
        assert str(caught.value) == "task 2 of divide_by_number failed with ZeroDivisionError"

    def test_an_engine_serves_again_after_an_error(self, engine: Engine) -> None:
        """Check that the next call starts anew."""
        with pytest.raises(TaskFailedError):
            list(engine.map(divide_by_number, [NumberTask(number=0)]))
        assert list(engine.map(square, [NumberTask(number=7)])) == [49]

    def test_an_engine_can_be_left_in_the_middle(self, engine: Engine) -> None:
        """Check that a caller may stop asking."""
        results = engine.map(square, [NumberTask(number=number) for number in range(_MANY)])
        assert next(results) == 0
        assert list(engine.map(square, [NumberTask(number=2)])) == [4]
