"""Lineage: which item and which subject each row came from. Restricted; only the builder's side reads it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.removed import Ordinals
from demur.exchange.columns import INSTANT, ITEM_COLUMNS, Schema
from demur.exchange.documents import check_digest, file_digest, open_named_note
from demur.exchange.errors import DocumentAlteredError
from demur.exchange.manifest import CorpusManifest
from demur.exchange.tables import read_piece, read_table, write_table
from demur.kernel.files import write_whole
from demur.keys.notes import Signer
from demur.keys.subjects import SubjectKey

# An author of an item that a row repeats, and what their objection is compared with.
SOURCE = pl.Struct({"subject_key": pl.Binary, "role": pl.String, "kind": pl.String, "created_at": INSTANT})
# A piece of the published text, in code points, that is a placeholder in the corpus; the manifest counts by label.
CUTS = pl.List(pl.Struct({"start": pl.UInt32, "end": pl.UInt32, "label": pl.String}))
# What was published, and what detectors found in it, is nobody's business after the build.
_TEXTS = ("text", "preview_text", "findings")
LINEAGE_COLUMNS: Schema = {
    "row": pl.UInt64,
    **{name: kind for name, kind in ITEM_COLUMNS.items() if name not in _TEXTS},
    "sources": pl.List(SOURCE),  # whose items it repeats
    "embeds_objected": pl.Boolean,  # and the build cut that out
    "copies_objected": pl.Boolean,
    "cuts": CUTS,
    "duplicate_group": pl.Binary,
}
# Whoever may change what becomes of a row: its authors, the people whom it names or shows, and whose items it repeats.
INDEX_COLUMNS: Schema = {"subject_key": pl.Binary, "row": pl.UInt64, "is_author": pl.Boolean}
_AUTHORS = ("subject_key", "other_authors")
_OTHERS = ("mentions", "tags", "public_role_of", "sources")
EXPIRING_COLUMNS: Schema = {"row": pl.UInt64, "expires_at": INSTANT}


def index_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the subjects on whom rows with the columns of the lineage depend (`INDEX_COLUMNS`, sorted)."""
    whose = pl.col("sources").list.eval(pl.element().struct.field("subject_key"))
    single = rows.with_columns(pl.concat_list("subject_key").alias("subject_key"), whose.alias("sources"))
    frames = [
        single.select(
            pl.col(name).alias("subject_key"), "row", pl.lit(name in _AUTHORS, dtype=pl.Boolean).alias("is_author")
        )
        .filter(pl.col("subject_key").list.len() > 0)
        .explode("subject_key")
        for name in (*_AUTHORS, *_OTHERS)
    ]
    named = pl.concat(frames).filter(pl.col("subject_key").is_not_null())
    merged = named.group_by("subject_key", "row").agg(pl.col("is_author").any())
    return merged.select(*INDEX_COLUMNS).sort("subject_key", "row")


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


def read_index(layout: CorpusLayout, manifest: CorpusManifest) -> pl.DataFrame:
    """Read the table from subject key to rows (`INDEX_COLUMNS`, sorted)."""
    check_digest(layout.subject_index, manifest.index.sha256)
    return read_table(layout.subject_index, INDEX_COLUMNS)


def rows_of_subjects(index: pl.DataFrame, subjects: pl.Series) -> Ordinals:
    """Return the sorted ordinals of every row that depends on some subjects."""
    theirs = index.join(subjects.alias("subject_key").to_frame(), on="subject_key", how="semi")
    return np.unique(theirs["row"].to_numpy())


def find_own_rows(layout: CorpusLayout, manifest: CorpusManifest, subject: SubjectKey) -> Ordinals:
    """Return the sorted ordinals of the rows that one subject wrote; reads a few pieces of the index, not all of it.

    For a page that somebody waits for: the digest of the index is not checked, only that it has so many rows.

    Raises:
        TableUnreadableError: the index is missing or damaged.
    """
    start, end = (_find_place(layout.subject_index, manifest.index.rows, subject, after=after) for after in (0, 1))
    rows = read_piece(layout.subject_index, INDEX_COLUMNS, start, end - start)
    return np.unique(rows.filter("is_author")["row"].to_numpy())


def _find_place(path: Path, rows: int, subject: SubjectKey, *, after: int) -> int:
    """Return the first place in the index that does not come before a subject, or that comes after it."""
    low, high = 0, rows
    while low < high:
        middle = (low + high) // 2
        found = read_piece(path, INDEX_COLUMNS, middle, 1)["subject_key"][0]
        if found < subject or (after and found == subject):
            low = middle + 1
        else:
            high = middle
    return low


def rows_of_targets(layout: CorpusLayout, manifest: CorpusManifest, targets: pl.Series) -> Ordinals:
    """Return the sorted ordinals of rows that somebody pointed at, by item or by address; reads the whole lineage."""
    keys = targets.implode()
    is_target = pl.col("item_key").is_in(keys) | pl.col("page_key").is_in(keys).fill_null(value=False)
    rows = [frame.filter(is_target)["row"] for frame in _lineage_files(layout, manifest)]
    return pl.concat([pl.Series("row", [], dtype=pl.UInt64), *rows]).to_numpy()


def read_rows(layout: CorpusLayout, manifest: CorpusManifest, rows: Ordinals) -> pl.DataFrame:
    """Read ``row`` and ``text`` of some rows, sorted by row; only the shards that hold them are opened."""
    frames = [pl.DataFrame(schema={"row": pl.UInt64, "text": pl.String})]
    for shard in manifest.shards:
        inside = rows[(rows >= shard.first_row) & (rows < shard.first_row + shard.rows)]
        if inside.size:
            path = layout.folder / shard.path
            check_digest(path, shard.sha256)
            frames.append(read_table(path, frames[0].schema)[(inside - np.uint64(shard.first_row)).astype(np.int64)])
    return pl.concat(frames)


def _lineage_files(layout: CorpusLayout, manifest: CorpusManifest) -> Iterator[pl.DataFrame]:
    for entry in manifest.lineage:
        path = layout.folder / entry.path
        check_digest(path, entry.sha256)
        yield read_table(path, LINEAGE_COLUMNS)


def rows_that_expire(layout: CorpusLayout, manifest: CorpusManifest, at: datetime, *, signer: Signer) -> Ordinals:
    """Return the sorted ordinals of rows that were meant to disappear by an instant.

    The first call reads the lineage of the whole corpus and leaves the rows that expire at all, which are few, in a
    signed table of their own; lineage never changes.
    """
    table, note = layout.expiring, layout.expiring.with_suffix(".note")
    if not note.exists():
        write_table(table, _read_expiring(layout, manifest))
        write_whole(note, signer.sign(_expiring_statement(manifest, table)).encode())
    if open_named_note(note.read_bytes(), signer.verifier, name=note.name) != _expiring_statement(manifest, table):
        message = f"{table.name} is not what {note.name} signs"
        raise DocumentAlteredError(message, hint=f"Delete {note.name}; the next `demur apply` makes both again.")
    frame = read_table(table, EXPIRING_COLUMNS)
    return frame.filter(pl.col("expires_at") <= pl.lit(at, dtype=INSTANT))["row"].to_numpy()


def _read_expiring(layout: CorpusLayout, manifest: CorpusManifest) -> pl.DataFrame:
    expiring = [frame.select(*EXPIRING_COLUMNS).drop_nulls() for frame in _lineage_files(layout, manifest)]
    return pl.concat([pl.DataFrame(schema=EXPIRING_COLUMNS), *expiring])


def _expiring_statement(manifest: CorpusManifest, table: Path) -> str:
    return f"demur/v1/expiring\n{manifest.corpus_id}\n{file_digest(table)}\n"


def row_of_item(layout: CorpusLayout, manifest: CorpusManifest, item_key: bytes) -> pl.DataFrame:
    """Return the lineage of the row that came from one item: one row, or none when the item is not in the corpus."""
    for frame in _lineage_files(layout, manifest):
        found = frame.filter(pl.col("item_key") == item_key)
        if found.height:
            return found
    return pl.DataFrame(schema=LINEAGE_COLUMNS)
