"""The OpenAPI 3.1 document, written from the table of routes and the structures that its handlers read and write.

Source: https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from demur.web.admission.tickets import MAX_TICKET_CHARACTERS
from demur.web.admission.work import MAX_SOLUTION_CHARACTERS
from demur.web.api.http import PROBLEM_MEDIA, TICKET_HEADER, WORK_HEADER, Problem
from demur.web.api.limits import Pace
from demur.web.api.routes import Route

_TITLES = {
    400: "The request cannot be read, or asks for nothing that there is.",
    401: "The key is missing, or is not in force.",
    403: "The key has another role, or the signature is not a registered agent's.",
    404: "There is no such document.",
    413: "The body is too long.",
    415: "The body has another media type.",
    429: "Too many requests: try again after the seconds in Retry-After.",
    503: "Try again after the seconds in Retry-After; nothing was recorded.",
}
_FIELDS = "__struct_fields__"
_Object = dict[str, Any]
# What an open objection may show.
_SHOWN: list[_Object] = [
    {
        "name": name,
        "in": "header",
        "required": False,
        "description": f"{description}; {longest} characters at most, looked at under load only.",
        # Its length is told in words: without load nobody looks at it, so that a longer one is refused under load only.
        "schema": {"type": "string"},
    }
    for name, description, longest in (
        (WORK_HEADER.decode(), "A solution of /api/v1/challenge, base64 as ALTCHA has it", MAX_SOLUTION_CHARACTERS),
        (TICKET_HEADER.decode(), "The ticket of an answer 503, once Retry-After is over", MAX_TICKET_CHARACTERS),
    )
]


def describe(routes: Sequence[Route]) -> bytes:
    """Return the document as JSON, two spaces a level, the same bytes for the same table."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Demur",
            "version": "1",
            "summary": "Objections, feeds and signed documents.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(routes),
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def problems_of(route: Route) -> list[int]:
    """Return every status with which a route may refuse, in their order."""
    implied = {
        400: route.body is not None or route.query is not None,
        401: bool(route.roles) or route.takes_key,
        403: bool(route.roles),
        413: route.body is not None,
        429: route.pace is Pace.REFUSED,
        503: route.pace is Pace.DELAYED or bool(route.roles) or route.takes_key,
    }
    return sorted({*route.problems, *(status for status, holds in implied.items() if holds)})


def _paths(routes: Sequence[Route]) -> _Object:
    paths: _Object = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return paths


def _operation(route: Route) -> _Object:
    name = route.handler.__name__
    operation: _Object = {"operationId": name, "summary": route.summary, "security": _security(route)}
    if route.roles:
        operation["description"] = f"Role: {', '.join(sorted(route.roles))}."
    parameters = [*(_parameters(route.query) if route.query is not None else []), *(_SHOWN if route.is_open else [])]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        schema = _text_body(route) if route.body is str else _reference(route.body)
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": schema} for media in route.media},
        }
    problem = {PROBLEM_MEDIA: {"schema": _reference(Problem)}}
    operation["responses"] = {
        str(route.success): {"description": "Done.", "content": {route.reply_media: {"schema": _answer(route)}}},
        **{str(status): {"description": _TITLES[status], "content": problem} for status in problems_of(route)},
    }
    return operation


def _text_body(route: Route) -> _Object:
    """Return the schema of a body that is text; what a signed one carries stands beside it (JSON Schema 8.5)."""
    if route.carries is None:
        return {"type": "string"}
    text = f"A 64-byte Ed25519 signature, then the JSON of {route.carries.__name__} that it signs."
    return {"type": "string", "contentEncoding": "base64", "description": text}


def _security(route: Route) -> list[_Object]:
    """Return the ways in: by key, or without one (the empty object of OpenAPI)."""
    keyed: list[_Object] = [{"key": []}] if route.roles or route.takes_key else []
    return keyed if route.roles and not route.is_open_here else [{}, *keyed]


def _answer(route: Route) -> _Object:
    if route.reply is None:
        return {"type": "string"}
    return {"type": "object"} if route.reply is dict else _reference(route.reply)


def _parameters(query: type[Any]) -> list[_Object]:
    _, components = msgspec.json.schema_components([query])
    schema = components[query.__name__]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _parameter_schema(field)}
        for name, field in schema["properties"].items()
    ]


def _parameter_schema(field: _Object) -> _Object:
    """Return the schema of a parameter: one that is left out is not null, which a query cannot say."""
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    return {**kinds[0], **({"default": field["default"]} if field.get("default") is not None else {})}


def _reference(kind: type[Any]) -> _Object:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _schemas(routes: Sequence[Route]) -> _Object:
    named: list[type[Any] | None] = [kind for route in routes for kind in (route.body, route.carries, route.reply)]
    structures = {kind.__name__: kind for kind in (*named, Problem) if kind is not None and hasattr(kind, _FIELDS)}
    kinds = [structures[name] for name in sorted(structures)]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return dict(sorted(components.items()))
