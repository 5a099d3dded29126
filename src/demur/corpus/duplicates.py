"""Near duplicates across the whole corpus: one text, one row.

Each partition's band hashes go to buckets by hash; a bucket finds the rows that share one, as pairs; the pairs join to
groups. Rows are named by 8-byte numbers on the way, so that memory grows with the duplicates and not with the corpus.
The keeper of a group is its smallest item key: whatever the number of partitions or workers, it is the same row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from demur.corpus.partition import slot_of_number
from demur.corpus.spool import open_spool, read_slot
from demur.corpus.workfolder import WorkFolder
from demur.exchange.columns import Schema
from demur.exchange.tables import read_table, write_table
from demur.filters.duplicates import BAND_COLUMNS as BAND_HASHES

RUN_COLUMNS: Schema = {"band_hash": pl.UInt64, "candidate": pl.UInt64}
PAIR_COLUMNS: Schema = {"first": pl.UInt64, "other": pl.UInt64}
GROUP_COLUMNS: Schema = {"position": pl.UInt32, "duplicate_group": pl.Binary, "is_duplicate": pl.Boolean}

_POSITION_BITS = 32
Numbers = NDArray[np.uint64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTask:
    """One range of band hashes to search in the bands of all partitions."""

    bucket: int
    partitions: int
    work: WorkFolder


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """How many pairs a range of band hashes gave."""

    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTask:
    """All pairs to join to groups."""

    partitions: int
    work: WorkFolder


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of each partition are duplicates of a keeper, and how many groups there are."""

    duplicates: list[int]
    groups: int


def spool_bands(
    signed: pl.DataFrame, positions: pl.Series, *, partition: int, partitions: int, work: WorkFolder
) -> None:
    """Write the band hashes of a partition's candidates into buckets.

    Args:
        signed: what `demur.filters.duplicates.signatures` says of each candidate.
        positions: the candidates' places in the table of candidates.
    """
    numbers = pl.col("candidate").cast(pl.UInt64) + pl.lit(partition << _POSITION_BITS, dtype=pl.UInt64)
    bands = (
        signed.select(*BAND_HASHES, positions.alias("candidate"))
        .unpivot(index="candidate", on=BAND_HASHES, value_name="band_hash")
        .drop_nulls("band_hash")
        .select("band_hash", numbers, slot_of_number(pl.col("band_hash"), partitions).alias("bucket"))
    )
    with open_spool(work.bands(partition)) as spool:
        spool.scatter(bands, "bucket")


def find_pairs(task: PairTask) -> Pairs:
    """Pair the first row of each band hash with every other row that has it."""
    bands = read_slot(map(task.work.bands, range(task.partitions)), task.bucket, RUN_COLUMNS)
    shared = bands.filter(pl.col("band_hash").is_duplicated())
    first = pl.col("candidate").min().over("band_hash")
    pairs = shared.select(first.alias("first"), pl.col("candidate").alias("other"))
    pairs = pairs.filter(pl.col("first") != pl.col("other")).unique().sort("first", "other")
    write_table(task.work.pairs(task.bucket), pairs)
    return Pairs(pairs=pairs.height)


def join_groups(task: GroupTask) -> Groups:
    """Join all pairs to groups, and tell each partition which of its rows are in one."""
    pairs = pl.concat([read_table(task.work.pairs(bucket), PAIR_COLUMNS) for bucket in range(task.partitions)]).unique()
    ends = pairs["first"].to_numpy(), pairs["other"].to_numpy()
    numbers = np.unique(np.concatenate(ends))
    labels = connected_components(numbers.size, np.searchsorted(numbers, ends[0]), np.searchsorted(numbers, ends[1]))
    members = pl.DataFrame(
        {"label": labels, "partition": numbers >> np.uint64(_POSITION_BITS), "position": numbers & _POSITIONS},
        schema={"label": pl.Int64, "partition": pl.UInt32, "position": pl.UInt32},
    ).with_columns(pl.concat([pl.Series("item_key", [], dtype=pl.Binary), *_item_keys(task, numbers)]))
    grouped = members.with_columns(pl.col("item_key").min().over("label").alias("duplicate_group")).with_columns(
        (pl.col("item_key") != pl.col("duplicate_group")).alias("is_duplicate")
    )
    with open_spool(task.work.groups) as spool:
        spool.scatter(grouped.select("partition", *GROUP_COLUMNS), "partition")
    counted = dict(grouped.filter("is_duplicate").group_by("partition").len().iter_rows())
    duplicates = [counted.get(partition, 0) for partition in range(task.partitions)]
    return Groups(duplicates=duplicates, groups=grouped["label"].n_unique())


def connected_components(size: int, first: Labels, other: Labels) -> Labels:
    """Return for each of `size` nodes the smallest node that it is connected to by pairs."""
    labels = np.arange(size, dtype=np.int64)
    while True:
        lower = np.minimum(labels[first], labels[other])
        joined = labels.copy()
        np.minimum.at(joined, labels[first], lower)
        np.minimum.at(joined, labels[other], lower)
        np.minimum.at(joined, first, lower)
        np.minimum.at(joined, other, lower)
        joined = joined[joined]
        if np.array_equal(joined, labels):
            return labels
        labels = joined


def _item_keys(task: GroupTask, numbers: Numbers) -> Iterator[pl.Series]:
    """Yield the item keys of sorted numbers, a partition at a time."""
    edges = np.searchsorted(numbers, np.arange(task.partitions + 1, dtype=np.uint64) << np.uint64(_POSITION_BITS))
    for partition in range(task.partitions):
        inside = numbers[edges[partition] : edges[partition + 1]]
        if inside.size:
            keys = pl.read_parquet(task.work.candidates(partition), columns=["item_key"], memory_map=False)["item_key"]
            yield keys.gather(inside & _POSITIONS)


_POSITIONS = np.uint64((1 << _POSITION_BITS) - 1)
