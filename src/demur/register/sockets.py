"""Addresses of sockets in folders: the system takes about a hundred bytes, a path may be longer."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def near(path: Path) -> Iterator[str]:
    """Yield an address of the socket at a path that is short, wherever the path is; it holds inside the block."""
    descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)


def is_listening(path: Path) -> bool:
    """Tell whether somebody answers at the socket at a path."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            with near(path) as address:
                probe.connect(address)
        except OSError:
            return False
        return True
