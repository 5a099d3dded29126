"""Confirmations for the platform: whom to tell that an objection or a withdrawal was recorded, and by which reference.

The platform asks once for the reference of each account that it has, in bulk, and keeps it; nothing is looked up here,
so that nobody learns which accounts the register knows.
"""

import asyncio
from typing import Annotated

import msgspec

from demur.kernel.clock import timestamp
from demur.keys.references import reference_of
from demur.keys.subjects import subject_key
from demur.register.confirming import list_confirmable
from demur.web.api.http import Answer, Request, decode_query, reply
from demur.web.api.objections import Account, decode
from demur.web.api.service import Service

MAX_REFERENCES_BYTES = 1024 * 1024
_MAX_ACCOUNTS = 10_000
_AT_ONCE = 1_000
_LARGEST = (1 << 62) - 1


class ReferencesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accounts of the platform, whether or not the register knows them."""

    accounts: Annotated[tuple[Account, ...], msgspec.Meta(min_length=1, max_length=_MAX_ACCOUNTS)]


class ReferencesReply(msgspec.Struct, frozen=True, kw_only=True):
    """The reference of each account, in the order of the request."""

    references: tuple[str, ...]


class ConfirmationsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After which entry; -1 is before the first."""

    after: Annotated[int, msgspec.Meta(ge=-1, le=_LARGEST)] = -1


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of which people are told; `event` is objection or withdrawal."""

    event: str
    entry: int
    received_at: str
    references: tuple[str, ...]


class ConfirmationsReply(msgspec.Struct, frozen=True, kw_only=True):
    """The next entries in their order, at most 1,000; ask again after `last` while `is_complete` is false."""

    confirmations: tuple[Confirmation, ...]
    last: int
    is_complete: bool


_decoder = msgspec.json.Decoder(ReferencesRequest)


async def tell_references(service: Service, request: Request) -> Answer:
    """Tell the references of accounts."""
    asked: ReferencesRequest = decode(_decoder, request.body, 'Send {"accounts": ["..."]}.')
    keyring = service.register.keyring
    references = tuple(reference_of(keyring, subject_key(keyring, account)) for account in asked.accounts)
    return reply(200, ReferencesReply(references=references))


async def tell_confirmations(service: Service, request: Request) -> Answer:
    """Tell whom to confirm to after an entry."""
    asked: ConfirmationsQuery = decode_query(request.query, ConfirmationsQuery)
    return await asyncio.to_thread(_tell_confirmations, service, asked.after)


def _tell_confirmations(service: Service, after: int) -> Answer:
    keyring = service.register.keyring
    found = list_confirmable(service.register, after=after, limit=_AT_ONCE + 1)
    shown = found[:_AT_ONCE]
    told = tuple(
        Confirmation(
            event=one.kind.value,
            entry=one.index,
            received_at=timestamp(one.received_at),
            references=tuple(reference_of(keyring, subject) for subject in one.subjects),
        )
        for one in shown
    )
    last = told[-1].entry if told else after
    return reply(200, ConfirmationsReply(confirmations=told, last=last, is_complete=len(found) == len(shown)))
