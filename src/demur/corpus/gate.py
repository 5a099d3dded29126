"""The gate: the one reader of a corpus, through which every row is handed out.

State counts when data is read, not when the corpus was built (GDPR Art. 21(1); rule 2 of the design). The gate checks
signatures and digests, masks removed rows, and refuses to read when nobody has confirmed lately that the corpus
reflects the register.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from os import stat_result
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import RemovalsBrokenError, StaleRemovalsError
from demur.corpus.removed import Chain, read_chain, read_manifests, removed_rows, shard_name
from demur.exchange.documents import check_digest, document_digest
from demur.exchange.errors import DocumentMissingError
from demur.exchange.manifest import CorpusManifest, ShardEntry
from demur.exchange.removals import Heartbeat, open_heartbeat
from demur.exchange.tables import read_table
from demur.kernel.clock import Clock, SystemClock
from demur.keys.keyring import TrustedKeys, read_public_keys

SHARD_COLUMNS = {"row": pl.UInt64, "text": pl.String}
MAX_HEARTBEAT_AGE = timedelta(seconds=60)
_SHARDS_IN_MEMORY = 16


class Corpus:
    """A corpus as a reader may see it: every call consults `Removals` first.

    A row has an ordinal from 0 to `rows` - 1 that it keeps for ever; a removed row keeps it and loses its text.
    """

    def __init__(self, folder: Path, *, trust: TrustedKeys, clock: Clock, max_heartbeat_age: timedelta) -> None:
        """Use `open_corpus`, which refuses what must not be read."""
        self._layout = CorpusLayout(folder)
        self._trust = trust
        self._clock = clock
        self._max_age = max_heartbeat_age
        self._cache: OrderedDict[str, list[str | None]] = OrderedDict()
        self._seen: tuple[object, ...] = ()
        self._load_manifests()
        self._removed_by: NDArray[np.uint32] = np.zeros(self.rows, dtype=np.uint32)
        self._chain = Chain(versions=(), tip=document_digest(self._manifests[0]).hex())
        self._heartbeat = self._read_heartbeat()
        self.refresh()

    @property
    def manifest(self) -> CorpusManifest:
        """Return the newest version of the manifest."""
        return self._manifests[-1]

    @property
    def manifest_digest(self) -> str:
        """Return the SHA-256 of the build's manifest in hexadecimal: how a `RunRecord` names the corpus."""
        return document_digest(self._manifests[0]).hex()

    @property
    def corpus_id(self) -> bytes:
        """Return the 32 bytes that name the corpus."""
        return bytes.fromhex(self.manifest.corpus_id)

    @property
    def rows(self) -> int:
        """Return the number of ordinals, removed rows included."""
        return sum(shard.rows for shard in self.manifest.shards)

    @property
    def removals_version(self) -> int:
        """Return the version of `Removals` that the last call consulted."""
        return len(self._chain.versions)

    @property
    def log_size(self) -> int:
        """Return the position of the log up to which the corpus was reconciled."""
        return self._heartbeat.log_size

    def refresh(self) -> int:
        """Consult `Removals` now and return its version.

        Raises:
            StaleRemovalsError: the heartbeat is missing, older than allowed, or from the future.
            RemovalsBrokenError: the chain does not lead to what the heartbeat says.
        """
        seen = (_stamp(self._layout.heartbeat), _stamp(self._layout.manifest(len(self._manifests) + 1)))
        if seen != self._seen:
            self._load_manifests()
            heartbeat = self._read_heartbeat()
            self._follow_removals()
            self._check_heartbeat(heartbeat)
            self._heartbeat, self._seen = heartbeat, seen
        self._check_age(self._heartbeat.at)
        return self.removals_version

    def removed(self) -> NDArray[np.bool_]:
        """Return which ordinals are removed at `removals_version`; a copy, so that a later version cannot change it."""
        removed: NDArray[np.bool_] = self._removed_by > 0
        return removed

    def removed_by(self) -> NDArray[np.uint32]:
        """Return, for each ordinal, the version of `Removals` that took it out, or 0."""
        return self._removed_by.copy()

    def texts(self, ordinals: Sequence[int]) -> list[str | None]:
        """Return the texts of some rows in the order asked, None where a row is removed."""
        self.refresh()
        return [None if self._removed_by[ordinal] else self._text(ordinal) for ordinal in ordinals]

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the rows that may be read (``row``, ``text``), a shard at a time, in order of ordinals."""
        for shard in self.manifest.shards:
            texts = self._shard_texts(shard)
            self.refresh()
            rows = np.arange(shard.first_row, shard.first_row + shard.rows, dtype=np.uint64)
            frame = pl.DataFrame({"row": rows, "text": texts}, schema=SHARD_COLUMNS)
            yield frame.filter(pl.Series(self._removed_by[shard.first_row : shard.first_row + shard.rows] == 0))

    def _load_manifests(self) -> None:
        self._manifests = read_manifests(self._layout, self._trust.documents)
        self._starts = [shard.first_row for shard in self.manifest.shards]
        self._cache.clear()

    def _shards_by_name(self) -> dict[str, ShardEntry]:
        return {shard_name(shard): shard for shard in self.manifest.shards}

    def _read_heartbeat(self) -> Heartbeat:
        try:
            note = self._layout.heartbeat.read_bytes()
        except FileNotFoundError as error:
            message = f"the corpus {self._layout.folder.name} has no heartbeat"
            raise StaleRemovalsError(message, hint="Run `demur apply`, then read again.") from error
        return open_heartbeat(note, self._trust.documents)

    def _follow_removals(self) -> None:
        known = len(self._chain.versions)
        self._chain = read_chain(self._layout, self._manifests[0], self._trust.documents, after=self._chain)
        shards = self._shards_by_name()
        for version in self._chain.versions[known:]:
            for rows in removed_rows(version, shards):
                fresh = rows[self._removed_by[rows] == 0]
                self._removed_by[fresh] = version.version

    def _check_heartbeat(self, heartbeat: Heartbeat) -> None:
        versions = self._chain.versions
        reached = len(versions) >= heartbeat.version and heartbeat.corpus_id == self.manifest.corpus_id
        if reached:
            named = versions[heartbeat.version - 1] if heartbeat.version else self._manifests[0]
            reached = document_digest(named).hex() == heartbeat.digest
        if not reached:
            message = f"the heartbeat speaks of removals version {heartbeat.version}, which the corpus does not hold"
            raise RemovalsBrokenError(message, hint="Restore the removals folder; do not read this corpus.")

    def _check_age(self, at: datetime) -> None:
        age = self._clock.now() - at
        if not -self._max_age <= age <= self._max_age:
            message = f"the corpus was brought up to the register {age} ago, a reader allows {self._max_age}"
            raise StaleRemovalsError(message, hint="Run `demur apply` (or keep it running), then read again.")

    def _text(self, ordinal: int) -> str | None:
        shard = self.manifest.shards[int(np.searchsorted(self._starts, ordinal, side="right")) - 1]
        return self._shard_texts(shard)[ordinal - shard.first_row]

    def _shard_texts(self, shard: ShardEntry) -> list[str | None]:
        texts = self._cache.get(shard.path)
        if texts is None:
            texts = self._read_shard(shard)
            self._cache[shard.path] = texts
            if len(self._cache) > _SHARDS_IN_MEMORY:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(shard.path)
        return texts

    def _read_shard(self, shard: ShardEntry) -> list[str | None]:
        path = self._layout.folder / shard.path
        try:
            check_digest(path, shard.sha256)
        except DocumentMissingError:
            # A purge replaces a shard while readers are at work: the newest manifest names its new file.
            self._load_manifests()
            newer = self._shards_by_name()[shard_name(shard)]
            if newer.path == shard.path:
                raise
            return self._read_shard(newer)
        return read_table(path, SHARD_COLUMNS)["text"].to_list()


def open_corpus(
    folder: Path | str,
    *,
    trust: TrustedKeys | Path | str,
    clock: Clock | None = None,
    max_heartbeat_age: timedelta = MAX_HEARTBEAT_AGE,
) -> Corpus:
    """Open a corpus for reading; `trust` holds the public keys of the platform, or is the path of their file.

    Raises:
        CorpusMissingError: no finished corpus is there.
        NoteSignatureError, DocumentAlteredError: a document or a shard is not what was signed.
        StaleRemovalsError: nobody confirmed within `max_heartbeat_age` that the corpus reflects the register.
        RemovalsBrokenError: the list of removals has a gap.
    """
    keys = trust if isinstance(trust, TrustedKeys) else read_public_keys(Path(trust))
    return Corpus(Path(folder), trust=keys, clock=clock or SystemClock(), max_heartbeat_age=max_heartbeat_age)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    found = _stat(path if path.name == "heartbeat" else path.with_suffix(".note"))
    return (found.st_mtime_ns, found.st_ino, found.st_size) if found else None


def _stat(path: Path) -> stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
