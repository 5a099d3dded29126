"""What a corpus shows to an authority: its documents, its decisions as text, and its authors' pseudonyms.

Lineage, index and the snapshot's tables stay behind: they hold subject keys.
"""

from pathlib import Path

from demur.corpus.apply import current_snapshot
from demur.corpus.layout import CorpusLayout
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS, decisions_listing
from demur.corpus.removed import read_chain, read_manifests
from demur.exchange.documents import check_digest
from demur.exchange.errors import DocumentMissingError
from demur.exchange.manifest import DecisionsEntry
from demur.exchange.tables import read_table
from demur.kernel.files import exclusive_lock
from demur.keys.keyring import TrustedKeys

_DOCUMENT_FILES = (".json", ".note", ".tlog-proof")


def disclose(folder: Path, *, trust: TrustedKeys) -> dict[str, bytes]:
    """Return the files of a corpus for a pack, path to content; nothing is published meanwhile.

    Raises:
        DocumentMissingError: a file is not there, also the place in the log of a document whose publication stopped.
        DocumentAlteredError: decisions are not what was signed.
    """
    layout = CorpusLayout(folder)
    with exclusive_lock(layout.lock):
        return _disclose(layout, trust)


def _disclose(layout: CorpusLayout, trust: TrustedKeys) -> dict[str, bytes]:
    manifests = read_manifests(layout, trust.documents)
    versions = read_chain(layout, manifests[0], trust.documents).versions
    files: dict[str, bytes] = {}
    for manifest in manifests:
        files |= _document(layout, layout.manifest(manifest.version))
    for version in versions:
        files |= _document(layout, layout.removals_version(version.version))
    for entry in (*manifests[0].decision_files, *(version.decisions for version in versions)):
        files[f"{entry.path.removesuffix('.parquet')}.txt"] = _listing(layout, entry)
    files["authors.bin"] = _read(layout.authors(0))
    files["authors-now.bin"] = _read(layout.authors(len(versions)))
    files["heartbeat"] = _read(layout.heartbeat)
    for suffix in (".json", ".note"):
        files[f"snapshot{suffix}"] = _read(current_snapshot(layout) / f"snapshot{suffix}")
    return files


def _document(layout: CorpusLayout, path: Path) -> dict[str, bytes]:
    found = [path.with_suffix(suffix) for suffix in _DOCUMENT_FILES]
    return {file.relative_to(layout.folder).as_posix(): _read(file) for file in found}


def _listing(layout: CorpusLayout, entry: DecisionsEntry) -> bytes:
    path = layout.folder / entry.path
    check_digest(path, entry.sha256)
    return decisions_listing(read_table(path, REMOVAL_DECISION_COLUMNS))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path.name} is missing from {path.parent}"
        raise DocumentMissingError(
            message, hint="Run `demur apply` or `demur purge` again; else restore it."
        ) from error
