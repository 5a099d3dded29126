"""The servers over loopback: from the link of a notice to a receipt, a snapshot and a clean end."""

import contextlib
import dataclasses
import http.client
import json
import multiprocessing
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from servers.cutting import cutting_once, length_of_message

from demur.exchange.snapshot import read_snapshot
from demur.keys.keyring import create_keyring, load_keyring
from demur.keys.subjects import proof_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.ledger.tiles import TileStore
from demur.policy.errors import RulesetUnknownError
from demur.register.queries import read_head
from demur.register.snapshot import take_snapshot
from demur.register.sockets import is_listening, near
from demur.web.errors import PortTakenError, ServerStoppedError
from demur.web.installation import Installation
from demur.web.links import make_link
from demur.web.sequencing import sequencing
from demur.web.server import Addresses, Part, door_of, portal_of, running, serve

# A program of its own, as `demur serve` is: it says when both servers answer.
SERVE = """
import sys
from pathlib import Path
from demur.web.installation import Installation
from demur.web.server import Addresses, door_of, portal_of, serve

def say_ready():
    print("ready", flush=True)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    installation = Installation(
        keyring=folder / "keys.json", register_url=f"sqlite:///{folder}/r.db", log_folder=folder / "log",
        corpora=folder / "corpora", root=folder, contact="privacy@agora.example",
    )
    addresses = Addresses(door_port=int(sys.argv[2]), portal_port=int(sys.argv[3]))
    serve(installation, (door_of(installation, addresses), portal_of(installation, addresses)), ready=say_ready)
"""


def installation_in(folder: Path) -> Installation:
    create_keyring(folder / "keys.json", platform="agora.example", seed=b"server")
    return Installation(
        keyring=folder / "keys.json",
        register_url=f"sqlite:///{folder}/r.db",
        log_folder=folder / "log",
        corpora=folder / "corpora",
        root=folder,
        contact="privacy@agora.example",
    )


def free_addresses() -> Addresses:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return Addresses(door_port=one.getsockname()[1], portal_port=other.getsockname()[1])


def both(installation, addresses):
    return door_of(installation, addresses), portal_of(installation, addresses)


def call(port, method, path, body=b""):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    return installation_in(tmp_path_factory.mktemp("installation"))


@pytest.fixture(scope="module")
def addresses(installation):
    chosen = free_addresses()
    with running(installation, both(installation, chosen)):
        yield chosen


@pytest.fixture
def keyring(installation):
    return load_keyring(installation.keyring)


def log_size(installation):
    with installation.open_register() as register:
        return read_head(register).size


def test_from_the_link_of_a_notice_to_a_receipt_that_verifies_offline_and_a_snapshot(
    installation, addresses, keyring, tmp_path
):
    subject = subject_key(keyring, "fern")
    path = f"/object/{make_link(keyring, subject)}"
    before = log_size(installation)
    assert (call(addresses.portal_port, "GET", path)[0], log_size(installation)) == (200, before)

    status, page = call(addresses.portal_port, "POST", path)
    _, receipt = call(addresses.portal_port, "GET", f"{path}/receipt")
    opened = verify_receipt(receipt, keyring.trusted_keys().log)
    assert (status, page.count("Your objection is recorded"), opened.index) == (200, 2, before)
    assert opened.opening.proof_keys == (proof_key(keyring, subject),)

    with installation.open_register() as register:
        take_snapshot(register, tmp_path / "snapshot", at=datetime.now(UTC))
    _, facts = read_snapshot(tmp_path / "snapshot", keyring.document_signer.verifier)
    objected = facts.objections.select("subject_key", "basis", "purpose").rows()
    assert [row for row in objected if row[0] == subject] == [(subject, "own", "train_generative_models")]


def test_door_and_portal_give_one_person_one_receipt(addresses, keyring):
    link = make_link(keyring, subject_key(keyring, "moss"))
    status, reply = call(addresses.door_port, "POST", "/api/objections", json.dumps({"link": link}).encode())
    call(addresses.portal_port, "POST", f"/object/{link}")
    _, receipt = call(addresses.portal_port, "GET", f"/object/{link}/receipt")
    assert (status, json.loads(reply)["receipt"]) == (201, receipt)


def test_the_log_is_published_while_the_servers_run(installation, addresses, keyring):
    link = make_link(keyring, subject_key(keyring, "heather"))
    _, reply = call(addresses.door_port, "POST", "/api/objections", json.dumps({"link": link}).encode())
    index, deadline = json.loads(reply)["index"], time.monotonic() + 30
    while TileStore(installation.log_folder).size() <= index:
        assert time.monotonic() < deadline, "nothing was published"
        time.sleep(0.05)


@pytest.mark.parametrize("key", ["of-the-caller", None])
def test_a_reply_that_was_cut_after_the_commit_is_given_again_byte_for_byte(installation, addresses, keyring, key):
    link = make_link(keyring, subject_key(keyring, f"cut {key}"))
    body = json.dumps({"link": link} | ({} if key is None else {"idempotency_key": key})).encode()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        door = ("127.0.0.1", addresses.door_port)
        proxy = cutting_once(listening, lambda: socket.create_connection(door), length_of_message)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            call(listening.getsockname()[1], "POST", "/api/objections", body)
        lost = proxy.reply().partition(b"\r\n\r\n")[2].decode()
    size = log_size(installation)
    again = [call(addresses.door_port, "POST", "/api/objections", body) for _ in range(2)]
    assert again == [(201, lost)] * 2
    opened = verify_receipt(json.loads(lost)["receipt"], keyring.trusted_keys().log)
    assert (opened.index, log_size(installation)) == (size - 1, size)


def test_objections_at_once_through_both_servers_are_all_kept_each_once(installation, addresses, keyring):
    before = log_size(installation)
    links = [make_link(keyring, subject_key(keyring, f"crowd-{number}")) for number in range(40)]

    def at_the_door(link):
        return call(addresses.door_port, "POST", "/api/objections", json.dumps({"link": link}).encode())[0]

    def at_the_portal(link):
        return call(addresses.portal_port, "POST", f"/object/{link}")[0]

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(way, link) for link in links for way in (at_the_door, at_the_portal)]
        statuses = {future.result() for future in asked}
    assert (statuses, log_size(installation) - before) == ({200, 201}, 40)


def test_a_sequencer_that_was_killed_is_started_anew_and_until_then_the_door_refuses(installation, addresses, keyring):
    with socket.socket(socket.AF_UNIX) as line:
        with near(installation.sequencer_socket) as address:
            line.connect(address)
        listener, *_ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    body = json.dumps({"link": make_link(keyring, subject_key(keyring, "thrift"))}).encode()
    before = log_size(installation)
    os.kill(listener, signal.SIGKILL)
    statuses, deadline = [], time.monotonic() + 30
    while statuses[-1:] != [201] and time.monotonic() < deadline:
        statuses.append(call(addresses.door_port, "POST", "/api/objections", body)[0])
        time.sleep(0.05)
    assert (set(statuses), statuses[-1]) == ({503, 201}, 201)
    assert log_size(installation) == before + 1


def test_a_sequencer_that_cannot_be_started_anew_is_tried_again(tmp_path, capsys):
    installation, others = installation_in(tmp_path), set(multiprocessing.active_children())
    told, limits = "", resource.getrlimit(resource.RLIMIT_NOFILE)
    with sequencing(installation):
        (process,) = set(multiprocessing.active_children()) - others
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            os.kill(process.pid, signal.SIGKILL)
            until = time.monotonic() + 20
            while "cannot be started anew: Too many open files" not in told and time.monotonic() < until:
                time.sleep(0.05)
                told += capsys.readouterr().err
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert "cannot be started anew: Too many open files; trying again" in told
        until = time.monotonic() + 60
        while not is_listening(installation.sequencer_socket) and time.monotonic() < until:
            time.sleep(0.05)
        assert is_listening(installation.sequencer_socket)


def test_a_body_over_the_cap_is_refused_over_http_and_the_door_goes_on(addresses, keyring):
    statuses = [call(addresses.door_port, "POST", "/api/objections", b" " * size)[0] for size in (70_000, 100)]
    assert statuses == [413, 400]


def test_what_cannot_be_opened_is_told_before_any_server_starts(installation):
    unknown = dataclasses.replace(installation, ruleset="eu-1815")
    with pytest.raises(RulesetUnknownError), running(unknown, both(unknown, free_addresses())):
        pass


def test_a_port_on_which_something_listens_is_refused_with_its_number(installation, addresses):
    with pytest.raises(PortTakenError) as caught, running(installation, both(installation, addresses)):
        pass
    assert str(addresses.door_port) in str(caught.value)


def test_a_part_that_ends_by_itself_is_named_and_stops_the_others(installation):
    chosen = free_addresses()
    parts = (door_of(installation, chosen), Part(name="watch", run=partial(sys.exit, 7)))
    with pytest.raises(ServerStoppedError, match="the watch ended with status 7, so all parts were stopped"):
        serve(installation, parts, ready=lambda: None)
    assert is_free(chosen.door_port)


@pytest.fixture
def served(tmp_path):
    """Start a program that serves; yield it with its addresses and its standard error; end whatever is left of it."""
    installation_in(tmp_path)
    chosen = free_addresses()
    ports = (str(chosen.door_port), str(chosen.portal_port))
    program = tmp_path / "serve.py"
    program.write_text(SERVE)
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, str(program), str(tmp_path), *ports],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process, chosen, tmp_path / "errors"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the group is the session of this program alone
        process.stdout.close()
        process.wait(20)


def wait_until_free(addresses):
    deadline = time.monotonic() + 30
    while not (is_free(addresses.door_port) and is_free(addresses.portal_port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_free(addresses.door_port) and is_free(addresses.portal_port)


def test_a_request_to_stop_ends_everything_in_order_and_nothing_was_written_about_anybody(served, tmp_path):
    process, addresses, errors = served
    keyring = load_keyring(tmp_path / "keys.json")
    link = make_link(keyring, subject_key(keyring, "fern"))
    assert [call(addresses.portal_port, method, f"/object/{link}")[0] for method in ("POST", "GET", "PUT")] == [
        200,
        200,
        405,
    ]
    assert call(addresses.portal_port, "GET", f"/object/{link}x")[0] == 404
    process.send_signal(signal.SIGTERM)
    assert (process.wait(30), wait_until_free(addresses), errors.read_text()) == (0, True, "")


def test_no_server_outlives_the_program_that_was_killed(served):
    process, addresses, _ = served
    process.kill()
    assert wait_until_free(addresses)
