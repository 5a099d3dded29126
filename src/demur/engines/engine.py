"""The extension point: what the builder asks of whatever runs its tasks."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Engine(Protocol):
    """Runs one function over tasks, wherever it likes, and hands the results back in the order of the tasks.

    Function, tasks and results can be pickled. A task may run twice (after a lost worker, say) and on any machine that
    sees the same paths: tasks are pure up to the files that they write whole. A `DemurError` of a task arrives
    unchanged; any other exception arrives as `TaskFailedError`, and a worker that died as `WorkerLostError`, both with
    the task's number. After an error no further task is started.
    """

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield ``function(task)`` for each task, in the order of the tasks."""
        ...
