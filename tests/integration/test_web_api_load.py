"""The door under load: work or patience for whoever nobody vouches for, and for nobody else; no objection is lost."""

import asyncio
import base64
import json
from datetime import UTC, date, datetime

import altcha
import pytest

from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.queries import read_head
from demur.register.store import open_register
from demur.web.admission.gate import AdmissionSettings, LaneRate
from demur.web.admission.load import LoadThreshold, WorkPolicy
from demur.web.admission.work import WorkRate
from demur.web.api.keys import Role, add_key
from demur.web.api.service import ApiSettings
from demur.web.door import Door
from demur.web.links import make_link
from demur.web.origins import parse_proxies

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
LOADED = AdmissionSettings(
    threshold=LoadThreshold(policy=WorkPolicy.ALWAYS),
    work=WorkRate(zero_bytes=1),
    lane=LaneRate(wait_seconds=1, per_second=100, burst=100),
)
OPEN = "/api/v1/objections"
PAGE = {"pages": ["https://agora.example/p/7"]}


@pytest.fixture
def keyring(tmp_path):
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"load")


@pytest.fixture
def converse(tmp_path, keyring):
    """Run a conversation with a door; each request is `ask(method, path, body, headers)`."""

    def run_one(conversation, **changed):
        settings = ApiSettings(keys=tmp_path / "api.json", **{"admission": LOADED, **changed})
        opened = open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log")
        door = Door(lambda: opened, FixedClock(AT), settings)

        async def ask(method, path, body=None, client="203.0.113.7", read=None, **headers):
            sent = []
            scope = {"type": "http", "method": method, "path": path, "client": (client, 1)}
            named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

            async def receive():
                if read is not None:
                    read.append(path)
                return {"type": "http.request", "body": json.dumps(body).encode()}

            async def send(message):
                sent.append(message)

            await door({**scope, "headers": named}, receive, send)
            content = b"".join(part["body"] for part in sent[1:])
            return sent[0]["status"], dict(sent[0]["headers"]), content

        async def live():
            given, is_up = asyncio.Queue(), asyncio.Event()

            async def note(_message):
                is_up.set()

            life = asyncio.create_task(door({"type": "lifespan"}, given.get, note))
            await given.put({})
            await is_up.wait()
            try:
                return await conversation(ask), read_head(opened).size
            finally:
                await given.put({})
                await life

        return asyncio.run(live())

    return run_one


async def solve(ask):
    _, _, content = await ask("GET", "/api/v1/challenge")
    challenge = altcha.Challenge.from_dict(json.loads(content))
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def test_a_solved_challenge_lets_one_objection_in_and_a_replay_of_it_none(converse, keyring):
    async def talk(ask):
        solution = await solve(ask)
        return [await ask("POST", OPEN, PAGE, demur_work=solution) for _ in range(2)]

    (taken, replayed), size = converse(talk)
    receipt = json.loads(taken[2])["receipt"]
    assert (taken[0], verify_receipt(receipt, keyring.trusted_keys().log).index, size) == (201, 0, 1)
    assert (replayed[0], json.loads(replayed[2])["code"]) == (400, "work-refused")


def test_who_has_neither_is_refused_before_the_body_is_read_and_let_in_by_the_ticket_after_the_wait(converse):
    async def talk(ask):
        read = []
        first = await ask("POST", OPEN, PAGE, read=read)
        ticket = json.loads(first[2])["ticket"]
        early = await ask("POST", OPEN, PAGE, read=read, demur_ticket=ticket)
        was_read = list(read)
        await asyncio.sleep(1.01)
        return first, early, was_read, await ask("POST", OPEN, PAGE, demur_ticket=ticket)

    (first, early, was_read, then), size = converse(talk)
    assert [(one[0], json.loads(one[2])["code"], one[1][b"retry-after"]) for one in (first, early)] == [
        (503, "work-needed", b"1")
    ] * 2
    assert (was_read, then[0], size) == ([], 201, 1)


def test_whoever_is_vouched_for_needs_neither(converse, keyring, tmp_path):
    key = add_key(tmp_path / "api.json", "crm", (Role.PLATFORM,), today=date(2025, 5, 27))
    link = make_link(keyring, subject_key(keyring, "fern"))

    async def talk(ask):
        by_link = await ask("POST", "/api/objections", {"link": link})
        by_key = await ask("POST", OPEN, {"account": "moss"}, authorization=f"Bearer {key}")
        here = await ask("POST", OPEN, PAGE, client="127.0.0.1")
        return [answer[0] for answer in (by_link, by_key, here)]

    assert converse(talk) == ([201, 201, 201], 3)


def test_behind_a_named_proxy_nobody_counts_as_this_machine(converse):
    async def talk(ask):
        through = await ask("POST", OPEN, PAGE, client="127.0.0.1", x_forwarded_for="203.0.113.9")
        without = await ask("POST", OPEN, PAGE, client="127.0.0.1")
        metrics = await ask("GET", "/api/v1/metrics", client="127.0.0.1")
        return [answer[0] for answer in (through, without, metrics)]

    assert converse(talk, proxies=parse_proxies(["127.0.0.1"])) == ([503, 503, 401], 0)


def test_a_flood_turns_the_gate_on_and_what_it_asked_for_is_counted(converse):
    threshold = LoadThreshold(open_per_second=5, calm_seconds=60)
    admission = AdmissionSettings(threshold=threshold, lane=LANE_OF_A_TEST)

    async def talk(ask):
        answers = [await ask("POST", OPEN, {"items": [f"p{number}"]}) for number in range(30)]
        _, _, metrics = await ask("GET", "/api/v1/metrics", client="127.0.0.1")
        return [answer[0] for answer in answers], metrics.decode()

    (statuses, metrics), size = converse(talk, admission=admission)
    let_in = statuses.count(201)
    assert (statuses, size) == ([201] * let_in + [503] * (30 - let_in), let_in)
    assert 0 < let_in < 30
    assert {"demur_load 1", f'demur_open_objections_total{{outcome="open"}} {let_in}'} < set(metrics.splitlines())
    assert f'demur_open_objections_total{{outcome="work-needed"}} {30 - let_in}' in metrics


LANE_OF_A_TEST = LaneRate(wait_seconds=5)


@pytest.mark.parametrize("junk", ["x", base64.b64encode(b'{"challenge":{}}').decode(), "A" * 5_000])
def test_junk_is_refused_before_the_body_is_read(converse, junk):
    async def talk(ask):
        read = []
        answers = [await ask("POST", OPEN, PAGE, read=read, **{name: junk}) for name in ("demur_work", "demur_ticket")]
        return [(answer[0], json.loads(answer[2])["code"]) for answer in answers], read

    assert converse(talk) == (([(400, "work-refused"), (400, "ticket-refused")], []), 0)
