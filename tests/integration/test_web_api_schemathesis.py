"""A program that is not ours reads the API's document, asks for all that it names, and finds no answer beside it."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.python.asgi import get_client, shutdown_lifespans

from demur.kernel.clock import FixedClock
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import subject_key
from demur.register.snapshot import take_snapshot
from demur.register.store import open_register
from demur.web.api.feeds import FEED_MEDIA
from demur.web.api.keys import Role, add_agent, add_key
from demur.web.api.limits import Rate
from demur.web.api.openapi import describe
from demur.web.api.routes import ROUTES, find_route
from demur.web.api.service import ApiSettings
from demur.web.door import Door
from demur.web.links import make_link

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
AGENT = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
ACCOUNTS = "account,centre,birth_date,country,language,visibility,state\nfern,,1990,DE,de,public,active\n"
NOTICES = (
    "account,version,channel,language,event,at,states_right\n"
    "fern,2025-04,email,de,delivered,2025-04-20T06:00:00Z,true\n"
)
MESSAGE = {
    "agent-id": "agent.example",
    "business-id": "agora.example",
    "exercise": "ai_training:object",
    "issued-at": "2025-05-27T05:59:00Z",
    "expires-at": "2025-05-27T07:00:00Z",
    "requests": [{"agent_request_id": "1", "account": "moss"}],
}
# Asked rightly they need what another route gave: a receipt, and the name of a snapshot.
AFTERWARDS = ("POST /api/v1/objections/status", "GET /api/v1/snapshots/table")
OPERATIONS = [(route.method, route.path) for route in ROUTES]
NAMES = [f"{method} {path}" for method, path in OPERATIONS]
# The others take nothing that could be wrong.
TAKING = [(route.method, route.path) for route in ROUTES if route.body or route.query]
TAKING_NAMES = [f"{method} {path}" for method, path in TAKING]
# A body of theirs can have the form that the document describes and still be no token, receipt, signature or table.
MEANING = {
    "/api/objections",
    "/api/v1/objections",
    "/api/v1/objections/status",
    "/api/v1/agents/objections",
    "/api/v1/feeds/accounts",
    "/api/v1/feeds/links",
    "/api/v1/feeds/notices",
}


@schemathesis.serializer(*FEED_MEDIA)
def write_text(_context, value):
    """Send what was drawn for a text as it is, where it is one."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """The document as schemathesis reads it, beside a door that runs and keys of all roles."""

    folder: Path
    keyring: Keyring
    schema: Any
    client: Any
    keys: dict[Role, str]

    def ask(self, case):
        """Send a case with a key of a role that may ask, and hold what comes back against the document."""
        roles = find_route(case.operation.method.upper(), case.operation.path).roles
        return case.call_and_validate(
            session=self.client,
            headers={"Authorization": f"Bearer {self.keys[min(roles, default=Role.PLATFORM)]}"},
            excluded_checks=[positive_data_acceptance] if case.operation.path in MEANING else [],
        )

    def ask_some(self, operation, mode, *, examples):
        @settings(
            max_examples=examples,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(operation.as_strategy(generation_mode=mode, feedback=NO_FEEDBACK))
        def check(case):
            answered.append(self.ask(case).status_code)

        answered = []
        check()
        return answered


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tried")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"schemathesis")
    rate = Rate(per_second=1e9, burst=1_000_000)
    door = Door(
        lambda: open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log"),
        FixedClock(AT),
        ApiSettings(keys=folder / "api.json", snapshots=folder, corpora=folder, feeds=folder / "feeds", rate=rate),
    )
    schema = schemathesis.openapi.from_dict(json.loads(describe(ROUTES)))
    schema.app = door
    # A list beyond its limit makes the body too long: that is refused as such.
    schema.config.checks.negative_data_rejection.expected_statuses.append("413")
    keys = {role: add_key(folder / "api.json", role.value, (role,), today=date(2025, 5, 27)) for role in Role}
    with get_client(door) as client:
        yield Tried(folder=folder, keyring=keyring, schema=schema, client=client, keys=keys)
    shutdown_lifespans()


def test_schemathesis_finds_every_route(tried):
    found = [operation.ok() for operation in tried.schema.get_all_operations()]
    assert sorted((operation.method.upper(), operation.path) for operation in found) == sorted(OPERATIONS)


def signed(message):
    content = json.dumps(message).encode()
    return base64.b64encode(AGENT.sign(content) + content).decode()


def test_whoever_asks_rightly_is_given_what_the_document_says_on_every_route(tried):
    url = f"sqlite:///{tried.folder}/r.db"
    with open_register(url, keyring=tried.keyring, log_folder=tried.folder / "log") as register:
        take_snapshot(register, tried.folder / "1", at=AT)
    link = make_link(tried.keyring, subject_key(tried.keyring, "fern"))
    agent = base64.b64encode(AGENT.public_key().public_bytes_raw()).decode()
    add_agent(tried.folder / "api.json", "agent.example", agent, today=AT.date())
    for folder in ("corpus/removals", "feeds/recipient"):
        (tried.folder / folder).mkdir(parents=True)
        (tried.folder / folder / "00000001.json").write_text("{}")
        (tried.folder / folder / "00000001.note").write_text("signed\n")
    (tried.folder / "corpus/manifest.note").touch()
    rightly = {
        "POST /api/objections": {"body": {"link": link}},
        "POST /api/v1/objections": {"body": {"items": ["7"], "pages": ["https://agora.example/p/7"]}},
        "POST /api/v1/agents/objections": {"body": signed(MESSAGE), "media_type": "text/plain"},
        "POST /api/v1/feeds/accounts": {"body": ACCOUNTS, "media_type": "text/csv"},
        "POST /api/v1/feeds/links": {"body": "account,centre\nfern,c1\n", "media_type": "text/csv"},
        "POST /api/v1/feeds/notices": {"body": NOTICES, "media_type": "text/csv"},
        "POST /api/v1/references": {"body": {"accounts": ["fern"]}},
        "GET /api/v1/confirmations": {"query": {"after": -1}},
        "GET /api/v1/removals": {"query": {"corpus": "corpus"}},
    }
    answers = {name: ask_rightly(tried, name, rightly.get(name, {})) for name in NAMES if name not in AFTERWARDS}
    receipt = {"body": answers["POST /api/objections"].json()["receipt"], "media_type": "text/plain"}
    table = {"snapshot": answers["GET /api/v1/snapshots/latest"].json()["name"], "table": "objections"}
    later = dict(zip(AFTERWARDS, (receipt, {"query": table}), strict=True))
    answers |= {name: ask_rightly(tried, name, asked) for name, asked in later.items()}
    expected = {name: route.success for name, route in zip(NAMES, ROUTES, strict=True)}
    assert {name: answer.status_code for name, answer in answers.items()} == expected
    assert answers["POST /api/v1/agents/objections"].json()["requests"][0]["status"] == "in_progress"
    imported = {name: answer.json()["imported"] for name, answer in answers.items() if "/feeds/" in name}
    assert imported == dict.fromkeys(imported, 1)


def ask_rightly(tried, name, asked):
    method, path = name.split()
    return tried.ask(tried.schema[path][method].Case(**asked))


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=NAMES)
def test_each_edge_of_the_document_is_answered_as_it_says(tried, method, path):
    operation, modes = tried.schema[path][method], list(GenerationMode)
    cases = tried.schema.iter_coverage_cases(
        operation, generation_modes=modes, generation_config=tried.schema.config.generation
    )
    # What `ask` finds against the document fails there; no edge may break the door.
    answered = [tried.ask(case).status_code for case in cases]
    assert answered
    assert max(answered) < HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.mark.slow
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), TAKING, ids=TAKING_NAMES)
def test_whatever_fits_the_document_or_does_not_is_answered_as_it_says(tried, method, path, mode):
    answered = tried.ask_some(tried.schema[path][method], mode, examples=100)
    assert answered
    assert max(answered) < HTTPStatus.INTERNAL_SERVER_ERROR
