"""How much of a person is in each corpus, and which models may have read it: fast enough for a page.

A corpus that does not fit its own documents is named as one that cannot be told of: it hides no other, and closes no
page on which people object and withdraw.

The index of a corpus is sorted by subject key, so a few of its rows are read, not all. What `Removals` took out is
remembered until there are more of them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from threading import Lock

import numpy as np

from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import find_own_rows
from demur.corpus.reading_errors import CorpusMissingError
from demur.corpus.removed import Chain, Ordinals, read_chain, read_manifests, removed_rows, shards_by_name
from demur.exchange.documents import document_digest
from demur.exchange.manifest import CorpusManifest
from demur.kernel.clock import parse_timestamp
from demur.kernel.errors import DemurError, TransientError
from demur.keys.keyring import TrustedKeys
from demur.keys.subjects import SubjectKey
from demur.web.finished_runs import FinishedRun, RunReader

_log = logging.getLogger("demur.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReading:
    """A model that was trained on a corpus.

    Attributes:
        name: its run's.
        logged_on: the day on which the run's record was entered in the log.
        rows: how many rows of the person it may have read: those that were not taken out before it began.
    """

    name: str
    logged_on: date
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusPresence:
    """How many rows of a corpus a person wrote.

    Attributes:
        as_of: the instant whose facts the corpus was built on.
        rows: how many went in; `removed` how many of them were taken out since.
        models: those that may have read any of them.
    """

    corpus: str
    as_of: datetime
    rows: int
    removed: int
    models: tuple[ModelReading, ...] = ()

    @property
    def left(self) -> int:
        """Return how many are still read."""
        return self.rows - self.removed


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableCorpus:
    """A corpus of which nothing can be told: it, or a run, does not fit its own documents."""

    corpus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What was read of a corpus: its manifests, its `Removals`, and the rows that each of them took out."""

    manifests: tuple[CorpusManifest, ...]
    chain: Chain
    taken: tuple[Ordinals, ...]

    def count_left(self, rows: Ordinals, *, version: int) -> int:
        """Return how many of some rows are still read under a version of `Removals`."""
        return rows.size - sum(int(np.isin(rows, gone).sum()) for gone in self.taken[:version])


@dataclass(frozen=True, slots=True)
class CorpusReader:
    """Counts in the corpora of a folder; keeps what it read, and reads what is new at each question; thread-safe."""

    folder: Path
    trust: TrustedKeys
    runs: RunReader
    _opened: dict[str, _Opened] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def find_presence(self, subjects: Sequence[SubjectKey]) -> tuple[CorpusPresence | UnreadableCorpus, ...]:
        """Return how much of the holder of some accounts is in each finished corpus, in the order of names.

        Raises:
            TransientError: the register cannot be asked about runs now.
        """
        found = (self._tell(path, subjects) for path in sorted(self.folder.glob("*")))
        return tuple(told for told in found if told is not None)

    def _tell(self, path: Path, subjects: Sequence[SubjectKey]) -> CorpusPresence | UnreadableCorpus | None:
        """Tell of one corpus; None for what is none, or is not finished."""
        try:
            with self._lock:
                opened, runs = self._refresh(path), self.runs.find_runs()
            return None if opened is None else _count(path, opened, subjects, runs)
        except TransientError:
            raise
        except (DemurError, OSError) as error:  # noted and shown: nothing goes on with it
            _log.error("corpus %s cannot be told of: %s", path.name, type(error).__name__)
            return UnreadableCorpus(corpus=path.name)

    def _refresh(self, path: Path) -> _Opened | None:
        before = self._opened.get(path.name)
        layout, verifier = CorpusLayout(path), self.trust.documents
        try:
            manifests = read_manifests(layout, verifier, after=before.manifests if before else ())
        except CorpusMissingError:
            self._opened.pop(path.name, None)
            return None
        chain = read_chain(layout, manifests[0], verifier, after=before.chain if before else None)
        known = before.taken if before else ()
        shards = shards_by_name(manifests[0])
        new = (removed_rows(version, shards) for version in chain.versions[len(known) :])
        self._opened[path.name] = _Opened(manifests=manifests, chain=chain, taken=(*known, *new))
        return self._opened[path.name]


def _count(
    folder: Path, opened: _Opened, subjects: Sequence[SubjectKey], runs: Sequence[FinishedRun]
) -> CorpusPresence:
    manifest, name = opened.manifests[-1], document_digest(opened.manifests[0]).hex()
    rows = np.unique(np.concatenate([find_own_rows(CorpusLayout(folder), manifest, subject) for subject in subjects]))
    models = (
        ModelReading(
            name=run.name,
            logged_on=run.logged_on,
            rows=opened.count_left(rows, version=run.record.first_version),
        )
        for run in runs
        if run.record.corpus.manifest == name
    )
    return CorpusPresence(
        corpus=manifest.name,
        as_of=parse_timestamp(manifest.as_of),
        rows=rows.size,
        removed=rows.size - opened.count_left(rows, version=len(opened.taken)),
        models=tuple(model for model in models if model.rows),
    )
