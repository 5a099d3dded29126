"""The finished runs of a folder, for the pages of a person: which corpus each read, from which version on, and when.

A run's record has no date of its own; its entry in the log has a day. A run that the log does not hold is not told of.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from demur.exchange.documents import document_digest, read_document
from demur.exchange.runs import RunRecord
from demur.keys.keyring import TrustedKeys
from demur.web.runs import RECORD, run_folders


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """One run: its folder's name, its signed record, and the day on which this was entered in the log."""

    name: str
    record: RunRecord
    logged_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReader:
    """Reads the runs of a folder; keeps what it read, which never changes.

    Attributes:
        logged_on: says on which day a record was entered in the log, by its digest; None where it was not.
    """

    folder: Path
    trust: TrustedKeys
    logged_on: Callable[[bytes], date | None]
    _read: dict[str, FinishedRun] = field(default_factory=dict)

    def find_runs(self) -> tuple[FinishedRun, ...]:
        """Return the runs that the log holds, in the order of names.

        Raises:
            IntegrityError: a record is not what was signed.
        """
        folders = run_folders(self.folder)
        for path in folders:
            if path.name not in self._read and (found := self._open(path)) is not None:
                self._read[path.name] = found
        return tuple(self._read[path.name] for path in folders if path.name in self._read)

    def _open(self, path: Path) -> FinishedRun | None:
        record = read_document(path / RECORD, RunRecord, self.trust.documents)
        day = self.logged_on(document_digest(record))
        return None if day is None else FinishedRun(name=path.name, record=record, logged_on=day)
