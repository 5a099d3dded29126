"""The partition function: one partition's items and facts in, decisions and filtered candidates out.

Pure: no clock, no network, no state. Decisions are those of `demur.policy`; this module only brings items and facts
together, filters the texts of what the facts let in, and leaves files for the stages that follow.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
import polars as pl

from demur.corpus.duplicates import spool_bands
from demur.corpus.ingest import SEGMENT_COLUMNS
from demur.corpus.repeats import CONFLICT_COLUMNS, PLACE_COLUMNS, separate_repeats
from demur.corpus.spool import open_spool, read_slot
from demur.corpus.workfolder import WorkFolder
from demur.exchange.columns import DECISION_COLUMNS, ITEM_COLUMNS, Facts, Schema
from demur.exchange.snapshot import SNAPSHOT_TABLES
from demur.exchange.tables import write_table
from demur.filters.duplicates import signatures
from demur.filters.identifiers import PLACEHOLDER_PATTERN, SUPPRESSED, IdentifierClass
from demur.filters.suppressions import Suppressions, mask
from demur.filters.text import redact
from demur.kernel.words import Decision, ItemKind
from demur.policy.decide import decide_content, decide_facts
from demur.policy.ruleset import Ruleset

KEPT = (Decision.INCLUDE, Decision.REDACT)
PLACEHOLDERS = {**{label.value: label.placeholder for label in IdentifierClass}, "suppressed": SUPPRESSED}
CUT_COLUMNS: Schema = {f"cut_{name}": pl.UInt32 for name in PLACEHOLDERS}
FINDING_COLUMNS: Schema = {"is_picture_only": pl.Boolean, "is_empty": pl.Boolean}
CANDIDATE_COLUMNS: Schema = {
    **ITEM_COLUMNS,
    "decision": pl.String,
    "reason": pl.String,
    "cuts": pl.UInt32,
    **CUT_COLUMNS,
    **FINDING_COLUMNS,
    "pseudonym": pl.Binary,
}
PSEUDONYM_BYTES = 16

_SOMETHING_LEFT = r"[\p{L}\p{N}\p{So}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTask:
    """One partition to decide.

    Attributes:
        splits: the number of splits that were read.
        suppression_key: the key of the table of suppressions in the work folder; None when there is none.
    """

    partition: int
    partitions: int
    splits: int
    work: WorkFolder
    ruleset: Ruleset
    as_of: datetime
    log_size: int
    suppression_key: bytes | None = field(repr=False)
    corpus_id: bytes


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What judging a partition gave.

    Attributes:
        items: items that are decided; `repeated` rows were left out because they repeat an item id.
        kept: items that are still in after the filters, duplicates included.
    """

    items: int
    repeated: int
    kept: int


def judge_partition(task: JudgeTask) -> Judged:
    """Decide one partition up to duplicates, and write what the next stages need."""
    rows = read_slot(map(task.work.segment, range(task.splits)), task.partition, SEGMENT_COLUMNS)
    conflicts = read_slot(map(task.work.conflicts, range(task.partitions)), task.partition, CONFLICT_COLUMNS)
    items, repeats = separate_repeats(rows, conflicts)
    with open_spool(task.work.repeats(task.partition)) as spool:
        spool.scatter(repeats, "split_number")
    decided = decide_facts(items, _read_facts(task), task.ruleset, at=task.as_of)
    passes = pl.col("decision").is_in(KEPT)
    write_table(task.work.excluded(task.partition), decided.filter(~passes).select(*DECISION_COLUMNS, *PLACE_COLUMNS))
    candidates = _filter_texts(decided.filter(passes), task)
    write_table(task.work.candidates(task.partition), candidates)
    kept = _spool_kept_bands(candidates, task)
    return Judged(items=items.height, repeated=repeats.height, kept=kept)


def _read_facts(task: JudgeTask) -> Facts:
    tables = {
        name: read_slot([task.work.facts(name)], task.partition, schema) for name, schema in SNAPSHOT_TABLES.items()
    }
    return Facts(**tables, as_of=task.as_of, log_size=task.log_size)


def _filter_texts(candidates: pl.DataFrame, task: JudgeTask) -> pl.DataFrame:
    """Cut identifiers and suppressed terms, and note what was found (`CANDIDATE_COLUMNS`)."""
    original = candidates["text"]
    filtered = redact(original, candidates["language"]).texts
    if task.suppression_key is not None:
        filtered = mask(filtered, _read_suppressions(task.work.suppressions, task.suppression_key)).texts
    cuts = _count_cuts(original, filtered)
    return candidates.with_columns(
        filtered.alias("text"),
        *cuts,
        cuts.select(pl.sum_horizontal(pl.all()).cast(pl.UInt32).alias("cuts")).to_series(),
        _is_picture_only(original).alias("is_picture_only"),
        is_empty(filtered).alias("is_empty"),
        item_pseudonyms(original, task.corpus_id),
    ).select(*CANDIDATE_COLUMNS)


@lru_cache(maxsize=1)
def _read_suppressions(path: Path, key: bytes) -> Suppressions:
    """Read the table once for all partitions that one process judges: it is large, and its file never changes."""
    return Suppressions.from_bytes(path.read_bytes(), key)


def _count_cuts(original: pl.Series, filtered: pl.Series) -> pl.DataFrame:
    """Count the placeholders of each class that the filters put in, row by row."""
    texts = pl.DataFrame({"before": original, "after": filtered})
    return texts.select(
        (_occurrences("after", placeholder) - _occurrences("before", placeholder))
        .clip(lower_bound=0)
        .cast(pl.UInt32)
        .alias(f"cut_{name}")
        for name, placeholder in PLACEHOLDERS.items()
    )


def _occurrences(column: str, placeholder: str) -> pl.Expr:
    return pl.col(column).str.count_matches(placeholder, literal=True).fill_null(0).cast(pl.Int64)


def _is_picture_only(texts: pl.Series) -> pl.Expr:
    has_no_text = texts.str.strip_chars().fill_null("") == ""
    return (pl.col("kind") == ItemKind.PHOTO.value).fill_null(value=True) & pl.col("media").is_not_null() & has_no_text


def is_empty(texts: pl.Series) -> pl.Series:
    """Tell which texts hold nothing but placeholders, space and punctuation; a missing text holds nothing."""
    rest = texts.fill_null("").str.replace_all(PLACEHOLDER_PATTERN.pattern, " ")
    return ~rest.str.contains(_SOMETHING_LEFT)


def item_pseudonyms(texts: pl.Series, corpus_id: bytes) -> pl.Series:
    """Return what stands for each text in one corpus: a person who has the text can compute it, nobody else.

    ``HMAC-SHA256(corpus_id, SHA-256(text in NFC))[:16]`` of the text as it was published.
    """
    normal = texts.str.normalize("NFC").to_list()
    return pl.Series(
        "pseudonym", [None if text is None else item_pseudonym(text.encode(), corpus_id) for text in normal], pl.Binary
    )


def item_pseudonym(content: bytes, corpus_id: bytes) -> bytes:
    """Return the 16 bytes that stand for the UTF-8 bytes of one text in NFC."""
    return hmac.digest(corpus_id, hashlib.sha256(content).digest(), "sha256")[:PSEUDONYM_BYTES]


def _spool_kept_bands(candidates: pl.DataFrame, task: JudgeTask) -> int:
    """Write the band hashes of the candidates that only a duplicate can still keep out; return their number."""
    kept = decide_findings(candidates, pl.repeat(value=False, n=candidates.height, eager=True), task.ruleset)
    positions = kept["decision"].is_in(KEPT).arg_true()
    spool_bands(
        signatures(candidates["text"].gather(positions)),
        positions,
        partition=task.partition,
        partitions=task.partitions,
        work=task.work,
    )
    return positions.len()


def decide_findings(candidates: pl.DataFrame, is_duplicate: pl.Series, ruleset: Ruleset) -> pl.DataFrame:
    """Return decision and reason of candidates, in their order, once it is known which of them are duplicates.

    What the facts said stands where the content changes nothing.
    """
    findings = candidates.select(*FINDING_COLUMNS, is_duplicate.alias("is_duplicate"))
    by_content = decide_content(findings, ruleset).select(
        pl.col("decision").alias("content_decision"), pl.col("reason").alias("content_reason")
    )
    both = pl.concat([candidates.select("decision", "reason"), by_content], how="horizontal")
    passes = pl.col("content_decision").is_in(KEPT)
    return both.select(
        pl.when(passes).then(pl.col("decision")).otherwise(pl.col("content_decision")).alias("decision"),
        pl.when(passes).then(pl.col("reason")).otherwise(pl.col("content_reason")).alias("reason"),
    )
