"""The gate: the one reader of a corpus, through which every row is handed out.

State counts when data is read, not when the corpus was built (GDPR Art. 21(1); rule 2 of the design). The gate checks
signatures and digests, masks removed rows, and refuses to read when nobody has confirmed lately that the corpus
reflects the register.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import OrdinalUnknownError, RemovalsBrokenError, StaleRemovalsError
from demur.corpus.removed import (
    Chain,
    check_reaches,
    read_chain,
    read_manifests,
    removed_rows,
    shard_name,
    shards_by_name,
)
from demur.exchange.documents import check_digest, document_digest
from demur.exchange.errors import DocumentMissingError, TableUnreadableError
from demur.exchange.manifest import CorpusManifest, ShardEntry
from demur.exchange.removals import Heartbeat, open_heartbeat
from demur.exchange.tables import read_table
from demur.kernel.clock import Clock, SystemClock
from demur.keys.keyring import TrustedKeys, read_public_keys

SHARD_COLUMNS = {"row": pl.UInt64, "text": pl.String}
MAX_HEARTBEAT_AGE = timedelta(seconds=60)
_SHARDS_IN_MEMORY = 16
_APPLY_HINT = "Run `demur apply` (or keep it running), then read again."


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
        self._cache: OrderedDict[str, pl.Series] = OrderedDict()
        self._manifests = read_manifests(self._layout, trust.documents)
        self._starts = _first_rows(self.manifest)
        self._manifest_digest = document_digest(self._manifests[0]).hex()
        self._rows = sum(shard.rows for shard in self.manifest.shards)
        self._removed_by: NDArray[np.uint32] = np.zeros(self._rows, dtype=np.uint32)
        self._chain = Chain(versions=(), tip=self._manifest_digest)
        self._note = self._read_heartbeat()
        self._heartbeat = open_heartbeat(self._note, trust.documents)
        self._follow(self._heartbeat)
        self._check_age()

    @property
    def manifest(self) -> CorpusManifest:
        """Return the newest version of the manifest."""
        return self._manifests[-1]

    @property
    def manifest_digest(self) -> str:
        """Return the SHA-256 of the build's manifest in hexadecimal: how a `RunRecord` names the corpus."""
        return self._manifest_digest

    @property
    def corpus_id(self) -> bytes:
        """Return the 32 bytes that name the corpus."""
        return bytes.fromhex(self.manifest.corpus_id)

    @property
    def rows(self) -> int:
        """Return the number of ordinals, removed rows included."""
        return self._rows

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
            RemovalsBrokenError: the chain does not lead to what the heartbeat says, or it went back.
        """
        note = self._read_heartbeat()
        if note != self._note or self._is_purged():
            self._follow(open_heartbeat(note, self._trust.documents))
            self._note = note
        self._check_age()
        return self.removals_version

    def removed(self) -> NDArray[np.bool_]:
        """Return which ordinals are removed at `removals_version`; a copy, so that a later version cannot change it."""
        removed: NDArray[np.bool_] = self._removed_by > 0
        return removed

    def removed_by(self) -> NDArray[np.uint32]:
        """Return, for each ordinal, the version of `Removals` that took it out, or 0."""
        return self._removed_by.copy()

    def texts(self, ordinals: Sequence[int]) -> list[str | None]:
        """Return the texts of some rows in the order asked, None where a row is removed.

        Raises:
            OrdinalUnknownError: the corpus has no such row.
        """
        self.refresh()
        wanted = np.asarray(ordinals, dtype=np.int64)
        self._check_ordinals(wanted)
        texts: list[str | None] = [None] * wanted.size
        live = np.flatnonzero(self._removed_by[wanted] == 0)
        shards = np.searchsorted(self._starts, wanted[live], side="right") - 1
        for number in np.unique(shards).tolist():
            shard = self.manifest.shards[number]
            places = live[shards == number]
            held = self._shard_texts(shard).gather(wanted[places] - shard.first_row)
            for place, text in zip(places.tolist(), held.to_list(), strict=True):
                texts[place] = text
        return texts

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield the rows that may be read (``row``, ``text``), a shard at a time, in order of ordinals."""
        for number in range(len(self.manifest.shards)):
            shard = self.manifest.shards[number]
            rows = np.arange(shard.first_row, shard.first_row + shard.rows, dtype=np.uint64)
            texts = self._shard_texts(shard)
            # After the shard was read, so that a removal which came meanwhile counts.
            self.refresh()
            frame = pl.DataFrame({"row": rows, "text": texts}, schema=SHARD_COLUMNS)
            yield frame.filter(pl.Series(self._removed_by[shard.first_row : shard.first_row + shard.rows] == 0))

    def _load_manifests(self) -> None:
        known = len(self._manifests)
        self._manifests = read_manifests(self._layout, self._trust.documents, after=self._manifests)
        if len(self._manifests) > known:
            self._starts = _first_rows(self.manifest)
            self._cache.clear()

    def _is_purged(self) -> bool:
        return self._layout.manifest(len(self._manifests) + 1).with_suffix(".note").exists()

    def _read_heartbeat(self) -> bytes:
        try:
            return self._layout.heartbeat.read_bytes()
        except FileNotFoundError as error:
            message = f"the corpus {self._layout.folder.name} has no heartbeat"
            raise StaleRemovalsError(message, hint=_APPLY_HINT) from error

    def _follow(self, heartbeat: Heartbeat) -> None:
        """Read what is new since the last call; what is removed is masked before anything is checked."""
        self._load_manifests()
        known = len(self._chain.versions)
        self._chain = read_chain(self._layout, self._manifests[0], self._trust.documents, after=self._chain)
        shards = shards_by_name(self.manifest) if len(self._chain.versions) > known else {}
        for version in self._chain.versions[known:]:
            rows = removed_rows(version, shards)
            self._removed_by[rows[self._removed_by[rows] == 0]] = version.version
        check_reaches(self._chain, heartbeat, self._manifests[0])
        before = self._heartbeat
        if heartbeat.version < before.version or heartbeat.log_size < before.log_size:
            message = (
                f"the heartbeat went back from removals version {before.version} at log size {before.log_size} "
                f"to version {heartbeat.version} at {heartbeat.log_size}"
            )
            raise RemovalsBrokenError(message, hint="Somebody put an old heartbeat back; do not read this corpus.")
        self._heartbeat = heartbeat

    def _check_age(self) -> None:
        age = self._clock.now() - self._heartbeat.at
        if age > self._max_age:
            message = f"the corpus was brought up to the register {age} ago, a reader allows {self._max_age}"
            raise StaleRemovalsError(message, hint=_APPLY_HINT)
        if age < -self._max_age:
            message = f"the heartbeat is from the future: {-age} ahead of the clock, a reader allows {self._max_age}"
            raise StaleRemovalsError(message, hint="Set the clocks of both machines right, then run `demur apply`.")

    def _check_ordinals(self, wanted: NDArray[np.int64]) -> None:
        outside = wanted[(wanted < 0) | (wanted >= self._rows)]
        if outside.size:
            message = f"the corpus has the rows 0 to {self._rows - 1}, not {outside[0]}"
            raise OrdinalUnknownError(message, hint="Ask for ordinals as the plan or the index gives them.")

    def _shard_texts(self, shard: ShardEntry) -> pl.Series:
        texts = self._cache.get(shard.path)
        if texts is None:
            texts = self._read_shard(shard)
            self._cache[shard.path] = texts
            if len(self._cache) > _SHARDS_IN_MEMORY:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(shard.path)
        return texts

    def _read_shard(self, shard: ShardEntry) -> pl.Series:
        path = self._layout.folder / shard.path
        try:
            check_digest(path, shard.sha256)
            return read_table(path, SHARD_COLUMNS)["text"]
        except (DocumentMissingError, TableUnreadableError):
            # A purge replaces a shard while readers are at work: the newest manifest names its new file.
            self._follow(self._heartbeat)
            newer = shards_by_name(self.manifest)[shard_name(shard)]
            if newer.path == shard.path:
                raise
            return self._read_shard(newer)


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
        RemovalsBrokenError: the list of removals has a gap, or belongs to another corpus.
    """
    keys = trust if isinstance(trust, TrustedKeys) else read_public_keys(Path(trust))
    return Corpus(Path(folder), trust=keys, clock=clock or SystemClock(), max_heartbeat_age=max_heartbeat_age)


def _first_rows(manifest: CorpusManifest) -> NDArray[np.int64]:
    return np.array([shard.first_row for shard in manifest.shards], dtype=np.int64)
