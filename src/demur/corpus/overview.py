"""A corpus at a glance, from its signed documents: what became of items and why, what was taken out since, and when.

The Removals whose entry of the log comes after that of the newest manifest are hidden from readers and not purged yet:
the order of the log tells, and no clock is asked.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import read_index
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS
from demur.corpus.removed import read_chain, read_manifests, rows_gone
from demur.exchange.documents import check_digest, document_digest
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removals import Heartbeat, Removals, open_heartbeat
from demur.exchange.tables import read_table
from demur.kernel.errors import DemurError
from demur.keys.notes import Verifier
from demur.ledger.receipt import parse_tlog_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusOverview:
    """One corpus.

    Attributes:
        manifest: the newest version; `digest` is that of the first, by which runs name the corpus.
        removals: every version, oldest first.
        heartbeat: None where there is none that holds; nobody reads the corpus then.
        rows_unpurged: rows that are taken out and whose text is still in the shards.
    """

    manifest: CorpusManifest
    digest: str
    removals: tuple[Removals, ...]
    heartbeat: Heartbeat | None
    rows_unpurged: int

    @property
    def name(self) -> str:
        """Return the corpus's name."""
        return self.manifest.name

    @property
    def rows(self) -> int:
        """Return how many rows were built."""
        return sum(shard.rows for shard in self.manifest.shards)

    @property
    def rows_removed(self) -> int:
        """Return how many rows were taken out since."""
        return sum(version.removed for version in self.removals)

    def removed_by_reason(self) -> dict[str, int]:
        """Return how many rows were taken out since, by reason."""
        counted: Counter[str] = Counter()
        for version in self.removals:
            counted.update(version.reasons)
        return dict(counted)


def corpus_folders(corpora: Path) -> list[Path]:
    """Return the folders of all finished corpora, by name."""
    return sorted(path.parent for path in corpora.glob("[!.]*/manifest.note"))


def look_over(folder: Path, verifier: Verifier) -> CorpusOverview:
    """Read a corpus at a glance.

    Raises:
        CorpusMissingError: the folder holds no finished corpus.
        RemovalsBrokenError, DocumentAlteredError, NoteSignatureError: a document is not what was signed.
    """
    layout = CorpusLayout(folder)
    manifests = read_manifests(layout, verifier)
    chain = read_chain(layout, manifests[0], verifier)
    newest = manifests[-1]
    purged_at = _entry_of(layout.manifest(newest.version)) if newest.version > 1 else -1
    return CorpusOverview(
        manifest=newest,
        digest=document_digest(manifests[0]).hex(),
        removals=chain.versions,
        heartbeat=read_heartbeat(folder, verifier),
        rows_unpurged=sum(
            version.removed
            for version in chain.versions
            if _entry_of(layout.removals_version(version.version)) > purged_at
        ),
    )


def read_heartbeat(folder: Path, verifier: Verifier) -> Heartbeat | None:
    """Return the heartbeat of a corpus; None where there is none, or none that holds."""
    try:
        return open_heartbeat(CorpusLayout(folder).heartbeat.read_bytes(), verifier)
    except (OSError, DemurError):
        return None


def authors_in_use(folder: Path, verifier: Verifier) -> pl.Series:
    """Return the subject keys of whoever wrote a row that may still be read (``subject_key``); for counting only."""
    layout = CorpusLayout(folder)
    manifests = read_manifests(layout, verifier)
    gone = rows_gone(read_chain(layout, manifests[0], verifier), manifests[-1])
    index = read_index(layout, manifests[0])
    left = index.filter(pl.col("is_author") & ~pl.col("row").is_in(pl.Series(gone, dtype=pl.UInt64).implode()))
    return left["subject_key"].unique()


def items_decided(folder: Path, keys: pl.Series, verifier: Verifier) -> pl.Series:
    """Return those of some item keys that the build decided about, whatever it decided; for counting only."""
    layout = CorpusLayout(folder)
    found = [keys.clear()]
    for entry in read_manifests(layout, verifier)[0].decision_files if len(keys) else ():
        path = layout.folder / entry.path
        check_digest(path, entry.sha256)
        decided = read_table(path, REMOVAL_DECISION_COLUMNS)["item_key"]
        found.append(decided.filter(decided.is_in(keys.implode())))
    return pl.concat(found).unique()


def _entry_of(document: Path) -> int:
    """Return the entry of the log that a document has; one that is not entered yet comes after all others."""
    try:
        return parse_tlog_proof(document.with_suffix(".tlog-proof").read_text("utf-8")).index
    except FileNotFoundError:
        return 2**62
