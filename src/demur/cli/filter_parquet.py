"""The rows of a Parquet file whose texts are to be filtered."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from demur.cli.filter_rows import (
    BATCH_BYTES,
    BATCH_ROWS,
    LANGUAGE_NAMES,
    Rows,
    Texts,
    Wanted,
    choose_texts,
    refuse_missing,
)
from demur.sources.errors import ColumnTypeError, SplitUnreadableError


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFile:
    """A Parquet file to filter: its rows, the types of its columns and what its writer noted."""

    scan: pl.LazyFrame
    rows: int
    schema: pl.Schema
    notes: dict[str, str]
    texts: tuple[str, ...]
    language: str | None
    rows_at_once: int


def open_parquet(path: Path, wanted: Wanted) -> ParquetFile:
    """Look into a Parquet file.

    Raises:
        SplitUnreadableError: the file is missing, truncated or no Parquet.
        MissingColumnError: a column that was named is not in it, or no usual name is.
        ColumnTypeError: a column to filter holds no texts.
    """
    with _readable_parquet(path.name):
        scan = pl.scan_parquet(path, glob=False)
        schema = scan.collect_schema()
        rows = scan.select(pl.len()).collect(engine="in-memory").item()
        notes = pl.read_parquet_metadata(path)
        size_bytes = path.stat().st_size
    found = schema.names()
    texts = wanted.texts or choose_texts(path.name, found)
    language = wanted.language or next((one for one in LANGUAGE_NAMES if one in found), None)
    refuse_missing(path.name, [one for one in (*texts, *filter(None, [language])) if one not in found], found)
    for column in (*texts, *filter(None, [language])):
        # `pl.Enum` has no place for a placeholder.
        is_text = isinstance(schema[column], pl.String | pl.Null | pl.Categorical)
        if not is_text and not (column == language and isinstance(schema[column], pl.Enum)):
            message = f"{path.name}: column {column} is {schema[column]}, expected text"
            raise ColumnTypeError(message, hint="Convert the column, or name another one by --text or --language.")
    return ParquetFile(
        scan=scan,
        rows=rows,
        schema=schema,
        notes={key: value for key, value in notes.items() if key != "ARROW:schema"},
        texts=texts,
        language=language,
        rows_at_once=min(BATCH_ROWS * 4, max(1, 4 * BATCH_BYTES * rows // max(1, size_bytes))),
    )


def read_parquet(file: ParquetFile, name: str) -> Iterator[Rows[pl.DataFrame]]:
    """Yield the rows of a Parquet file.

    Raises:
        SplitUnreadableError: the file is damaged.
    """
    for start in range(0, file.rows, file.rows_at_once):
        with _readable_parquet(name):
            frame = file.scan.slice(start, file.rows_at_once).collect(engine="in-memory")
        yield Rows(
            numbers=range(start + 1, start + 1 + frame.height),
            texts={column: frame[column].cast(pl.String) for column in file.texts},
            languages=frame[file.language].cast(pl.String) if file.language else None,
            broken=(),
            rebuild=partial(_rebuild_frame, frame),
        )


def _rebuild_frame(frame: pl.DataFrame, others: Texts) -> pl.DataFrame:
    return frame.with_columns(others[name].cast(frame.schema[name]).alias(name) for name in others)


@contextlib.contextmanager
def _readable_parquet(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        message = f"{name} cannot be read as Parquet ({type(error).__name__})"
        raise SplitUnreadableError(message, hint="The file is missing, truncated or damaged.") from error
