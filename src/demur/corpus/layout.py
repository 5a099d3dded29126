"""Where the files of a corpus are; the page ``docs/reference/formats.md`` describes them for readers outside."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CorpusLayout:
    """Names the files below one corpus folder."""

    folder: Path

    @property
    def heartbeat(self) -> Path:
        """Tell where the heartbeat is."""
        return self.folder / "removals" / "heartbeat"

    @property
    def lock(self) -> Path:
        """Tell where the file is that apply and purge lock against each other."""
        return self.folder / ".lock"

    @property
    def removals(self) -> Path:
        """Tell where the versions of `Removals` are."""
        return self.folder / "removals"

    @property
    def current_register(self) -> Path:
        """Tell where the name of the snapshot in force is."""
        return self.folder / "register" / "current"

    @property
    def current_list(self) -> Path:
        """Tell where the digest of the list of suppressions is that the corpus reflects beside the register."""
        return self.folder / "register" / "suppressions.sha256"

    @property
    def subject_index(self) -> Path:
        """Tell where the table from subject key to rows is."""
        return self.folder / "index" / "subjects.parquet"

    @property
    def expiring(self) -> Path:
        """Tell where the table of the rows that expire is; `demur apply` makes it from the lineage."""
        return self.folder / "index" / "expiring.parquet"

    def manifest(self, version: int) -> Path:
        """Tell where a version of the manifest is, without suffix; version 1 is the build."""
        return self.folder / ("manifest" if version == 1 else f"manifest-{version:05d}")

    def removals_version(self, version: int) -> Path:
        """Tell where one version of `Removals` is, without suffix."""
        return self.folder / "removals" / f"{version:08d}"

    def removals_decisions(self, version: int) -> Path:
        """Tell where the decisions of one version of `Removals` are."""
        return self.folder / "removals" / f"{version:08d}.decisions.parquet"

    def authors(self, version: int) -> Path:
        """Tell where the pseudonyms of the remaining authors are, after one version of `Removals`; 0 is the build."""
        return self.folder / "proof" / ("authors.bin" if version == 0 else f"authors-{version:08d}.bin")
