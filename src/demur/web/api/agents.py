"""Objections in bulk by authorised agents, in the shape of the Data Rights Protocol 0.9.

The body is base64 of a 64-byte Ed25519 signature followed by the JSON message that it signs (DRP 2.01, 3.07). One
message carries the requests of many people, and each gets a status of its own (DRP 3.02).
Source: https://github.com/consumer-reports-innovation-lab/data-rights-protocol
"""

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from demur.kernel.clock import parse_timestamp, timestamp
from demur.kernel.errors import InputError
from demur.kernel.words import ObjectionScope, Purpose, Way
from demur.keys.encoding import decode_base64
from demur.keys.subjects import subject_key
from demur.register.intake import Receipt
from demur.register.objecting import ObjectionForm
from demur.web.api.http import Answer, Request, reply
from demur.web.api.objections import Account, Targets, decode, record, target_keys
from demur.web.api.service import Service
from demur.web.errors import AgentRefusedError, RequestInvalidError

MAX_BODY_BYTES = 1024 * 1024
_MAX_REQUESTS = 1_000
_SIGNATURE_BYTES = 64
# A message that was signed for ever could be sent again by whoever finds it; sending it again records nothing new.
_MAX_LIFE = timedelta(days=1)
_CLOCK_SKEW = timedelta(minutes=5)
_HINT = "Sign the message as docs/reference/api.md says, with the key that is registered here."


class RequestStatus(StrEnum):
    """What became of a request, in the words of DRP 3.02; those that Demur never gives are not listed."""

    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    DENIED = "denied"


class AgentEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request of one person: of an account, or about items and pages; `agent_request_id` is the agent's own."""

    agent_request_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    account: Account | None = None
    items: Targets = ()
    pages: Targets = ()
    scope: ObjectionScope = ObjectionScope.ALL


class AgentMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What an agent signs. `business-id` is the name of the platform; it expires within a day of its issue."""

    agent_id: str
    business_id: str
    issued_at: str
    expires_at: str
    drp_version: str = msgspec.field(name="drp.version", default="0.9.4")
    exercise: Literal["ai_training:object"]
    regime: Literal["gdpr"] = "gdpr"
    requests: Annotated[tuple[AgentEntry, ...], msgspec.Meta(min_length=1, max_length=_MAX_REQUESTS)]


class EntryReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one request; `receipt` and `index` are there unless it was denied."""

    agent_request_id: str
    status: RequestStatus
    reason: str | None = None
    processing_details: str | None = None
    received_at: str
    index: int | None = None
    receipt: str | None = None


class AgentReply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each request, in the order of the message."""

    requests: tuple[EntryReply, ...]


_decoder = msgspec.json.Decoder(AgentMessage)


class _Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """Who a message says that it is from: it chooses the key that the signature is checked with, and nothing else."""

    agent_id: str = msgspec.field(name="agent-id")


_claimed = msgspec.json.Decoder(_Claimed)


async def object_by_agent(service: Service, request: Request) -> Answer:
    """Record the objections that a registered agent has signed for; each is recorded or denied by itself."""
    message = _open_message(service, request)
    platform = service.register.keyring.platform
    if message.business_id != platform:
        text = "the message is addressed to another business"
        raise AgentRefusedError(text, hint=f"business-id is {platform}.")
    _check_life(message, request.at)
    answers = await asyncio.gather(*(_answer(service, request, message, entry) for entry in message.requests))
    return reply(200, AgentReply(requests=tuple(answers)))


def _open_message(service: Service, request: Request) -> AgentMessage:
    """Check the signature, then read what it signs."""
    try:
        signed = decode_base64(request.body.strip().decode("ascii"))
    except ValueError as error:
        message = "the body is not base64"
        raise RequestInvalidError(message, hint=_HINT) from error
    signature, content = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    claimed: _Claimed = decode(_claimed, content, _HINT)
    agent = service.keys.current().find_agent(claimed.agent_id)
    if agent is None or not agent.verify(content, signature):
        message = "the signature is not that of a registered agent"
        raise AgentRefusedError(message, hint=_HINT)
    opened: AgentMessage = decode(_decoder, content, _HINT)
    return opened


def _check_life(message: AgentMessage, at: datetime) -> None:
    issued, expires = parse_timestamp(message.issued_at), parse_timestamp(message.expires_at)
    is_alive = issued - _CLOCK_SKEW <= at < expires
    if not is_alive or expires - issued > _MAX_LIFE:
        text = "the message is not valid now, or for longer than a day"
        raise AgentRefusedError(text, hint="Sign it anew, with issued-at of now and expires-at within a day.")


async def _answer(service: Service, request: Request, message: AgentMessage, entry: AgentEntry) -> EntryReply:
    try:
        form = _form(service, request, message, entry)
    except InputError as error:
        return _deny(request, entry, str(error))
    if not form.subjects and not form.targets:
        return _deny(request, entry, "it names no account, no item and no page")
    return _acknowledge(entry, await record(service, form, request))


def _form(service: Service, request: Request, message: AgentMessage, entry: AgentEntry) -> ObjectionForm:
    keyring = service.register.keyring
    return ObjectionForm(
        subjects=() if entry.account is None else (subject_key(keyring, entry.account),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=request.at,
        # Of the agent and its own id, so that a message that is sent again is the same objections.
        idempotency_key=f"{message.agent_id}/{entry.agent_request_id}",
        scope=entry.scope,
        targets=target_keys(keyring, entry.items, entry.pages),
        way=Way.AGENT,
    )


def _acknowledge(entry: AgentEntry, receipt: Receipt) -> EntryReply:
    return EntryReply(
        agent_request_id=entry.agent_request_id,
        status=RequestStatus.IN_PROGRESS,
        processing_details="recorded and in force; corpora that are built already follow",
        received_at=timestamp(receipt.received_at),
        index=receipt.index,
        receipt=receipt.text,
    )


def _deny(request: Request, entry: AgentEntry, why: str) -> EntryReply:
    return EntryReply(
        agent_request_id=entry.agent_request_id,
        status=RequestStatus.DENIED,
        reason="other",
        processing_details=why,
        received_at=timestamp(request.at),
    )
