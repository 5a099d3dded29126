"""A witness, and a log that asks it: what is signed, what is refused, and that nothing makes it sign two histories."""

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from demur.kernel.clock import FixedClock
from demur.keys.cosignatures import Cosigner, WitnessKey, find_cosignatures
from demur.keys.keyring import read_public_keys
from demur.keys.notes import Signer, sign_note
from demur.keys.witness_keys import create_witness_key, load_witness_key
from demur.ledger.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from demur.ledger.submission import Submission
from demur.ledger.tiles import TileStore
from demur.ledger.tree import consistency_path, hash_leaf, read_hash_from, stored_root
from demur.ledger.witness import Witness, WitnessStateError
from demur.ledger.witnessing import WitnessPolicy, open_witnessed_checkpoint
from demur.register.witnesses import (
    WitnessAddress,
    WitnessAddressError,
    WitnessConflictError,
    WitnessRefusedError,
    WitnessUnavailableError,
    read_cosigned,
    seek_cosignatures,
)
from demur.web.errors import PortTakenError
from demur.web.witness import running_witness

LOG = Signer("agora.example/demur/log", bytes(range(32)))
ONE, TWO = Cosigner("authority.example/w1", b"1" * 32), Cosigner("union.example/w2", b"2" * 32)
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


class History:
    """One history of a log: entries that begin alike up to a point and then go their own way."""

    def __init__(self, *, own: str, shared: int) -> None:
        self.leaves = [f"shared {n}".encode() if n < shared else f"{own} {n}".encode() for n in range(600)]
        self.read_hash = read_hash_from([hash_leaf(leaf) for leaf in self.leaves])

    def note(self, size: int) -> str:
        head = Checkpoint(origin=LOG.name, size=size, root=stored_root(size, self.read_hash))
        return sign_checkpoint(head, LOG)

    def submission(self, old: int, new: int) -> bytes:
        path = consistency_path(old, new, self.read_hash) if old else ()
        return Submission(old_size=old, path=path, checkpoint_note=self.note(new)).encode()

    def publish(self, folder: Path, size: int) -> TileStore:
        tiles = TileStore(folder)
        before = tiles.size()
        tiles.publish(before, self.leaves[before:size], self.note(size))
        return tiles


HISTORY = History(own="first", shared=5)
FORK = History(own="second", shared=5)


def witness_in(folder, cosigner=ONE, *, at=AT, logs=None):
    watched = {LOG.name: (LOG.verifier,)} if logs is None else logs
    return Witness(cosigner=cosigner, logs=watched, folder=folder, clock=FixedClock(at))


def told(answer):
    return answer.status, answer.body, answer.content_type


@pytest.fixture
def witness(tmp_path):
    return witness_in(tmp_path / "witness")


def test_a_first_checkpoint_and_its_continuation_are_signed(witness):
    for old, new in ((0, 3), (3, 3), (3, 257), (257, 600)):
        answer = witness.add_checkpoint(HISTORY.submission(old, new))
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, "text/plain; charset=utf-8")
        (found,) = find_cosignatures(HISTORY.note(new) + answer.body, [ONE.key])
        assert (found.witness, found.at) == (ONE.key, AT)
    assert parse_checkpoint(witness.known_checkpoint(LOG.name).partition("\n\n")[0] + "\n").size == 600


def test_a_body_that_cannot_be_read_is_refused(witness):
    for body in (b"", b"old 1\n", b"old 0\n\nno note", b"old 0\n\n" + sign_note("a\nb\n", [LOG]).encode()):
        assert witness.add_checkpoint(body).status == HTTPStatus.BAD_REQUEST
    extended = sign_note(HISTORY.note(3).partition("\n\n")[0] + "\nan extension line\n", [LOG])
    assert witness.add_checkpoint(b"old 0\n\n" + extended.encode()).status == HTTPStatus.BAD_REQUEST


def test_an_unknown_log_is_not_found(tmp_path):
    stranger = witness_in(tmp_path, logs={"other.example/log": (LOG.verifier,)})
    assert stranger.add_checkpoint(HISTORY.submission(0, 3)).status == HTTPStatus.NOT_FOUND


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden(witness):
    impostor = Signer(LOG.name, bytes(32))
    text = HISTORY.note(3).partition("\n\n")[0] + "\n"
    for note in (sign_note(text, [impostor]), HISTORY.note(4).replace("\n4\n", "\n3\n")):
        assert witness.add_checkpoint(b"old 0\n\n" + note.encode()).status == HTTPStatus.FORBIDDEN
    assert witness.known_checkpoint(LOG.name) is None


def test_signatures_of_unknown_keys_are_ignored_and_not_kept(witness):
    strangers = [Signer(f"s{n}.example", bytes([n]) * 32) for n in range(60)]
    wrong_twin = ONE.cosign("another\n1\ntext\n", at=AT)  # our name, our key id, another text
    text = HISTORY.note(3).partition("\n\n")[0] + "\n"
    note = sign_note(text, [*strangers, LOG, LOG]) + wrong_twin
    assert witness.add_checkpoint(b"old 0\n\n" + note.encode()).status == HTTPStatus.OK
    kept = witness.known_checkpoint(LOG.name)
    assert [line.split(" ")[1] for line in kept.split("\n\n")[1].splitlines()] == [LOG.name, ONE.name]
    assert witness.add_checkpoint(HISTORY.submission(3, 5)).status == HTTPStatus.OK


def test_an_old_size_beyond_the_new_one_is_refused(witness):
    witness.add_checkpoint(HISTORY.submission(0, 9))
    body = Submission(old_size=9, path=(), checkpoint_note=HISTORY.note(5)).encode()
    assert witness.add_checkpoint(body).status == HTTPStatus.BAD_REQUEST


def test_another_old_size_than_the_known_one_is_answered_with_that(witness):
    conflict = (HTTPStatus.CONFLICT, "9\n", "text/x.tlog.size")
    assert witness.add_checkpoint(HISTORY.submission(2, 9)).body == "0\n"
    witness.add_checkpoint(HISTORY.submission(0, 9))
    assert [told(witness.add_checkpoint(HISTORY.submission(old, 12))) for old in (0, 8, 10)] == [conflict] * 3


def test_a_proof_that_does_not_hold_is_refused(witness):
    witness.add_checkpoint(HISTORY.submission(0, 9))
    right = consistency_path(9, 12, HISTORY.read_hash)
    for path in ((), right[:-1], (*right, bytes(32)), (bytes(32), *right[1:])):
        body = Submission(old_size=9, path=path, checkpoint_note=HISTORY.note(12)).encode()
        assert witness.add_checkpoint(body).status == HTTPStatus.UNPROCESSABLE_ENTITY
    with_proof = Submission(old_size=0, path=right, checkpoint_note=HISTORY.note(12)).encode()
    fresh = witness_in(witness.folder.parent / "fresh")
    assert fresh.add_checkpoint(with_proof).status == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_split_view_is_refused_at_every_size_and_leaves_nothing(witness):
    """The log's own key signs both histories: only a second key holder can notice."""
    witness.add_checkpoint(HISTORY.submission(0, 9))
    before = witness.known_checkpoint(LOG.name)
    assert told(witness.add_checkpoint(FORK.submission(9, 9))) == (HTTPStatus.CONFLICT, "9\n", "text/x.tlog.size")
    for size in range(10, 80):
        assert witness.add_checkpoint(FORK.submission(9, size)).status == HTTPStatus.UNPROCESSABLE_ENTITY
        assert witness.add_checkpoint(FORK.submission(5, size)).status == HTTPStatus.CONFLICT
    assert witness.known_checkpoint(LOG.name) == before
    assert witness.add_checkpoint(HISTORY.submission(9, 80)).status == HTTPStatus.OK


def test_an_empty_log_has_one_root_only(witness):
    honest = Submission(old_size=0, path=(), checkpoint_note=HISTORY.note(0)).encode()
    forged = sign_checkpoint(Checkpoint(origin=LOG.name, size=0, root=bytes(32)), LOG)
    assert witness.add_checkpoint(b"old 0\n\n" + forged.encode()).status == HTTPStatus.CONFLICT
    assert witness.add_checkpoint(honest).status == HTTPStatus.OK
    assert witness.add_checkpoint(HISTORY.submission(0, 3)).status == HTTPStatus.OK


def test_a_clock_that_was_set_back_does_not_make_a_larger_log_older(tmp_path):
    witness_in(tmp_path).add_checkpoint(HISTORY.submission(0, 3))
    answer = witness_in(tmp_path, at=AT - timedelta(days=10)).add_checkpoint(HISTORY.submission(3, 9))
    assert find_cosignatures(HISTORY.note(9) + answer.body, [ONE.key])[0].at == AT


def test_what_a_witness_stored_and_somebody_altered_is_never_signed_on(witness):
    witness.add_checkpoint(HISTORY.submission(0, 9))
    (state,) = witness.folder.glob("*.checkpoint")
    whole = state.read_bytes()
    for spoilt in (b"", whole[:-20], HISTORY.note(3).encode(), whole.replace(b"\n9\n", b"\n3\n")):
        state.write_bytes(spoilt)
        with pytest.raises(WitnessStateError):
            witness.check_state()
        with pytest.raises(WitnessStateError):
            witness.add_checkpoint(HISTORY.submission(9, 12))


# ---------------------------------------------------------------------------------------------------------- over HTTP


def post(port, body, *, path="/add-checkpoint", method="POST", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()
    finally:
        connection.close()


@pytest.fixture
def served(witness):
    with running_witness(witness) as port:
        yield port


def test_statuses_and_content_types_over_http(served):
    assert post(served, HISTORY.submission(0, 3))[:2] == (200, "text/plain; charset=utf-8")
    assert post(served, HISTORY.submission(0, 3)) == (409, "text/x.tlog.size", "3\n")
    assert [post(served, FORK.submission(3, 9))[0], post(served, b"nonsense")[0]] == [200, 400]
    assert [post(served, b"", path="/")[0], post(served, None, method="GET")[0]] == [404, 405]


def test_one_connection_serves_many_requests(served):
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=20)
    statuses = []
    for old, new in ((0, 3), (3, 9), (3, 12), (9, 12)):
        connection.request("POST", "/add-checkpoint", body=HISTORY.submission(old, new))
        response = connection.getresponse()
        statuses.append((response.status, len(response.read()) > 0))
    connection.close()
    assert statuses == [(200, True), (200, True), (409, True), (200, True)]


def test_bodies_without_length_and_bodies_that_are_too_long_are_refused(served):
    assert post(served, iter([HISTORY.submission(0, 3)]))[0] == 400  # in chunks
    assert post(served, b"a" * 70_000)[0] == 400
    assert post(served, b"", headers={"Content-Length": "-1"})[0] == 400
    assert post(served, HISTORY.submission(0, 3))[0] == 200


def test_a_client_that_still_sends_gets_the_refusal(served):
    pieces = (piece for _ in range(20) for piece in (b"a" * 10_000, time.sleep(0.01) or b"a"))
    assert post(served, pieces)[0] == 400


def test_a_full_disk_gives_503_and_no_signature(tmp_path):
    blocked = tmp_path / "folder"
    blocked.write_text("a file where the folder should be")
    with running_witness(witness_in(blocked)) as port:
        status, _, body = post(port, HISTORY.submission(0, 3))
    assert (status, body) == (503, "the witness cannot sign now: file-refused\n")


def test_a_port_on_which_something_listens_is_refused(served, tmp_path):
    with pytest.raises(PortTakenError), running_witness(witness_in(tmp_path), port=served):
        pass


def test_requests_at_once_sign_one_history(witness):
    """The race of the specification: of many submissions from one size, those of one history are signed only."""
    lines = []
    with running_witness(witness) as port:

        def submit(history, size):
            status, _, body = post(port, history.submission(0, size))
            if status == HTTPStatus.OK:
                lines.append((history, size, body))

        jobs = [threading.Thread(target=submit, args=(one, size)) for size in range(6, 16) for one in (HISTORY, FORK)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
    assert len(lines) == 1


# --------------------------------------------------------------------------------------------------- a log that asks


def address(cosigner, port):
    return WitnessAddress(key=cosigner.key, url=f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def two_witnesses(folder):
    one, two = witness_in(folder / "w1", ONE), witness_in(folder / "w2", TWO)
    with running_witness(one) as first, running_witness(two) as second:
        yield address(ONE, first), address(TWO, second)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_log_gets_its_checkpoint_signed_and_published_beside_the_log(tmp_path):
    policy = WitnessPolicy(witnesses=(ONE.key, TWO.key), needed=2)
    with two_witnesses(tmp_path) as addresses:
        for size in (1, 7, 256, 300, 600):
            tiles = HISTORY.publish(tmp_path / "log", size)
            came = seek_cosignatures(tiles, LOG.verifier, addresses, needed=2)
            opened = open_witnessed_checkpoint(read_cosigned(tiles), LOG.verifier, policy)
            assert (came.size, came.failures, came.is_published, opened.checkpoint.size) == (size, (), True, size)
    assert read_cosigned(tiles).startswith(tiles.checkpoint_note())


def test_nothing_is_asked_while_nothing_is_published(tmp_path):
    assert seek_cosignatures(TileStore(tmp_path), LOG.verifier, [address(ONE, 9)], needed=1) is None


def test_a_witness_that_is_down_is_asked_again_in_the_next_round(tmp_path):
    second = free_port()
    tiles = HISTORY.publish(tmp_path / "log", 9)
    with running_witness(witness_in(tmp_path / "w1", ONE)) as first:
        addresses = [address(ONE, first), address(TWO, second)]
        came = seek_cosignatures(tiles, LOG.verifier, addresses, needed=1)
        ((who, failure),) = came.failures
        assert (came.is_published, who, type(failure)) == (True, TWO.key, WitnessUnavailableError)
        HISTORY.publish(tmp_path / "log", 20)
        with running_witness(witness_in(tmp_path / "w2", TWO), port=second):
            came = seek_cosignatures(tiles, LOG.verifier, addresses, needed=2)
    assert (came.size, len(came.cosignatures), came.failures, came.is_published) == (20, 2, (), True)


def test_too_few_signatures_leave_the_earlier_checkpoint_in_its_place(tmp_path):
    tiles = HISTORY.publish(tmp_path / "log", 9)
    with two_witnesses(tmp_path) as addresses:
        seek_cosignatures(tiles, LOG.verifier, addresses, needed=2)
        earlier = read_cosigned(tiles)
        HISTORY.publish(tmp_path / "log", 20)
        halved = [addresses[0], address(TWO, free_port())]
        came = seek_cosignatures(tiles, LOG.verifier, halved, needed=2)
        assert (len(came.cosignatures), came.is_published, read_cosigned(tiles)) == (1, False, earlier)
        # The first witness is further than the published file tells; the log learns it from its answer.
        HISTORY.publish(tmp_path / "log", 25)
        assert seek_cosignatures(tiles, LOG.verifier, addresses, needed=2).is_published


def test_two_histories_for_two_witnesses_are_found_out_as_soon_as_one_is_shown_both(tmp_path):
    """The split view: the same key, the same size, another log for everybody else."""
    shown = HISTORY.publish(tmp_path / "shown", 20)
    hidden = FORK.publish(tmp_path / "hidden", 20)
    longer = FORK.publish(tmp_path / "longer", 40)
    shorter = HISTORY.publish(tmp_path / "shorter", 9)
    with two_witnesses(tmp_path) as (one, _):
        assert seek_cosignatures(shown, LOG.verifier, [one], needed=1).is_published
        for tiles in (hidden, longer, shorter):
            came = seek_cosignatures(tiles, LOG.verifier, [one], needed=1)
            ((_, failure),) = came.failures
            assert (came.is_published, type(failure), read_cosigned(tiles)) == (False, WitnessConflictError, None)


def test_a_witness_that_does_not_know_the_log_is_told_apart_from_one_that_is_down(tmp_path):
    tiles = HISTORY.publish(tmp_path / "log", 9)
    for logs in ({}, {LOG.name: (Signer(LOG.name, bytes(32)).verifier,)}):
        with running_witness(witness_in(tmp_path / "w", logs=logs)) as port:
            came = seek_cosignatures(tiles, LOG.verifier, [address(ONE, port)], needed=1)
        assert [type(failure) for _, failure in came.failures] == [WitnessRefusedError]


def test_a_signature_of_another_key_than_the_configured_one_does_not_count(tmp_path):
    tiles = HISTORY.publish(tmp_path / "log", 9)
    with running_witness(witness_in(tmp_path / "w", TWO)) as port:
        came = seek_cosignatures(tiles, LOG.verifier, [address(ONE, port)], needed=1)
    assert ([type(one) for _, one in came.failures], came.is_published) == ([WitnessUnavailableError], False)


@pytest.mark.parametrize("url", ["", "authority.example", "ftp://a", "http://", "http://a/?x=1", "http://a:port/"])
def test_an_address_must_be_a_plain_url(url):
    with pytest.raises(WitnessAddressError):
        WitnessAddress(key=ONE.key, url=url)


# ------------------------------------------------------------------------------------------------ killed at any moment


def start(folder, public, *more):
    process = subprocess.Popen(
        [sys.executable, "-m", "demur", "witness", "serve", folder, "--log", public, "--port", "0", "--json", *more],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    line = process.stdout.readline()
    return process, int(line.rsplit(":", 1)[1].rstrip('"}\n'))


def test_a_witness_that_is_killed_at_any_moment_signs_one_history(tmp_path):
    """Both histories are offered all the time, by a log that would sign anything; every signature is kept outside."""
    folder = tmp_path / "witness"
    key = create_witness_key(folder / "witness.key", name="authority.example/w1").key
    chance = random.Random(7)
    signed = []
    for _ in range(10):
        process, port = start(folder, LOG.vkey)
        killer = threading.Timer(chance.uniform(0.02, 0.5), process.kill)
        killer.start()
        offer_both(port, signed, chance)
        killer.join()
        process.wait(20)
        process.stdout.close()
    assert max(size for _, size in signed) > 20  # far beyond where they part
    assert_one_history(signed, key)


def offer_both(port, signed, chance):
    """Submit both histories by turns, from the size that the witness says it knows, until it answers no more."""
    known = 0
    while True:
        for history in (HISTORY, FORK):
            new = min(600, known + chance.randrange(3))
            if new == 0:
                new = 1
            try:
                status, _, body = post(port, history.submission(known, new))
            except (OSError, http.client.HTTPException):
                return
            if status == HTTPStatus.OK:
                signed.append((history.note(new) + body, new))
                known = new
            elif status == HTTPStatus.CONFLICT:
                known = int(body)


def assert_one_history(signed, key: WitnessKey):
    """Every signed checkpoint is a head of one of the two histories, and of the same one beyond where they part."""
    roots = {}
    for note, size in signed:
        assert len(find_cosignatures(note, [key])) == 1
        roots.setdefault(size, set()).add(note.split("\n")[2])
    assert {size: len(found) for size, found in roots.items() if len(found) > 1} == {}
    parted = {note for note, size in signed if size > 5}
    ours = {HISTORY.note(size).split("\n")[2] for size in range(6, 601)}
    assert len({note.split("\n")[2] in ours for note in parted}) == 1


def test_a_witness_is_made_and_served_and_asked_by_commands(demur, registered, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(registered, folder)
    made = demur(folder, "witness", "create", str(tmp_path / "w"), "--name", "authority.example/w1")
    configuration = folder / "demur.toml"
    down = Cosigner("union.example/w2", bytes(32)).key.vkey
    process, port = start(tmp_path / "w", str(folder / "keys" / "public.json"))
    try:
        witnesses = (
            f'witnesses = [{{ key = "{made.out.strip()}", url = "http://127.0.0.1:{port}" }},'
            f' {{ key = "{down}", url = "http://127.0.0.1:{free_port()}" }}]'
        )
        text = configuration.read_text()
        configuration.write_text(text.replace("[register]\n", f"[register]\n{witnesses}\n", 1))
        assert "witnesses" in configuration.read_text()
        asked = demur(folder, "register", "cosign")
        assert (asked.status, asked.out.split(",")[1]) == (1, " signed by authority.example/w1\n"), asked.err
        assert "union.example/w2 cannot be reached" in asked.err
        configuration.write_text(configuration.read_text().replace("witnesses =", "witnesses_needed = 2\nwitnesses ="))
        assert demur(folder, "register", "cosign").status == 4
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
        process.stdout.close()
    assert find_cosignatures((folder / "register/log/checkpoint.cosigned").read_text(), [WitnessKey(made.out.strip())])


def test_a_log_without_a_witness_is_told_where_to_name_one(demur, registered):
    ended = demur(registered, "register", "cosign")
    assert (ended.status, "no witness is configured" in ended.err) == (3, True)


def test_rounds_go_on_until_they_are_stopped(demur, registered, tmp_path):
    """`--every` asks again by itself: a witness that comes later signs without a new command."""
    folder = tmp_path / "platform"
    shutil.copytree(registered, folder)
    key = create_witness_key(tmp_path / "w" / "witness.key", name="authority.example/w1").key
    port = free_port()
    configuration = folder / "demur.toml"
    named = f'[register]\nwitnesses = [{{ key = "{key.vkey}", url = "http://127.0.0.1:{port}" }}]\n'
    configuration.write_text(configuration.read_text().replace("[register]\n", named, 1))
    asking = subprocess.Popen(
        [sys.executable, "-m", "demur", "register", "cosign", "--every", "1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "cannot be reached" in asking.stderr.readline()
        witness = Witness(
            cosigner=Cosigner(key.name, load_seed(tmp_path / "w")),
            logs=logs_of(folder),
            folder=tmp_path / "w",
            clock=FixedClock(AT),
        )
        with running_witness(witness, port=port):
            assert asking.stdout.readline().endswith("signed by authority.example/w1\n")
    finally:
        asking.send_signal(signal.SIGINT)
        asking.communicate(timeout=20)
    assert asking.returncode == 130


def load_seed(folder):
    return load_witness_key(folder / "witness.key").seed


def logs_of(folder):
    log = read_public_keys(folder / "keys" / "public.json").log
    return {log.name: (log,)}
