"""Texts that say the same: exact duplicates and near duplicates by MinHash and banding.

A signature has 112 permutations over three-word shingles in 14 bands of 8 rows: two texts whose shingles agree to 0.72
share a band with even chance, texts that agree to 0.5 in one case in twenty. A text of fewer than five words is one
shingle, so only its equal matches. Signatures depend on the text alone; groups on the set of runs alone, not on its
order (ADR on determinism). Repeating a text is the strongest driver of memorisation (requirement FIL-7).
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.hashing import chain, chain_all, siphash13
from demur.filters.words import is_compiler_present, shared_word_table, text_buffer, words

BANDS: Final = 14
ROWS: Final = 8
PERMUTATIONS: Final = BANDS * ROWS
SHINGLE_WORDS: Final = 3
FEWEST_WORDS: Final = 5
BAND_COLUMNS: Final = tuple(f"band_{band:02d}" for band in range(BANDS))
DUPLICATES_VERSION: Final = f"minhash-1-{PERMUTATIONS}-{BANDS}x{ROWS}-words{SHINGLE_WORDS}-from{FEWEST_WORDS}"

# A public key: signatures name texts inside one corpus and protect nothing.
_KEY = (0x64656D75722D6D69, 0x6E686173682D7631)
_LAST_32 = 0xFFFFFFFF


def signatures(texts: pl.Series) -> pl.DataFrame:
    """Sign every text: ``exact``, the hash of all its words, and one hash for each band.

    A null or empty text has no signature, a text of few words only the first band.
    """
    if not len(texts):
        return _frame(texts, np.zeros((0, BANDS), np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.bool_))
    if not is_compiler_present():
        return signatures_reference(texts)
    from demur.filters import word_kernel  # noqa: PLC0415 -- slow import

    table, buffer = shared_word_table(), text_buffer(texts)
    bands = np.zeros((len(texts), BANDS), dtype=np.uint64)
    exact = np.zeros(len(texts), dtype=np.uint64)
    is_short = np.zeros(len(texts), dtype=np.bool_)
    word_kernel.sign_rows(
        (buffer.data, buffer.offsets),
        (table.starts, table.lengths, table.folded),
        (np.uint64(_KEY[0]), np.uint64(_KEY[1])),
        _permutations(),
        bands,
        exact,
        is_short,
    )
    return _frame(texts, bands, exact, is_short)


def signatures_reference(texts: pl.Series) -> pl.DataFrame:
    """Sign without the kernel: what `signatures` must equal on any text."""
    rows = [_sign(text or "") for text in texts.to_list()]
    return _frame(
        texts,
        np.array([bands for bands, _, _ in rows], dtype=np.uint64).reshape(len(rows), BANDS),
        np.array([exact for _, exact, _ in rows], dtype=np.uint64),
        np.array([is_short for _, _, is_short in rows], dtype=np.bool_),
    )


def _frame(
    texts: pl.Series,
    bands: npt.NDArray[np.uint64],
    exact: npt.NDArray[np.uint64],
    is_short: npt.NDArray[np.bool_],
) -> pl.DataFrame:
    is_signed = texts.cast(pl.String).str.len_bytes().fill_null(0).to_numpy() > 0
    columns = {"exact": (exact, is_signed)}
    for band, name in enumerate(BAND_COLUMNS):
        columns[name] = (bands[:, band], is_signed if band == 0 else is_signed & ~is_short)
    return pl.DataFrame(
        [
            pl.select(pl.when(pl.Series(is_kept)).then(pl.Series(values)).alias(name)).to_series()
            for name, (values, is_kept) in columns.items()
        ],
    )


@cache
def _permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Draw the permutations ``a * x + b`` modulo 2**32 from a fixed chain; an odd `a` makes each one a bijection."""
    drawn = [chain(0, index) & _LAST_32 for index in range(1, 2 * PERMUTATIONS + 1)]
    return np.array(drawn[::2], dtype=np.uint32) | np.uint32(1), np.array(drawn[1::2], dtype=np.uint32)


def _sign(text: str) -> tuple[list[int], int, bool]:
    hashes = [siphash13(_KEY, word.form.encode()) for word in words(text)]
    whole = chain_all(hashes, seed=len(hashes)) if hashes else siphash13(_KEY, text.encode())
    is_short = len(hashes) < FEWEST_WORDS
    windows = range(len(hashes) - SHINGLE_WORDS + 1)
    shingles = [whole] if is_short else [chain_all(hashes[first : first + SHINGLE_WORDS]) for first in windows]
    multipliers, addends = _permutations()
    high = np.array([shingle >> 32 for shingle in shingles], dtype=np.uint64)
    permuted = (multipliers.astype(np.uint64) * high[:, None] + addends) & np.uint64(_LAST_32)
    minima = [int(minimum) for minimum in permuted.min(axis=0)]
    seeds = [whole] * BANDS if is_short else list(range(BANDS))
    bands = [chain_all(minima[band * ROWS : (band + 1) * ROWS], seed=seeds[band]) for band in range(BANDS)]
    return bands, whole, is_short


# --------------------------------------------------------------------------------------------------------------- groups
def band_runs(item_keys: pl.Series, signed: pl.DataFrame) -> pl.DataFrame:
    """List which item has which band hash, sorted by both: the runs that partitions exchange and keep."""
    return (
        signed.select(BAND_COLUMNS)
        .with_columns(item_keys.alias("item_key"))
        .unpivot(index="item_key", on=BAND_COLUMNS, value_name="band_hash")
        .drop_nulls("band_hash")
        .select("band_hash", "item_key")
        .unique()
        .sort("band_hash", "item_key")
    )


def duplicate_groups(runs: pl.DataFrame) -> pl.DataFrame:
    """Give each item of the runs its group: all items connected by shared band hashes, named by the smallest key.

    The order of the runs does not matter. Runs of eligible items only give groups whose keeper is eligible.
    """
    keys = runs.select(pl.col("item_key").unique().sort()).with_row_index("place")
    places = (
        runs.join(keys, on="item_key", how="left")
        .select("band_hash", pl.col("place").cast(pl.Int64))
        .with_columns(first=pl.col("place").min().over("band_hash"))
        .filter(pl.col("first") != pl.col("place"))
    )
    labels = _components(len(keys), places["first"].to_numpy(), places["place"].to_numpy())
    return keys.select("item_key", group=pl.col("item_key").gather(pl.Series(labels)))


def keepers(groups: pl.DataFrame) -> pl.DataFrame:
    """Name the item that stays of each group: the one with the smallest key."""
    return groups.filter(pl.col("item_key") == pl.col("group")).select("item_key")


def _components(
    count: int,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Label connected places by the smallest of them: hook the larger root to the smaller, shorten, repeat."""
    labels = np.arange(count, dtype=np.int64)
    while True:
        roots_left, roots_right = labels[left], labels[right]
        is_open = roots_left != roots_right
        if not is_open.any():
            return labels
        low = np.minimum(roots_left[is_open], roots_right[is_open])
        high = np.maximum(roots_left[is_open], roots_right[is_open])
        np.minimum.at(labels, high, low)
        while (labels[labels] != labels).any():
            labels = labels[labels]
