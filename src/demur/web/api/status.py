"""What became of an objection, asked by its receipt; and how the door itself is."""

import asyncio
from datetime import datetime

import msgspec

from demur.kernel.errors import IntegrityError, TransientError
from demur.keys.encoding import decode_json
from demur.keys.notes import Verifier
from demur.ledger.openings import OpenedReceipt, verify_receipt
from demur.register.accesses import Reader, note_entry_access
from demur.register.links import record_links
from demur.web.api.agents import RequestStatus
from demur.web.api.documents import count_reflecting
from demur.web.api.http import Answer, Request, content, reply
from demur.web.api.metrics import MEDIA
from demur.web.api.service import Service
from demur.web.errors import ReceiptRefusedError

_READER = Reader(role="receipt", name="the holder of the receipt", act="POST /api/v1/objections/status")
# A platform's feed may hold the writer for a moment.
_PATIENCE_SECONDS = 5.0


class StatusReply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the entry of a receipt, from the log and the corpora alone: no account is looked up.

    `fulfilled` once every finished corpus reflects the log beyond the entry, `in_progress` until then; what is built
    later reflects it anyhow. `kind` is that of the entry: objection, withdrawal or relink.
    """

    status: RequestStatus
    kind: str
    index: int
    received_at: str | None
    corpora_finished: int
    corpora_reflecting: int


class HealthReply(msgspec.Struct, frozen=True, kw_only=True):
    """`is_live` says that the process answers, `is_ready` that the register is open and takes objections."""

    is_live: bool
    is_ready: bool


async def tell_status(service: Service, request: Request) -> Answer:
    """Check a receipt and tell how far the platform's corpora are; whom it covers can be told that somebody asked."""
    return await asyncio.to_thread(_tell_status, service, request)


async def tell_health(service: Service, request: Request) -> Answer:
    """Tell whether the door is ready; it was asked, so it is live."""
    try:
        is_ready = await asyncio.wait_for(asyncio.to_thread(_is_writable, service, request.at), _PATIENCE_SECONDS)
    except TimeoutError:
        is_ready = False
    return reply(200 if is_ready else 503, HealthReply(is_live=True, is_ready=is_ready))


async def send_challenge(service: Service, request: Request) -> Answer:
    """Send a new proof of work, whether one is needed now or not."""
    del request
    return reply(200, service.gate.challenge())


async def tell_metrics(service: Service, request: Request) -> Answer:
    """Tell what was counted since this process started."""
    del request
    return content(200, service.metrics.write(waiting=service.waiting(), has_load=service.gate.load.has_load()), MEDIA)


async def tell_description(service: Service, request: Request) -> Answer:
    """Tell every route, in the form of OpenAPI 3.1."""
    del request
    return content(200, service.description, "application/json")


def _tell_status(service: Service, request: Request) -> Answer:
    trust = service.register.keyring.trusted_keys()
    opened = _open(request.body, trust.log)
    note_entry_access(service.register, opened.index, _READER, at=request.at)
    finished, reflecting = count_reflecting(service, trust.documents, opened.index)
    return reply(
        200,
        StatusReply(
            status=RequestStatus.FULFILLED if finished == reflecting else RequestStatus.IN_PROGRESS,
            kind=opened.opening.kind.value,
            index=opened.index,
            received_at=_received_at(opened.opening.record),
            corpora_finished=finished,
            corpora_reflecting=reflecting,
        ),
    )


def _open(receipt: bytes, verifier: Verifier) -> OpenedReceipt:
    try:
        return verify_receipt(receipt.decode("utf-8"), verifier)
    except (IntegrityError, UnicodeDecodeError) as error:
        # It is the caller's text that does not hold, not anything of ours.
        message = "the receipt does not hold, or is not one of this log"
        raise ReceiptRefusedError(message, hint="Send the whole receipt, as it was given.") from error


def _received_at(record: bytes) -> str | None:
    told = decode_json(record)
    found = told.get("received_at") if isinstance(told, dict) else None
    return found if isinstance(found, str) else None


def _is_writable(service: Service, at: datetime) -> bool:
    """Tell whether the one writer of the register answers; nothing is written."""
    try:
        record_links(service.register, [], at=at)
    except (TransientError, IntegrityError):
        return False
    return True
