"""In which corpora items of a person are, as counts: from the index of each corpus and its `Removals`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import read_index, rows_of_subjects
from demur.corpus.reading_errors import CorpusMissingError
from demur.corpus.removed import read_chain, read_manifests, rows_gone
from demur.keys.keyring import TrustedKeys
from demur.keys.subjects import SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusShare:
    """How many items of a person a corpus holds now, and how many of those that it was built with are out again."""

    corpus: str
    items: int
    taken_out: int


def find_shares(corpora: Path, subjects: Sequence[SubjectKey], *, trust: TrustedKeys) -> tuple[CorpusShare, ...]:
    """Return every finished corpus that was built with items of some subjects, in the order of names.

    Raises:
        RemovalsBrokenError, DocumentAlteredError: a corpus is not what was signed.
    """
    folders = sorted(path for path in corpora.glob("*") if path.is_dir())
    shares = (_share_of(folder, subjects, trust) for folder in folders)
    return tuple(share for share in shares if share is not None)


def _share_of(folder: Path, subjects: Sequence[SubjectKey], trust: TrustedKeys) -> CorpusShare | None:
    layout = CorpusLayout(folder)
    try:
        manifests = read_manifests(layout, trust.documents)
    except CorpusMissingError:
        return None
    index = read_index(layout, manifests[-1]).filter(pl.col("is_author"))
    rows = rows_of_subjects(index, pl.Series(list(subjects), dtype=pl.Binary))
    if not rows.size:
        return None
    gone = int(np.isin(rows, rows_gone(read_chain(layout, manifests[0], trust.documents), manifests[0])).sum())
    return CorpusShare(corpus=folder.name, items=rows.size - gone, taken_out=gone)
