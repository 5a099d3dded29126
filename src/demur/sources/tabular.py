"""A source of files that hold rows: which files, what their digests are, and batches by one of the formats."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from demur.keys.keyring import Keyring
from demur.sources.errors import LineUnknownError, SplitUnknownError
from demur.sources.lines import readable
from demur.sources.rows import RawRows, key_rows
from demur.sources.source import SourceBatch
from demur.sources.spec import SourceSpec

RowReader: TypeAlias = Callable[[Path, str, SourceSpec], Iterator[RawRows]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TabularSource:
    """Reads every file that a glob finds by one format; keeps the contract of `Source`."""

    spec: SourceSpec
    keyring: Keyring
    root: Path
    read_rows: RowReader

    @property
    def name(self) -> str:
        """Tell the name of the source."""
        return self.spec.name

    def splits(self) -> list[str]:
        """Return the files that the glob finds, hidden ones excepted, relative to the configuration and sorted."""
        pattern = Path(self.spec.path)
        base = Path(pattern.anchor) if pattern.is_absolute() else self.root
        found = base.glob(str(pattern.relative_to(pattern.anchor)))
        files = (path for path in found if path.is_file() and not path.name.startswith("."))
        return sorted({Path(os.path.relpath(path, self.root)).as_posix() for path in files})

    def digest(self, split: str) -> str:
        """Return the SHA-256 of a file's bytes in hexadecimal."""
        with readable(split), self._path(split).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def batches(self, split: str) -> Iterator[SourceBatch]:
        """Yield the rows of one split in file order.

        Raises:
            SplitUnreadableError: the file cannot be read as a whole.
        """
        for raw in self.read_rows(self._path(split), split, self.spec):
            yield key_rows(raw, spec=self.spec, split=split, keyring=self.keyring)

    def read_line(self, split: str, line: int) -> pl.DataFrame:
        """Return the item at one line of a split as a frame of one row.

        Raises:
            LineUnknownError: there is no usable row at this line.
        """
        for batch in self.batches(split):
            found = batch.frame.filter(pl.col("line") == line)
            if found.height:
                return found
        message = f"{split} has no usable row at line {line}"
        raise LineUnknownError(message, hint="The file may have changed since it was read.")

    def _path(self, split: str) -> Path:
        if not (self.root / split).is_file():
            message = f"source {self.name} has no file {split}"
            raise SplitUnknownError(message, hint="The file was moved or deleted since the source was listed.")
        return self.root / split
