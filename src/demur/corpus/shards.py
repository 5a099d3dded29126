"""Writing a partition: a decision for every item that was read, and shards with the lineage of what is in.

A row's ordinal counts through the corpus, one partition after the other, and never changes again.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl

from demur.corpus.duplicates import GROUP_COLUMNS
from demur.corpus.errors import CountsDifferError
from demur.corpus.judging import CANDIDATE_COLUMNS, KEPT, decide_findings
from demur.corpus.lineage import LINEAGE_COLUMNS, index_rows
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS, listing_digest
from demur.corpus.partition import slot_of
from demur.corpus.spool import open_spool, read_slot
from demur.corpus.spread import spread_order
from demur.corpus.workfolder import WorkFolder
from demur.exchange.columns import Schema
from demur.exchange.documents import file_digest
from demur.exchange.manifest import DecisionsEntry, FileEntry, ShardEntry
from demur.exchange.tables import read_table, write_table
from demur.filters.trail import PLACEHOLDERS
from demur.keys.keyring import Keyring
from demur.keys.subjects import corpus_pseudonyms
from demur.policy.ruleset import Ruleset

SHARD_ROWS = 8_192
SHARD_COLUMNS: Schema = {"row": pl.UInt64, "text": pl.String}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTask:
    """One partition to write; `rows` is how many of its items are in, `first_row` the ordinal of the first."""

    partition: int
    partitions: int
    first_row: int
    rows: int
    work: WorkFolder
    ruleset: Ruleset
    corpus_id: bytes
    keyring: Keyring


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a partition became, as the manifest will say it."""

    shards: list[ShardEntry]
    lineage: list[FileEntry]
    decisions: DecisionsEntry
    by_decision: dict[str, int]
    by_reason: dict[str, int]
    cuts: dict[str, int]
    pictures_left_out: int


def write_partition(task: WriteTask) -> Written:
    """Write one partition of the corpus.

    Raises:
        CountsDifferError: another number of items is in than the stages before counted.
    """
    candidates = _read_candidates(task)
    final = decide_findings(candidates, candidates["is_duplicate"], task.ruleset)
    candidates = candidates.with_columns(final)
    decisions = _all_decisions(candidates, task)
    rows = _order_rows(candidates.filter(pl.col("decision").is_in(KEPT)), task)
    if rows.height != task.rows:
        message = f"partition {task.partition} has {rows.height} items in, the stages before counted {task.rows}"
        raise CountsDifferError(message)
    _spool_pseudonyms(rows, task)
    write_table(task.work.index(task.partition), index_rows(rows))
    shards, lineage = _write_shards(rows, task)
    return Written(
        shards=shards,
        lineage=lineage,
        decisions=_write_decisions(decisions, task),
        by_decision=_counts(decisions, "decision"),
        by_reason=_counts(decisions, "reason"),
        cuts=_count_cuts(rows["cuts"]),
        pictures_left_out=rows.height - rows["media"].null_count(),
    )


def _read_candidates(task: WriteTask) -> pl.DataFrame:
    """Read the candidates with what is known about their duplicates (``duplicate_group``, ``is_duplicate``)."""
    groups = read_slot([task.work.groups], task.partition, GROUP_COLUMNS)
    candidates = read_table(task.work.candidates(task.partition), CANDIDATE_COLUMNS).with_row_index("position")
    return candidates.join(groups, on="position", how="left", maintain_order="left").with_columns(
        pl.col("is_duplicate").fill_null(value=False)
    )


def _all_decisions(candidates: pl.DataFrame, task: WriteTask) -> pl.DataFrame:
    excluded = read_table(task.work.excluded(task.partition), REMOVAL_DECISION_COLUMNS)
    return pl.concat([excluded, candidates.select(*REMOVAL_DECISION_COLUMNS)]).sort("item_key")


def _order_rows(rows: pl.DataFrame, task: WriteTask) -> pl.DataFrame:
    """Give the rows of a partition their order and their ordinals."""
    # Without an author each item stands alone. The policy keeps such items out; this order does not rely on it.
    author = pl.coalesce("subject_key", "item_key")
    ordered = rows.sort(author, "item_key")
    runs = ordered.select(author.rle().struct.field("len")).to_series().to_numpy().astype(np.int64)
    spread = ordered[spread_order(runs)] if ordered.height else ordered
    return spread.with_row_index("row").with_columns(pl.col("row").cast(pl.UInt64) + task.first_row)


def _write_shards(rows: pl.DataFrame, task: WriteTask) -> tuple[list[ShardEntry], list[FileEntry]]:
    shards, lineage = [], []
    for number, start in enumerate(range(0, rows.height, SHARD_ROWS)):
        piece = rows.slice(start, SHARD_ROWS)
        name = f"{task.partition:05d}-{number:03d}.parquet"
        shard = _write_entry(f"shards/{name}", piece.select(*SHARD_COLUMNS), task)
        shards.append(
            ShardEntry(path=shard.path, sha256=shard.sha256, rows=shard.rows, first_row=task.first_row + start)
        )
        lineage.append(_write_entry(f"lineage/{name}", piece.select(*LINEAGE_COLUMNS), task))
    return shards, lineage


def _write_decisions(decisions: pl.DataFrame, task: WriteTask) -> DecisionsEntry:
    entry = _write_entry(f"decisions/{task.partition:05d}.parquet", decisions, task)
    return DecisionsEntry(path=entry.path, sha256=entry.sha256, rows=entry.rows, listing=listing_digest(decisions))


def _write_entry(path: str, frame: pl.DataFrame, task: WriteTask) -> FileEntry:
    target = task.work.corpus / path
    write_table(target, frame)
    return FileEntry(path=path, sha256=file_digest(target), rows=frame.height)


def _spool_pseudonyms(rows: pl.DataFrame, task: WriteTask) -> None:
    """Leave the pseudonyms of the authors and items that are in for the trees, in a slot for each range."""
    named = pl.concat([rows["subject_key"], rows["other_authors"].explode()])
    subjects = named.drop_nulls().unique().sort()
    authors = pl.Series("pseudonym", corpus_pseudonyms(task.keyring, subjects, task.corpus_id), dtype=pl.Binary)
    for path, names in (
        (task.work.authors(task.partition), authors),
        (task.work.items(task.partition), rows["pseudonym"].drop_nulls()),
    ):
        slot = slot_of(pl.col("pseudonym"), task.partitions).alias("bucket")
        with open_spool(path) as spool:
            spool.scatter(names.to_frame().with_columns(slot), "bucket")


def _count_cuts(cuts: pl.Series) -> dict[str, int]:
    found = dict(cuts.explode().drop_nulls().struct.field("label").value_counts().iter_rows())
    return {label: found.get(label, 0) for label in PLACEHOLDERS}


def _counts(decisions: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(decisions.group_by(column).len().sort(column).iter_rows())
