"""Rewrite the shards that hold removed rows, physically without their content.

`Removals` hides a row at once; a purge makes the bytes go (GDPR Art. 17). Ordinals survive: a purged row stays as a row
without text, because training positions are computed from ordinals. Only touched shards are rewritten; each gets a new
file, the manifest a new version, and the old files are deleted last.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from demur.corpus.gate import SHARD_COLUMNS
from demur.corpus.layout import CorpusLayout
from demur.corpus.removed import Ordinals, read_chain, read_manifests, rows_gone, shard_name
from demur.exchange.documents import check_digest, document_digest, file_digest, write_document
from demur.exchange.manifest import CorpusManifest, ShardEntry
from demur.exchange.tables import read_table, write_table
from demur.kernel.clock import Clock
from demur.kernel.files import exclusive_lock, write_whole
from demur.kernel.words import RecordKind
from demur.keys.keyring import Keyring
from demur.ledger.writer import LogWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeResult:
    """What a purge did; `manifest_version` is unchanged when there was nothing to do."""

    manifest_version: int
    shards_rewritten: int
    rows_purged: int


def purge(folder: Path, *, keyring: Keyring, log: LogWriter, clock: Clock) -> PurgeResult:
    """Rewrite every shard that still holds the text of a removed row; record it in a new version of the manifest."""
    layout = CorpusLayout(folder)
    with exclusive_lock(layout.lock):
        return _purge(layout, keyring=keyring, log=log, clock=clock)


def _purge(layout: CorpusLayout, *, keyring: Keyring, log: LogWriter, clock: Clock) -> PurgeResult:
    verifier = keyring.document_signer.verifier
    manifests = read_manifests(layout, verifier)
    newest = manifests[-1]
    gone = rows_gone(read_chain(layout, manifests[0], verifier), newest)
    rewritten = [_rewrite(layout, shard, gone, newest.version + 1) for shard in newest.shards]
    purged = sum(count for _, count in rewritten)
    if purged:
        newest = msgspec.structs.replace(
            newest,
            version=newest.version + 1,
            supersedes=document_digest(newest).hex(),
            shards=[entry for entry, _ in rewritten],
        )
        write_document(layout.manifest(newest.version), newest, keyring.document_signer)
        manifests = (*manifests, newest)
    for manifest in manifests:
        _log_manifest(layout, manifest, log, clock)
    _delete_superseded(layout, newest)
    touched = sum(1 for _, count in rewritten if count)
    return PurgeResult(manifest_version=newest.version, shards_rewritten=touched, rows_purged=purged)


def _rewrite(layout: CorpusLayout, shard: ShardEntry, gone: Ordinals, version: int) -> tuple[ShardEntry, int]:
    inside = gone[(gone >= shard.first_row) & (gone < shard.first_row + shard.rows)]
    if not inside.size:
        return shard, 0
    path = layout.folder / shard.path
    check_digest(path, shard.sha256)
    frame = read_table(path, SHARD_COLUMNS)
    hit = pl.Series(np.isin(frame["row"].to_numpy(), inside))
    held = int((hit & frame["text"].is_not_null()).sum())
    if not held:
        return shard, 0
    blanked = frame.with_columns(pl.when(hit).then(None).otherwise(pl.col("text")).alias("text"))
    target = path.with_name(f"{shard_name(shard)}.v{version:05d}.parquet")
    write_table(target, blanked)
    relative = target.relative_to(layout.folder).as_posix()
    return msgspec.structs.replace(shard, path=relative, sha256=file_digest(target)), held


def _log_manifest(layout: CorpusLayout, manifest: CorpusManifest, log: LogWriter, clock: Clock) -> None:
    """Enter a version in the log; also one that an interrupted purge had signed but not entered."""
    receipt = layout.manifest(manifest.version).with_suffix(".tlog-proof")
    if not receipt.exists():
        proof = log.append_document(RecordKind.CORPUS, document_digest(manifest), at=clock.now())
        write_whole(receipt, proof.encode().encode())


def _delete_superseded(layout: CorpusLayout, manifest: CorpusManifest) -> None:
    """Delete shard files that the newest manifest does not name; also those an interrupted purge left."""
    named = {layout.folder / shard.path for shard in manifest.shards}
    for path in (layout.folder / "shards").iterdir():
        if path not in named:
            path.unlink()
