"""Objections over the API: by the token of a notice, by the platform for an account, and by anybody for a page.

Each answer leaves after the objection is on disk and in the log. Whether an account, an item or a page is known is
neither looked up nor told.
"""

import time
from typing import Annotated, Any, TypeAlias

import msgspec

from demur.kernel.clock import parse_timestamp, timestamp
from demur.kernel.words import ObjectionScope, Purpose, Way
from demur.keys.keyring import Keyring
from demur.keys.subjects import item_key, page_key, subject_key
from demur.register.errors import NoSubjectError
from demur.register.intake import Receipt
from demur.register.objecting import ObjectionForm, objection_of_anybody
from demur.web.api.http import Answer, Request, reply
from demur.web.api.keys import Role
from demur.web.api.service import Service
from demur.web.errors import ApiKeyRefusedError, RequestInvalidError
from demur.web.links import open_link

MAX_BODY_BYTES = 64 * 1024
_MAX_TARGETS = 100

ChosenKey: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Account: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Target: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Targets: TypeAlias = Annotated[tuple[Target, ...], msgspec.Meta(max_length=_MAX_TARGETS)]


class LinkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of a notice; an unknown field is refused, because it could be a wish that nobody would honour."""

    link: str
    idempotency_key: ChosenKey | None = None


class ObjectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An objection of an account, or to the use of items and pages whoever published them; or of both.

    `account` and `received_at` take the API key of the platform. `items` are ids on the platform, `pages` are web
    addresses, which are never fetched. `received_at` is when a letter arrived, ISO 8601 with its zone.
    """

    account: Account | None = None
    items: Targets = ()
    pages: Targets = ()
    scope: ObjectionScope = ObjectionScope.ALL
    in_public_role: bool = False
    received_at: str | None = None
    idempotency_key: ChosenKey | None = None


class ReceiptReply(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt, a proof that anyone can check offline, and what stands in it in plain fields."""

    receipt: str
    index: int
    received_at: str
    accounts_covered: int


_link_decoder = msgspec.json.Decoder(LinkRequest)
_decoder = msgspec.json.Decoder(ObjectionRequest)


async def object_by_link(service: Service, request: Request) -> Answer:
    """Record the objection of whomever a notice went to."""
    hint = 'Send {"link": "the token in the link of the notice"}; "idempotency_key" may be added.'
    asked = decode(_link_decoder, request.body, hint)
    form = ObjectionForm(
        subjects=(open_link(service.register.keyring, asked.link),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=request.at,
        idempotency_key=asked.idempotency_key,
        way=Way.API,
    )
    return accept(await record(service, form, request))


async def object_by_name(service: Service, request: Request) -> Answer:
    """Record the objection of an account that the platform names, or of anybody who points at items and pages."""
    hint = 'Send {"items": ["..."]} or {"pages": ["..."]}; with an API key of the platform also {"account": "..."}.'
    asked: ObjectionRequest = decode(_decoder, request.body, hint)
    is_platform = request.caller is not None and Role.PLATFORM in request.caller.roles
    if not is_platform and (asked.account is not None or asked.received_at is not None):
        message = "an account or a day of receipt can be named with an API key of the platform only"
        hint = "Use the link of the notice, or point at items and pages without a key."
        raise ApiKeyRefusedError(message, hint=hint)
    keyring = service.register.keyring
    form = ObjectionForm(
        subjects=() if asked.account is None else (subject_key(keyring, asked.account),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=request.at if asked.received_at is None else parse_timestamp(asked.received_at),
        idempotency_key=asked.idempotency_key,
        scope=asked.scope,
        in_public_role=asked.in_public_role,
        targets=target_keys(keyring, asked.items, asked.pages),
        way=Way.API,
    )
    if not form.subjects and not form.targets:
        message = "the objection names no account, no item and no page"
        raise NoSubjectError(message, hint=hint)
    return accept(await record(service, form, request))


def target_keys(keyring: Keyring, items: tuple[str, ...], pages: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return the keys of what somebody points at; blanks point at nothing."""
    named = (item_key(keyring, item) for item in items if item.strip())
    return (*named, *(page_key(keyring, page) for page in pages if page.strip()))


async def record(service: Service, form: ObjectionForm, request: Request) -> Receipt:
    """Hand an objection to the register and wait until it is on disk.

    Raises:
        RegisterUnavailableError, QueueFullError: nothing was stored; try again.
    """
    began = time.perf_counter()
    receipt = await service.sequencer.file(objection_of_anybody(form, at=request.at))
    service.metrics.count_objection(time.perf_counter() - began)
    return receipt


def accept(receipt: Receipt) -> Answer:
    """Return the answer that carries a receipt."""
    return reply(
        201,
        ReceiptReply(
            receipt=receipt.text,
            index=receipt.index,
            received_at=timestamp(receipt.received_at),
            accounts_covered=len(receipt.subjects),
        ),
    )


def decode(decoder: "msgspec.json.Decoder[Any]", body: bytes, hint: str) -> Any:  # noqa: ANN401 -- what it decodes
    """Read a body.

    Raises:
        RequestInvalidError: it is not what the decoder takes.
    """
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"the body is not an objection: {error}"
        raise RequestInvalidError(message, hint=hint) from error
