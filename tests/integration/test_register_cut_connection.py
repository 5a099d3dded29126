"""A connection is cut after the commit and before the reply: whoever asks again gets the receipt of the first time."""

import contextlib
import http.client
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demur.keys.keyring import create_keyring, load_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.errors import RegisterUnavailableError
from demur.register.intake import receive_objection
from demur.register.messages import LENGTH
from demur.register.queries import read_head
from demur.register.remote import open_beside
from demur.register.sockets import near
from demur.testing.drills.oracle import form_of
from demur.web.installation import Installation
from demur.web.links import make_link
from demur.web.server import Addresses, running

AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
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


# --------------------------------------------------------------------------------------------------------- over the web


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Installation:
    folder = tmp_path_factory.mktemp("cut")
    create_keyring(folder / "keys.json", platform="agora.example", seed=b"cut")
    return Installation(
        keyring=folder / "keys.json",
        register_url=f"sqlite:///{folder}/r.db",
        log_folder=folder / "log",
        corpora=folder / "corpora",
        root=folder,
        contact="privacy@agora.example",
    )


@pytest.fixture(scope="module")
def door_port(installation) -> Iterator[int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        chosen = Addresses(door_port=one.getsockname()[1], portal_port=other.getsockname()[1])
    with running(installation, chosen):
        yield chosen.door_port


def post(port: int, content: dict[str, str]) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST", "/api/objections", json.dumps(content), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()


@pytest.mark.parametrize("key", ["of-the-caller", None])
def test_a_cut_reply_of_the_api_is_given_again_byte_for_byte(installation, door_port, key):
    keyring = load_keyring(installation.keyring)
    link = make_link(keyring, subject_key(keyring, f"account {key}"))
    content = {"link": link} | ({} if key is None else {"idempotency_key": key})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = cutting_once(listening, lambda: socket.create_connection(("127.0.0.1", door_port)), length_of_response)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            post(listening.getsockname()[1], content)
        lost = proxy.reply()
    with installation.open_register() as register:
        size = read_head(register).size
    status, body = post(door_port, content)
    assert (status, body) == (201, lost.partition(b"\r\n\r\n")[2])
    opened = verify_receipt(json.loads(body)["receipt"], keyring.trusted_keys().log)
    assert (opened.index, post(door_port, content)) == (size - 1, (201, body))


# --------------------------------------------------------------------------------------- over the socket of the portal


def listen_at(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    with near(path) as address:
        listening.bind(address)
    return listening


@pytest.mark.usefixtures("door_port")
def test_a_cut_reply_of_the_sequencer_is_given_again_byte_for_byte(installation, tmp_path):
    keyring = load_keyring(installation.keyring)
    form = form_of(keyring, "somebody of the portal")

    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        with near(installation.sequencer_socket) as address:
            connection.connect(address)
        return connection

    url, log = installation.register_url, installation.log_folder
    with (
        listen_at(tmp_path / "cut.sock") as listening,
        open_beside(url, keyring=keyring, log_folder=log, socket_path=tmp_path / "cut.sock") as cut,
    ):
        proxy = cutting_once(listening, connect, length_of_frame)
        with pytest.raises(RegisterUnavailableError, match="the sequencer does not answer"):
            receive_objection(cut, form, at=AT)
        lost = proxy.reply()
    with open_beside(url, keyring=keyring, log_folder=log, socket_path=installation.sequencer_socket) as beside:
        again = receive_objection(beside, form, at=AT)
        assert again == receive_objection(beside, form, at=AT)
    assert again.text.encode() in lost
