"""From the rows of any format to items: instants are read, ids are keyed and dropped, unusable rows are reported.

A format yields `RawRows`: the fields that it found, as text or as the types of its file. Everything that formats have
in common is decided here once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeAlias

import polars as pl

from demur.exchange.columns import INSTANT
from demur.keys.keyring import Keyring
from demur.sources.accounts import read_accounts
from demur.sources.columns import fault_column, read_text
from demur.sources.findings import read_detections, read_findings
from demur.sources.items import make_items
from demur.sources.nested import read_nested
from demur.sources.signals import read_preview_signals, read_signals
from demur.sources.source import RejectedRow, RejectionReason, SourceBatch
from demur.sources.spec import (
    ACCOUNT_LIST_FIELDS,
    FIELDS,
    FLAG_FIELDS,
    INSTANT_FIELDS,
    NESTED_FIELDS,
    REQUIRED_FIELDS,
    SourceSpec,
)

# A batch ends at whichever comes first, so that long texts take no more memory than short ones.
BATCH_ROWS = 65_536
BATCH_BYTES = 32 << 20
TEXT_LIMIT_BYTES = 1 << 20
# A line may hold a text of the limit in escapes of six bytes, and other fields besides.
LINE_LIMIT_BYTES = 8 * TEXT_LIMIT_BYTES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

_MESSAGES = {
    RejectionReason.INVALID_UTF8: "the line is not UTF-8",
    RejectionReason.MALFORMED_JSON: "the line is not JSON",
    RejectionReason.NOT_AN_OBJECT: "the line is JSON, but not an object",
    RejectionReason.WRONG_TYPE: "a field has another type than it must, or a key that it may not have",
    RejectionReason.MALFORMED_CSV: "the quotes of the line do not match",
    RejectionReason.WRONG_COLUMN_COUNT: "the line has another number of columns than the header",
    RejectionReason.MISSING_ITEM_ID: "the row has no item id",
    RejectionReason.BAD_INSTANT: "a time is not an ISO 8601 instant with its zone, such as 2025-05-27T06:00:00Z",
    RejectionReason.TEXT_TOO_LARGE: f"the row has a text of more than {TEXT_LIMIT_BYTES} bytes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRows:
    """Some rows as a format read them.

    Attributes:
        frame: the column ``line`` and any of the fields of items; a field that the file lacks is left out.
        rejected: the lines that the format could not read, each with the reason.
    """

    frame: pl.DataFrame
    rejected: Sequence[tuple[int, RejectionReason]]


def key_rows(raw: RawRows, *, spec: SourceSpec, split: str, keyring: Keyring) -> SourceBatch:
    """Make items of rows: key every id, drop the plain ids, and leave out the rows that cannot be items.

    Raises:
        ColumnTypeError: a column of the file has a type that its field cannot be read from.
    """
    fields = _read_fields(raw.frame, split)
    checked = fields.with_columns(_first_fault(fields.columns).alias("fault"))
    faulty = checked.filter(pl.col("fault").is_not_null()).select("line", "fault")
    usable = checked.filter(pl.col("fault").is_null())
    rejected = [*raw.rejected, *((line, RejectionReason(fault)) for line, fault in faulty.iter_rows())]
    return SourceBatch(
        frame=make_items(usable, spec=spec, split=split, keyring=keyring),
        rows_read=raw.frame.height + len(raw.rejected),
        rejected=tuple(_report(split, line, reason) for line, reason in sorted(rejected)),
    )


def _report(split: str, line: int, reason: RejectionReason) -> RejectedRow:
    return RejectedRow(split=split, line=line, reason=reason.value, message=_MESSAGES[reason])


def _read_fields(frame: pl.DataFrame, split: str) -> pl.DataFrame:
    """Bring every field that the rows have to its type, and the required ones also where they lack.

    Beside a field that can be wrong stands in which rows it is (`fault_column`).
    """
    columns = [frame["line"].cast(pl.UInt64)]
    for field in FIELDS:
        if field in frame.columns or field in REQUIRED_FIELDS:
            column = frame[field] if field in frame.columns else _unknown(field, frame.height)
            columns.extend(_READERS.get(field, _read_word)(column, split))
    fields = pl.DataFrame(columns)
    return fields.with_columns(_interpret(fields))


def _interpret(fields: pl.DataFrame) -> list[pl.Series]:
    addresses = fields["address"] if "address" in fields.columns else _unknown("address", fields.height)
    readers: Mapping[str, Callable[[pl.Series], list[pl.Series]]] = {
        "signals": partial(read_signals, addresses=addresses),
        "preview_signals": read_preview_signals,
        "findings": read_findings,
        "detections": read_detections,
    }
    return [column for field, read in readers.items() if field in fields.columns for column in read(fields[field])]


def _unknown(field: str, height: int) -> pl.Series:
    return pl.repeat(None, height, dtype=pl.String, eager=True).alias(field)


def _read_word(column: pl.Series, split: str) -> list[pl.Series]:
    return [read_text(column, split)]


def _read_item(column: pl.Series, split: str) -> list[pl.Series]:
    items = read_text(column, split)
    return [items, items.is_null().alias(fault_column(column.name, RejectionReason.MISSING_ITEM_ID))]


def _read_long_text(column: pl.Series, split: str) -> list[pl.Series]:
    return _bound(read_text(column, split))


def _read_nested(column: pl.Series, split: str) -> list[pl.Series]:
    return _bound(read_nested(column, split))


def _bound(texts: pl.Series) -> list[pl.Series]:
    """Leave out the texts over the limit, so that nobody goes on to read them."""
    is_large = (texts.str.len_bytes() > TEXT_LIMIT_BYTES).fill_null(value=False)
    bounded = texts.set(is_large, None) if is_large.any() else texts
    return [bounded, is_large.alias(fault_column(texts.name, RejectionReason.TEXT_TOO_LARGE))]


def _read_instants(column: pl.Series, split: str) -> list[pl.Series]:
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        zoned = isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None
        # Parquet has no naive text: a datetime without a zone is UTC, a day counts from its first instant, which is the
        # safe reading of a publication, a deletion and an expiry alike.
        return [column.cast(INSTANT) if zoned else column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")]
    texts = read_text(column, split)
    known = {text: parse_microseconds(text) for text in texts.unique().drop_nulls().to_list()}
    read = pl.Series(column.name, [known.get(text) for text in texts.to_list()], dtype=pl.Int64).cast(INSTANT)
    return [read, _is_unread(texts, read, RejectionReason.BAD_INSTANT)]


def parse_microseconds(text: str) -> int | None:
    """Read an ISO 8601 instant that names its zone, as microseconds since 1970; None when it is none."""
    try:
        at = datetime.fromisoformat(text.strip())
        return None if at.tzinfo is None else (at - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def _read_flags(column: pl.Series, split: str) -> list[pl.Series]:
    if column.dtype == pl.Boolean:
        return [column]
    texts = read_text(column, split)
    read = texts.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    return [read, _is_unread(texts, read, RejectionReason.WRONG_TYPE)]


def _is_unread(texts: pl.Series, read: pl.Series, reason: RejectionReason) -> pl.Series:
    return (texts.is_not_null() & read.is_null()).alias(fault_column(texts.name, reason))


def _read_account_lists(column: pl.Series, split: str) -> list[pl.Series]:
    return [read_accounts(column, split)]


_ColumnReader: TypeAlias = Callable[[pl.Series, str], list[pl.Series]]
_READERS: Mapping[str, _ColumnReader] = {
    "item": _read_item,
    "text": _read_long_text,
    "preview_text": _read_long_text,
    **dict.fromkeys(INSTANT_FIELDS, _read_instants),
    **dict.fromkeys(ACCOUNT_LIST_FIELDS, _read_account_lists),
    **dict.fromkeys(FLAG_FIELDS, _read_flags),
    **dict.fromkeys(NESTED_FIELDS, _read_nested),
}
# Of several faults of a row the first is reported.
_FAULTS = (
    RejectionReason.TEXT_TOO_LARGE,
    RejectionReason.MISSING_ITEM_ID,
    RejectionReason.BAD_INSTANT,
    RejectionReason.WRONG_TYPE,
)


def _first_fault(columns: Sequence[str]) -> pl.Expr:
    found = {reason: [name for name in columns if name.endswith(f" {reason}")] for reason in _FAULTS}
    return pl.coalesce(
        *(pl.when(pl.any_horizontal(names)).then(pl.lit(reason.value)) for reason, names in found.items() if names)
    )
