"""The HTTP API over a real register: who may ask for what, what is answered, and what nobody can tell from it."""

import asyncio
import base64
import io
import json
import math
import random
import shutil
import statistics
import time
from datetime import UTC, date, datetime

import msgspec
import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demur.cli.configuration import load_configuration
from demur.cli.workspace import Workspace
from demur.exchange.documents import read_document
from demur.exchange.removals import Removals, open_heartbeat
from demur.exchange.snapshot import read_snapshot
from demur.kernel.clock import FixedClock, SystemClock
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accesses import Reader, read_accesses
from demur.register.queries import count_register, read_head, subject_status
from demur.register.snapshot import take_snapshot
from demur.register.store import open_register
from demur.web.api.documents import RemovalsReply
from demur.web.api.keys import Role, add_agent, add_key, revoke
from demur.web.api.limits import Rate
from demur.web.api.routes import ROUTES
from demur.web.api.service import ApiSettings
from demur.web.door import Door
from demur.web.links import make_link

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
TODAY = date(2025, 5, 27)
AGENT = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
ACCOUNTS = """account,centre,birth_date,country,language,visibility,state
fern,c1,1990,DE,de,public,active
moss,,soon,DE,de,public,active
"""


class Answered:
    """What came back: status, headers and the body."""

    def __init__(self, messages):
        start, *bodies = messages
        self.status, self.headers = start["status"], dict(start["headers"])
        self.body = b"".join(message["body"] for message in bodies)

    @property
    def json(self):
        return json.loads(self.body)


class Api:
    """The door while its server runs; each call is one request."""

    def __init__(self, folder, keyring, *, rate=None, clock=None, settings=None, opened=None):
        self.folder, self.keyring = folder, keyring
        self.settings = settings or ApiSettings(
            keys=folder / "api.json", snapshots=folder / "snapshots", corpora=folder / "corpora", rate=rate or Rate()
        )
        self._given = asyncio.Queue()
        self.opened = opened or self.open()
        self.door = Door(lambda: self.opened, clock or FixedClock(AT), self.settings)

    def open(self):
        return open_register(f"sqlite:///{self.folder}/r.db", keyring=self.keyring, log_folder=self.folder / "log")

    async def __aenter__(self):
        is_up = asyncio.Event()

        async def note(message):
            assert message["type"] in {"lifespan.startup.complete", "lifespan.shutdown.complete"}
            is_up.set()

        self._life = asyncio.create_task(self.door({"type": "lifespan"}, self._given.get, note))
        await self._given.put({"type": "lifespan.startup"})
        await is_up.wait()
        return self

    async def __aexit__(self, *_):
        await self._given.put({"type": "lifespan.shutdown"})
        await self._life

    async def call(self, method, path, body=b"", *, key=None, media="application/json", client="203.0.113.7"):
        sent = []
        headers = [(b"content-type", media.encode())]
        headers += [] if key is None else [(b"authorization", f"Bearer {key}".encode())]
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "client": (client, 1),
        }

        async def receive():
            return {"type": "http.request", "body": body if isinstance(body, bytes) else json.dumps(body).encode()}

        async def send(message):
            sent.append(message)

        await self.door(scope, receive, send)
        return Answered(sent)

    async def post(self, path, body, **more):
        return await self.call("POST", path, body, **more)

    async def get(self, path, **more):
        return await self.call("GET", path, **more)


@pytest.fixture
def keyring(tmp_path):
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"api")


@pytest.fixture
def run(tmp_path, keyring):
    """Run a conversation with a door, and return what it returns."""

    def run_one(conversation, rate=None, clock=None):
        async def talk():
            async with Api(tmp_path, keyring, rate=rate, clock=clock) as api:
                return await conversation(api)

        return asyncio.run(talk())

    return run_one


@pytest.fixture
def key_of(tmp_path):
    return lambda role: add_key(tmp_path / "api.json", f"the-{role}", (Role(role),), today=TODAY)


def signed(message, signer=AGENT):
    content = json.dumps(message).encode()
    return base64.b64encode(signer.sign(content) + content)


def agent_message(*requests, **changed):
    return {
        "agent-id": "agent.example",
        "business-id": "agora.example",
        "issued-at": "2025-05-27T05:59:00Z",
        "expires-at": "2025-05-27T07:00:00Z",
        "drp.version": "0.9.4",
        "exercise": "ai_training:object",
        "requests": list(requests),
        **changed,
    }


def register_agent(folder):
    public = base64.b64encode(AGENT.public_key().public_bytes_raw()).decode()
    add_agent(folder / "api.json", "agent.example", public, today=TODAY)


# ------------------------------------------------------------------------------------------------------------- keys


PROTECTED = [
    ("POST", "/api/v1/feeds/accounts", "platform"),
    ("POST", "/api/v1/feeds/links", "platform"),
    ("POST", "/api/v1/feeds/notices", "platform"),
    ("GET", "/api/v1/snapshots/latest", "builder"),
    ("GET", "/api/v1/snapshots/table?snapshot=x&table=subjects", "builder"),
    ("GET", "/api/v1/removals", "recipient"),
    ("GET", "/api/v1/metrics", "metrics"),
]


@pytest.mark.parametrize(("method", "path", "role"), PROTECTED)
def test_a_route_with_roles_refuses_no_key_a_wrong_key_and_a_key_of_another_role(run, key_of, method, path, role):
    other = key_of("metrics" if role != "metrics" else "platform")
    right = key_of(role)

    async def talk(api):
        return [(await api.call(method, path, key=key)).status for key in (None, "demur_x", other, right)]

    none, wrong, another, allowed = run(talk)
    assert (none, wrong, another, allowed in {401, 403}) == (401, 401, 403, False)


def test_each_route_is_for_its_roles_and_refused_to_every_other(run, key_of):
    keys = {role: key_of(role) for role in Role}

    async def talk(api):
        return {
            (route.path, role): (await api.call(route.method, route.path, key=key)).status
            for route in ROUTES
            if route.roles
            for role, key in keys.items()
        }

    expected = {(route.path, role): role not in route.roles for route in ROUTES if route.roles for role in Role}
    assert {asked: status == 403 for asked, status in run(talk).items()} == expected


def test_no_answer_but_the_tables_of_a_builder_names_somebody_who_objected(run, key_of, keyring, tmp_path):
    keys = [None, *(key_of(role) for role in Role)]
    fern = subject_key(keyring, "fern")
    forms = (
        b"fern",
        bytes(fern),
        fern.hex().encode(),
        base64.b64encode(fern)[:20],
        base64.urlsafe_b64encode(fern)[:20],
    )

    async def talk(api):
        await api.post("/api/objections", {"link": make_link(keyring, fern)})
        with api.open() as register:
            take_snapshot(register, tmp_path / "snapshots" / "1", at=AT)
        asked = [(route.method, route.path) for route in ROUTES]
        answers = [(await api.call(method, path, key=key)).body for method, path in asked for key in keys]
        table = await api.get(
            "/api/v1/snapshots/table?snapshot=1&table=objections", key=keys[1 + list(Role).index(Role.BUILDER)]
        )
        return b"".join(answers), pl.read_parquet(io.BytesIO(table.body))["subject_key"].to_list()

    answers, listed = run(talk)
    assert (listed, [form for form in forms if form in answers]) == ([fern], [])


def test_a_key_is_refused_from_its_revocation_on_while_the_door_runs(run, key_of, tmp_path):
    key = key_of("metrics")

    async def talk(api):
        before = await api.get("/api/v1/metrics", key=key)
        revoke(tmp_path / "api.json", "the-metrics")
        after = await api.get("/api/v1/metrics", key=key)
        return before.status, after.status, after.headers[b"www-authenticate"], after.json["code"]

    assert run(talk) == (200, 401, b"Bearer", "api-key-refused")


def test_the_file_of_keys_holds_no_key(key_of, tmp_path):
    key = key_of("builder")
    stored = (tmp_path / "api.json").read_text()
    assert (key in stored, key.removeprefix("demur_") in stored, "the-builder" in stored) == (False, False, True)


def test_a_file_of_keys_that_is_damaged_lets_nobody_in_and_stops_no_objection_by_link(run, key_of, keyring, tmp_path):
    key = key_of("metrics")
    (tmp_path / "api.json").write_text("{")
    link = {"link": make_link(keyring, subject_key(keyring, "fern"))}

    async def talk(api):
        refused = await api.get("/api/v1/metrics", key=key)
        return refused.status, refused.json["code"], (await api.post("/api/objections", link)).status

    assert run(talk) == (503, "api-keys-unreadable", 201)


# ------------------------------------------------------------------------------------------------------- objections


def test_the_platform_objects_for_an_account_with_the_day_of_a_letter_and_gets_a_receipt(run, key_of, keyring):
    key = key_of("platform")
    asked = {"account": "fern", "received_at": "2025-05-20T10:00:00+02:00", "idempotency_key": "letter-7"}

    async def talk(api):
        answers = [await api.post("/api/v1/objections", asked, key=key) for _ in range(2)]
        with api.open() as register:
            return answers, subject_status(register, subject_key(keyring, "fern"), at=AT).basis

    (first, again), basis = run(talk)
    opened = verify_receipt(first.json["receipt"], keyring.trusted_keys().log)
    assert (first.status, first.json["received_at"], basis) == (201, "2025-05-20T08:00:00.000000Z", "own")
    assert (opened.index, again.body) == (0, first.body)


def test_anybody_objects_to_items_and_pages_without_a_key_and_every_request_is_its_own(run):
    asked = {"items": ["post-1"], "pages": ["https://agora.example/p/7"]}

    async def talk(api):
        answers = [await api.post("/api/v1/objections", asked) for _ in range(2)]
        with api.open() as register:
            return answers, count_register(register)["targets"]

    answers, targets = run(talk)
    assert ([a.status for a in answers], [a.json["accounts_covered"] for a in answers], targets) == (
        [201] * 2,
        [0] * 2,
        2,
    )


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"account": "fern"}, 401, "api-key-refused"),
        ({"items": ["p"], "received_at": "2025-05-20T10:00:00Z"}, 401, "api-key-refused"),
        ({}, 400, "no-subject"),
        ({"items": []}, 400, "no-subject"),
        ({"items": [" "]}, 400, "no-subject"),
        ({"items": [""]}, 400, "request-invalid"),
        ({"items": ["p"] * 101}, 400, "request-invalid"),
        ({"items": ["p"], "scope": "some"}, 400, "request-invalid"),
        ({"items": ["p"], "wish": 1}, 400, "request-invalid"),
    ],
)
def test_what_cannot_be_an_objection_without_a_key_is_refused_and_nothing_is_recorded(run, asked, status, code):
    async def talk(api):
        answer = await api.post("/api/v1/objections", asked)
        with api.open() as register:
            return answer.status, answer.json["code"], read_head(register).size

    assert run(talk) == (status, code, 0)


def test_a_day_of_receipt_that_is_no_instant_is_refused(run, key_of):
    key = key_of("platform")

    async def talk(api):
        asked = {"account": "fern", "received_at": "yesterday"}
        return (await api.post("/api/v1/objections", asked, key=key)).json["code"]

    assert run(talk) == "timestamp"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"account": "fern", "received_at": "0001-01-01T00:00:00Z"}', 201),
        (b'{"account": "fern", "received_at": "9999-12-31T23:59:59Z"}', 201),
        (b'{"account": "fern", "received_at": "9999-12-31T23:59:59-14:00"}', 400),
        (b'{"account": "\\ud800"}', 400),
        (b'{"account": "\\u0000"}', 201),
        (b"[" * 60_000, 400),
    ],
)
def test_the_edges_of_what_can_be_written_are_answered(run, key_of, body, status):
    key = key_of("platform")

    async def talk(api):
        return (await api.post("/api/v1/objections", body, key=key)).status

    assert run(talk) == status


# ----------------------------------------------------------------------------------------------------------- agents


def test_an_agent_objects_for_many_and_each_gets_an_answer_of_its_own(run, keyring, tmp_path):
    register_agent(tmp_path)
    message = agent_message(
        {"agent_request_id": "r1", "account": "fern"},
        {"agent_request_id": "r2"},
        {"agent_request_id": "r3", "pages": ["https://agora.example/p/7"]},
    )

    async def talk(api):
        first = await api.post("/api/v1/agents/objections", signed(message), media="text/plain")
        again = await api.post("/api/v1/agents/objections", signed(message), media="text/plain")
        with api.open() as register:
            return first, again, read_head(register).size

    first, again, size = run(talk)
    one, two, three = first.json["requests"]
    assert (first.status, size, first.json["requests"][0] == again.json["requests"][0]) == (200, 2, True)
    assert [entry["status"] for entry in (one, two, three)] == ["in_progress", "denied", "in_progress"]
    assert (two["reason"], "receipt" in two) == ("other", False)
    assert verify_receipt(one["receipt"], keyring.trusted_keys().log).index == one["index"]


REQUEST = {"agent_request_id": "r1", "account": "fern"}
OTHER = Ed25519PrivateKey.from_private_bytes(b"b" * 32)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (signed(agent_message(REQUEST), OTHER), 403, "agent-refused"),
        (signed(agent_message(REQUEST, **{"agent-id": "stranger"})), 403, "agent-refused"),
        (signed(agent_message(REQUEST, **{"business-id": "other.example"})), 403, "agent-refused"),
        (signed(agent_message(REQUEST, **{"expires-at": "2025-05-27T06:00:00Z"})), 403, "agent-refused"),
        (signed(agent_message(REQUEST, **{"issued-at": "2025-05-27T06:06:00Z"})), 403, "agent-refused"),
        (signed(agent_message(REQUEST, **{"expires-at": "2025-06-27T06:00:00Z"})), 403, "agent-refused"),
        (signed(agent_message(REQUEST, exercise="deletion")), 400, "request-invalid"),
        (signed(agent_message()), 400, "request-invalid"),
        (b"not base64", 400, "request-invalid"),
        (base64.b64encode(b"short"), 400, "request-invalid"),
    ],
)
def test_a_message_that_no_registered_agent_signed_for_now_records_nothing(run, tmp_path, body, status, code):
    register_agent(tmp_path)

    async def talk(api):
        answer = await api.post("/api/v1/agents/objections", body, media="text/plain")
        with api.open() as register:
            return answer.status, answer.json["code"], read_head(register).size

    assert run(talk) == (status, code, 0)


# ------------------------------------------------------------------------------------------------------------ feeds


def test_a_feed_of_accounts_says_what_was_new_and_what_is_wrong_with_a_row_and_may_be_sent_again(run, key_of):
    key = key_of("platform")
    rows = [
        dict(zip(ACCOUNTS.splitlines()[0].split(","), line.split(","), strict=True))
        for line in ACCOUNTS.splitlines()[1:]
    ]
    lines = "\n".join(json.dumps(row) for row in rows).encode()

    async def talk(api):
        path = "/api/v1/feeds/accounts"
        first = await api.post(path, ACCOUNTS.encode(), key=key, media="text/csv; charset=utf-8")
        return first.json, (await api.post(path, lines, key=key, media="application/jsonl")).json

    first, again = run(talk)
    assert first == {
        "rows_read": 2,
        "imported": 1,
        "unchanged": 0,
        "left_out": 1,
        "rejected": [{"line": 3, "reason": "birth_date_invalid"}],
    }
    assert (again["unchanged"], again["rejected"]) == (1, [{"line": 2, "reason": "birth_date_invalid"}])


def test_a_feed_of_links_spreads_an_objection_and_reports_each_faulty_row(run, key_of, keyring):
    key = key_of("platform")
    feed = b"account,centre,event\nfern,c9,\nmoss,c9,linked\n,c9,linked\nfern,,linked\nfern,c9,married\n"

    async def talk(api):
        await api.post("/api/v1/objections", {"account": "fern"}, key=key)
        answer = await api.post("/api/v1/feeds/links", feed, key=key, media="text/csv")
        with api.open() as register:
            return answer.json, subject_status(register, subject_key(keyring, "moss"), at=AT).basis

    answer, basis = run(talk)
    assert (answer["imported"], [row["reason"] for row in answer["rejected"]], basis) == (
        2,
        ["account_missing", "centre_missing", "event_unknown"],
        "linked",
    )
    assert [row["line"] for row in answer["rejected"]] == [4, 5, 6]


def test_a_feed_of_notices_is_imported(run, key_of):
    key = key_of("platform")
    row = {
        "account": "fern",
        "version": "2025-04",
        "channel": "email",
        "language": "de",
        "event": "delivered",
        "at": "2025-04-20T06:00:00Z",
        "states_right": True,
    }

    async def talk(api):
        answer = await api.post("/api/v1/feeds/notices", row, key=key, media="application/jsonl")
        return answer.status, answer.json["imported"]

    assert run(talk) == (200, 1)


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"x", "application/zip", 415, "media-type"),
        (b"", "text/csv", 400, "import-unreadable"),
        (b"a\0b", "text/csv", 400, "import-unreadable"),
        (b"account,centre\nfern\xff,c", "text/csv", 400, "import-unreadable"),
        (b'{"account": {"id": 7}}', "application/jsonl", 400, "import-unreadable"),
        (b"account\nfern\n", "text/csv", 400, "import-column-missing"),
        (b"", "application/jsonl", 400, "import-column-missing"),
    ],
)
def test_a_feed_that_cannot_be_read_as_a_whole_is_refused(run, key_of, body, media, status, code):
    key = key_of("platform")

    async def talk(api):
        answer = await api.post("/api/v1/feeds/links", body, key=key, media=media)
        return answer.status, answer.json["code"]

    assert run(talk) == (status, code)


LONG = "x" * 1_500_000


def test_a_feed_longer_than_a_block_is_imported_as_a_whole_and_faults_are_named_by_their_line(run, key_of):
    key = key_of("platform")
    rows = [f'a{number},c1,"{LONG}\n{LONG}"' for number in range(5)]
    body = "\n".join(["account,centre,remark", *rows[:4], ",c1,", rows[4], ""]).encode()

    async def talk(api):
        first = await api.post("/api/v1/feeds/links", body, key=key, media="text/csv")
        return first.json, (await api.post("/api/v1/feeds/links", body, key=key, media="text/csv")).json

    first, again = run(talk)
    fault = [{"line": 6, "reason": "account_missing"}]
    assert first == {"rows_read": 6, "imported": 5, "unchanged": 0, "left_out": 1, "rejected": fault}
    assert again == {"rows_read": 6, "imported": 0, "unchanged": 5, "left_out": 1, "rejected": fault}


def test_a_column_that_only_a_later_block_names_is_refused_and_what_came_before_is_told(run, key_of, keyring):
    key = key_of("platform")
    rows = [{"account": f"a{number}", "centre": "c1", "remark": LONG} for number in range(4)]
    body = "\n".join(json.dumps(row) for row in (*rows, {"account": "b", "centre": "c1", "tie": "contact"})).encode()

    async def talk(api):
        answer = await api.post("/api/v1/feeds/links", body, key=key, media="application/jsonl")
        return answer.status, answer.json

    status, problem = run(talk)
    assert (status, problem["code"]) == (400, "import-unreadable")
    assert problem["detail"].endswith("; the 2 rows before it were read and imported")


# -------------------------------------------------------------------------------------------------------- documents


def test_a_builder_gets_the_newest_snapshot_as_it_was_signed_with_its_tables(run, key_of, keyring, tmp_path):
    key = key_of("builder")

    async def talk(api):
        for name in ("1", "2"):
            with api.open() as register:
                take_snapshot(register, tmp_path / "snapshots" / name, at=AT)
        newest = (await api.get("/api/v1/snapshots/latest", key=key)).json
        tables = {
            table: (await api.get(f"/api/v1/snapshots/table?snapshot={newest['name']}&table={table}", key=key)).body
            for table in newest["tables"]
        }
        return newest, tables

    newest, tables = run(talk)
    got = tmp_path / "got"
    got.mkdir()
    (got / "snapshot.json").write_text(newest["snapshot"]["document"])
    (got / "snapshot.note").write_text(newest["snapshot"]["note"])
    for name, content in tables.items():
        (got / f"{name}.parquet").write_bytes(content)
    document, _ = read_snapshot(got, keyring.document_signer.verifier)
    assert (newest["name"], document.log_size, newest["snapshot"]["proof"] is None) == ("2", 1, False)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/snapshots/latest", 404),
        ("/api/v1/removals", 404),
        ("/api/v1/removals?since=-1", 400),
        ("/api/v1/removals?since=1&since=2", 400),
        ("/api/v1/removals?sinc=1", 400),
        ("/api/v1/removals?corpus=../..", 404),
        ("/api/v1/snapshots/table?snapshot=..&table=subjects", 400),
        ("/api/v1/snapshots/table?snapshot=a&table=../keys", 404),
        ("/api/v1/snapshots/table", 400),
    ],
)
def test_what_is_not_there_is_not_served_and_no_path_can_be_made_of_a_name(run, key_of, path, status):
    key = key_of("builder")

    async def talk(api):
        return (await api.get(path, key=key)).status

    assert run(talk) == status


def test_removals_of_a_corpus_are_served_as_signed_and_a_receipt_tells_when_the_corpus_follows(built, demur, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(built, folder)
    key, builder = (
        json.loads(demur(folder, "keys", "api", "add", role, "--role", role, "--json").out)["key"]
        for role in ("platform", "builder")
    )
    workspace = Workspace(folder, load_configuration(folder / "demur.toml").configuration, FixedClock(AT))
    settings = ApiSettings(keys=workspace.api_keys_path, corpora=workspace.corpora)
    author = pl.read_csv(folder / "accounts.csv", infer_schema=False)["account"].to_list()

    async def talk():
        async with Api(tmp_path, workspace.keyring, settings=settings, opened=workspace.open_register()) as api:
            receipts = [
                (await api.post("/api/v1/objections", {"account": name}, key=key)).json["receipt"] for name in author
            ]
            before = await api.post("/api/v1/objections/status", receipts[-1].encode(), media="text/plain")
            for words in (("register", "snapshot"), ("apply", "sample")):
                assert (await asyncio.to_thread(demur, folder, *words)).status == 0
            after = await api.post("/api/v1/objections/status", receipts[-1].encode(), media="text/plain")
            removed = await api.get("/api/v1/removals?since=0", key=builder)
            return before.json["status"], after.json["status"], removed.json["corpora"]

    before, after, (removed,) = asyncio.run(talk())
    (version,) = removed["versions"]
    (tmp_path / "got.json").write_text(version["removals"]["document"])
    (tmp_path / "got.note").write_text(version["removals"]["note"])
    document = read_document(tmp_path / "got", Removals, workspace.trusted_keys.documents)
    heartbeat = open_heartbeat(removed["heartbeat"].encode(), workspace.trusted_keys.documents)
    assert (before, after, removed["corpus"], removed["is_complete"]) == ("in_progress", "fulfilled", "sample", True)
    assert (document.version, version["version"], heartbeat.version, document.removed > 0) == (1, 1, 1, True)


def test_removals_that_are_written_while_they_are_sent_are_one_document_whatever_there_is(run, key_of, tmp_path):
    key = key_of("recipient")
    for corpus, versions in (("a", 0), ("b", 1), ("c", 3)):
        folder = tmp_path / "corpora" / corpus / "removals"
        folder.mkdir(parents=True)
        (folder.parent / "manifest.note").touch()
        for version in range(1, versions + 1):
            (folder / f"{version:08d}.json").write_text(f'{{"of": "{corpus} \u2014 {version}"}}')
            (folder / f"{version:08d}.note").write_text("signed\n")
    (folder / "heartbeat").write_text('"beats"\n')

    async def talk(api):
        return [await api.get(f"/api/v1/removals{asked}", key=key) for asked in ("", "?since=1&corpus=c")]

    whole, rest = (msgspec.json.decode(answer.body, type=RemovalsReply) for answer in run(talk))
    told = [(one.corpus, one.heartbeat, [each.version for each in one.versions]) for one in whole.corpora]
    assert told == [("a", None, []), ("b", None, [1]), ("c", '"beats"\n', [1, 2, 3])]
    assert [each.removals.document for each in rest.corpora[0].versions] == [
        '{"of": "c \u2014 2"}',
        '{"of": "c \u2014 3"}',
    ]


# -------------------------------------------------------------------------------------------- status, health, counts


def test_a_receipt_tells_what_became_of_the_objection_and_a_broken_one_nothing(run):
    async def talk(api):
        receipt = (await api.post("/api/v1/objections", {"items": ["p"]})).json["receipt"]
        path = "/api/v1/objections/status"
        texts = (receipt, receipt[:-9], "", "\udcff")
        return [await api.post(path, text.encode("utf-8", "surrogateescape"), media="text/plain") for text in texts]

    told, *broken = run(talk)
    assert told.json == {
        "status": "fulfilled",
        "kind": "objection",
        "index": 0,
        "received_at": "2025-05-27T06:00:00.000000Z",
        "corpora_finished": 0,
        "corpora_reflecting": 0,
    }
    assert {(answer.status, answer.json["code"]) for answer in broken} == {(400, "receipt-refused")}


def test_who_objected_can_be_told_that_somebody_asked_by_their_receipt(run, keyring):
    fern = subject_key(keyring, "fern")
    me = Reader(role="dpo", name="ines", act="a test")

    async def talk(api):
        given = await api.post("/api/objections", {"link": make_link(keyring, fern)})
        for receipt in (given.json["receipt"], "no receipt"):
            await api.post("/api/v1/objections/status", receipt.encode(), media="text/plain")
        return await asyncio.to_thread(lambda: read_accesses(api.opened, fern, me, at=AT))

    (asked, _) = run(talk)
    assert (asked.at, asked.reader.role, asked.reader.act) == (AT, "receipt", "POST /api/v1/objections/status")


def test_a_status_that_cannot_be_noted_is_not_told(run, keyring):
    async def talk(api):
        given = await api.post("/api/objections", {"link": make_link(keyring, subject_key(keyring, "fern"))})
        await asyncio.to_thread(api.opened.sequencer.close)
        told = await api.post("/api/v1/objections/status", given.json["receipt"].encode(), media="text/plain")
        return told.status, told.json["code"]

    assert run(talk) == (503, "register-unavailable")


def test_the_counts_say_how_much_was_done_and_nothing_about_anybody(run, keyring):
    link = make_link(keyring, subject_key(keyring, "fern"))

    async def talk(api):
        await api.post("/api/objections", {"link": link})
        await api.get("/secret-name-of-fern")
        local = await api.get("/api/v1/metrics", client="127.0.0.1")
        return (await api.get("/api/v1/health")).json, local.headers[b"content-type"], local.body.decode()

    health, media, text = run(talk)
    lines = text.splitlines()
    assert (health, media) == ({"is_live": True, "is_ready": True}, b"text/plain; version=0.0.4; charset=utf-8")
    assert 'demur_requests_total{route="/api/objections",method="POST",status="201"} 1' in lines
    assert 'demur_requests_total{route="other",method="other",status="404"} 1' in lines
    assert {"demur_objections_acknowledged_total 1", "demur_queue_waiting 0", "demur_commit_seconds_count 1"} < set(
        lines
    )
    assert [word for word in ("fern", link, "203.0.113", "secret") if word in text] == []


def test_the_document_that_is_served_is_that_of_the_reference(run, request):
    golden = (request.config.rootpath / "docs" / "reference" / "openapi.json").read_bytes()
    assert run(lambda api: api.get("/api/v1/openapi.json")).body == golden


def test_a_door_whose_register_stores_nothing_any_more_is_live_and_not_ready(run):
    async def talk(api):
        api.opened.sequencer.close()
        return await api.get("/api/v1/health")

    answer = run(talk)
    assert (answer.status, answer.json) == (503, {"is_live": True, "is_ready": False})


# ------------------------------------------------------------------------------------------------------------ rates


def test_objections_that_come_too_fast_wait_and_at_last_are_asked_to_come_again_and_others_are_refused(run):
    rate = Rate(per_second=4, burst=2, max_delay_seconds=0.5)  # a token each 250 ms: time enough to ask in

    async def talk(api):
        async def one(number):
            began = time.perf_counter()
            answer = await api.post("/api/v1/objections", {"items": [f"p{number}"]})
            return answer, time.perf_counter() - began

        crowd = await asyncio.gather(*(one(number) for number in range(6)))
        other = await api.get("/api/v1/openapi.json")
        stranger = await api.post("/api/v1/objections", {"items": ["p"]}, client="198.51.100.1")
        with api.open() as register:
            return crowd, other, stranger, read_head(register).size

    crowd, other, stranger, size = run(talk, rate)
    taken = [seconds for answer, seconds in crowd if answer.status == 201]
    turned = [answer for answer, _ in crowd if answer.status != 201]
    # The last of them waits for two tokens, less what came in while the others asked.
    assert (len(taken), size, max(taken) >= 0.25, stranger.status) == (4, 5, True, 201)
    assert {(a.status, a.json["code"], a.headers[b"retry-after"]) for a in turned} == {(503, "come-again", b"1")}
    assert (other.status, other.json["code"], other.headers[b"retry-after"]) == (429, "too-many-requests", b"1")


# -------------------------------------------------------------------------------------------------------- no oracle

EACH = 300
# Two-sided, of 1 run in 15,000 by chance.
TOO_FAR = 4.0


def mann_whitney(one, other):
    """Return how far a rank sum lies from that of equal samples, in standard deviations; ties share their rank."""
    joined = sorted((*one, *other))
    ranks = {}
    for rank, value in enumerate(joined, start=1):
        ranks.setdefault(value, []).append(rank)
    total = sum(statistics.fmean(ranks[value]) for value in one)
    n, m = len(one), len(other)
    return (total - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def test_the_two_sample_test_sees_a_difference_of_half_the_spread_and_no_difference_where_there_is_none():
    draw = random.Random(7)
    same = [draw.gauss(10, 1) for _ in range(EACH)], [draw.gauss(10, 1) for _ in range(EACH)]
    apart = [draw.gauss(10, 1) for _ in range(EACH)], [draw.gauss(10.5, 1) for _ in range(EACH)]
    assert (abs(mann_whitney(*same)) < TOO_FAR, abs(mann_whitney(*apart)) > TOO_FAR) == (True, True)


def by_link(keyring, name):
    return "/api/objections", {"link": make_link(keyring, subject_key(keyring, name))}


def by_item(_keyring, name):
    return "/api/v1/objections", {"items": [name], "pages": [f"https://agora.example/{name}"]}


async def import_known(api, key, names):
    rows = (f"{name},,1990,DE,de,public,active" for name in names)
    feed = "\n".join([ACCOUNTS.splitlines()[0], *rows]).encode()
    assert (await api.post("/api/v1/feeds/accounts", feed, key=key, media="text/csv")).json["imported"] == EACH


async def point_at_known(api, _key, names):
    await asyncio.gather(*(api.post(*by_item(None, name), client="127.0.0.1") for name in names))


@pytest.mark.parametrize(("ask", "make_known"), [(by_link, import_known), (by_item, point_at_known)])
def test_known_and_unknown_get_answers_of_the_same_fields_and_lengths_in_the_same_time(
    run, key_of, keyring, ask, make_known
):
    key = key_of("platform")
    names = [(f"{kind}-{number:03d}", kind) for number in range(EACH) for kind in ("known", "blank")]
    random.Random(11).shuffle(names)

    async def talk(api):
        await make_known(api, key, [name for name, kind in names if kind == "known"])
        samples = {"known": [], "blank": []}
        for name, kind in names:
            path, asked = ask(keyring, name)
            content = json.dumps(asked).encode()
            began = time.perf_counter()
            answer = await api.post(path, content, client="127.0.0.1")
            samples[kind].append((time.perf_counter() - began, len(answer.body), answer.status, tuple(answer.json)))
        return samples["known"], samples["blank"]

    known, blank = run(talk, clock=SystemClock())
    seconds, lengths = ([[sample[part] for sample in each] for each in (known, blank)] for part in (0, 1))
    shapes = {sample[2:] for sample in (*known, *blank)}
    assert shapes == {(201, ("receipt", "index", "received_at", "accounts_covered"))}
    assert (abs(mann_whitney(*seconds)) < TOO_FAR, abs(mann_whitney(*lengths)) < TOO_FAR) == (True, True)
