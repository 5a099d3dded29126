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
from demur.sources.errors import SplitUnreadableError
from demur.sources.open import open_source
from demur.sources.source import RejectedRow, SourceBatch

SEGMENT_COLUMNS: Schema = {**ITEM_COLUMNS, "split_number": pl.UInt32}
ITEM_PLACE_COLUMNS: Schema = {"item_key": pl.Binary, "partition": pl.UInt32}
REJECTED_COLUMNS: Schema = {"line": pl.UInt64, "reason": pl.String, "message": pl.String}
REJECTED_SLOT = 0

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
    ):
        buffer: list[pl.DataFrame] = []
        for batch in batches:
            rows_read += batch.rows_read
            rows_rejected += len(batch.rejected)
            rejected.append(REJECTED_SLOT, _rejected_frame(batch.rejected))
            buffer.append(batch.frame)
            if _is_full(buffer):
                _spool(task, buffer, segments, places)
                buffer = []
        _spool(task, buffer, segments, places)
    return Ingested(rows_read=rows_read, rows_rejected=rows_rejected)


def _is_full(buffer: list[pl.DataFrame]) -> bool:
    rows = sum(frame.height for frame in buffer)
    return rows >= _BUFFER_ROWS or sum(frame.estimated_size() for frame in buffer) >= _BUFFER_BYTES


def _spool(task: IngestTask, buffer: list[pl.DataFrame], segments: SpoolWriter, places: SpoolWriter) -> None:
    if not buffer:
        return
    items = pl.concat(buffer).with_columns(
        pl.lit(task.number, dtype=pl.UInt32).alias("split_number"),
        partition_of_item(task.partitions).alias("partition"),
    )
    bucket = slot_of(pl.col("item_key"), task.partitions).alias("bucket")
    places.scatter(items.select(*ITEM_PLACE_COLUMNS, bucket), "bucket")
    segments.scatter(items, "partition")


def _rejected_frame(rejected: tuple[RejectedRow, ...]) -> pl.DataFrame:
    columns = {
        "line": [row.line for row in rejected],
        "reason": [row.reason for row in rejected],
        "message": [row.message for row in rejected],
    }
    return pl.DataFrame(columns, schema=REJECTED_COLUMNS)
