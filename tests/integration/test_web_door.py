"""The intake door over a real register: what it takes, what it answers, and what it never loses."""

import asyncio
import json
import secrets
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.batch import Outcome
from demur.register.publication import Publication
from demur.register.queries import read_head, subject_status
from demur.register.sequencer import Sequencer
from demur.register.store import open_register
from demur.web.api.objections import MAX_BODY_BYTES
from demur.web.door import Door
from demur.web.links import make_link

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
SCOPE = {"type": "http", "path": "/api/objections", "method": "POST"}


class Server:
    """A server of one request at a time; it starts and stops the door as ASGI says."""

    def __init__(self, register):
        self._given, self._is_up = asyncio.Queue(), asyncio.Event()
        self.door = Door(lambda: register, FixedClock(AT))

    async def __aenter__(self):
        self._life = asyncio.create_task(self.door({"type": "lifespan"}, self._given.get, self._note))
        await self._given.put({"type": "lifespan.startup"})
        await self._is_up.wait()
        return self

    async def __aexit__(self, *_):
        await self._given.put({"type": "lifespan.shutdown"})
        await self._life

    async def _note(self, message):
        assert message["type"] in {"lifespan.startup.complete", "lifespan.shutdown.complete"}
        self._is_up.set()

    async def post(self, *parts):
        """Send a body in parts and return status, headers and the decoded answer; None for no answer."""
        last = len(parts) - 1
        messages = iter([{"type": "http.request", "body": part, "more_body": n < last} for n, part in enumerate(parts)])
        sent = []

        async def receive():
            return next(messages, {"type": "http.disconnect"})

        async def send(message):
            sent.append(message)

        await self.door(SCOPE, receive, send)
        if not sent:
            return None
        start, body = sent
        headers = dict(start["headers"])
        assert headers[b"content-length"] == str(len(body["body"])).encode()
        return start["status"], headers, json.loads(body["body"])


@pytest.fixture
def keyring(tmp_path):
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"door")


@pytest.fixture
def open_again(tmp_path, keyring):
    return lambda: open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log")


def ask(register, *bodies):
    """Send bodies one after another and return the answers."""

    async def run():
        async with Server(register) as server:
            return [await server.post(*([body] if isinstance(body, bytes) else body)) for body in bodies]

    return asyncio.run(run())


def body(keyring, account, **more):
    return json.dumps({"link": make_link(keyring, subject_key(keyring, account)), **more}).encode()


def entries(open_again):
    with open_again() as register:
        return read_head(register).size


def test_an_objection_is_answered_by_a_receipt_that_verifies_offline(keyring, open_again):
    [(status, headers, reply)] = ask(open_again(), body(keyring, "a1"))
    opened = verify_receipt(reply["receipt"], keyring.trusted_keys().log)
    told = {"receipt", "index", "received_at", "accounts_covered"}
    assert (status, headers[b"content-type"], set(reply)) == (201, b"application/json", told)
    assert (reply["index"], opened.index, reply["accounts_covered"]) == (0, 0, 1)
    assert reply["received_at"] == "2025-05-27T06:00:00.000000Z"


def test_the_receipt_is_the_same_for_every_link_of_the_person_and_for_a_repeated_key(keyring, open_again):
    bodies = [body(keyring, "a1"), body(keyring, "a1"), body(keyring, "a1", idempotency_key="k"), body(keyring, "a2")]
    first, again, keyed, other = (reply for _, _, reply in ask(open_again(), *bodies))
    assert first == again == keyed
    assert (other["index"], entries(open_again)) == (1, 2)


def test_a_body_in_several_parts_is_one_body(keyring, open_again):
    whole = body(keyring, "a1")
    [(status, _, _)] = ask(open_again(), (whole[:10], b"", whole[10:]))
    assert status == 201


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"link": null}',
        b'{"link": 7}',
        b'{"link": "x", "reason": "because"}',
        b'{"link": "x", "idempotency_key": ""}',
        b'{"link": "x", "idempotency_key": 7}',
        b'{"link": "x"} {"link": "y"}',
        b'{"link": "\xff"}',
        b"\xff\xfe",
        b'{"link": "x", "idempotency_key": "' + b"k" * 201 + b'"}',
    ],
)
def test_what_is_no_objection_is_refused_in_clear_words_and_nothing_is_recorded(open_again, content):
    [(status, headers, problem)] = ask(open_again(), content)
    assert (status, headers[b"content-type"]) == (400, b"application/problem+json")
    assert (problem["status"], problem["code"]) == (400, "request-invalid")
    assert problem["next"] == 'Send {"link": "the token in the link of the notice"}; "idempotency_key" may be added.'
    assert entries(open_again) == 0


def test_a_token_that_does_not_open_gets_one_answer_whatever_is_wrong_with_it(keyring, open_again, tmp_path):
    other = create_keyring(tmp_path / "other.json", platform="agora.example", seed=b"other")
    good = json.loads(body(keyring, "a1"))["link"]
    tokens = ["", "x", good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), json.loads(body(other, "a1"))["link"]]
    answers = ask(open_again(), *(json.dumps({"link": token}).encode() for token in tokens))
    assert answers == [answers[0]] * 5
    assert (answers[0][0], answers[0][2]["code"], entries(open_again)) == (400, "link-invalid", 0)


def test_an_account_that_nobody_knows_is_answered_as_any_other(keyring, open_again):
    [(status, _, reply)] = ask(open_again(), body(keyring, "never-imported"))
    assert (status, reply["accounts_covered"]) == (201, 1)


def test_a_body_at_the_cap_is_read_and_a_longer_one_refused(keyring, open_again):
    whole = body(keyring, "a1")
    padding = b" " * (MAX_BODY_BYTES - len(whole))
    statuses = [status for status, _, _ in ask(open_again(), padding + whole, (padding, b" ", whole))]
    assert (statuses, entries(open_again)) == ([201, 413], 1)


def test_a_caller_who_leaves_before_the_end_of_the_body_has_said_nothing(keyring, open_again):
    whole = body(keyring, "a1")

    async def run():
        async with Server(open_again()) as server:
            messages = iter([{"type": "http.request", "body": whole, "more_body": True}, {"type": "http.disconnect"}])
            sent = []

            async def receive():
                return next(messages)

            await server.door(SCOPE, receive, sent.append)
            return sent

    assert (asyncio.run(run()), entries(open_again)) == ([], 0)


def test_a_register_that_cannot_store_is_answered_with_the_time_to_try_again(keyring, open_again):
    register = open_again()
    register.sequencer.close()
    [(status, headers, problem)] = ask(register, body(keyring, "a1"))
    assert (status, headers[b"retry-after"], problem["code"]) == (503, b"1", "register-unavailable")


def test_a_full_queue_is_answered_with_the_time_to_try_again_and_nothing_of_it_is_recorded(keyring, open_again):
    register = open_again()
    publication = Publication(database=register.database, tiles=register.tiles)
    parts = {"database": register.database, "keyring": keyring, "publication": publication}
    full = Sequencer(**parts, draw=secrets.token_bytes, waiting=0)
    [(status, headers, problem)] = ask(replace(register, sequencer=full), body(keyring, "a1"))
    assert (status, headers[b"retry-after"], problem["code"]) == (503, b"1", "queue-full")
    assert entries(open_again) == 0


def test_a_caller_who_hangs_up_does_not_cancel_the_entry_and_disturbs_nobody(keyring, open_again):
    register = open_again()
    is_committing, may_commit = threading.Event(), threading.Event()

    def wait(_):
        is_committing.set()
        may_commit.wait(10)
        return Outcome()

    async def run():
        async with Server(register) as server:
            register.sequencer.enqueue(wait)  # holds the batch, so that the next objection waits in the queue
            is_committing.wait(10)
            caller = asyncio.create_task(server.post(body(keyring, "gone")))
            await asyncio.sleep(0)  # the caller runs up to where it waits for the answer
            assert register.sequencer.waiting() == 1
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
            may_commit.set()
            status, _, reply = await server.post(body(keyring, "next"))
            return caller.cancelled(), status, reply["index"]

    assert asyncio.run(run()) == (True, 201, 1)
    with open_again() as again:
        status = subject_status(again, subject_key(keyring, "gone"), at=AT)
    assert [event.index for event in status.objections] == [0]


def test_stopping_the_server_finishes_and_publishes_what_was_acknowledged(keyring, open_again):
    register = open_again()
    ask(register, body(keyring, "a1"), body(keyring, "a2"))
    assert register.tiles.size() == 2
