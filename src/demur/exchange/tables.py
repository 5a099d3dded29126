"""Parquet with fixed settings, so that equal tables are equal bytes.

Statistics are off: a footer must not repeat values of rows that a purge removes (GDPR Art. 17).
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from polars.datatypes import DataTypeClass

from demur.exchange.errors import TableUnreadableError
from demur.kernel.files import whole_file

ROW_GROUP_ROWS = 16_384


def write_table(path: Path, frame: pl.DataFrame) -> None:
    """Write a frame as Parquet, complete and durable, the same bytes for the same rows."""
    with whole_file(path) as temporary:
        frame.rechunk().write_parquet(
            temporary, compression="zstd", compression_level=3, statistics=False, row_group_size=ROW_GROUP_ROWS
        )


def read_table(path: Path, schema: Mapping[str, pl.DataType | DataTypeClass]) -> pl.DataFrame:
    """Read a table that Demur wrote and check that it has exactly the columns of `schema`, in order.

    Raises:
        TableUnreadableError: the file is missing, damaged, truncated, or has other columns.
    """
    try:
        frame = pl.read_parquet(path, memory_map=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{path.name} cannot be read as Parquet ({type(error).__name__})"
        raise TableUnreadableError(message, hint="The file is missing, truncated or damaged.") from error
    if frame.schema != pl.Schema(schema):
        found, expected = (
            ", ".join(f"{name} {kind}" for name, kind in pl.Schema(of).items()) for of in (frame.schema, schema)
        )
        message = f"{path.name} has the columns {found}; expected {expected}"
        raise TableUnreadableError(message)
    return frame


def read_piece(path: Path, schema: Mapping[str, pl.DataType | DataTypeClass], start: int, rows: int) -> pl.DataFrame:
    """Read some rows of a table that Demur wrote, without reading the others; otherwise as `read_table`.

    Raises:
        TableUnreadableError: the file is missing, damaged, truncated, or has other columns or fewer rows.
    """
    try:
        frame = pl.scan_parquet(path).slice(start, rows).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{path.name} cannot be read as Parquet ({type(error).__name__})"
        raise TableUnreadableError(message, hint="The file is missing, truncated or damaged.") from error
    if frame.schema != pl.Schema(schema) or frame.height != rows:
        message = f"{path.name} has other columns than expected, or no row {start + rows - 1}"
        raise TableUnreadableError(message)
    return frame
