"""Parquet: the columns that are needed and no others, in slices, so that a file of any size takes bounded memory."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from demur.keys.keyring import Keyring
from demur.sources.columns import column_names, needed_fields, refuse_missing
from demur.sources.errors import SplitUnreadableError
from demur.sources.rows import BATCH_BYTES, BATCH_ROWS, RawRows
from demur.sources.source import Source
from demur.sources.spec import SourceSpec
from demur.sources.tabular import TabularSource


def open_parquet(spec: SourceSpec, *, keyring: Keyring, root: Path) -> Source:
    """Open Parquet files."""
    return TabularSource(spec=spec, keyring=keyring, root=root, read_rows=read_parquet)


def read_parquet(path: Path, split: str, spec: SourceSpec) -> Iterator[RawRows]:
    """Yield the rows of one file; a line is a row, counted from 1.

    Raises:
        SplitUnreadableError: the file is missing, truncated or no Parquet.
        MissingColumnError: a needed column is not in the file.
    """
    names = column_names(spec)
    with _readable(split):
        scan = pl.scan_parquet(path, glob=False)
        found = scan.collect_schema().names()
        rows = scan.select(pl.len()).collect(engine="in-memory").item()
    refuse_missing(split, [name for name in needed_fields(spec) if names.get(name) not in found], found, spec)
    wanted = scan.select(pl.col(column).alias(name) for name, column in names.items() if column in found)
    step = _rows_at_once(path.stat().st_size, rows)
    for start in range(0, rows, step):
        with _readable(split):
            frame = wanted.slice(start, step).collect(engine="in-memory")
        lines = pl.Series("line", range(start + 1, start + 1 + frame.height), dtype=pl.UInt64)
        yield RawRows(frame=frame.insert_column(0, lines), rejected=())


def _rows_at_once(size_bytes: int, rows: int) -> int:
    """Return how many rows make a batch: fewer where rows are large, by the size that they have on disk."""
    return min(BATCH_ROWS, max(1, BATCH_BYTES * rows // max(1, size_bytes)))


@contextlib.contextmanager
def _readable(split: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{split} cannot be read as Parquet ({type(error).__name__})"
        raise SplitUnreadableError(message, hint="The file is missing, truncated or damaged.") from error
