"""A small corpus in plain files that behaves like the gate, for whoever tests a trainer.

It holds invented texts only; real posts are read through `demur.corpus` and nowhere else.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demur.kernel.errors import TransientError
from demur.kernel.files import write_whole

_TEXTS, _REMOVALS, _HEARTBEAT = "texts.json", "removals", "heartbeat"


class HeartbeatMissingError(TransientError):
    """The written corpus has no heartbeat, as one whose gate nobody keeps up to date."""

    code = "heartbeat-missing"


class WrittenCorpus:
    """Reads a folder that `write_corpus` wrote; several readers may look at one folder."""

    def __init__(self, folder: Path) -> None:
        """Open the folder at its newest version."""
        self._folder = folder
        content = (folder / _TEXTS).read_bytes()
        self._texts: list[str] = json.loads(content)
        self._removed = np.zeros(len(self._texts), dtype=np.bool_)
        self.corpus_id = sha256(b"corpus" + content).digest()
        self.manifest_digest = sha256(content).hexdigest()
        self.rows = len(self._texts)
        self.removals_version = 0
        self.refresh()

    def refresh(self) -> int:
        """Read the versions that are new since the last call; stop when there is no heartbeat."""
        try:
            newest = int((self._folder / _HEARTBEAT).read_text())
        except FileNotFoundError as error:
            message = "the corpus has no heartbeat"
            raise HeartbeatMissingError(message, hint="Bring the corpus up to the register.") from error
        while self.removals_version < newest:
            self.removals_version += 1
            self._removed[_read_version(self._folder, self.removals_version)] = True
        return newest

    def removed(self) -> NDArray[np.bool_]:
        """Tell for every ordinal whether it is removed."""
        return self._removed.copy()

    def texts(self, ordinals: Sequence[int]) -> list[str | None]:
        """Return texts; None for a removed row."""
        return [None if self._removed[ordinal] else self._texts[ordinal] for ordinal in ordinals]

    def removed_by(self) -> NDArray[np.uint32]:
        """Return for every ordinal the first version that removes it, 0 when none does."""
        versions = np.zeros(self.rows, dtype=np.uint32)
        for version in range(self.removals_version, 0, -1):
            versions[_read_version(self._folder, version)] = version
        return versions


def write_corpus(folder: Path, texts: Sequence[str]) -> WrittenCorpus:
    """Write a corpus without removals and open it."""
    write_whole(folder / _TEXTS, json.dumps(list(texts), ensure_ascii=False).encode())
    write_whole(folder / _HEARTBEAT, b"0")
    return WrittenCorpus(folder)


def remove_rows(folder: Path, ordinals: Iterable[int]) -> int:
    """Publish the next version of removals, the list first and the heartbeat last; return the version."""
    version = int((folder / _HEARTBEAT).read_text()) + 1
    write_whole(folder / _REMOVALS / f"{version:08d}.json", json.dumps(sorted(ordinals)).encode())
    write_whole(folder / _HEARTBEAT, str(version).encode())
    return version


def stop_heartbeat(folder: Path) -> None:
    """Take the heartbeat away, as when nobody brings the corpus up to the register any more."""
    (folder / _HEARTBEAT).unlink()


def _read_version(folder: Path, version: int) -> list[int]:
    ordinals: list[int] = json.loads((folder / _REMOVALS / f"{version:08d}.json").read_bytes())
    return ordinals
