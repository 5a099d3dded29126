"""From the rows of any format to items: instants are read, ids are keyed and dropped, unusable rows are reported.

A format yields `RawRows`: the fields that it found, as text or as the types of its file. Everything that formats have
in common is decided here once.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from demur.exchange.columns import INSTANT, ITEM_COLUMNS
from demur.keys.keyring import Keyring
from demur.keys.subjects import item_keys, subject_keys
from demur.sources.errors import ColumnTypeError
from demur.sources.source import RejectedRow, RejectionReason, SourceBatch
from demur.sources.spec import INSTANT_FIELDS, ITEM_REFERENCE_FIELDS, WORD_FIELDS, SourceSpec

# A batch ends at whichever comes first, so that long texts take no more memory than short ones.
BATCH_ROWS = 65_536
BATCH_BYTES = 32 << 20
TEXT_LIMIT_BYTES = 1 << 20
# A line may hold a text of the limit in escapes of six bytes, and other fields besides.
LINE_LIMIT_BYTES = 8 * TEXT_LIMIT_BYTES

_ID_IN_TEXT = r"[^\s,]+"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_MESSAGES = {
    RejectionReason.INVALID_UTF8: "the line is not UTF-8",
    RejectionReason.MALFORMED_JSON: "the line is not JSON",
    RejectionReason.NOT_AN_OBJECT: "the line is JSON, but not an object",
    RejectionReason.WRONG_TYPE: "a field has another type than it must",
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
    checked = fields.with_columns(_first_fault().alias("fault"))
    faulty = checked.filter(pl.col("fault").is_not_null()).select("line", "fault")
    usable = checked.filter(pl.col("fault").is_null())
    rejected = [*raw.rejected, *((line, RejectionReason(fault)) for line, fault in faulty.iter_rows())]
    return SourceBatch(
        frame=_key_ids(usable, spec=spec, split=split, keyring=keyring),
        rows_read=raw.frame.height + len(raw.rejected),
        rejected=tuple(_report(split, line, reason) for line, reason in sorted(rejected)),
    )


def _report(split: str, line: int, reason: RejectionReason) -> RejectedRow:
    return RejectedRow(split=split, line=line, reason=reason.value, message=_MESSAGES[reason])


def _read_fields(frame: pl.DataFrame, split: str) -> pl.DataFrame:
    """Bring every field to one type: text, instants, or lists of text; a field that the file lacks is null.

    Beside each instant stands whether there was something that is none.
    """
    texts = ("item", "account", *WORD_FIELDS, "text", *ITEM_REFERENCE_FIELDS, "media")
    columns = [frame["line"].cast(pl.UInt64), *(_read_text(_column(frame, field), split) for field in texts)]
    for field in INSTANT_FIELDS:
        columns.extend(_read_instants(_column(frame, field), split))
    columns.append(_read_mentions(_column(frame, "mentions"), split))
    return pl.DataFrame(columns)


def _column(frame: pl.DataFrame, field: str) -> pl.Series:
    return frame[field] if field in frame.columns else pl.Series(field, [None] * frame.height, dtype=pl.String)


def _read_text(column: pl.Series, split: str) -> pl.Series:
    kind = column.dtype
    if kind.is_integer() or isinstance(kind, pl.Null | pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    elif kind != pl.String:
        _refuse_type(column, split, "text")
    empty = pl.DataFrame(column).select(
        pl.when(pl.col(column.name).str.len_bytes() > 0).then(pl.col(column.name)).alias(column.name)
    )
    return empty[column.name]


def _read_instants(column: pl.Series, split: str) -> tuple[pl.Series, pl.Series]:
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        zoned = isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None
        # Parquet has no naive text: a datetime without a zone is UTC, a day counts from its first instant, which is the
        # safe reading of a publication, a deletion and an expiry alike.
        read = column.cast(INSTANT) if zoned else column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        return read, pl.Series(f"{column.name}_bad", [False] * len(column), dtype=pl.Boolean)
    texts = _read_text(column, split)
    known = {text: parse_microseconds(text) for text in texts.unique().drop_nulls().to_list()}
    read = pl.Series(column.name, [known.get(text) for text in texts.to_list()], dtype=pl.Int64).cast(INSTANT)
    return read, (texts.is_not_null() & read.is_null()).alias(f"{column.name}_bad")


def parse_microseconds(text: str) -> int | None:
    """Read an ISO 8601 instant that names its zone, as microseconds since 1970; None when it is none."""
    try:
        at = datetime.fromisoformat(text.strip())
        return None if at.tzinfo is None else (at - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None


def split_ids(text: str) -> list[str]:
    """Read account ids that stand in one text, apart by spaces or commas."""
    return re.findall(_ID_IN_TEXT, text)


def _read_mentions(column: pl.Series, split: str) -> pl.Series:
    if isinstance(column.dtype, pl.List):
        inner = column.dtype.inner
        if inner.is_integer() or isinstance(inner, pl.Null | pl.String):
            return column.cast(pl.List(pl.String))
        _refuse_type(column, split, "a list of account ids")
    return _read_text(column, split).str.extract_all(_ID_IN_TEXT)


def _refuse_type(column: pl.Series, split: str, expected: str) -> None:
    message = f"{split}: the column of {column.name} is {column.dtype}, expected {expected}"
    raise ColumnTypeError(message, hint="Convert the column, or map the field to another one under columns.")


def _first_fault() -> pl.Expr:
    faults = (
        (pl.col("text").str.len_bytes() > TEXT_LIMIT_BYTES, RejectionReason.TEXT_TOO_LARGE),
        (pl.col("item").is_null(), RejectionReason.MISSING_ITEM_ID),
        (pl.any_horizontal(f"{field}_bad" for field in INSTANT_FIELDS), RejectionReason.BAD_INSTANT),
    )
    return pl.coalesce(*(pl.when(is_faulty).then(pl.lit(reason.value)) for is_faulty, reason in faults))


def _key_ids(rows: pl.DataFrame, *, spec: SourceSpec, split: str, keyring: Keyring) -> pl.DataFrame:
    items = {name: _key(rows[name], keyring, item_keys) for name in ("item", *ITEM_REFERENCE_FIELDS)}
    return rows.select(
        items["item"].alias("item_key"),
        _key(rows["account"], keyring, subject_keys).alias("subject_key"),
        pl.lit(spec.name).alias("source"),
        pl.lit(split).alias("split"),
        "line",
        pl.coalesce("kind", pl.lit(spec.kind, dtype=pl.String)).alias("kind"),
        pl.coalesce("product", pl.lit(spec.product, dtype=pl.String)).alias("product"),
        "visibility",
        *INSTANT_FIELDS,
        "language",
        "text",
        _key_mentions(rows["mentions"], keyring),
        *(items[name] for name in ITEM_REFERENCE_FIELDS),
        "media",
    ).select(list(ITEM_COLUMNS))


def _key(
    ids: pl.Series, keyring: Keyring, key_all: Callable[[Keyring, list[str | None]], list[bytes | None]]
) -> pl.Series:
    keys = key_all(keyring, ids.to_list()) if ids.null_count() < len(ids) else [None] * len(ids)
    return pl.Series(ids.name, keys, dtype=pl.Binary)


def _key_mentions(mentions: pl.Series, keyring: Keyring) -> pl.Series:
    places = pl.Series(range(len(mentions)), dtype=pl.UInt32)
    flat = (
        pl.DataFrame({"place": places, "account": mentions}).filter(pl.col("account").list.len() > 0).explode("account")
    )
    known = flat.filter(pl.col("account").str.len_bytes() > 0)
    return make_lists("mentions", known["place"], _key(known["account"], keyring, subject_keys), len(mentions))


def make_lists(name: str, places: Sequence[int] | pl.Series, values: pl.Series, height: int) -> pl.Series:
    """Put values into lists by the row that each stands in; a row without one is null, because none is known."""
    flat = pl.DataFrame({"place": pl.Series(places, dtype=pl.UInt32), name: values})
    lists = flat.group_by("place", maintain_order=True).agg(pl.col(name))
    every = pl.DataFrame({"place": pl.Series(range(height), dtype=pl.UInt32)})
    return every.join(lists, on="place", how="left", maintain_order="left")[name]
