"""Fields that hold several account ids, such as the people whom a text mentions."""

import re
from collections.abc import Sequence

import polars as pl

from demur.keys.keyring import Keyring
from demur.keys.subjects import subject_keys
from demur.sources.columns import read_text, refuse_type

_ID_IN_TEXT = r"[^\s,]+"


def split_ids(text: str) -> list[str]:
    """Read account ids that stand in one text, apart by spaces or commas."""
    return re.findall(_ID_IN_TEXT, text)


def read_accounts(column: pl.Series, split: str) -> pl.Series:
    """Return lists of account ids, from lists or from texts that hold several.

    Raises:
        ColumnTypeError: the column holds neither.
    """
    if isinstance(column.dtype, pl.List):
        inner = column.dtype.inner
        if inner.is_integer() or isinstance(inner, pl.Null | pl.String):
            return column.cast(pl.List(pl.String))
        refuse_type(column, split, "a list of account ids")
    return read_text(column, split).str.extract_all(_ID_IN_TEXT)


def key_accounts(accounts: pl.Series, keyring: Keyring) -> pl.Series:
    """Return lists of subject keys for lists of account ids; an empty id is nobody, and an empty list is unknown."""
    places = pl.Series(range(len(accounts)), dtype=pl.UInt32)
    lists = pl.DataFrame({"place": places, "account": accounts}).filter(pl.col("account").list.len() > 0)
    known = lists.explode("account").filter(pl.col("account").str.len_bytes() > 0)
    keys = pl.Series(subject_keys(keyring, known["account"].to_list()), dtype=pl.Binary)
    return make_lists(accounts.name, known["place"], keys, len(accounts))


def make_lists(name: str, places: Sequence[int] | pl.Series, values: pl.Series, height: int) -> pl.Series:
    """Put values into lists by the row that each stands in; a row without one is null, because none is known."""
    flat = pl.DataFrame({"place": pl.Series(places, dtype=pl.UInt32), name: values})
    lists = flat.group_by("place", maintain_order=True).agg(pl.col(name))
    every = pl.DataFrame({"place": pl.Series(range(height), dtype=pl.UInt32)})
    return every.join(lists, on="place", how="left", maintain_order="left")[name]
