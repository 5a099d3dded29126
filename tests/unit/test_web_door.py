"""The intake door refuses what is no objection before it asks the register for anything."""

import asyncio
import json

import pytest

from demur.kernel.clock import SystemClock
from demur.register.errors import DatabaseNotDurableError
from demur.web.door import Door

DETAIL = "there is no such path; /api/v1/openapi.json lists those that there are"


def refuse_to_open():
    message = "the database would lose what it acknowledged"
    raise DatabaseNotDurableError(message)


def answer(method, path):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b'{"link": "x"}'}

    scope = {"type": "http", "path": path, "method": method}
    asyncio.run(Door(refuse_to_open, SystemClock())(scope, receive, send))
    start, body = sent
    return start["status"], dict(start["headers"]), json.loads(body["body"])


@pytest.mark.parametrize("path", ["/", "/api", "/api/objections/", "/api/objection", "/object/x"])
def test_another_path_is_not_found(path):
    status, headers, problem = answer("POST", path)
    assert (status, headers[b"content-type"]) == (404, b"application/problem+json")
    assert problem == {"title": "Not found", "status": 404, "detail": DETAIL}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_refused_with_the_one_that_is_allowed(method):
    status, headers, problem = answer(method, "/api/objections")
    assert (status, headers[b"allow"], problem["detail"]) == (405, b"POST", "/api/objections takes POST")


def test_a_door_whose_register_is_not_open_asks_to_try_again():
    status, headers, problem = answer("POST", "/api/objections")
    assert (status, headers[b"retry-after"], problem["code"]) == (503, b"1", "register-unavailable")


def test_a_door_that_cannot_open_the_register_tells_the_server_why_and_does_not_start():
    sent, given = [], iter([{"type": "lifespan.startup"}])

    async def receive():
        return next(given)

    async def send(message):
        sent.append(message)

    asyncio.run(Door(refuse_to_open, SystemClock())({"type": "lifespan"}, receive, send))
    message = "the database would lose what it acknowledged [database-not-durable]"
    assert sent == [{"type": "lifespan.startup.failed", "message": message}]
