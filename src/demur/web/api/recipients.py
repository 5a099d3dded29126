"""The feed of a recipient of corpora: what it has to delete, in signed notices after the last one that it has.

A recipient sees its own feed and nobody else's: the feed is that of the name of its API key.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec

from demur.exchange.removal_notice import RECIPIENT_NAME, notice_path, numbers_in
from demur.web.api.documents import SignedDocument, read_signed
from demur.web.api.http import Answer, Request, decode_query, reply
from demur.web.api.service import Service
from demur.web.errors import NothingServedError

_AT_ONCE = 100


class NoticesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After which notice; 0 is before the first."""

    after: Annotated[int, msgspec.Meta(ge=0, le=99_999_999)] = 0


class NumberedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice with its number."""

    number: int
    notice: SignedDocument


class NoticesReply(msgspec.Struct, frozen=True, kw_only=True):
    """The next notices in their order, at most 100; ask again after `last` while `is_complete` is false."""

    notices: tuple[NumberedNotice, ...]
    last: int
    is_complete: bool


async def send_notices(service: Service, request: Request) -> Answer:
    """Send the notices after the one that the caller has."""
    asked: NoticesQuery = decode_query(request.query, NoticesQuery)
    name, feeds = request.caller.name if request.caller else "", service.settings.feeds
    # A key may have a name that no recipient can have, such as one of dots: no path is made of it.
    folder = None if feeds is None or RECIPIENT_NAME.fullmatch(name) is None else feeds / name
    if folder is None or not folder.is_dir():
        message = "no feed has the name of this key"
        raise NothingServedError(message, hint="Nothing was removed yet, or ask the operator for a key of this name.")
    return await asyncio.to_thread(_read_notices, folder, asked.after)


def _read_notices(folder: Path, after: int) -> Answer:
    newer = [number for number in numbers_in(folder) if number > after]
    notices = tuple(
        NumberedNotice(number=number, notice=read_signed(notice_path(folder, number))) for number in newer[:_AT_ONCE]
    )
    last = notices[-1].number if notices else after
    return reply(200, NoticesReply(notices=notices, last=last, is_complete=len(newer) == len(notices)))
