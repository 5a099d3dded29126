"""`CorpusManifest`: what a corpus is made of, in digests and counts; it holds no subject key.

The layout of the folder that it describes is in ``docs/reference/formats.md``.
"""

import msgspec

from demur.exchange.documents import Document
from demur.kernel.words import DocumentKind


class FileEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a corpus: path relative to the corpus, digest and rows."""

    path: str
    sha256: str
    rows: int


class ShardEntry(FileEntry, frozen=True, kw_only=True):
    """One shard; `first_row` is the ordinal of its first row and never changes, not even by a purge."""

    first_row: int


class DecisionsEntry(FileEntry, frozen=True, kw_only=True):
    """The decisions of one partition; `listing` is the SHA-256 of their text form, which a pack carries.

    The text form has one line an item, ``<item key in hex> <decision> <reason>``, sorted by item key, so that a
    verifier needs no Parquet reader.
    """

    listing: str


class SourceEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file that was read; rows read = rows decided + rows rejected."""

    source: str
    split: str
    sha256: str
    rows_read: int
    rows_rejected: int


class TreeEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prefix-bucket tree: 2**k leaves, `count` entries, root in hexadecimal."""

    k: int
    count: int
    root: str


class RulesetEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules that decided."""

    name: str
    version: str
    digest: str


class FilterEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filters that ran, with the digest of the suppressions that they used."""

    text: str
    duplicates: str
    copies: str
    suppressions: str


class CorpusManifest(Document, frozen=True, kw_only=True):
    """The record of one corpus.

    Attributes:
        name: the corpus's name, its folder.
        corpus_id: 32 bytes in hexadecimal, derived from the plan with a secret key.
        version: 1 for the build, one more for each purge; `supersedes` is the digest of the version before.
        snapshot: digest of the `RegisterSnapshot` document; `log_size` and `as_of` are its own.
        decisions: how many items got each decision; `reasons` the same by reason. Both sum to `rows_decided`.
        cuts: identifiers cut from the texts of the corpus, by class.
        pictures_left_out: pictures of included items whose caption stays and whose picture does not.
        authors: tree over the authors' pseudonyms; `items`: tree over keyed digests of the texts.
    """

    KIND = DocumentKind.CORPUS_MANIFEST

    name: str
    corpus_id: str
    version: int
    supersedes: str | None
    platform: str
    as_of: str
    log_size: int
    snapshot: str
    ruleset: RulesetEntry
    filters: FilterEntry
    partitions: int
    sources: list[SourceEntry]
    rows_read: int
    rows_rejected: int
    rows_decided: int
    decisions: dict[str, int]
    reasons: dict[str, int]
    cuts: dict[str, int]
    pictures_left_out: int
    shards: list[ShardEntry]
    lineage: list[FileEntry]
    decision_files: list[DecisionsEntry]
    index: FileEntry
    authors: TreeEntry
    items: TreeEntry
