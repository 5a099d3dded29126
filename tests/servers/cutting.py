"""A proxy on loopback, or on a local socket, that cuts a connection after the commit and before the reply."""

import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from demur.register.messages import LENGTH

MOST_BYTES = 1 << 20
Length = Callable[[bytes], int]


class CuttingProxy:
    """Hands one request on, reads the whole reply, and hangs up on whoever asked."""

    def __init__(self, listening: socket.socket, connect: Callable[[], socket.socket], length: Length) -> None:
        self._listening, self._connect, self._length = listening, connect, length
        self._reply: Future[bytes] = Future()
        threading.Thread(target=self._cut, daemon=True).start()

    def _cut(self) -> None:
        client, _ = self._listening.accept()
        with client, self._connect() as server:
            server.sendall(client.recv(MOST_BYTES))
            reply = server.recv(MOST_BYTES)
            while len(reply) < self._length(reply):
                reply += server.recv(MOST_BYTES)
            # The reply is there, so whatever it tells of is committed.
            self._reply.set_result(reply)

    def reply(self) -> bytes:
        """Return what whoever asked has never seen."""
        return self._reply.result(timeout=20)


def cutting_once(listening: socket.socket, connect: Callable[[], socket.socket], length: Length) -> CuttingProxy:
    listening.listen()
    listening.settimeout(20)
    return CuttingProxy(listening, connect, length)


def length_of_response(reply: bytes) -> int:
    head, blank_line, _ = reply.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head.lower())
    return len(head) + len(blank_line) + int(found[1]) if found and blank_line else MOST_BYTES


def length_of_frame(reply: bytes) -> int:
    return LENGTH.size + LENGTH.unpack_from(reply)[0] if len(reply) >= LENGTH.size else LENGTH.size
