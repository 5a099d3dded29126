"""How the processes of the web end: with the one that started them."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """End this process when the one that started it is gone: no server outlives `serve`, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), name="demur-follow-parent", daemon=True).start()


def _follow(parent_sentinel: int) -> None:
    wait([parent_sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
