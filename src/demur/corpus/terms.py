"""What people without an account asked to leave out, from the snapshot's table to what texts are searched with."""

import polars as pl

from demur.filters.suppressions import Suppressions, join_suppressions, list_hashes
from demur.keys.keyring import Keyring


def read_terms(terms: pl.DataFrame, keyring: Keyring) -> Suppressions:
    """Return a table of terms (`TERM_COLUMNS`) as suppressions."""
    hashes, checks = b"".join(terms["hash"]), b"".join(terms["digest"].bin.head(8))
    return list_hashes(hashes, checks, frozenset(terms["words"].unique()), keyring.suppression_key)


def with_terms(suppressions: Suppressions | None, terms: pl.DataFrame, keyring: Keyring) -> Suppressions | None:
    """Return suppressions with the terms of a snapshot; None when there are neither."""
    if terms.is_empty():
        return suppressions
    asked = read_terms(terms, keyring)
    return asked if suppressions is None else join_suppressions(suppressions, asked)
