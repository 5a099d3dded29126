"""A program that is not ours reads the API's document, asks for all that it names, and finds no answer beside it."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
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
from demur.web.api.keys import Role, add_key
from demur.web.api.limits import Rate
from demur.web.api.openapi import describe
from demur.web.api.routes import ROUTES, find_route
from demur.web.api.service import ApiSettings
from demur.web.door import Door
from demur.web.links import make_link

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
HEADER = "account,centre,birth_date,country,language,visibility,state\n"
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
        ApiSettings(keys=folder / "api.json", snapshots=folder, corpora=folder, rate=rate),
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


def test_what_is_given_to_whoever_asks_rightly_has_the_form_of_the_document(tried):
    url = f"sqlite:///{tried.folder}/r.db"
    with open_register(url, keyring=tried.keyring, log_folder=tried.folder / "log") as register:
        take_snapshot(register, tried.folder / "1", at=AT)
    link = make_link(tried.keyring, subject_key(tried.keyring, "fern"))
    objected = tried.ask(tried.schema["/api/objections"]["POST"].Case(body={"link": link}))
    receipt = objected.json()["receipt"]
    rightly = (
        ("/api/v1/objections/status", {"body": receipt, "media_type": "text/plain"}),
        ("/api/v1/feeds/accounts", {"body": HEADER + "fern,,1990,DE,de,public,active\n", "media_type": "text/csv"}),
        ("/api/v1/feeds/links", {"body": "account,centre\nfern,c1\n", "media_type": "text/csv"}),
    )
    given = [tried.ask(tried.schema[path]["POST"].Case(**asked)) for path, asked in rightly]
    given.append(tried.ask(tried.schema["/api/v1/snapshots/latest"]["GET"].Case()))
    table = {"snapshot": given[-1].json()["name"], "table": "objections"}
    given.append(tried.ask(tried.schema["/api/v1/snapshots/table"]["GET"].Case(query=table)))
    assert [objected.status_code, *(answer.status_code for answer in given)] == [201, 200, 200, 200, 200, 200]


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
