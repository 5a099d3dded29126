"""What a corpus shows to an authority: its documents, its decisions as text, and its authors' pseudonyms.

Lineage, index and the snapshot's tables stay behind: they hold subject keys.
"""

from pathlib import Path

import polars as pl

from demur.corpus.apply import current_snapshot
from demur.corpus.layout import CorpusLayout
from demur.corpus.listing import decisions_listing
from demur.corpus.removed import read_chain, read_manifests
from demur.keys.keyring import TrustedKeys

_DOCUMENT_FILES = (".json", ".note", ".tlog-proof")


def disclose(folder: Path, *, trust: TrustedKeys) -> dict[str, bytes]:
    """Return the files of a corpus for a pack, path to content."""
    layout = CorpusLayout(folder)
    manifests = read_manifests(layout, trust.documents)
    chain = read_chain(layout, manifests[0], trust.documents)
    files: dict[str, bytes] = {}
    for manifest in manifests:
        files |= _document(layout.folder, layout.manifest(manifest.version))
    for version in chain.versions:
        files |= _document(layout.folder, layout.removals_version(version.version))
        files[f"removals/{version.version:08d}.decisions.txt"] = _listing(layout.removals_decisions(version.version))
    for entry in manifests[0].decision_files:
        files[f"{Path(entry.path).with_suffix('.txt').as_posix()}"] = _listing(layout.folder / entry.path)
    files["authors.bin"] = layout.authors(0).read_bytes()
    files["authors-now.bin"] = layout.authors(len(chain.versions)).read_bytes()
    files["heartbeat"] = layout.heartbeat.read_bytes()
    for suffix in (".json", ".note"):
        files[f"snapshot{suffix}"] = (current_snapshot(layout) / f"snapshot{suffix}").read_bytes()
    return files


def _document(folder: Path, path: Path) -> dict[str, bytes]:
    found = [path.with_suffix(suffix) for suffix in _DOCUMENT_FILES]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


def _listing(path: Path) -> bytes:
    return decisions_listing(pl.read_parquet(path, memory_map=False))
