"""Requests that are made from the document, and bent: whatever comes, the door answers as the document says."""

import asyncio
import base64
import json
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demur.kernel.clock import FixedClock
from demur.keys.keyring import create_keyring
from demur.register.store import open_register
from demur.web.api.keys import Role, add_key
from demur.web.api.limits import Rate
from demur.web.api.openapi import describe
from demur.web.api.routes import ROUTES, find_route
from demur.web.api.service import ApiSettings
from demur.web.door import Door

DOCUMENT = json.loads(describe(ROUTES))
AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
EXAMPLES = 60
ANY_TEXT = st.text(max_size=40)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)


def values_of(schema):
    """Return a strategy for values of a schema of the document."""
    if "$ref" in schema:
        return values_of(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema:
        return st.one_of([values_of(kind) for kind in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        fields = {name: values_of(field) for name, field in schema["properties"].items()}
        required = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=fields)
    if schema["type"] == "array":
        return st.lists(values_of(schema["items"]), max_size=4)
    return {"null": st.none(), "boolean": st.booleans(), "integer": st.integers(), "string": ANY_TEXT}[schema["type"]]


def bodies_of(operation):
    """Return a strategy for media types and bodies: what fits, what nearly fits, and anything."""
    media = operation.get("requestBody", {}).get("content", {"text/plain": {"schema": {"type": "string"}}})
    fitting = [
        st.tuples(st.just(name), values_of(content["schema"]).map(encode_as(name))) for name, content in media.items()
    ]
    signed = values_of({"$ref": "#/components/schemas/AgentMessage"}).map(
        lambda message: base64.b64encode(bytes(64) + json.dumps(message).encode())
    )
    lines = st.lists(st.dictionaries(st.sampled_from(["account", "centre", "event", "at"]), ANY_JSON)).map(
        lambda rows: "\n".join(json.dumps(row) for row in rows).encode()
    )
    anything = st.one_of(st.binary(max_size=60), ANY_JSON.map(lambda value: json.dumps(value).encode()), signed, lines)
    return st.one_of(*fitting, st.tuples(st.sampled_from(sorted(media)), anything))


def encode_as(media):
    if media == "application/json":
        return lambda value: json.dumps(value).encode("utf-8", "surrogatepass")
    return lambda value: str(value).encode("utf-8", "surrogatepass")


def queries_of(operation):
    named = {field["name"]: values_of(field["schema"]).map(str) for field in operation.get("parameters", ())}
    fitting = st.fixed_dictionaries({}, optional=named).map(lambda query: urlencode(query, errors="surrogatepass"))
    return fitting | ANY_TEXT.map(lambda text: text.encode("ascii", "ignore").decode())


OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function that sends one request to a door that runs, with a key of a role that may ask it."""
    folder = tmp_path_factory.mktemp("fuzzed")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"fuzz")
    keys = {role: add_key(folder / "api.json", role.value, (role,), today=date(2025, 5, 27)) for role in Role}
    rate = Rate(per_second=1e9, burst=1_000_000)
    given_messages, loop = asyncio.Queue(), asyncio.new_event_loop()
    door = Door(
        lambda: open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log"),
        FixedClock(AT),
        ApiSettings(keys=folder / "api.json", snapshots=folder, corpora=folder, rate=rate),
    )

    async def start():
        is_up = asyncio.Event()

        async def note(_message):
            is_up.set()

        life = asyncio.create_task(door({"type": "lifespan"}, given_messages.get, note))
        await given_messages.put({"type": "lifespan.startup"})
        await is_up.wait()
        return life

    async def send_one(method, path, query, media, body):
        sent = []
        route = find_route(method, path)
        key = keys[min(route.roles, default=Role.PLATFORM)]
        headers = [(b"content-type", media.encode()), (b"authorization", f"Bearer {key}".encode())]
        scope = {"type": "http", "method": method, "path": path, "headers": headers, "client": ("192.0.2.1", 1)}

        async def receive():
            return {"type": "http.request", "body": body}

        async def send(message):
            sent.append(message)

        await door({**scope, "query_string": query.encode()}, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:])

    async def stop(life):
        await given_messages.put({"type": "lifespan.shutdown"})
        await life

    life = loop.run_until_complete(start())
    yield lambda *request: loop.run_until_complete(send_one(*request))
    loop.run_until_complete(stop(life))
    loop.close()


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[path for _, path, _ in OPERATIONS])
def test_every_answer_is_one_that_the_document_names_and_none_is_a_fault_of_the_server(ask, method, path, operation):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(bodies_of(operation), queries_of(operation))
    def check(request, query):
        media, body = request
        status, headers, content = ask(method, path, query, media, body)
        named = operation["responses"].get(str(status), {"content": {}})["content"]
        told = headers[b"content-type"].decode().replace("; charset=utf-8", "")
        assert (status < 500, told in {name.replace("; charset=utf-8", "") for name in named}) == (True, True), content

    check()
