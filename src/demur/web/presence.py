"""How much of a person is in each corpus: counted from the corpus's own index, fast enough for a page.

The index is sorted by subject key, so a few of its rows are read, not all. What `Removals` took out is remembered until
there are more of them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

import numpy as np

from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import find_own_rows
from demur.corpus.reading_errors import CorpusMissingError
from demur.corpus.removed import Chain, Ordinals, read_chain, read_manifests, removed_rows, shards_by_name
from demur.exchange.manifest import CorpusManifest
from demur.kernel.clock import parse_timestamp
from demur.keys.keyring import TrustedKeys
from demur.keys.subjects import SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusPresence:
    """How many rows of a corpus a person wrote.

    Attributes:
        as_of: the instant whose facts the corpus was built on.
        rows: how many went in; `removed` how many of them were taken out since.
    """

    corpus: str
    as_of: datetime
    rows: int
    removed: int

    @property
    def left(self) -> int:
        """Return how many are still read."""
        return self.rows - self.removed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What was read of a corpus: its manifests, its `Removals`, and the rows that they took out."""

    manifests: tuple[CorpusManifest, ...]
    chain: Chain
    gone: Ordinals


@dataclass(frozen=True, slots=True)
class CorpusReader:
    """Counts in the corpora of a folder; keeps what it read, and reads what is new at each question; thread-safe."""

    folder: Path
    trust: TrustedKeys
    _opened: dict[str, _Opened] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def find_presence(self, subject: SubjectKey) -> tuple[CorpusPresence, ...]:
        """Return how much of a person is in each finished corpus, in the order of names.

        Raises:
            IntegrityError: a corpus does not fit its own documents.
        """
        with self._lock:
            for path in sorted(self.folder.glob("*")):
                self._refresh(path)
            opened = dict(self._opened)
        return tuple(_count(self.folder / name, found, subject) for name, found in sorted(opened.items()))

    def _refresh(self, path: Path) -> None:
        before = self._opened.get(path.name)
        layout, verifier = CorpusLayout(path), self.trust.documents
        try:
            manifests = read_manifests(layout, verifier, after=before.manifests if before else ())
        except CorpusMissingError:
            self._opened.pop(path.name, None)
            return
        chain = read_chain(layout, manifests[0], verifier, after=before.chain if before else None)
        known = len(before.chain.versions) if before else 0
        shards = shards_by_name(manifests[0])
        new = [removed_rows(version, shards) for version in chain.versions[known:]]
        gone = np.unique(np.concatenate([before.gone if before else np.empty(0, dtype=np.uint64), *new]))
        self._opened[path.name] = _Opened(manifests=manifests, chain=chain, gone=gone)


def _count(folder: Path, opened: _Opened, subject: SubjectKey) -> CorpusPresence:
    manifest = opened.manifests[-1]
    rows = find_own_rows(CorpusLayout(folder), manifest, subject)
    return CorpusPresence(
        corpus=manifest.name,
        as_of=parse_timestamp(manifest.as_of),
        rows=rows.size,
        removed=int(np.isin(rows, opened.gone).sum()),
    )
