"""The chain of `Removals` of a corpus as rows: read, checked link by link, and turned into ordinals."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import CorpusMissingError, RemovalsBrokenError
from demur.exchange.documents import document_digest, read_document
from demur.exchange.manifest import CorpusManifest, ShardEntry
from demur.exchange.removals import Removals
from demur.keys.notes import Verifier

Ordinals = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Every published version of `Removals`, oldest first, and the digest of the newest link.

    Attributes:
        versions: the documents; empty while nothing was removed.
        tip: SHA-256 of the newest version in hexadecimal, or of the first manifest.
    """

    versions: tuple[Removals, ...]
    tip: str


def read_manifests(layout: CorpusLayout, verifier: Verifier) -> tuple[CorpusManifest, ...]:
    """Read every version of the manifest, oldest first, checking that each names the one before.

    Raises:
        CorpusMissingError: the folder holds no finished corpus.
        RemovalsBrokenError: a version is missing or supersedes another than the one before.
    """
    if not layout.manifest(1).with_suffix(".note").exists():
        message = f"no finished corpus in {layout.folder}"
        raise CorpusMissingError(message, hint="Run `demur build`; a build that was stopped goes on where it was.")
    manifests: list[CorpusManifest] = []
    while layout.manifest(len(manifests) + 1).with_suffix(".note").exists():
        manifest = read_document(layout.manifest(len(manifests) + 1), CorpusManifest, verifier)
        expected = document_digest(manifests[-1]).hex() if manifests else None
        if manifest.supersedes != expected or manifest.version != len(manifests) + 1:
            message = f"manifest version {manifest.version} does not follow the one before it"
            raise RemovalsBrokenError(message)
        manifests.append(manifest)
    return tuple(manifests)


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
            raise RemovalsBrokenError(message, hint="Restore the removals folder; do not read this corpus.")
        versions.append(version)
        tip = document_digest(version).hex()
    return Chain(versions=tuple(versions), tip=tip)


def removed_rows(version: Removals, shards: dict[str, ShardEntry]) -> Iterator[Ordinals]:
    """Yield the ordinals that one version takes out, shard by shard.

    Raises:
        RemovalsBrokenError: the version names a shard or a row that the corpus does not have.
    """
    for name, encoded in sorted(version.rows.items()):
        shard = shards.get(name)
        positions = np.array(BitMap.deserialize(base64.b64decode(encoded)), dtype=np.uint64)
        if shard is None or (positions.size and int(positions[-1]) >= shard.rows):
            message = f"removals version {version.version} names rows that shard {name} does not have"
            raise RemovalsBrokenError(message)
        yield positions + np.uint64(shard.first_row)


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
