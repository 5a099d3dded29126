"""Fields that hold JSON, as text or as columns of structs: both become text, and equal texts are read once."""

from collections.abc import Callable

import polars as pl
from polars.datatypes import DataTypeClass

from demur.sources.columns import read_text, refuse_type


def read_nested(column: pl.Series, split: str) -> pl.Series:
    """Return the JSON of each row as text: as it stands, or written from structs or lists.

    Raises:
        ColumnTypeError: the column is neither text, nor made of texts, numbers and truth values.
    """
    if not isinstance(column.dtype, pl.Struct | pl.List):
        return read_text(column, split)
    if not _is_writable(column.dtype):
        refuse_type(column, split, "JSON as text, or structs of texts, numbers and truth values")
    rows = column.to_frame().select(pl.struct(column.name).struct.json_encode()).to_series()
    return rows.str.strip_prefix(f'{{"{column.name}":').str.strip_suffix("}").alias(column.name)


def _is_writable(kind: pl.DataType | DataTypeClass) -> bool:
    # Polars panics when it writes other types, such as binary, as JSON.
    if isinstance(kind, pl.Struct):
        return all(_is_writable(field.dtype) for field in kind.fields)
    if isinstance(kind, pl.List):
        return _is_writable(kind.inner)
    return kind.is_numeric() or isinstance(kind, pl.String | pl.Boolean | pl.Null | pl.Categorical | pl.Enum)


def read_once(rows: pl.DataFrame, read: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return what `read` makes of rows, which it gets without repeats: files repeat few values very often."""
    distinct = rows.unique(maintain_order=True)
    columns = read(distinct)
    known = pl.concat([distinct, columns], how="horizontal")
    return rows.join(known, on=rows.columns, how="left", nulls_equal=True, maintain_order="left").select(
        columns.columns
    )
