"""Reading: each split becomes one spool of its items by partition, and a list of the rows that cannot be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from demur.corpus.errors import SourceChangedError
from demur.corpus.partition import partition_of_item, slot_of
from demur.corpus.plan import PlannedSplit
from demur.corpus.spool import SpoolWriter, open_spool
from demur.corpus.workfolder import WorkFolder
from demur.exchange.columns import ITEM_COLUMNS, Schema
from demur.keys.keyring import Keyring
from demur.policy.decide import describe_kinds
from demur.policy.relations import ITEM_REFERENCES, PERSON_REFERENCES, refer_to_items, refer_to_people
from demur.sources.errors import SplitUnreadableError
from demur.sources.open import open_source
from demur.sources.source import RejectedRow, SourceBatch

SEGMENT_COLUMNS: Schema = {**ITEM_COLUMNS, "split_number": pl.UInt32}
ITEM_PLACE_COLUMNS: Schema = {"item_key": pl.Binary, "partition": pl.UInt32}
REJECTED_COLUMNS: Schema = {"line": pl.UInt64, "reason": pl.String, "message": pl.String}
NAMED_PEOPLE_COLUMNS: Schema = {**PERSON_REFERENCES, "home": pl.UInt32}
NAMED_ITEM_COLUMNS: Schema = {**ITEM_REFERENCES, "home": pl.UInt32}
REJECTED_SLOT = 0
ALL_REFERENCES = 0

_BUFFER_ROWS = 65_536
_BUFFER_BYTES = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestTask:
    """One split to read."""

    number: int
    split: PlannedSplit
    root: Path
    keyring: Keyring
    partitions: int
    work: WorkFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spools:
    """Where the items of a split go, and whom and what they refer to."""

    segments: SpoolWriter
    places: SpoolWriter
    people: SpoolWriter
    items: SpoolWriter


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """What reading a split gave; `problem` says why a split was rejected as a whole, with its error code."""

    rows_read: int
    rows_rejected: int
    problem: tuple[str, str] | None = None


def ingest_split(task: IngestTask) -> Ingested:
    """Read one split into the work folder; a split that cannot be read to its end gives no item at all.

    Raises:
        SourceChangedError: the file is not the one that was planned.
    """
    source = open_source(task.split.spec, keyring=task.keyring, root=task.root)
    try:
        ingested = _read_batches(task, source.batches(task.split.split))
    except SplitUnreadableError as error:
        ingested = _read_batches(task, iter(()))
        return msgspec.structs.replace(ingested, problem=(error.code, str(error)))
    if source.digest(task.split.split) != task.split.sha256:
        message = f"{task.split.split} was changed while the build read it"
        raise SourceChangedError(message, hint="Build again when nobody writes to the sources.")
    return ingested


def _read_batches(task: IngestTask, batches: Iterator[SourceBatch]) -> Ingested:
    rows_read = rows_rejected = 0
    with (
        open_spool(task.work.segment(task.number)) as segments,
        open_spool(task.work.item_keys(task.number)) as places,
        open_spool(task.work.rejected(task.number)) as rejected,
        open_spool(task.work.named_people(task.number)) as people,
        open_spool(task.work.named_items(task.number)) as named_items,
    ):
        spools = _Spools(segments=segments, places=places, people=people, items=named_items)
        buffer: list[pl.DataFrame] = []
        for batch in batches:
            rows_read += batch.rows_read
            rows_rejected += len(batch.rejected)
            rejected.append(REJECTED_SLOT, _rejected_frame(batch.rejected))
            buffer.append(batch.frame)
            if _is_full(buffer):
                _spool(task, buffer, spools)
                buffer = []
        _spool(task, buffer, spools)
    return Ingested(rows_read=rows_read, rows_rejected=rows_rejected)


def _is_full(buffer: list[pl.DataFrame]) -> bool:
    rows = sum(frame.height for frame in buffer)
    return rows >= _BUFFER_ROWS or sum(frame.estimated_size() for frame in buffer) >= _BUFFER_BYTES


def _spool(task: IngestTask, buffer: list[pl.DataFrame], spools: _Spools) -> None:
    if not buffer:
        return
    items = pl.concat(buffer).with_columns(
        pl.lit(task.number, dtype=pl.UInt32).alias("split_number"),
        partition_of_item(task.partitions).alias("partition"),
    )
    bucket = slot_of(pl.col("item_key"), task.partitions).alias("bucket")
    spools.places.scatter(items.select(*ITEM_PLACE_COLUMNS, bucket), "bucket")
    _spool_references(task, items, spools)
    spools.segments.scatter(items, "partition")


def _spool_references(task: IngestTask, items: pl.DataFrame, spools: _Spools) -> None:
    """Send whom and what items refer to there where the facts on them are; the item's own partition goes with it."""
    homes = items.select("item_key", pl.col("partition").alias("home")).unique("item_key", keep="first")
    people = refer_to_people(describe_kinds(items)).join(homes, on="item_key", how="left", maintain_order="left")
    slot = slot_of(pl.col("subject_key"), task.partitions).alias("slot")
    spools.people.scatter(people.with_columns(slot), "slot")
    named = refer_to_items(items).join(homes, on="item_key", how="left", maintain_order="left")
    spools.items.append(ALL_REFERENCES, named)


def _rejected_frame(rejected: tuple[RejectedRow, ...]) -> pl.DataFrame:
    columns = {
        "line": [row.line for row in rejected],
        "reason": [row.reason for row in rejected],
        "message": [row.message for row in rejected],
    }
    return pl.DataFrame(columns, schema=REJECTED_COLUMNS)
