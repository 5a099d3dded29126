"""Feeds of the platform: accounts, links and notices in bulk, as CSV or as JSON lines.

They go to the same functions as `demur register import`, so sending one again changes nothing, and a row that cannot be
used is reported by its line and left out. A body is imported block by block while it comes, so that its length does not
matter; no id of an account is written to a passing file.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec
import polars as pl

from demur.kernel.words import LinkEvent, Tie
from demur.keys.keyring import Keyring
from demur.keys.subjects import contact_key, group_key, subject_key
from demur.register.accounts import import_accounts
from demur.register.errors import ImportColumnMissingError, ImportUnreadableError
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.reading import ImportSummary, read_text_rows
from demur.register.store import Register
from demur.web.api.http import Answer, Request, reply
from demur.web.api.rows import cut_csv, cut_lines
from demur.web.api.service import Service
from demur.web.errors import MediaTypeError

MAX_BODY_BYTES = 8 * 1024**3
# A feed that is wrong in every row is told so by the first of them.
MAX_REJECTED_SHOWN = 1_000
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
    """What a feed did: rows read = imported + unchanged + left out; `rejected` has the first 1,000 of these."""

    rows_read: int
    imported: int
    unchanged: int
    left_out: int
    rejected: tuple[RowFaultReply, ...]


_Import: TypeAlias = Callable[[Register, pl.DataFrame, datetime], FeedReply]
_NOTHING = FeedReply(rows_read=0, imported=0, unchanged=0, left_out=0, rejected=())


class _BlockReader(Protocol):
    """Reads the blocks of one body, in their order."""

    def cut(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]: ...

    def read(self, block: bytes, rows_before: int) -> pl.DataFrame: ...

    @property
    def first_line(self) -> int: ...


async def feed_accounts(service: Service, request: Request) -> Answer:
    """Import facts of accounts: `import_accounts`."""
    return await _feed(service, request, lambda register, rows, at: _report(import_accounts(register, rows, at=at)))


async def feed_notices(service: Service, request: Request) -> Answer:
    """Import what happened to notices: `import_notices`."""
    return await _feed(service, request, lambda register, rows, at: _report(import_notices(register, rows, at=at)))


async def feed_links(service: Service, request: Request) -> Answer:
    """Record which accounts join or leave what they share: `record_links`."""
    return await _feed(service, request, _import_links)


async def _feed(service: Service, request: Request, run: _Import) -> Answer:
    """Import block after block; what came before a block that cannot be read stays imported, and the answer says so."""
    reader = block_reader(request.content_type)
    done = _NOTHING
    try:
        async for block in reader.cut(request.stream()):
            done = _add(done, await _import_block(service, request, run, reader, block, done.rows_read))
    except (ImportUnreadableError, ImportColumnMissingError) as error:
        if done.rows_read == 0:
            raise
        message = f"{error}; the {done.rows_read:,} rows before it were read and imported"
        raise type(error)(message, hint=error.hint) from error
    return reply(200, done)


async def _import_block(
    service: Service, request: Request, run: _Import, reader: _BlockReader, block: bytes, rows_before: int
) -> FeedReply:
    def work() -> FeedReply:
        done = run(service.register, reader.read(block, rows_before), request.at)
        return _shift(done, reader.first_line + rows_before)

    async def work_alone() -> FeedReply:
        # Each holds its rows in memory, and a transaction of the one writer.
        async with service.feeding:
            return await asyncio.to_thread(work)

    # Shielded: a block that a caller who hangs up has begun is finished, and the next feed waits for it.
    return await asyncio.shield(asyncio.create_task(work_alone()))


def _add(one: FeedReply, other: FeedReply) -> FeedReply:
    return FeedReply(
        rows_read=one.rows_read + other.rows_read,
        imported=one.imported + other.imported,
        unchanged=one.unchanged + other.unchanged,
        left_out=one.left_out + other.left_out,
        rejected=(*one.rejected, *other.rejected)[:MAX_REJECTED_SHOWN],
    )


def block_reader(content_type: str) -> _BlockReader:
    """Return what reads a media type."""
    media = content_type.partition(";")[0].strip().lower()
    if media == CSV_MEDIA:
        return _CsvReader()
    if media in {LINES_MEDIA, "application/x-ndjson"}:
        return _LineReader()
    message = f"a feed is {' or '.join(FEED_MEDIA)}"
    raise MediaTypeError(message, hint="Name it in the header Content-Type.")


class _CsvReader:
    """CSV: its header is the first line, and stands before each block."""

    first_line = 2

    def cut(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        return cut_csv(pieces)

    def read(self, block: bytes, rows_before: int) -> pl.DataFrame:
        del rows_before
        if b"\0" in block:
            message = "the body holds zero bytes"
            raise ImportUnreadableError(message, hint=_REFUSAL_HINT)
        try:
            # Every field as text: 0049 is not 49, and a column of numbers must not change the ids in it.
            return pl.read_csv(io.BytesIO(block), infer_schema=False)
        except pl.exceptions.PolarsError as error:
            message = f"the body cannot be read as CSV in UTF-8 ({type(error).__name__})"
            raise ImportUnreadableError(message, hint=_REFUSAL_HINT) from error


@dataclass(slots=True)
class _LineReader:
    """One JSON object a line; the columns are those that the first block names.

    A column that only a later block has would mean another thing before it than after it: an absent column leaves what
    is known, an empty field says that it is not known any more.
    """

    columns: list[str] | None = None
    first_line: int = 1

    def cut(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        return cut_lines(pieces)

    def read(self, block: bytes, rows_before: int) -> pl.DataFrame:
        rows = [_read_line(line, number) for number, line in enumerate(block.splitlines(), start=rows_before + 1)]
        named = list(dict.fromkeys(name for row in rows for name in row))
        if self.columns is None:
            self.columns = named
        unknown = [name for name in named if name not in self.columns]
        if unknown:
            message = f"rows from line {rows_before + 1} on name columns that no row before them did: {len(unknown)}"
            raise ImportUnreadableError(message, hint="Name every column in the first row; null where it is unknown.")
        texts = {name: pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in self.columns}
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
        left_out=len(read) - len(links),
        rejected=tuple(
            RowFaultReply(line=line, reason=fault.value)
            for line, fault in zip(rows["line"], read, strict=True)
            if isinstance(fault, LinkFault)
        )[:MAX_REJECTED_SHOWN],
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
        left_out=len(summary.rejected),
        rejected=tuple(
            RowFaultReply(line=row.line, reason=row.reason) for row in summary.rejected[:MAX_REJECTED_SHOWN]
        ),
    )


def _shift(done: FeedReply, first_line: int) -> FeedReply:
    """Count lines of the body, where the importers count rows from 1."""
    moved = (RowFaultReply(line=row.line + first_line - 1, reason=row.reason) for row in done.rejected)
    return msgspec.structs.replace(done, rejected=tuple(moved))
