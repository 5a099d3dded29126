"""Imported files as text columns: what is wrong with a row is reported by file and line.

Nothing that identifies a person leaves this step but the account id itself, which the caller keys at once and drops.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from demur.register.errors import ImportColumnMissingError, ImportUnreadableError
from demur.sources.rows import parse_microseconds
from demur.sources.source import RejectedRow

_FRAME_NAME = "(frame)"
_LETTERS_BYTES = 4_096
_YES_OR_NO = {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0}
_TEXT_TYPES = (pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Boolean, pl.Null)


class RowFault(StrEnum):
    """Why a row of an imported file is left out."""

    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_REPEATED = "account_repeated"
    ACCOUNT_CONTRADICTED = "account_contradicted"
    BIRTH_DATE_INVALID = "birth_date_invalid"
    FLAG_INVALID = "flag_invalid"
    VERSION_MISSING = "version_missing"
    CHANNEL_UNKNOWN = "channel_unknown"
    EVENT_UNKNOWN = "event_unknown"
    INSTANT_INVALID = "instant_invalid"
    WINDOW_INVALID = "window_invalid"
    TARGET_MISSING = "target_missing"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"


_MESSAGES: Mapping[RowFault, str] = {
    RowFault.ACCOUNT_MISSING: "the row names no account",
    RowFault.ACCOUNT_REPEATED: "an earlier row says the same about this account",
    RowFault.ACCOUNT_CONTRADICTED: "another row says something else about this account; neither is used",
    RowFault.BIRTH_DATE_INVALID: "the birth date is no YYYY, YYYY-MM or YYYY-MM-DD, or lies in the future",
    RowFault.FLAG_INVALID: "a field that says yes or no is none of true, 1, yes, false, 0, no, and not empty",
    RowFault.VERSION_MISSING: "the row names no version of the notice",
    RowFault.CHANNEL_UNKNOWN: "the channel is none of email, in_app, public_page",
    RowFault.EVENT_UNKNOWN: "the event is none of queued, sent, delivered, shown, bounced, published",
    RowFault.WINDOW_INVALID: "the end is not later than the beginning",
    RowFault.TARGET_MISSING: "the row names neither an item nor a page",
    RowFault.NOTHING_TO_WITHDRAW: "no objection of this account is in force, so there is none to withdraw",
    RowFault.INSTANT_INVALID: "the time is not an ISO 8601 instant with its zone, such as 2025-05-27T06:00:00Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What an import did: rows read = imported + unchanged + rejected."""

    rows_read: int
    imported: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRows:
    """The rows of one file: column ``line`` and the asked columns as text, where empty is null.

    An optional column that the file does not have is in `absent`, and null in the frame.
    """

    name: str
    frame: pl.DataFrame
    absent: frozenset[str]


def read_text_rows(source: Path | pl.DataFrame, columns: Sequence[str], optional: Sequence[str] = ()) -> TextRows:
    """Read a CSV or Parquet file, or take a frame; columns that are not named are ignored.

    Raises:
        ImportUnreadableError: the file cannot be read as a whole, or a column has a type that cannot be text.
        ImportColumnMissingError: a column is missing; an unknown fact is an empty field, not a missing column.
    """
    name = source.name if isinstance(source, Path) else _FRAME_NAME
    frame = _read_file(source) if isinstance(source, Path) else source
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        message = f"{name} lacks the column {', '.join(missing)}; found: {', '.join(frame.columns)}"
        hint = "Add the column; leave its fields empty where the fact is unknown."
        raise ImportColumnMissingError(message, hint=hint)
    # The first row of a CSV file is its second line.
    first_line = 2 if isinstance(source, Path) and source.suffix != ".parquet" else 1
    absent = frozenset(optional) - set(frame.columns)
    texts = [_as_text(frame[column], name) for column in (*columns, *optional) if column not in absent]
    unknown = [pl.lit(None, dtype=pl.String).alias(column) for column in sorted(absent)]
    lines = pl.int_range(first_line, first_line + frame.height, dtype=pl.UInt64, eager=True).alias("line")
    return TextRows(name=name, frame=pl.DataFrame([lines, *texts]).with_columns(unknown), absent=absent)


def read_columns(path: Path) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        ImportUnreadableError: the file cannot be read as a whole.
    """
    return _read_file(path).columns


def read_instants(texts: pl.Series) -> pl.Series:
    """Return microseconds since 1970 for each text; null where it is no instant with its zone."""
    known = {text: parse_microseconds(text) for text in texts.unique().drop_nulls()}
    return pl.Series(texts.name, [known.get(text) for text in texts], dtype=pl.Int64)


def read_flags(texts: pl.Series) -> pl.Series:
    """Return 1 for yes, 0 for no, and null for what is neither."""
    return texts.str.to_lowercase().replace_strict(_YES_OR_NO, default=None, return_dtype=pl.Int64)


def is_unreadable(texts: pl.Series, values: pl.Series) -> pl.Series:
    """Tell which fields hold something that could not be read; an empty field is none."""
    return texts.is_not_null() & values.is_null()


def report_faults(rows: TextRows, faulty: pl.DataFrame) -> tuple[RejectedRow, ...]:
    """Return a report for each row of a frame with columns ``line`` and ``fault``."""
    return tuple(
        RejectedRow(split=rows.name, line=line, reason=fault, message=_MESSAGES[RowFault(fault)])
        for line, fault in faulty.sort("line").select("line", "fault").iter_rows()
    )


def first_fault(*faults: tuple[pl.Expr, RowFault]) -> pl.Expr:
    """Return the first fault that holds for a row, or null, as column ``fault``."""
    return pl.coalesce(*(pl.when(holds).then(pl.lit(fault.value)) for holds, fault in faults)).alias("fault")


def _read_file(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, memory_map=False)
        _refuse_wide_letters(path)
        # Every field as text: 0049 is not 49, and a column of numbers must not change the ids in it.
        return pl.read_csv(path, infer_schema=False)
    except FileNotFoundError as error:
        message = f"{path.name} does not exist"
        raise ImportUnreadableError(message, hint="Check the path.") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        kind = "Parquet" if path.suffix == ".parquet" else "CSV in UTF-8"
        message = f"{path.name} cannot be read as {kind} ({type(error).__name__})"
        raise ImportUnreadableError(
            message, hint="Check the file's format and encoding, then import it again."
        ) from error


def _refuse_wide_letters(path: Path) -> None:
    """Refuse UTF-16 and UTF-32, which Polars would read as names that nobody has."""
    with path.open("rb") as stream:
        if b"\0" not in stream.read(_LETTERS_BYTES):
            return
    message = f"{path.name} cannot be read as CSV in UTF-8 (it holds zero bytes)"
    raise ImportUnreadableError(message, hint="Save it as UTF-8, then import it again.")


def _as_text(column: pl.Series, name: str) -> pl.Series:
    kind = column.dtype
    if isinstance(kind, pl.Datetime):
        zoned = column if kind.time_zone else column.dt.replace_time_zone("UTC")
        column = zoned.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    elif not (kind.is_integer() or kind in _TEXT_TYPES):
        message = f"{name}: the column {column.name} is {kind}, expected text"
        raise ImportUnreadableError(message, hint="Write the column as text.")
    texts = pl.DataFrame(column.cast(pl.String))
    return texts.select(pl.when(pl.all().str.len_bytes() > 0).then(pl.all()))[column.name]
