"""Lineage: which item and which subject each row came from. Restricted; only the builder's side reads it."""

from datetime import datetime

import numpy as np
import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.removed import Ordinals
from demur.exchange.columns import INSTANT, ITEM_COLUMNS, Schema
from demur.exchange.documents import check_digest
from demur.exchange.manifest import CorpusManifest
from demur.exchange.tables import read_table

LINEAGE_COLUMNS: Schema = {
    "row": pl.UInt64,
    **{name: kind for name, kind in ITEM_COLUMNS.items() if name != "text"},
    "cuts": pl.UInt32,
    "duplicate_group": pl.Binary,
}
INDEX_COLUMNS: Schema = {"subject_key": pl.Binary, "row": pl.UInt64}


def read_lineage(layout: CorpusLayout, manifest: CorpusManifest, rows: Ordinals) -> pl.DataFrame:
    """Read the lineage of some rows (`LINEAGE_COLUMNS`, sorted by row); only the files that hold them are opened."""
    frames = [pl.DataFrame(schema=LINEAGE_COLUMNS)]
    for shard, entry in zip(manifest.shards, manifest.lineage, strict=True):
        inside = rows[(rows >= shard.first_row) & (rows < shard.first_row + shard.rows)]
        if inside.size:
            path = layout.folder / entry.path
            check_digest(path, entry.sha256)
            frames.append(read_table(path, LINEAGE_COLUMNS)[(inside - np.uint64(shard.first_row)).astype(np.int64)])
    return pl.concat(frames)


def rows_of_subjects(layout: CorpusLayout, manifest: CorpusManifest, subjects: pl.Series) -> Ordinals:
    """Return the sorted ordinals of every row of some subjects."""
    check_digest(layout.subject_index, manifest.index.sha256)
    index = read_table(layout.subject_index, INDEX_COLUMNS)
    return np.sort(index.filter(pl.col("subject_key").is_in(subjects.implode()))["row"].to_numpy())


def rows_that_expire(layout: CorpusLayout, manifest: CorpusManifest, at: datetime) -> Ordinals:
    """Return the sorted ordinals of rows that were meant to disappear by an instant."""
    found = [np.empty(0, dtype=np.uint64)]
    for entry in manifest.lineage:
        frame = pl.read_parquet(layout.folder / entry.path, columns=["row", "expires_at"], memory_map=False)
        found.append(frame.filter(pl.col("expires_at") <= pl.lit(at, dtype=INSTANT))["row"].to_numpy())
    return np.sort(np.concatenate(found))


def row_of_item(layout: CorpusLayout, manifest: CorpusManifest, item_key: bytes) -> pl.DataFrame:
    """Return the lineage of the row that came from one item: one row, or none when the item is not in the corpus."""
    for entry in manifest.lineage:
        found = pl.read_parquet(layout.folder / entry.path, memory_map=False).filter(pl.col("item_key") == item_key)
        if found.height:
            return found
    return pl.DataFrame(schema=LINEAGE_COLUMNS)
