"""Write a view of a corpus for a named recipient, as JSONL or Parquet, read through the gate.

The view names the version of `Removals` that it reflects, so that the recipient knows from where to follow the removals
(GDPR Art. 19; REQUIREMENTS TIM-7, SIG-4).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from demur.corpus.gate import SHARD_COLUMNS, Corpus
from demur.corpus.reading_errors import ExportExistsError
from demur.kernel.canonical import Json, canonical_bytes
from demur.kernel.files import whole_file, write_whole


class ExportFormat(StrEnum):
    """The form of an exported view."""

    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What was written; `record` is the file that says what the view reflects."""

    rows: int
    removals_version: int
    record: Path


def export(corpus: Corpus, target: Path, *, form: ExportFormat, recipient: str) -> ExportResult:
    """Write the rows that may be read to `target`, and ``<target>.record.json`` beside it.

    The record names the version at which writing began: a row that a later version takes out may have been written
    before, so the recipient follows the removals from there.

    Raises:
        ExportExistsError: the target exists.
        StaleRemovalsError: the corpus is not up to date.
    """
    if target.exists():
        message = f"{target.name} exists already"
        raise ExportExistsError(message, hint="Choose another name; an export never overwrites.")
    version, log_size = corpus.refresh(), corpus.log_size
    record = target.with_name(f"{target.name}.record.json")
    with whole_file(target) as temporary:
        rows = _WRITERS[form](corpus.batches(), temporary)
        content: Json = {
            "v": 1,
            "kind": "export-record",
            "corpus_id": corpus.corpus_id.hex(),
            "manifest": corpus.manifest_digest,
            "removals_version": version,
            "log_size": log_size,
            "recipient": recipient,
            "rows": rows,
            "preferences": "Rows that later versions of Removals name must be deleted by the recipient.",
        }
        # Before the view appears under its name: no view is without its record, whatever stops this process.
        write_whole(record, canonical_bytes(content))
    return ExportResult(rows=rows, removals_version=version, record=record)


def _write_jsonl(batches: Iterator[pl.DataFrame], path: Path) -> int:
    rows = 0
    with path.open("w", encoding="utf-8") as stream:
        for batch in batches:
            stream.writelines(
                json.dumps({"row": row, "text": text}, ensure_ascii=False) + "\n" for row, text in batch.iter_rows()
            )
            rows += batch.height
    return rows


def _write_parquet(batches: Iterator[pl.DataFrame], path: Path) -> int:
    frame = pl.concat([pl.DataFrame(schema=SHARD_COLUMNS), *batches])
    frame.write_parquet(path, compression="zstd", statistics=False)
    return frame.height


_WRITERS = {ExportFormat.JSONL: _write_jsonl, ExportFormat.PARQUET: _write_parquet}
