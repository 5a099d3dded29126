"""Rows of the register as frames: the one place that knows how the database stores instants and booleans."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, Schema


def read_frame(connection: sa.Connection, query: sa.Select[Any], schema: Schema) -> pl.DataFrame:
    """Return the rows of a query; instants are stored as microseconds, booleans as 0 and 1."""
    return make_frame([tuple(row) for row in connection.execute(query)], schema)


def make_frame(rows: Sequence[tuple[Any, ...]], schema: Schema) -> pl.DataFrame:
    """Return rows of the database as a frame."""
    if not rows:
        return pl.DataFrame(schema=schema)
    stored = {name: pl.Int64 if kind in {INSTANT, pl.Boolean} else kind for name, kind in schema.items()}
    return pl.DataFrame(rows, schema=stored, orient="row").cast(pl.Schema(schema))
