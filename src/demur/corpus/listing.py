"""Decisions as text, so that a verifier counts them without a Parquet reader.

One line an item, ``<item key in hex> <decision> <reason>``, sorted by item key; its SHA-256 is signed in the manifest
or in the version of `Removals` that took the decisions.
"""

import hashlib

import polars as pl

from demur.exchange.columns import Schema

REMOVAL_DECISION_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "decision": pl.String,
    "reason": pl.String,
    "source": pl.String,
    "split": pl.String,
    "line": pl.UInt64,
}


def decisions_listing(decisions: pl.DataFrame) -> bytes:
    """Write decisions, sorted by item key, one line an item."""
    lines = decisions.sort("item_key").select(
        pl.format("{} {} {}\n", pl.col("item_key").bin.encode("hex"), pl.col("decision"), pl.col("reason"))
    )
    return "".join(lines.to_series()).encode("ascii")


def listing_digest(decisions: pl.DataFrame) -> str:
    """Return the SHA-256 of the listing in hexadecimal."""
    return hashlib.sha256(decisions_listing(decisions)).hexdigest()
