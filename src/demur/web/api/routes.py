"""The one table of routes: what is answered, to whom, how fast, and what goes in and out.

The door answers from it and the OpenAPI document is written from it, so that code and document cannot differ.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from demur.web.admission.work import Challenge
from demur.web.api import agents, confirmations, documents, feeds, objections, recipients, status
from demur.web.api.http import JSON_MEDIA, Answer, Request
from demur.web.api.keys import Role
from demur.web.api.limits import Pace
from demur.web.api.metrics import MEDIA as METRICS_MEDIA
from demur.web.api.service import Service

Handler: TypeAlias = Callable[[Service, Request], Awaitable[Answer]]
TEXT_MEDIA = "text/plain"
_SMALL = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path with its method.

    Attributes:
        roles: who may ask; nobody needs a key when it is empty.
        takes_key: a key widens what may be asked, though none is needed.
        is_open_here: this machine itself needs no key.
        is_open: whoever names nobody that vouches for them may ask, so it takes work or patience under load.
        is_streamed: the handler takes the body piece by piece.
        body: the structure of a JSON body, or `str` for a text; None when there is none.
        carries: the structure that a signed text carries.
        media: the media types of the body.
        query: the structure of the parameters.
        reply: the structure of the answer; None when it is no JSON.
        problems: the statuses with which it may refuse, beside those that its other fields imply.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    roles: frozenset[Role] = frozenset()
    takes_key: bool = False
    is_open_here: bool = False
    pace: Pace = Pace.REFUSED
    is_open: bool = False
    is_streamed: bool = False
    body: type[Any] | None = None
    carries: type[Any] | None = None
    media: tuple[str, ...] = (JSON_MEDIA,)
    max_body_bytes: int = _SMALL
    query: type[Any] | None = None
    reply: type[Any] | None = None
    reply_media: str = JSON_MEDIA
    success: int = 200
    problems: tuple[int, ...] = ()


_PLATFORM = frozenset({Role.PLATFORM})

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/objections",
        summary="Object by the token of a notice.",
        handler=objections.object_by_link,
        pace=Pace.FREE,  # a token is a person's own: nobody else can make one to flood the door with
        body=objections.LinkRequest,
        reply=objections.ReceiptReply,
        success=201,
        problems=(503,),
    ),
    Route(
        method="POST",
        path="/api/v1/objections",
        summary="Object for an account (the platform), or to the use of items and pages (anybody).",
        handler=objections.object_by_name,
        takes_key=True,
        pace=Pace.DELAYED,
        is_open=True,
        body=objections.ObjectionRequest,
        reply=objections.ReceiptReply,
        success=201,
        problems=(503,),
    ),
    Route(
        method="POST",
        path="/api/v1/objections/status",
        summary="Ask what became of an objection, by its receipt.",
        handler=status.tell_status,
        body=str,
        media=(TEXT_MEDIA,),
        reply=status.StatusReply,
    ),
    Route(
        method="POST",
        path="/api/v1/agents/objections",
        summary="Object for many people at once, signed by a registered agent.",
        handler=agents.object_by_agent,
        pace=Pace.DELAYED,
        body=str,
        carries=agents.AgentMessage,
        media=(TEXT_MEDIA,),
        max_body_bytes=agents.MAX_BODY_BYTES,
        reply=agents.AgentReply,
        problems=(403, 503),
    ),
    *(
        Route(
            method="POST",
            path=f"/api/v1/feeds/{name}",
            summary=summary,
            handler=handler,
            roles=_PLATFORM,
            is_streamed=True,
            body=str,
            media=feeds.FEED_MEDIA,
            max_body_bytes=feeds.MAX_BODY_BYTES,
            reply=feeds.FeedReply,
            problems=(415, 503),
        )
        for name, summary, handler in (
            ("accounts", "Import facts of accounts.", feeds.feed_accounts),
            ("links", "Record which accounts join or leave what they share.", feeds.feed_links),
            ("notices", "Import what happened to notices.", feeds.feed_notices),
        )
    ),
    Route(
        method="POST",
        path="/api/v1/references",
        summary="Get the references of accounts, by which confirmations name them.",
        handler=confirmations.tell_references,
        roles=_PLATFORM,
        body=confirmations.ReferencesRequest,
        max_body_bytes=confirmations.MAX_REFERENCES_BYTES,
        reply=confirmations.ReferencesReply,
    ),
    Route(
        method="GET",
        path="/api/v1/confirmations",
        summary="Get whom to tell that an objection or a withdrawal was recorded.",
        handler=confirmations.tell_confirmations,
        roles=_PLATFORM,
        query=confirmations.ConfirmationsQuery,
        reply=confirmations.ConfirmationsReply,
    ),
    Route(
        method="GET",
        path="/api/v1/snapshots/latest",
        summary="Get the newest snapshot of the register, signed.",
        handler=documents.send_snapshot,
        roles=frozenset({Role.BUILDER}),
        reply=documents.SnapshotReply,
        problems=(404,),
    ),
    Route(
        method="GET",
        path="/api/v1/snapshots/table",
        summary="Get one table of a snapshot.",
        handler=documents.send_table,
        roles=frozenset({Role.BUILDER}),
        query=documents.TableQuery,
        reply_media=documents.PARQUET_MEDIA,
        problems=(404,),
    ),
    Route(
        method="GET",
        path="/api/v1/removals",
        summary="Get what corpora have lost since a version, signed.",
        handler=documents.send_removals,
        roles=frozenset({Role.BUILDER, Role.RECIPIENT}),
        query=documents.RemovalsQuery,
        reply=documents.RemovalsReply,
        problems=(404,),
    ),
    Route(
        method="GET",
        path="/api/v1/recipients/removals",
        summary="Get what the recipient whose key this is has to delete, signed.",
        handler=recipients.send_notices,
        roles=frozenset({Role.RECIPIENT}),
        query=recipients.NoticesQuery,
        reply=recipients.NoticesReply,
        problems=(404,),
    ),
    Route(
        method="GET",
        path="/api/v1/challenge",
        summary="Get a proof of work (ALTCHA, version 2) that lets an open objection in under load.",
        handler=status.send_challenge,
        reply=Challenge,
        problems=(503,),
    ),
    Route(
        method="GET",
        path="/api/v1/health",
        summary="Ask whether the door is live and ready.",
        handler=status.tell_health,
        reply=status.HealthReply,
        problems=(503,),
    ),
    Route(
        method="GET",
        path="/api/v1/metrics",
        summary="Get the counts of this process for Prometheus.",
        handler=status.tell_metrics,
        roles=frozenset({Role.METRICS}),
        is_open_here=True,
        reply_media=METRICS_MEDIA,
    ),
    Route(
        method="GET",
        path="/api/v1/openapi.json",
        summary="Get this document.",
        handler=status.tell_description,
        reply=dict,
    ),
)


def find_route(method: str, path: str) -> Route | None:
    """Return the route of a path and a method."""
    return _BY_PATH.get(path, {}).get(method)


def methods_of(path: str) -> tuple[str, ...]:
    """Return the methods that a path takes; none when there is no such path."""
    return tuple(_BY_PATH.get(path, ()))


_BY_PATH: dict[str, dict[str, Route]] = {}
for _route in ROUTES:
    _BY_PATH.setdefault(_route.path, {})[_route.method] = _route
