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
            server.sendall(self._read(client))
            # When the reply is there, whatever it tells of is committed.
            self._reply.set_result(self._read(server))

    def _read(self, sender: socket.socket) -> bytes:
        """Read a whole request or reply, in however many pieces it comes."""
        message = sender.recv(MOST_BYTES)
        while len(message) < self._length(message):
            message += sender.recv(MOST_BYTES)
        return message

    def reply(self) -> bytes:
        """Return what whoever asked has never seen."""
        return self._reply.result(timeout=20)


def cutting_once(listening: socket.socket, connect: Callable[[], socket.socket], length: Length) -> CuttingProxy:
    listening.listen()
    listening.settimeout(20)
    return CuttingProxy(listening, connect, length)


def length_of_message(message: bytes) -> int:
    head, blank_line, _ = message.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head.lower())
    return len(head) + len(blank_line) + int(found[1]) if found and blank_line else MOST_BYTES


def length_of_frame(reply: bytes) -> int:
    return LENGTH.size + LENGTH.unpack_from(reply)[0] if len(reply) >= LENGTH.size else LENGTH.size
