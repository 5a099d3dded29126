"""The intake door: objections as JSON, for notices in an app, for agents and for bulk, at the rate of the Sequencer.

Plain ASGI without a framework, because a framework's request machinery costs more than the objection itself
(ADR-0010). The token of a notice is all that a caller needs; the answer is the receipt, and it leaves only after the
objection is on disk and in the log.

    POST /api/objections   {"link": "...", "idempotency_key": "..."}   ->   201 {"receipt": "...", ...}
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec

from demur.kernel.clock import Clock, timestamp
from demur.kernel.errors import DemurError, InputError, TransientError
from demur.kernel.words import Purpose
from demur.register.errors import RegisterUnavailableError
from demur.register.intake import Receipt, enqueue_objection, receipt_of
from demur.register.objecting import ObjectionForm
from demur.register.serving import serving
from demur.register.store import Register
from demur.web.errors import RequestInvalidError, RequestTooLargeError
from demur.web.links import open_link

PATH = "/api/objections"
MAX_BODY_BYTES = 64 * 1024
RETRY_AFTER_SECONDS = 1

# The three names of the ASGI specification, version 3.
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
_JSON: _Headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_PROBLEM: _Headers = ((b"content-type", b"application/problem+json"), (b"cache-control", b"no-store"))


class _ObjectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller sends; an unknown field is refused, because it could be a wish that nobody would honour."""

    link: str
    idempotency_key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class _ReceiptReply(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller gets: the proof, and what stands in it in plain fields."""

    receipt: str
    index: int
    received_at: str
    accounts_covered: int


class _Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, in the form of RFC 9457; `code` is that of the reference of errors."""

    title: str
    status: int
    detail: str
    code: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    body: bytes
    headers: _Headers


_decoder = msgspec.json.Decoder(_ObjectionRequest)
_encoder = msgspec.json.Encoder()


class Door:
    """The ASGI application: it opens the register when the server starts it, and closes it with the server."""

    def __init__(
        self, open_register: Callable[[], Register], clock: Clock, *, sequencer_socket: Path | None = None
    ) -> None:
        """Remember how to open the register, and where pages reach its sequencer, if they do; nothing is opened yet."""
        self._open_register = open_register
        self._socket = sequencer_socket
        self._clock = clock
        self._register: Register | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve the life of the server, or one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            if answer is not None:
                await _send(answer, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            try:
                self._register = stack.enter_context(self._open_register())
                if self._socket is not None:
                    await stack.enter_async_context(serving(self._register.sequencer, self._socket))
            except DemurError as error:
                await send({"type": "lifespan.startup.failed", "message": f"{error} [{error.code}]"})
                return
            except OSError as error:
                message = f"the sequencer cannot listen at {self._socket}: {error.strerror}"
                await send({"type": "lifespan.startup.failed", "message": message})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, receive: Receive) -> _Answer | None:
        """Answer one request; None when the caller went away before it had asked."""
        at = self._clock.now()  # what counts is when an objection arrives, not when it was processed
        refusal = _check_route(scope)
        if refusal is not None:
            return refusal
        try:
            body = await _read_body(receive)
            return None if body is None else _accept(await self._file(body, at=at))
        except RequestTooLargeError as error:
            return _explain(413, "Too long", error)
        except InputError as error:
            return _explain(400, "Not an objection that can be read", error)
        except TransientError as error:
            return _explain(503, "Try again", error, _RETRY)

    async def _file(self, body: bytes, *, at: datetime) -> Receipt:
        register = self._opened()
        request = _decode(body)
        form = ObjectionForm(
            subjects=(open_link(register.keyring, request.link),),
            purpose=Purpose.TRAIN_GENERATIVE_MODELS,
            received_at=at,
            idempotency_key=request.idempotency_key,
        )
        waiting = asyncio.wrap_future(enqueue_objection(register, form, at=at))
        # Shielded: a caller that hangs up must not cancel what the Sequencer is about to answer.
        return receipt_of(await asyncio.shield(waiting))

    def _opened(self) -> Register:
        if self._register is None:
            message = "the register is not open yet"
            raise RegisterUnavailableError(message)
        return self._register


def _check_route(scope: Message) -> _Answer | None:
    """Refuse whatever is not a POST to the one path; None when it is."""
    if scope["path"] != PATH:
        return _refuse(404, "Not found", f"there is only {PATH}")
    if scope["method"] != "POST":
        return _refuse(405, "Method not allowed", f"{PATH} takes POST", ((b"allow", b"POST"),))
    return None


async def _read_body(receive: Receive) -> bytes | None:
    """Read a request's body up to the cap; None when the caller goes away before its end.

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
        if len(body) > MAX_BODY_BYTES:
            text = f"the body has more than {MAX_BODY_BYTES:,} bytes"
            raise RequestTooLargeError(text, hint="Send one objection in a request.")
        is_complete = not message.get("more_body", False)
    return bytes(body)


def _decode(body: bytes) -> _ObjectionRequest:
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"the body is not an objection: {error}"
        hint = 'Send {"link": "the token in the link of the notice"}; "idempotency_key" may be added.'
        raise RequestInvalidError(message, hint=hint) from error


def _accept(receipt: Receipt) -> _Answer:
    reply = _ReceiptReply(
        receipt=receipt.text,
        index=receipt.index,
        received_at=timestamp(receipt.received_at),
        accounts_covered=len(receipt.subjects),
    )
    return _Answer(status=201, body=_encoder.encode(reply), headers=_JSON)


_RETRY: _Headers = ((b"retry-after", str(RETRY_AFTER_SECONDS).encode()),)


def _refuse(status: int, title: str, detail: str, headers: _Headers = ()) -> _Answer:
    problem = _Problem(title=title, status=status, detail=detail)
    return _Answer(status=status, body=_encoder.encode(problem), headers=(*_PROBLEM, *headers))


def _explain(status: int, title: str, error: DemurError, headers: _Headers = ()) -> _Answer:
    problem = _Problem(title=title, status=status, detail=str(error), code=error.code, next=error.hint)
    return _Answer(status=status, body=_encoder.encode(problem), headers=(*_PROBLEM, *headers))


async def _send(answer: _Answer, send: Send) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body})
