"""Requests and answers of the door, in the words of ASGI 3 and of RFC 9457 (problem details)."""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from demur.kernel.errors import DemurError
from demur.web.api.keys import Caller
from demur.web.errors import RequestInvalidError, RequestTooLargeError

# The three names of the ASGI specification, version 3.
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

JSON_MEDIA = "application/json"
PROBLEM_MEDIA = "application/problem+json"
_NOT_STORED = (b"cache-control", b"no-store")
# A network of a household or a company: what one person can take many addresses from.
_PREFIX_BITS = {4: 24, 6: 56}
_MAX_FIELDS = 16
_encoder = msgspec.json.Encoder()


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, in the form of RFC 9457; `code` is that of the reference of errors, `next` is what to do."""

    title: str
    status: int
    detail: str
    code: str | None = None
    next: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request after its route, its caller and its body are known.

    Attributes:
        at: when it arrived.
        caller: whose API key it carried; None without one.
    """

    at: datetime
    caller: Caller | None
    query: str
    content_type: str
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent back: a body, or a file that is sent in pieces."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    file: Path | None = None


def reply(status: int, value: object) -> Answer:
    """Return a value as JSON."""
    return content(status, _encoder.encode(value), JSON_MEDIA)


def content(status: int, body: bytes, media: str) -> Answer:
    """Return bytes of a media type."""
    return Answer(status=status, body=body, headers=((b"content-type", media.encode()), _NOT_STORED))


def stream(path: Path, media: str) -> Answer:
    """Return a file of a media type."""
    return Answer(status=200, file=path, headers=((b"content-type", media.encode()), _NOT_STORED))


def refuse(status: int, title: str, detail: str, headers: Headers = ()) -> Answer:
    """Return a problem that no error of ours names."""
    return _problem(Problem(title=title, status=status, detail=detail), headers)


def explain(status: int, title: str, error: DemurError, headers: Headers = ()) -> Answer:
    """Return an error as a problem."""
    return _problem(Problem(title=title, status=status, detail=str(error), code=error.code, next=error.hint), headers)


def _problem(problem: Problem, headers: Headers) -> Answer:
    named = ((b"content-type", PROBLEM_MEDIA.encode()), _NOT_STORED, *headers)
    return Answer(status=problem.status, body=_encoder.encode(problem), headers=named)


def header(scope: Message, name: bytes) -> str:
    """Return the last value of a header; empty when the request has none."""
    values = [value for key, value in scope.get("headers", ()) if key.lower() == name]
    return values[-1].decode("latin-1") if values else ""


def origin(scope: Message) -> str | None:
    """Return the network that a request comes from; None when it comes from this machine itself.

    Behind a proxy on this machine the network is that of the last address in ``X-Forwarded-For``, which the proxy
    appended: what stands before it is the caller's claim. Anybody else's header is not believed.
    """
    peer = _address((scope.get("client") or ("",))[0])
    if peer is None or not peer.is_loopback:
        return "unknown" if peer is None and scope.get("client") else _network(peer)
    forwarded = header(scope, b"x-forwarded-for")
    if not forwarded:
        return None
    return _network(_address(forwarded.rpartition(",")[2].strip())) or "unknown"


_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _network(address: _Address | None) -> str | None:
    if address is None:
        return None
    return str(ipaddress.ip_network(f"{address}/{_PREFIX_BITS[address.version]}", strict=False))


async def read_body(receive: Receive, cap: int) -> bytes | None:
    """Read a request's body up to a cap; None when the caller goes away before its end.

    Raises:
        RequestTooLargeError: it is longer.
    """
    body = bytearray()
    is_complete = False
    while not is_complete:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > cap:
            text = f"the body has more than {cap:,} bytes"
            raise RequestTooLargeError(text, hint="Send less in one request.")
        is_complete = not message.get("more_body", False)
    return bytes(body)


def decode_query(query: str, kind: type[Any]) -> Any:  # noqa: ANN401 -- an instance of `kind`
    """Read a query string as a structure; a name that it does not have, or that stands twice, is refused.

    Raises:
        RequestInvalidError: it is none.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=_MAX_FIELDS)
        named = dict(pairs)
        if len(named) != len(pairs):
            message = "a parameter stands twice"
            raise RequestInvalidError(message, hint="Give each parameter once.")
        return msgspec.convert(named, kind, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        message = f"the parameters cannot be read: {error}"
        raise RequestInvalidError(message, hint="/api/v1/openapi.json names the parameters of each path.") from error
