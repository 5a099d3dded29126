"""The protocol of a source, and what it yields: batches of items, and a report of every row that it left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import polars as pl


class RejectionReason(StrEnum):
    """Why a row of a source cannot be an item."""

    INVALID_UTF8 = "invalid_utf8"
    MALFORMED_JSON = "malformed_json"
    NOT_AN_OBJECT = "not_an_object"
    WRONG_TYPE = "wrong_type"
    MALFORMED_CSV = "malformed_csv"
    WRONG_COLUMN_COUNT = "wrong_column_count"
    MISSING_ITEM_ID = "missing_item_id"
    BAD_INSTANT = "bad_instant"
    TEXT_TOO_LARGE = "text_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that is left out, named by file and line; the message holds nothing of its content."""

    split: str
    line: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBatch:
    """Some rows of one split, in their order.

    Attributes:
        frame: the usable rows, with the columns `ITEM_COLUMNS`.
        rows_read: usable and rejected rows together, so that nothing is dropped unseen.
        rejected: the rows that were left out.
    """

    frame: pl.DataFrame
    rows_read: int
    rejected: tuple[RejectedRow, ...]


class Source(Protocol):
    """Reads one platform's content in a stable order.

    Account ids are keyed in the first step and dropped: no batch, message or log line holds one. Reading changes
    nothing, so instances may be shared between threads and a split may be read again at any time, with the same result
    as long as `digest` is the same.
    """

    @property
    def name(self) -> str:
        """Tell the name of the source, which is part of every item's lineage."""
        ...

    def splits(self) -> list[str]:
        """Return the files as POSIX paths relative to the configuration, sorted."""
        ...

    def digest(self, split: str) -> str:
        """Return the SHA-256 of a file's bytes in hexadecimal."""
        ...

    def batches(self, split: str) -> Iterator[SourceBatch]:
        """Yield the rows of one split in file order; calling twice yields equal batches.

        Raises:
            SplitUnreadableError: the file cannot be read as a whole, also when that shows only at its end. What was
                yielded before must then not be used.
        """
        ...

    def read_line(self, split: str, line: int) -> pl.DataFrame:
        """Return the item at one line of a split as a frame of one row.

        Raises:
            LineUnknownError: there is no usable row at this line.
        """
        ...
