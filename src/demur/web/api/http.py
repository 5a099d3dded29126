"""Requests and answers of the door, in the words of ASGI 3 and of RFC 9457 (problem details)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from demur.kernel.errors import DemurError
from demur.web.api.keys import Caller
from demur.web.errors import RequestInvalidError, RequestTooLargeError, WorkNeededError
from demur.web.origins import Proxies, origin_of

# The three names of the ASGI specification, version 3.
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

JSON_MEDIA = "application/json"
# What an open objection shows under load; the values are texts of ASCII.
WORK_HEADER = b"demur-work"
TICKET_HEADER = b"demur-ticket"
PROBLEM_MEDIA = "application/problem+json"
_NOT_STORED = (b"cache-control", b"no-store")
_MAX_FIELDS = 16
_encoder = msgspec.json.Encoder()


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, in the form of RFC 9457; `code` is that of the reference of errors, `next` is what to do.

    `ticket` is a turn in the slow lane, good once `Retry-After` is over.
    """

    title: str
    status: int
    detail: str
    code: str | None = None
    next: str | None = None
    ticket: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request after its route, its caller and its body are known.

    Attributes:
        at: when it arrived.
        caller: whose API key it carried; None without one.
        body: the whole body; empty where the route takes it piece by piece.
        pieces: the body piece by piece, where the route takes it so.
    """

    at: datetime
    caller: Caller | None
    query: str
    content_type: str
    body: bytes = b""
    pieces: AsyncIterator[bytes] | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece, however the route takes it."""
        if self.pieces is None:
            yield self.body
        else:
            async for piece in self.pieces:
                yield piece


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent back: a body, or a file or anything else that is read, or made, while it is sent."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    file: Path | None = None
    pieces: Iterator[bytes] | None = None


def reply(status: int, value: object) -> Answer:
    """Return a value as JSON."""
    return content(status, _encoder.encode(value), JSON_MEDIA)


def content(status: int, body: bytes, media: str) -> Answer:
    """Return bytes of a media type."""
    return Answer(status=status, body=body, headers=((b"content-type", media.encode()), _NOT_STORED))


def stream(path: Path, media: str) -> Answer:
    """Return a file of a media type."""
    return Answer(status=200, file=path, headers=((b"content-type", media.encode()), _NOT_STORED))


def stream_json(pieces: Iterator[bytes]) -> Answer:
    """Return JSON that is made while it is sent, so that it never stands in memory as a whole."""
    return Answer(status=200, pieces=pieces, headers=((b"content-type", JSON_MEDIA.encode()), _NOT_STORED))


def refuse(status: int, title: str, detail: str, headers: Headers = ()) -> Answer:
    """Return a problem that no error of ours names."""
    return _problem(Problem(title=title, status=status, detail=detail), headers)


def explain(status: int, title: str, error: DemurError, headers: Headers = ()) -> Answer:
    """Return an error as a problem."""
    problem = Problem(
        title=title,
        status=status,
        detail=str(error),
        code=error.code,
        next=error.hint,
        ticket=error.ticket if isinstance(error, WorkNeededError) else None,
    )
    return _problem(problem, headers)


def _problem(problem: Problem, headers: Headers) -> Answer:
    named = ((b"content-type", PROBLEM_MEDIA.encode()), _NOT_STORED, *headers)
    return Answer(status=problem.status, body=_encoder.encode(problem), headers=named)


def header(scope: Message, name: bytes) -> str:
    """Return the last value of a header; empty when the request has none."""
    values = [value for key, value in scope.get("headers", ()) if key.lower() == name]
    return values[-1].decode("latin-1") if values else ""


def origin(scope: Message, proxies: Proxies) -> str | None:
    """Return the network that a request comes from; None when it comes from this machine itself."""
    client = scope.get("client")
    forwarded = [value for key, value in scope.get("headers", ()) if key.lower() == b"x-forwarded-for"]
    return origin_of(client[0] if client else None, b",".join(forwarded).decode("latin-1"), proxies)


class CallerGoneError(Exception):
    """The caller went away before the end of the body: nobody is there to be answered."""


async def read_pieces(receive: Receive, cap: int) -> AsyncIterator[bytes]:
    """Yield a request's body piece by piece, up to a cap; the next piece is read when it is asked for.

    Raises:
        RequestTooLargeError: it is longer.
        CallerGoneError: the caller went away before its end.
    """
    size_bytes = 0
    is_complete = False
    while not is_complete:
        piece, is_complete = _piece(await receive())
        size_bytes += len(piece)
        _check_size(size_bytes, cap)
        yield piece


async def read_body(receive: Receive, cap: int) -> bytes:
    """Read a request's body up to a cap; raises as `read_pieces`."""
    # Most come in one piece, for which neither a generator nor a buffer is needed.
    body, is_complete = _piece(await receive())
    _check_size(len(body), cap)
    if is_complete:
        return body
    joined = bytearray(body)
    while not is_complete:
        piece, is_complete = _piece(await receive())
        joined += piece
        _check_size(len(joined), cap)
    return bytes(joined)


def _piece(message: Message) -> tuple[bytes, bool]:
    """Return a piece of a body, and whether it is the last; raises `CallerGoneError`."""
    if message["type"] == "http.disconnect":
        raise CallerGoneError
    return message.get("body", b""), not message.get("more_body", False)


def _check_size(size_bytes: int, cap: int) -> None:
    if size_bytes > cap:
        text = f"the body has more than {cap:,} bytes"
        raise RequestTooLargeError(text, hint="Send less in one request.")


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
