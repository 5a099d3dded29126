"""The files of an unfinished build, ``<out>/.<name>.building/``: tables and spools, gone when the corpus is there."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """Names the files below one work folder; numbers are those of splits, partitions or buckets."""

    folder: Path

    @property
    def corpus(self) -> Path:
        """Tell where the corpus grows that one rename publishes."""
        return self.folder / "corpus"

    @property
    def identity(self) -> Path:
        """Tell where the identity of the plan is."""
        return self.folder / "plan"

    def facts(self, table: str) -> Path:
        """Tell where a snapshot's table is, in a slot for each partition."""
        return self.folder / "facts" / f"{table}.spool"

    def erased(self, partition: int) -> Path:
        """Tell where the objections of erased accounts are whose content, or name, is in a partition."""
        return self.folder / "erased" / f"{partition:05d}.parquet"

    @property
    def suppressions(self) -> Path:
        """Tell where the table of suppressed terms is."""
        return self.folder / "suppressions"

    def segment(self, split: int) -> Path:
        """Tell where the items of a split are, in a slot for each partition."""
        return self.folder / "segments" / f"{split:06d}.spool"

    def item_keys(self, split: int) -> Path:
        """Tell where the item keys of a split are, with their partition, in a slot for each bucket."""
        return self.folder / "item-keys" / f"{split:06d}.spool"

    def named_people(self, split: int) -> Path:
        """Tell where the people are whom the items of a split name, in a slot for each partition of these people."""
        return self.folder / "named-people" / f"{split:06d}.spool"

    def named_items(self, split: int) -> Path:
        """Tell where the items are that the items of a split say they repeat, in one slot."""
        return self.folder / "named-items" / f"{split:06d}.spool"

    def people(self, partition: int) -> Path:
        """Tell where it is what the people of a partition mean for items, in a slot for each partition of items."""
        return self.folder / "people" / f"{partition:05d}.spool"

    @property
    def lineage(self) -> Path:
        """Tell where all references between items are, in a slot for each partition of the item referred to."""
        return self.folder / "lineage" / "all.spool"

    def origins(self, partition: int) -> Path:
        """Tell where it is what items of a partition mean for those that repeat them, in a slot for each partition."""
        return self.folder / "origins" / f"{partition:05d}.spool"

    def sources(self, partition: int) -> Path:
        """Tell whose the items are that others repeat, in a slot for each partition of those others."""
        return self.folder / "sources" / f"{partition:05d}.spool"

    def objected(self, partition: int) -> Path:
        """Tell where the texts of a partition are that an objection covers."""
        return self.folder / "objected" / f"{partition:05d}.parquet"

    @property
    def objected_keys(self) -> Path:
        """Tell where the items of all such texts are, with the numbers that fingerprints and copies call them by."""
        return self.folder / "fingerprints" / "keys.parquet"

    @property
    def fingerprints(self) -> Path:
        """Tell where the fingerprints of all texts are that an objection covers."""
        return self.folder / "fingerprints" / "all.bin"

    def copies(self, partition: int) -> Path:
        """Tell where copies of such texts were found in a partition."""
        return self.folder / "copies" / f"{partition:05d}.parquet"

    def common(self, partition: int) -> Path:
        """Tell where the objected texts are listed that somebody in a partition had published before."""
        return self.folder / "common" / f"{partition:05d}.parquet"

    def rejected(self, split: int) -> Path:
        """Tell where the rows of a split are listed that its source rejected."""
        return self.folder / "rejected" / f"{split:06d}.spool"

    def conflicts(self, bucket: int) -> Path:
        """Tell where the item keys are that came in by several partitions, in a slot for each of these."""
        return self.folder / "conflicts" / f"{bucket:05d}.spool"

    def repeats(self, partition: int) -> Path:
        """Tell where the rows of a partition are listed that repeat an item, in a slot for each split."""
        return self.folder / "repeats" / f"{partition:05d}.spool"

    def cleaned(self, partition: int) -> Path:
        """Tell where the filtered texts are of the items that the facts let in."""
        return self.folder / "cleaned" / f"{partition:05d}.parquet"

    def secrets(self, partition: int) -> Path:
        """Tell where the keyed hashes are of what was found in the texts of a partition."""
        return self.folder / "secrets" / f"{partition:05d}.parquet"

    @property
    def all_secrets(self) -> Path:
        """Tell where the keyed hashes are of what was found in any text."""
        return self.folder / "secrets" / "all.parquet"

    def excluded(self, partition: int) -> Path:
        """Tell where the decisions are that needed no content."""
        return self.folder / "excluded" / f"{partition:05d}.parquet"

    def candidates(self, partition: int) -> Path:
        """Tell where the items are that the facts let in, with their filtered text."""
        return self.folder / "candidates" / f"{partition:05d}.parquet"

    def bands(self, partition: int) -> Path:
        """Tell where the band hashes of a partition are, in a slot for each bucket."""
        return self.folder / "bands" / f"{partition:05d}.spool"

    def pairs(self, bucket: int) -> Path:
        """Tell where the pairs of near duplicates of a bucket are."""
        return self.folder / "pairs" / f"{bucket:05d}.parquet"

    @property
    def groups(self) -> Path:
        """Tell where the groups of duplicates are, in a slot for each partition."""
        return self.folder / "groups" / "all.spool"

    def items(self, partition: int) -> Path:
        """Tell where the item pseudonyms of a partition are, in a slot for each bucket."""
        return self.folder / "items" / f"{partition:05d}.spool"

    def authors(self, partition: int) -> Path:
        """Tell where the author pseudonyms of a partition are, in a slot for each bucket."""
        return self.folder / "authors" / f"{partition:05d}.spool"

    def index(self, partition: int) -> Path:
        """Tell where the subject index of a partition is."""
        return self.folder / "index" / f"{partition:05d}.parquet"
