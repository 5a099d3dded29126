"""The default engine: a plain loop in this process. Polars uses all cores inside one task."""

from collections.abc import Callable, Iterable, Iterator

from demur.engines.engine import Result, Task
from demur.engines.tasks import run_task


class LocalEngine:
    """Runs one task at a time, each when its result is asked for."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield the results in the order of the tasks."""
        for number, task in enumerate(tasks):
            yield run_task(function, number, task)
