"""Look-ups by key over columns: 16 bytes are two integers, which are met several times faster than bytes are."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

_KEY_BYTES, _WORDS = 16, 2
# Fewer keys than this are joined before the compiled loops are loaded.
_MANY = 20_000


def find_rows(wanted: pl.Series, keys: pl.Series) -> pl.Series:
    """Return the row of each wanted key among unique keys (``row``), or null where it is missing there.

    Many keys of 16 bytes, as all keys of a keyring are, are looked up in a compiled table; all others are joined.
    """
    if keys.null_count():
        found = find_rows(wanted, keys.drop_nulls())
        return keys.is_not_null().arg_true().gather(found).alias("row")
    words = (_words(wanted), _words(keys)) if wanted.len() + keys.len() >= _MANY else (None, None)
    if words[0] is not None and words[1] is not None:
        return _probe(words[0], words[1], wanted.is_not_null())
    rows = keys.to_frame("key").with_row_index("row")
    return wanted.to_frame("key").join(rows, on="key", how="left", maintain_order="left")["row"]


def narrow(table: pl.DataFrame, column: str, keys: pl.Series) -> pl.DataFrame:
    """Leave out the rows whose key in a column is none of some keys: what remains is cheap to join."""
    wanted = table[column]
    if wanted.null_count() == wanted.len():
        return table.clear()
    return table.filter(find_rows(wanted, keys.unique()).is_not_null())


def _probe(wanted: NDArray[np.uint64], keys: NDArray[np.uint64], is_asked: pl.Series) -> pl.Series:
    from demur.policy.lookup_kernel import fill_table, probe_table  # noqa: PLC0415 -- loads a compiler

    bits = max(1, (2 * len(keys)).bit_length())
    table, found = np.full(1 << bits, -1, dtype=np.int32), np.empty(len(wanted), dtype=np.int32)
    fill_table(keys, table, 64 - bits)
    probe_table(wanted, keys, table, 64 - bits, found)
    # No row is below zero: what was not found becomes null.
    rows = pl.Series("row", found).cast(pl.UInt32, strict=False)
    return rows if is_asked.all() else rows.set(~is_asked, None)


def _words(keys: pl.Series) -> NDArray[np.uint64] | None:
    """Return keys as rows of two integers, nulls as zeros; None unless all of them have 16 bytes."""
    whole = keys.fill_null(bytes(_KEY_BYTES)) if keys.null_count() else keys
    words = whole.bin.reinterpret(dtype=pl.Array(pl.UInt64, _WORDS), endianness="little")
    return None if words.null_count() else words.to_numpy()


def mark(name: str, rows: pl.Series, count: int) -> pl.Series:
    """Return a flag for each of `count` rows: true for those that are named; null names none."""
    flags = np.zeros(count, dtype=np.bool_)
    flags[rows.drop_nulls().to_numpy()] = True
    return pl.Series(name, flags)
