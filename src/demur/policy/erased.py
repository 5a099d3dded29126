"""Accounts that were erased and stay out: a snapshot names them so that only whoever meets their content knows them.

Their names are made of subject keys with a key of their own (`suppression_names`). Whoever has the keyring and content
resolves them before anything is decided; from then on they are objections like any other (GDPR Art. 17(3)(b), 21(3)).
"""

from dataclasses import replace

import polars as pl

from demur.exchange.columns import INSTANT, OBJECTION_COLUMNS, Facts
from demur.keys.keyring import Keyring
from demur.keys.subjects import suppression_names
from demur.policy.lookup import narrow


def resolve_erased(facts: Facts, keyring: Keyring, subjects: pl.Series) -> Facts:
    """Return facts in which those of some subjects who were erased have their objections under their subject keys."""
    if facts.erased.is_empty():
        return facts
    found = find_objections(facts.erased, keyring, subjects)
    return replace(facts, objections=pl.concat([facts.objections, found]), erased=facts.erased.clear())


def find_objections(erased: pl.DataFrame, keyring: Keyring, subjects: pl.Series) -> pl.DataFrame:
    """Return the objections (`OBJECTION_COLUMNS`) of those of some subjects whom a table names (`ERASED_COLUMNS`).

    No instant is kept of them, so they cover what was published at any time (`effective_at` is null).
    """
    asked = subjects.drop_nulls().unique(maintain_order=True).alias("subject_key")
    named = asked.to_frame().with_columns(pl.Series("name", suppression_names(keyring, asked), dtype=pl.Binary))
    met = narrow(named, "name", erased["name"]).join(erased, on="name")
    columns = [
        pl.lit(None, dtype=INSTANT).alias(name) if name == "effective_at" else name for name in OBJECTION_COLUMNS
    ]
    return met.select(columns)
