"""How content is cut: by the author's subject key, so that a person's items and facts meet in one task.

The cut is by range of the key, which is a keyed hash and therefore even. One partition after the other is then in the
order of subject keys, and a table or a tree over all authors is made without sorting it as a whole.
"""

import polars as pl

_PREFIX_BYTES = 4
_PREFIXES = 1 << 8 * _PREFIX_BYTES


def slot_of(key: pl.Expr, slots: int) -> pl.Expr:
    """Return which of a number of equal ranges a key of at least four bytes falls into (UInt32)."""
    prefix = key.bin.slice(0, _PREFIX_BYTES).bin.reinterpret(dtype=pl.UInt32, endianness="big")
    return (prefix.cast(pl.UInt64) * slots // _PREFIXES).cast(pl.UInt32)


def slot_of_number(number: pl.Expr, slots: int) -> pl.Expr:
    """Return which of a number of equal ranges a 64-bit hash falls into (UInt32)."""
    return ((number // _PREFIXES) * slots // _PREFIXES).cast(pl.UInt32)


def partition_of_item(partitions: int) -> pl.Expr:
    """Return the partition of an item: its author's, or that of its own key while the author is unknown."""
    return slot_of(pl.coalesce("subject_key", "item_key"), partitions)
