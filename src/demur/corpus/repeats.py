"""Item ids that come in more than once, within a split, across splits, and under different authors.

An item id names one item. Rows that say the same keep one; rows that differ keep none, because nobody can tell which of
them is true: in doubt, out. The others are counted as rejected.
"""

from dataclasses import dataclass

import msgspec
import polars as pl

from demur.corpus.ingest import ITEM_PLACE_COLUMNS, REJECTED_COLUMNS
from demur.corpus.spool import open_spool, read_slot
from demur.corpus.workfolder import WorkFolder
from demur.exchange.columns import ITEM_COLUMNS, Schema

PLACE_COLUMNS = ("source", "split", "line")
CONFLICT_COLUMNS: Schema = {"item_key": pl.Binary}
REPEAT_COLUMNS: Schema = {"split_number": pl.UInt32, **REJECTED_COLUMNS}
REPEATED = "duplicate_item_id"

_SAYS = [name for name in ITEM_COLUMNS if name not in PLACE_COLUMNS]
_COPY = "an earlier row has the same item id and says the same"
_CONFLICT = "another row has the same item id and says something else, so none of them is used"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictTask:
    """One range of item keys to search; `splits` is the number of splits that were read."""

    bucket: int
    splits: int
    work: WorkFolder


class Conflicts(msgspec.Struct, frozen=True, kw_only=True):
    """How many item keys of a range came in by several partitions."""

    keys: int


def find_conflicts(task: ConflictTask) -> Conflicts:
    """Find the item keys that came in under authors of different partitions, and tell each of these partitions.

    Two such rows name different authors, so they differ.
    """
    places = read_slot(map(task.work.item_keys, range(task.splits)), task.bucket, ITEM_PLACE_COLUMNS).unique()
    conflicts = places.filter(pl.col("item_key").is_duplicated()).sort("item_key", "partition")
    with open_spool(task.work.conflicts(task.bucket)) as spool:
        spool.scatter(conflicts, "partition")
    return Conflicts(keys=conflicts["item_key"].n_unique())


def separate_repeats(rows: pl.DataFrame, conflicts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the items (`ITEM_COLUMNS`, one row each, sorted by item key) and the rows left out (`REPEAT_COLUMNS`).

    Args:
        rows: the rows of a partition, `SEGMENT_COLUMNS`.
        conflicts: item keys that other partitions hold too, `CONFLICT_COLUMNS`.
    """
    ordered = rows.sort("item_key", "split_number", "line").with_row_index("at")
    doubtful = ordered.filter(pl.col("item_key").is_duplicated())
    variants = doubtful.unique(subset=_SAYS, keep="first", maintain_order=True)
    differing = variants.filter(pl.col("item_key").is_duplicated()).select("item_key")
    conflicting = pl.concat([differing, conflicts.select("item_key")])["item_key"].unique()
    copies = doubtful.select("at").join(variants.select("at"), on="at", how="anti")["at"]
    is_conflict = pl.col("item_key").is_in(conflicting.implode())
    is_copy = pl.col("at").is_in(copies.implode())
    items = ordered.filter(~is_conflict & ~is_copy).select(*ITEM_COLUMNS)
    left_out = ordered.filter(is_conflict | is_copy).select(
        "split_number",
        "line",
        pl.lit(REPEATED).alias("reason"),
        pl.when(is_conflict).then(pl.lit(_CONFLICT)).otherwise(pl.lit(_COPY)).alias("message"),
    )
    return items, left_out
