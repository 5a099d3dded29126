"""The chain of `Removals` of a corpus as rows: read, checked link by link, and turned into ordinals."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import CorpusMissingError, RemovalsBrokenError
from demur.exchange.documents import document_digest, read_document
from demur.exchange.manifest import CorpusManifest, ShardEntry
from demur.exchange.removals import Heartbeat, Removals
from demur.keys.notes import Verifier

Ordinals = NDArray[np.uint64]

_REMOVALS_HINT = "Restore the folder removals from a copy; do not read this corpus."
_MANIFEST_HINT = "Restore the manifests from a copy; do not read this corpus."


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Every published version of `Removals`, oldest first, and the digest of the newest link.

    Attributes:
        versions: the documents; empty while nothing was removed.
        tip: SHA-256 of the newest version in hexadecimal, or of the first manifest.
    """

    versions: tuple[Removals, ...]
    tip: str


def read_manifests(
    layout: CorpusLayout, verifier: Verifier, *, after: tuple[CorpusManifest, ...] = ()
) -> tuple[CorpusManifest, ...]:
    """Read every version of the manifest, oldest first, checking each against the one before.

    Args:
        layout: the corpus.
        verifier: the key that signs documents.
        after: versions that were read before; only those that follow are read.

    Raises:
        CorpusMissingError: the folder holds no finished corpus.
        RemovalsBrokenError: a version does not follow the one before it, or changes what a purge must not.
    """
    if not layout.manifest(1).with_suffix(".note").exists():
        message = f"no finished corpus in {layout.folder}"
        raise CorpusMissingError(message, hint="Run `demur build`; a build that was stopped goes on where it was.")
    manifests = list(after)
    while layout.manifest(len(manifests) + 1).with_suffix(".note").exists():
        manifest = read_document(layout.manifest(len(manifests) + 1), CorpusManifest, verifier)
        _check_follows(manifest, manifests[-1] if manifests else None)
        manifests.append(manifest)
    return tuple(manifests)


def _check_follows(manifest: CorpusManifest, before: CorpusManifest | None) -> None:
    expected = (before.version + 1, document_digest(before).hex()) if before else (1, None)
    if (manifest.version, manifest.supersedes) != expected:
        message = f"manifest version {manifest.version} does not follow the one before it"
        raise RemovalsBrokenError(message, hint=_MANIFEST_HINT)
    if before is not None and _without_files(manifest) != _without_files(before):
        message = f"manifest version {manifest.version} changes more than the files of shards"
        raise RemovalsBrokenError(message, hint=_MANIFEST_HINT)


def _without_files(manifest: CorpusManifest) -> CorpusManifest:
    """Return a manifest without what a purge changes: version, predecessor, and the files (not the rows) of shards."""
    shards = [
        msgspec.structs.replace(shard, path=f"shards/{shard_name(shard)}", sha256="") for shard in manifest.shards
    ]
    return msgspec.structs.replace(manifest, version=0, supersedes=None, shards=shards)


def read_chain(layout: CorpusLayout, first: CorpusManifest, verifier: Verifier, *, after: Chain | None = None) -> Chain:
    """Read the published versions of `Removals`, or only those that follow a chain read before.

    Raises:
        RemovalsBrokenError: a version names another predecessor or another corpus.
    """
    versions = list(after.versions) if after else []
    tip = after.tip if after else document_digest(first).hex()
    while layout.removals_version(len(versions) + 1).with_suffix(".note").exists():
        number = len(versions) + 1
        version = read_document(layout.removals_version(number), Removals, verifier)
        if (version.version, version.previous, version.corpus_id) != (number, tip, first.corpus_id):
            message = f"removals version {number} does not follow version {number - 1} of this corpus"
            raise RemovalsBrokenError(message, hint=_REMOVALS_HINT)
        versions.append(version)
        tip = document_digest(version).hex()
    return Chain(versions=tuple(versions), tip=tip)


def check_reaches(chain: Chain, heartbeat: Heartbeat, first: CorpusManifest) -> None:
    """Check that the versions on disk are all that a heartbeat speaks of.

    Raises:
        RemovalsBrokenError: the heartbeat is of another corpus, or names a version that is not there.
    """
    number = heartbeat.version
    if heartbeat.corpus_id != first.corpus_id:
        message = "the heartbeat belongs to another corpus"
        raise RemovalsBrokenError(message, hint=_REMOVALS_HINT)
    if number > len(chain.versions) or _digest_at(chain, number, first) != heartbeat.digest:
        message = f"the heartbeat speaks of removals version {number}, which the corpus does not hold"
        raise RemovalsBrokenError(message, hint=_REMOVALS_HINT)


def _digest_at(chain: Chain, number: int, first: CorpusManifest) -> str:
    if number == len(chain.versions):
        return chain.tip
    return document_digest(chain.versions[number - 1] if number else first).hex()


def shards_by_name(manifest: CorpusManifest) -> dict[str, ShardEntry]:
    """Return the shards of a corpus by the name that each keeps through purges."""
    return {shard_name(shard): shard for shard in manifest.shards}


def removed_rows(version: Removals, shards: Mapping[str, ShardEntry]) -> Ordinals:
    """Return the sorted ordinals that one version takes out.

    Raises:
        RemovalsBrokenError: the version names a shard or a row that the corpus does not have, or miscounts its rows.
    """
    found = [np.empty(0, dtype=np.uint64)]
    for name, encoded in version.rows.items():
        shard = shards.get(name)
        positions = _decode_positions(encoded)
        if shard is None or positions is None or (positions.size and int(positions[-1]) >= shard.rows):
            message = f"removals version {version.version} names rows that shard {name} does not have"
            raise RemovalsBrokenError(message, hint=_REMOVALS_HINT)
        found.append(positions + np.uint64(shard.first_row))
    rows = np.sort(np.concatenate(found))
    if rows.size != version.removed:
        message = f"removals version {version.version} names {rows.size} rows and counts {version.removed}"
        raise RemovalsBrokenError(message, hint=_REMOVALS_HINT)
    return rows


def _decode_positions(encoded: str) -> Ordinals | None:
    try:
        return np.array(BitMap.deserialize(base64.b64decode(encoded, validate=True)), dtype=np.uint64)
    except (ValueError, IndexError):
        return None


def rows_gone(chain: Chain, manifest: CorpusManifest) -> Ordinals:
    """Return the sorted ordinals that all versions together take out."""
    shards = shards_by_name(manifest)
    rows = [removed_rows(version, shards) for version in chain.versions]
    return np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.uint64)


def encode_rows(ordinals: Ordinals, shards: list[ShardEntry]) -> dict[str, str]:
    """Write ordinals as one roaring bitmap of positions for each shard that is touched."""
    encoded: dict[str, str] = {}
    for shard in shards:
        inside = ordinals[(ordinals >= shard.first_row) & (ordinals < shard.first_row + shard.rows)]
        if inside.size:
            bitmap = BitMap((inside - np.uint64(shard.first_row)).astype(np.uint32))
            encoded[shard_name(shard)] = base64.b64encode(bitmap.serialize()).decode("ascii")
    return encoded


def shard_name(shard: ShardEntry) -> str:
    """Return the name that a shard keeps through purges: ``00007-000`` for ``shards/00007-000.p2.parquet``."""
    return Path(shard.path).name.split(".")[0]
