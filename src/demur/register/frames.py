"""Rows of the register as frames: the one place that knows how the database stores instants and booleans."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, Schema


def read_frame(connection: sa.Connection, query: sa.Select[Any], schema: Schema) -> pl.DataFrame:
    """Return the rows of a query; instants are stored as microseconds, booleans as 0 and 1."""
    stored = {name: pl.Int64 if kind in {INSTANT, pl.Boolean} else kind for name, kind in schema.items()}
    rows: Sequence[tuple[Any, ...]] = [tuple(row) for row in connection.execute(query)]
    return pl.DataFrame(rows, schema=stored, orient="row").cast(pl.Schema(schema))
