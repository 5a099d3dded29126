"""How an engine runs one task: errors that were meant pass, all others are given the task's number."""

from collections.abc import Callable

from demur.engines.engine import Result, Task
from demur.engines.errors import TaskFailedError
from demur.kernel.errors import DemurError


def run_task(function: Callable[[Task], Result], number: int, task: Task) -> Result:
    """Run one task.

    Raises:
        TaskFailedError: the task raised something that is not a `DemurError`.
    """
    try:
        return function(task)
    except DemurError:
        raise
    except Exception as error:
        # The text of a foreign exception may hold content (a value that could not be parsed), so only its type is told.
        message = f"task {number} of {function.__name__} failed with {type(error).__name__}"
        raise TaskFailedError(message, hint="This is a fault of Demur: please report it with the traceback.") from error
