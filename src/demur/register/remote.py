"""A sequencer in another process of this machine, reached over its socket: for pages, which must not share its lock.

It takes objections, withdrawals and notes of who read a record, and answers as the sequencer itself does.
"""

import contextlib
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from demur.kernel.errors import DemurError
from demur.keys.keyring import Keyring
from demur.ledger.tiles import TileStore
from demur.register.batch import Committed, Receive, Unit, Waiting
from demur.register.errors import RegisterUnavailableError
from demur.register.messages import LENGTH, MAX_FRAME_BYTES, decode_answer, encode_request
from demur.register.sockets import near
from demur.register.store import Register, open_checked

_PATIENCE_SECONDS = 30.0
_AT_ONCE = 32
_HINT = "Nothing is known to be lost: ask again; asking twice does no harm."


def open_beside(url: str, *, keyring: Keyring, log_folder: Path, socket_path: Path) -> Register:
    """Open a register for reading, whose sequencer is another process of this machine.

    Args:
        socket_path: where that process listens; it need not be there yet.

    Raises:
        As `demur.register.store.open_register`.
    """
    return Register(
        database=open_checked(url, keyring),
        keyring=keyring,
        sequencer=RemoteSequencer(socket_path),
        tiles=TileStore(log_folder),
    )


def describe_silence(error: Exception | None) -> RegisterUnavailableError:
    """Say that the sequencer's process does not answer, and what nobody can know then."""
    cause = getattr(error, "strerror", None) or ("it hung up" if error is None else type(error).__name__)
    return RegisterUnavailableError(f"the sequencer does not answer ({cause})", hint=_HINT)


class RemoteSequencer:
    """Sends units of work to the sequencer behind a socket; thread-safe, a connection for each thread that asks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="demur-remote")

    def submit(self, unit: Unit) -> Committed:
        """Have an objection, a withdrawal or the note of a read committed, and wait until it is on disk.

        Raises:
            RegisterUnavailableError: the sequencer does not answer.
            TypeError: the unit is of another kind, which only a sequencer in this process takes.
            DemurError: what the sequencer raised.
        """
        request = encode_request(unit)
        try:
            answer = self._ask_again(request) if self._is_connected() else self._ask(request)
        except OSError as error:
            self._drop()
            raise describe_silence(error) from error
        return decode_answer(answer)

    def enqueue(self, unit: Unit) -> "Future[Committed]":
        """Have it committed without waiting; otherwise as `submit`."""
        return self._pool.submit(self.submit, unit)

    def hand_over(self, unit: Unit, waiting: Waiting, receive: Receive) -> None:
        """Have it committed without waiting; `receive` is called on a thread of the pool, otherwise as `submit`."""
        self._pool.submit(self._hand_over, unit, waiting, receive)

    def _hand_over(self, unit: Unit, waiting: Waiting, receive: Receive) -> None:
        try:
            receive([(waiting, self.submit(unit))])
        except DemurError as error:
            receive([(waiting, error)])

    def waiting(self) -> int:
        """Return how many requests wait: the sequencer's own process knows."""
        return 0

    def close(self) -> None:
        """Wait for what is on its way; whatever is asked later is refused by the pool."""
        self._pool.shutdown()
        self._drop()

    def _is_connected(self) -> bool:
        return getattr(self._local, "connection", None) is not None

    def _ask_again(self, request: bytes) -> bytes:
        """Ask, and once more where the sequencer was started anew since this thread asked last."""
        try:
            return self._ask(request)
        except ConnectionError:
            self._drop()
            return self._ask(request)

    def _ask(self, request: bytes) -> bytes:
        connection = self._connected()
        connection.sendall(request)
        (length,) = LENGTH.unpack(_read(connection, LENGTH.size))
        if length > MAX_FRAME_BYTES:
            raise OSError(None, f"an answer of {length:,} bytes")
        return _read(connection, length)

    def _connected(self) -> socket.socket:
        found: socket.socket | None = getattr(self._local, "connection", None)
        if found is None:
            found = socket.socket(socket.AF_UNIX)
            found.settimeout(_PATIENCE_SECONDS)
            with near(self._path) as address:
                found.connect(address)
            self._local.connection = found
        return found

    def _drop(self) -> None:
        connection: socket.socket | None = getattr(self._local, "connection", None)
        if connection is not None:
            self._local.connection = None
            with contextlib.suppress(OSError):
                connection.close()


def _read(connection: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        part = connection.recv(size - len(content))
        if not part:
            raise ConnectionResetError(None, "it hung up")
        content += part
    return bytes(content)
