"""Feeds of the platform: accounts, links and notices in bulk, as CSV or as JSON lines.

They go to the same functions as `demur register import`, so sending one again changes nothing, and a row that cannot be
used is reported by its line and left out. The body stays in memory: no id of an account is written to a passing file.
"""

import asyncio
import io
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec
import polars as pl

from demur.kernel.words import LinkEvent, Tie
from demur.keys.keyring import Keyring
from demur.keys.subjects import contact_key, group_key, subject_key
from demur.register.accounts import import_accounts
from demur.register.errors import ImportUnreadableError
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.reading import ImportSummary, read_text_rows
from demur.register.store import Register
from demur.web.api.http import Answer, Request, reply
from demur.web.api.service import Service
from demur.web.errors import MediaTypeError

MAX_BODY_BYTES = 32 * 1024 * 1024
CSV_MEDIA = "text/csv"
LINES_MEDIA = "application/jsonl"
FEED_MEDIA = (CSV_MEDIA, LINES_MEDIA)
LINK_COLUMNS = ("account", "centre")
OPTIONAL_LINK_COLUMNS = ("tie", "event")
_LINKS_AT_ONCE = 1_000
_Row = dict[str, str | int | bool | None]
_row_decoder = msgspec.json.Decoder(_Row)
_REFUSAL_HINT = "Send UTF-8: CSV with a header, or one flat JSON object a line."


class LinkFault(StrEnum):
    """Why a row of a feed of links is left out."""

    ACCOUNT_MISSING = "account_missing"
    CENTRE_MISSING = "centre_missing"
    TIE_UNKNOWN = "tie_unknown"
    EVENT_UNKNOWN = "event_unknown"


class RowFaultReply(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was left out: its line in the body, from 1, and why."""

    line: int
    reason: str


class FeedReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed did: rows read = imported + unchanged + the length of `rejected`."""

    rows_read: int
    imported: int
    unchanged: int
    rejected: tuple[RowFaultReply, ...]


_Import: TypeAlias = Callable[[Register, pl.DataFrame, datetime], FeedReply]


async def feed_accounts(service: Service, request: Request) -> Answer:
    """Import facts of accounts: `import_accounts`."""
    return await _feed(service, request, lambda register, rows, at: _report(import_accounts(register, rows, at=at)))


async def feed_notices(service: Service, request: Request) -> Answer:
    """Import what happened to notices: `import_notices`."""
    return await _feed(service, request, lambda register, rows, _at: _report(import_notices(register, rows)))


async def feed_links(service: Service, request: Request) -> Answer:
    """Record which accounts join or leave what they share: `record_links`."""
    return await _feed(service, request, _import_links)


async def _feed(service: Service, request: Request, run: _Import) -> Answer:
    read, first_line = _reader(request.content_type)

    def work() -> FeedReply:
        return _shift(run(service.register, read(request.body), request.at), first_line)

    async def work_alone() -> FeedReply:
        # Each holds its body in memory, and a transaction of the one writer.
        async with service.feeding:
            return await asyncio.to_thread(work)

    # Shielded: what a caller who hangs up has begun is finished, and the next feed waits for it.
    return reply(200, await asyncio.shield(asyncio.create_task(work_alone())))


def _reader(content_type: str) -> tuple[Callable[[bytes], pl.DataFrame], int]:
    """Return what reads a media type, and the line of its first row."""
    media = content_type.partition(";")[0].strip().lower()
    if media == CSV_MEDIA:
        return _read_csv, 2
    if media in {LINES_MEDIA, "application/x-ndjson"}:
        return _read_lines, 1
    message = f"a feed is {' or '.join(FEED_MEDIA)}"
    raise MediaTypeError(message, hint="Name it in the header Content-Type.")


def _read_csv(body: bytes) -> pl.DataFrame:
    if b"\0" in body:
        message = "the body holds zero bytes"
        raise ImportUnreadableError(message, hint=_REFUSAL_HINT)
    try:
        # Every field as text: 0049 is not 49, and a column of numbers must not change the ids in it.
        return pl.read_csv(io.BytesIO(body), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        message = f"the body cannot be read as CSV in UTF-8 ({type(error).__name__})"
        raise ImportUnreadableError(message, hint=_REFUSAL_HINT) from error


def _read_lines(body: bytes) -> pl.DataFrame:
    rows = [_read_line(line, number) for number, line in enumerate(body.splitlines(), start=1)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    texts = {column: pl.Series(column, [row.get(column) for row in rows], dtype=pl.String) for column in columns}
    return pl.DataFrame(texts)


def _read_line(line: bytes, number: int) -> dict[str, str | None]:
    try:
        row = _row_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"line {number} is no flat JSON object of texts, whole numbers, true, false and null"
        raise ImportUnreadableError(message, hint=_REFUSAL_HINT) from error
    return {name: _text(value) for name, value in row.items()}


def _text(value: str | int | bool | None) -> str | None:  # noqa: FBT001 -- a value of JSON, not a switch
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)


def _import_links(register: Register, frame: pl.DataFrame, at: datetime) -> FeedReply:
    rows = read_text_rows(frame, LINK_COLUMNS, OPTIONAL_LINK_COLUMNS).frame
    read = [_read_link(register.keyring, row) for row in rows.iter_rows(named=True)]
    links = [link for link in read if isinstance(link, AccountLink)]
    recorded = sum(
        record_links(register, links[start : start + _LINKS_AT_ONCE], at=at).recorded
        for start in range(0, len(links), _LINKS_AT_ONCE)
    )
    return FeedReply(
        rows_read=len(read),
        imported=recorded,
        unchanged=len(links) - recorded,
        rejected=tuple(
            RowFaultReply(line=line, reason=fault.value)
            for line, fault in zip(rows["line"], read, strict=True)
            if isinstance(fault, LinkFault)
        ),
    )


def _read_link(keyring: Keyring, row: dict[str, str | None]) -> AccountLink | LinkFault:
    account, centre = row["account"], row["centre"]
    tie, event = row["tie"] or Tie.CENTRE.value, row["event"] or LinkEvent.LINKED.value
    if account is None or not account.strip():
        return LinkFault.ACCOUNT_MISSING
    if centre is None or not centre.strip():
        return LinkFault.CENTRE_MISSING
    if tie not in set(Tie):
        return LinkFault.TIE_UNKNOWN
    if event not in set(LinkEvent):
        return LinkFault.EVENT_UNKNOWN
    shared = group_key(keyring, centre) if tie == Tie.CENTRE else contact_key(keyring, centre)
    return AccountLink(subject=subject_key(keyring, account), centre=shared, event=LinkEvent(event), tie=Tie(tie))


def _report(summary: ImportSummary) -> FeedReply:
    return FeedReply(
        rows_read=summary.rows_read,
        imported=summary.imported,
        unchanged=summary.unchanged,
        rejected=tuple(RowFaultReply(line=row.line, reason=row.reason) for row in summary.rejected),
    )


def _shift(done: FeedReply, first_line: int) -> FeedReply:
    """Count lines of the body, where the importers count rows from 1."""
    moved = (RowFaultReply(line=row.line + first_line - 1, reason=row.reason) for row in done.rejected)
    return msgspec.structs.replace(done, rejected=tuple(moved))
