"""Errors of engines; they name a task by its number, never by its content."""

from demur.kernel.errors import IntegrityError, TransientError


class WorkerLostError(TransientError):
    """A worker process died (killed, out of memory) while it ran a task."""

    code = "worker-lost"


class TaskFailedError(IntegrityError):
    """A task raised what no code of ours raises on purpose: a fault of Demur or of a library."""

    code = "task-failed"
