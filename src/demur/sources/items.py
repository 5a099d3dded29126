"""From fields to the columns of items: ids and addresses become keys, and the plain ones stay behind."""

from collections.abc import Callable

import polars as pl

from demur.exchange.columns import ITEM_COLUMNS
from demur.keys.keyring import Keyring
from demur.keys.subjects import item_keys, page_keys, subject_keys
from demur.sources.accounts import key_accounts
from demur.sources.spec import ACCOUNT_LIST_FIELDS, ITEM_REFERENCE_FIELDS, SourceSpec


def make_items(rows: pl.DataFrame, *, spec: SourceSpec, split: str, keyring: Keyring) -> pl.DataFrame:
    """Make items (`ITEM_COLUMNS`) of rows that can be read; a field that they lack is unknown throughout."""
    found = rows.with_columns(_key_columns(rows, keyring))
    given = found.with_columns(
        pl.lit(spec.name).alias("source"),
        pl.lit(split).alias("split"),
        *(_with_default(found, field, default) for field, default in (("kind", spec.kind), ("product", spec.product))),
    )
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in ITEM_COLUMNS.items() if name not in given.columns]
    return given.with_columns(missing).select(list(ITEM_COLUMNS))


def _with_default(rows: pl.DataFrame, field: str, default: str | None) -> pl.Expr:
    constant = pl.lit(default, dtype=pl.String)
    return (pl.coalesce(field, constant) if field in rows.columns else constant).alias(field)


def _key_columns(rows: pl.DataFrame, keyring: Keyring) -> list[pl.Series]:
    keyed = [
        _key(rows["item"], keyring, item_keys).alias("item_key"),
        _key(rows["account"], keyring, subject_keys).alias("subject_key"),
        *(_key(rows[field], keyring, item_keys) for field in ITEM_REFERENCE_FIELDS if field in rows.columns),
        *(key_accounts(rows[field], keyring) for field in ACCOUNT_LIST_FIELDS if field in rows.columns),
    ]
    if "address" in rows.columns:
        keyed.append(_key(rows["address"], keyring, page_keys).alias("page_key"))
    return keyed


def _key(
    ids: pl.Series, keyring: Keyring, key_all: Callable[[Keyring, list[str | None]], list[bytes | None]]
) -> pl.Series:
    return pl.Series(ids.name, key_all(keyring, ids.to_list()), dtype=pl.Binary)
