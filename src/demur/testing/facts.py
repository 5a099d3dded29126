"""Facts from plain rows: what a test does not say is unknown, and a table that it does not name is empty."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl

from demur.exchange.columns import Facts, Schema
from demur.exchange.snapshot import SNAPSHOT_TABLES


def make_table(rows: Iterable[Mapping[str, object]], schema: Schema) -> pl.DataFrame:
    """Return rows as a table of a schema, sorted by all columns; a column that a row does not have is null.

    Raises:
        KeyError: a row has a column that the schema does not know.
    """
    listed = list(rows)
    unknown = sorted({name for row in listed for name in row} - set(schema))
    if unknown:
        raise KeyError(", ".join(unknown))
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in listed], schema=schema).sort(list(schema))


def make_facts(tables: Mapping[str, Iterable[Mapping[str, object]]], *, as_of: datetime, log_size: int = 0) -> Facts:
    """Return the facts of a snapshot with some tables, by name."""
    frames = {name: make_table(tables.get(name, ()), schema) for name, schema in SNAPSHOT_TABLES.items()}
    return Facts(**frames, as_of=as_of, log_size=log_size)
