"""A witness over HTTP: the one address of C2SP tlog-witness, served by the standard library.

It listens on the loopback address; a web server with TLS in front of it limits rates and connections. Nothing is
logged: a witness learns nothing about people, and whoever asks it is a log.
"""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from demur.kernel.errors import DemurError
from demur.ledger.submission import MAX_SUBMISSION_BYTES
from demur.ledger.witness import Answer, Witness
from demur.web.errors import PortTakenError

_PATH = "/add-checkpoint"
_SECONDS_FOR_A_REQUEST = 10
_SECONDS_FOR_THE_REST = 2
_BYTES_AT_ONCE = 1 << 16
_POLL_SECONDS = 0.2


def serve_witness(witness: Witness, *, host: str, port: int, ready: Callable[[int], None]) -> None:
    """Answer requests until the process is asked to stop (SIGINT or SIGTERM); call it in the main thread.

    Args:
        witness: who answers.
        host: where to listen.
        port: where to listen; 0 takes a free port.
        ready: called once with the port when requests are answered.

    Raises:
        PortTakenError: something listens there already.
    """
    asked_to_stop = threading.Event()
    before = {one: signal.signal(one, lambda *_: asked_to_stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        with running_witness(witness, host=host, port=port) as taken:
            ready(taken)
            asked_to_stop.wait()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def running_witness(witness: Witness, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Answer requests on a thread while the block runs; yield the port.

    Raises:
        PortTakenError: something listens there already.
    """
    try:
        server = _Server(witness, host, port)
    except OSError as error:
        message = f"port {port} on {host} cannot be listened on: {error.strerror}"
        raise PortTakenError(message, hint="Give another port, or end what listens there.") from error
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name="demur-witness")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Hands each connection to a thread; requests that run when it is closed are finished first."""

    daemon_threads = False

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self.witness = witness
        super().__init__((host, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is no fault, and an address is not for a log."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"  # connections stay open between requests
    timeout = _SECONDS_FOR_A_REQUEST

    def do_POST(self) -> None:
        """Answer ``add-checkpoint``; anything else is not here."""
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send(Answer(status=HTTPStatus.BAD_REQUEST, body="give the body with its Content-Length\n"))
            self._drop_rest()
        elif self.path != _PATH:
            self._send(Answer(status=HTTPStatus.NOT_FOUND, body=f"a witness answers at {_PATH}\n"))
        else:
            self._send(self._ask(body))

    def do_GET(self) -> None:
        """Say that a witness takes checkpoints by POST."""
        allowed = HTTPStatus.METHOD_NOT_ALLOWED if self.path == _PATH else HTTPStatus.NOT_FOUND
        self._send(Answer(status=allowed, body=f"a witness takes checkpoints by POST at {_PATH}\n"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that http.server uses
        """Write nothing."""

    def version_string(self) -> str:
        """Tell nobody which Python answers."""
        return "demur"

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        # A body in chunks has no length in advance; what is left of a refused body would be read as the next request.
        if not (length.isascii() and length.isdecimal()) or int(length) > MAX_SUBMISSION_BYTES:
            return None
        if "Transfer-Encoding" in self.headers:
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _ask(self, body: bytes) -> Answer:
        try:
            return self.server.witness.add_checkpoint(body)
        except (DemurError, OSError) as error:
            # Nothing was signed. What is wrong is for the operator; the log asks again later.
            code = error.code if isinstance(error, DemurError) else "file-refused"
            return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=f"the witness cannot sign now: {code}\n")

    def _send(self, answer: Answer) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _drop_rest(self) -> None:
        """Read on for a while: what closes on unread bytes resets the connection, and the client misses the answer.

        Source: RFC 9112, section 9.6.
        """
        until = time.monotonic() + _SECONDS_FOR_THE_REST
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_SECONDS_FOR_THE_REST)
            while time.monotonic() < until and self.connection.recv(_BYTES_AT_ONCE):
                pass
