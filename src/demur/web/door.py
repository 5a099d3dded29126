"""The intake door: objections as JSON, for notices in an app, for agents and for bulk, at the rate of the Sequencer.

Plain ASGI without a framework, because a framework's request machinery costs more than the objection itself
(ADR-0010). What it answers is in `demur.web.api.routes`; an answer to an objection is the receipt, and it leaves only
after the objection is on disk and in the log.

    POST /api/objections   {"link": "...", "idempotency_key": "..."}   ->   201 {"receipt": "...", ...}
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from demur.kernel.clock import Clock
from demur.kernel.errors import ConfigurationError, DemurError, InputError, TransientError
from demur.register.awaiting import AwaitedWriter, LoopWriter, reaching
from demur.register.errors import RegisterUnavailableError
from demur.register.store import Register
from demur.web.admission.gate import Gate, Shown
from demur.web.api.http import (
    TICKET_HEADER,
    WORK_HEADER,
    Answer,
    CallerGoneError,
    Headers,
    Message,
    Receive,
    Request,
    Send,
    explain,
    header,
    origin,
    read_body,
    read_pieces,
    refuse,
)
from demur.web.api.keys import Caller, KeyBook
from demur.web.api.limits import Limiter, Pace
from demur.web.api.metrics import Metrics
from demur.web.api.openapi import describe
from demur.web.api.routes import ROUTES, Route, find_route, methods_of
from demur.web.api.service import ApiSettings, Service
from demur.web.errors import (
    AgentRefusedError,
    ApiKeyRefusedError,
    ApiRoleError,
    ComeAgainError,
    MediaTypeError,
    NothingServedError,
    RequestTooLargeError,
    TicketRefusedError,
    TooManyRequestsError,
    WorkNeededError,
    WorkRefusedError,
)

_PIECE_BYTES = 256 * 1024
_RETRY_AFTER_SECONDS = 1
_CHALLENGE: Headers = ((b"www-authenticate", b"Bearer"),)
# The first that an error is an instance of says how it is answered.
_ANSWERS: tuple[tuple[type[DemurError], int, str], ...] = (
    (RequestTooLargeError, 413, "Too long"),
    (MediaTypeError, 415, "Another media type"),
    (ApiKeyRefusedError, 401, "No key in force"),
    (ApiRoleError, 403, "Not with this key"),
    (AgentRefusedError, 403, "Not a registered agent's request"),
    (NothingServedError, 404, "Nothing there"),
    (ComeAgainError, 503, "Try again"),
    (TooManyRequestsError, 429, "Too many requests"),
    (InputError, 400, "Not a request that can be read"),
    (TransientError, 503, "Try again"),
    (ConfigurationError, 503, "Try again"),
    (DemurError, 500, "The platform must act"),
)


class Door:
    """The ASGI application: it opens the register when the server starts it, and closes it with the server."""

    def __init__(
        self,
        open_register: Callable[[], Register],
        clock: Clock,
        settings: ApiSettings | None = None,
        *,
        sequencer_socket: Path | None = None,
    ) -> None:
        """Remember how to open the register, and where its sequencer is if elsewhere; nothing is opened yet."""
        self._open_register = open_register
        self._socket = sequencer_socket
        self._clock = clock
        self._settings = settings or ApiSettings()
        self._keys = KeyBook(self._settings.keys)
        self._limiter = Limiter(self._settings.rate, time.monotonic)
        self._metrics = Metrics()
        self._service: Service | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve the life of the server, or one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with contextlib.AsyncExitStack() as stack:
            try:
                register = stack.enter_context(self._open_register())
                sequencer = await self._reach(register, stack)
                gate = stack.enter_context(contextlib.closing(Gate(self._settings.admission, register.keyring)))
            except DemurError as error:
                await send({"type": "lifespan.startup.failed", "message": f"{error} [{error.code}]"})
                return
            self._service = Service(
                register=register,
                sequencer=sequencer,
                settings=self._settings,
                keys=self._keys,
                metrics=self._metrics,
                gate=gate,
                description=describe(ROUTES),
            )
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _reach(self, register: Register, stack: contextlib.AsyncExitStack) -> AwaitedWriter:
        if self._socket is None:
            return LoopWriter(register.sequencer)
        return await stack.enter_async_context(reaching(self._socket))

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        at = self._clock.now()  # what counts is when an objection arrives, not when it was processed
        route = find_route(scope["method"], scope["path"])
        if route is None:
            answer: Answer | None = _refuse_route(scope["path"])
        else:
            answer = await self._answer(route, scope, receive, at)
        if answer is not None:
            # Not the path that was asked for: anybody could fill the counts with names.
            self._metrics.count_request(
                "other" if route is None else route.path, "other" if route is None else route.method, answer.status
            )
            await _send(answer, send)

    async def _answer(self, route: Route, scope: Message, receive: Receive, at: datetime) -> Answer | None:
        """Answer one request; None when the caller went away before it had asked."""
        try:
            caller = self._admit(route, scope)
            who = None if route.pace is Pace.FREE else self._who(scope, caller)
            if route.is_open and caller is None and who is not None:
                return await self._answer_open(route, scope, receive, at, who)
            await self._pace(route, who)
            return await self._handle(route, scope, receive, at, caller)
        except CallerGoneError:
            return None
        except DemurError as error:
            return _explain(error)

    async def _answer_open(self, route: Route, scope: Message, receive: Receive, at: datetime, who: str) -> Answer:
        """Answer somebody for whom nobody vouches: under load after work, or in turn, and before anything is read."""
        gate = self._opened().gate
        shown = Shown(solution=header(scope, WORK_HEADER), ticket=header(scope, TICKET_HEADER))
        try:
            with gate.admitting(shown, who=who, waiting=self._opened().waiting()) as admitted:
                self._metrics.count_admission(admitted.by)
                await self._pace(route, who)
                return await self._handle(route, scope, receive, at, None)
        except (WorkNeededError, WorkRefusedError, TicketRefusedError) as error:
            self._metrics.count_admission(error.code)
            raise

    async def _handle(
        self, route: Route, scope: Message, receive: Receive, at: datetime, caller: Caller | None
    ) -> Answer:
        request = Request(
            at=at,
            caller=caller,
            query=scope.get("query_string", b"").decode("latin-1"),
            content_type=header(scope, b"content-type"),
            body=b"" if route.is_streamed else await read_body(receive, route.max_body_bytes),
            pieces=read_pieces(receive, route.max_body_bytes) if route.is_streamed else None,
        )
        return await route.handler(self._opened(), request)

    def _who(self, scope: Message, caller: Caller | None) -> str | None:
        """Return whose rate holds: a key's or a network's; None for this machine itself."""
        return self._origin(scope) if caller is None else f"key {caller.name}"

    def _origin(self, scope: Message) -> str | None:
        return origin(scope, self._settings.proxies)

    def _admit(self, route: Route, scope: Message) -> Caller | None:
        """Return who asks, if they say so; refuse whoever may not.

        Raises:
            ApiKeyRefusedError: a key is needed and there is none, or the key that was sent is not in force.
            ApiRoleError: the key has none of the roles.
        """
        if not (route.roles or route.takes_key):
            return None
        caller = self._keys.identify(header(scope, b"authorization"))
        if not route.roles or (route.is_open_here and caller is None and self._origin(scope) is None):
            return caller
        if caller is None:
            message = "this needs an API key"
            raise ApiKeyRefusedError(message, hint="Send `Authorization: Bearer` and a key of `demur keys api add`.")
        if not route.roles & caller.roles:
            message = f"this needs a key with the role {' or '.join(sorted(route.roles))}"
            raise ApiRoleError(message, hint="Ask the operator for a key with this role.")
        return caller

    async def _pace(self, route: Route, who: str | None) -> None:
        """Keep whoever asks too fast waiting; an objection is never refused for it, at worst asked to come again.

        Raises:
            ComeAgainError: an objection would wait too long.
            TooManyRequestsError: another request came too fast.
        """
        if who is None:
            return
        delay = self._limiter.delay(who)
        if route.pace is Pace.DELAYED and delay <= self._settings.rate.max_delay_seconds:
            await asyncio.sleep(delay)
        elif route.pace is Pace.DELAYED:
            message = "too many objections come from here at once; this one was not recorded"
            raise ComeAgainError(message, seconds=delay, hint="Send it again a little later; twice does no harm.")
        elif delay > 0:
            message = "too many requests come from here at once"
            raise TooManyRequestsError(message, seconds=delay, hint="Wait, then ask again.")

    def _opened(self) -> Service:
        if self._service is None:
            message = "the register is not open yet"
            raise RegisterUnavailableError(message)
        return self._service


def _refuse_route(path: str) -> Answer:
    methods = methods_of(path)
    if not methods:
        return refuse(404, "Not found", "there is no such path; /api/v1/openapi.json lists those that there are")
    allowed = ", ".join(methods)
    return refuse(405, "Method not allowed", f"{path} takes {allowed}", ((b"allow", allowed.encode()),))


def _explain(error: DemurError) -> Answer:
    status, title = next((status, title) for kind, status, title in _ANSWERS if isinstance(error, kind))
    headers: Headers = ()
    if isinstance(error, ApiKeyRefusedError):
        headers = _CHALLENGE
    elif isinstance(error, TransientError | ConfigurationError):
        seconds = error.seconds if isinstance(error, TooManyRequestsError) else _RETRY_AFTER_SECONDS
        headers = ((b"retry-after", str(math.ceil(seconds)).encode()),)
    return explain(status, title, error, headers)


async def _send(answer: Answer, send: Send) -> None:
    if answer.pieces is not None:
        await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers]})
        await _send_pieces(answer.pieces, send)
        return
    size = len(answer.body) if answer.file is None else answer.file.stat().st_size
    length = (b"content-length", str(size).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    if answer.file is None:
        await send({"type": "http.response.body", "body": answer.body})
    else:
        await _send_file(answer.file, send)


async def _send_file(path: Path, send: Send) -> None:
    with path.open("rb") as stream:
        await _send_pieces(iter(lambda: stream.read(_PIECE_BYTES), b""), send)


async def _send_pieces(pieces: Iterator[bytes], send: Send) -> None:
    while piece := await asyncio.to_thread(next, pieces, b""):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
