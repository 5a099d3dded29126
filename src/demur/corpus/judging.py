"""The partition function: one partition's items and facts in, decisions and filtered candidates out.

Pure: no clock, no network, no state. Decisions are those of `demur.policy`; this module only brings items and facts
together, filters the texts of what the facts let in, and leaves files for the stages that follow. Texts are filtered
before, in a stage of its own: what was found in any partition is then cut in all of them.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import msgspec
import polars as pl

from demur.corpus.duplicates import spool_bands
from demur.corpus.lineage import SOURCE
from demur.corpus.relating import RelateTask, read_facts, read_items, read_relations, read_sources
from demur.corpus.repeats import PLACE_COLUMNS
from demur.corpus.secrets import read_secrets
from demur.corpus.spool import open_spool
from demur.exchange.columns import DECISION_COLUMNS, ITEM_COLUMNS, Schema
from demur.exchange.tables import read_table, write_table
from demur.filters.consistency import hash_secrets, mask_mentions
from demur.filters.copies import cut_spans
from demur.filters.detector_loading import DetectorPlan, cut_beside
from demur.filters.duplicates import signatures
from demur.filters.identifiers import CUT, PLACEHOLDER_PATTERN, QUOTED, SUPPRESSED, IdentifierClass
from demur.filters.special import cut_children, statements
from demur.filters.suppressions import Suppressions, mask
from demur.filters.text import cut_parts, find_parts, redact
from demur.kernel.words import Decision, ItemKind, Preference
from demur.policy.content import CONTENT_COLUMNS, describe_content
from demur.policy.decide import decide_content, decide_facts, explode_list
from demur.policy.ruleset import Ruleset
from demur.policy.settings import OthersContent

KEPT = (Decision.INCLUDE, Decision.REDACT)
PLACEHOLDERS = {
    **{label.counted_as: label.placeholder for label in IdentifierClass},
    "suppressed": SUPPRESSED,
    "quoted": QUOTED,
    "cut": CUT,
}
CUT_COLUMNS: Schema = {f"cut_{name}": pl.UInt32 for name in PLACEHOLDERS}
# What the rules on content read, but for duplicates, which only all partitions together show.
FINDING_COLUMNS: Schema = {name: kind for name, kind in CONTENT_COLUMNS.items() if name != "is_duplicate"}
CANDIDATE_COLUMNS: Schema = {
    **ITEM_COLUMNS,
    "decision": pl.String,
    "reason": pl.String,
    "sources": pl.List(SOURCE),
    "cuts": pl.UInt32,
    **CUT_COLUMNS,
    **{name: kind for name, kind in FINDING_COLUMNS.items() if name not in ITEM_COLUMNS},
    "pseudonym": pl.Binary,
}
CLEANED_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "text": pl.String,
    "own": pl.String,  # without copies of others' content having been cut; null where that makes no difference
}
PSEUDONYM_BYTES = 16

_SOMETHING_LEFT = r"[\p{L}\p{N}\p{So}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTask:
    """One partition to decide.

    Attributes:
        related: the partition, as the stages before looked at it.
        suppression_key: the key of the table of suppressions in the work folder; None when there is none.
        secrets_key: the key of the hashes of what was found in texts, 16 bytes.
        detectors: what looks for identifiers beside the text filter.
    """

    related: RelateTask
    suppression_key: bytes | None = field(repr=False)
    secrets_key: bytes = field(repr=False)
    detectors: DetectorPlan
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


class Cleaned(msgspec.Struct, frozen=True, kw_only=True):
    """How many forms of secrets were found in the texts of a partition."""

    secrets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What the facts say of the items of a partition: rows with decisions, and what relations and copies they have."""

    rows: pl.DataFrame
    repeats: pl.DataFrame
    relations: pl.DataFrame
    copies: pl.DataFrame

    @property
    def candidates(self) -> pl.DataFrame:
        """The rows that the facts let in."""
        return self.rows.filter(pl.col("decision").is_in(KEPT))


def _decide(related: RelateTask) -> _Decided:
    items, repeats = read_items(related)
    relations, copies = read_relations(related, items)
    rows = decide_facts(items, read_facts(related), related.ruleset, at=related.as_of, relations=relations)
    return _Decided(rows=rows, repeats=repeats, relations=relations, copies=copies)


def clean_partition(task: JudgeTask) -> Cleaned:
    """Cut what must be cut out of the texts that the facts let in, and write down what was found, as keyed hashes."""
    related, decided = task.related, _decide(task.related)
    candidates = decided.candidates
    own = _cut_own(candidates)
    # Copies stand where the text was published, so they go first; filters see what is left.
    others = own if decided.copies.is_empty() else _cut_copies(candidates.with_columns(own), decided.copies, task)
    parts = list(find_parts(others, candidates["language"]))
    places = (own != others).fill_null(value=False).arg_true()
    languages, own_languages = candidates["language"], candidates["language"].gather(places)
    filtered = cut_beside(task.detectors, cut_parts(others, parts).texts, languages)
    rest = cut_beside(task.detectors, redact(own.gather(places), own_languages).texts, own_languages)
    cleaned = candidates.select(
        "item_key",
        _suppress(filtered, task).alias("text"),
        own.clear(candidates.height).scatter(places, _suppress(rest, task)).alias("own"),
    )
    write_table(related.work.cleaned(related.partition), cleaned)
    secrets = hash_secrets(parts, task.secrets_key)
    write_table(related.work.secrets(related.partition), secrets)
    return Cleaned(secrets=secrets.height)


def judge_partition(task: JudgeTask) -> Judged:
    """Decide one partition up to duplicates, and write what the next stages need."""
    work, partition = task.related.work, task.related.partition
    decided = _decide(task.related)
    with open_spool(work.repeats(partition)) as spool:
        spool.scatter(decided.repeats, "split_number")
    excluded = decided.rows.filter(~pl.col("decision").is_in(KEPT))
    write_table(work.excluded(partition), excluded.select(*DECISION_COLUMNS, *PLACE_COLUMNS))
    candidates = _filter_texts(decided.candidates, decided.relations, task)
    write_table(work.candidates(partition), candidates)
    kept = _spool_kept_bands(candidates, task.related)
    return Judged(items=decided.rows.height, repeated=decided.repeats.height, kept=kept)


def _filter_texts(candidates: pl.DataFrame, relations: pl.DataFrame, task: JudgeTask) -> pl.DataFrame:
    """Put the cleaned texts in, without what is a secret anywhere, and note what was found (`CANDIDATE_COLUMNS`)."""
    original = candidates["text"]
    cleaned = read_table(task.related.work.cleaned(task.related.partition), CLEANED_COLUMNS)
    beside = candidates.select("item_key").join(cleaned, on="item_key", how="left", maintain_order="left")
    secrets = read_secrets(task.related.work.all_secrets, task.secrets_key)
    filtered = mask_mentions(beside["text"], secrets).texts
    without_own = mask_mentions(beside["own"], secrets).texts.zip_with(beside["own"].is_not_null(), filtered)
    is_masked = filtered.str.contains(SUPPRESSED, literal=True) & ~original.str.contains(SUPPRESSED, literal=True)
    content = _describe(candidates, relations, without_own, filtered, is_masked.fill_null(value=False))
    cuts = _count_cuts(original, filtered)
    return (
        candidates.drop("embed_separable")
        .with_columns(
            filtered.alias("text"),
            *cuts,
            cuts.select(pl.sum_horizontal(pl.all()).cast(pl.UInt32).alias("cuts")).to_series(),
            *content.select(list(FINDING_COLUMNS)),
            item_pseudonyms(original, task.corpus_id),
        )
        .join(read_sources(task.related), on="item_key", how="left", maintain_order="left")
        .select(*CANDIDATE_COLUMNS)
    )


def _describe(
    candidates: pl.DataFrame,
    relations: pl.DataFrame,
    own: pl.Series,
    filtered: pl.Series,
    is_masked: pl.Series,
) -> pl.DataFrame:
    """Say what is in the candidates: by detectors, by their relations, and by what the filters left."""
    beside = candidates.select("item_key").join(relations, on="item_key", how="left", maintain_order="left")
    embeds, copies = (beside[name].fill_null(value=False) for name in ("embeds_objected", "copies_objected"))
    nothing = is_empty(filtered)
    flags = {
        "is_picture_only": candidates.select(_is_picture_only(candidates["text"])).to_series(),
        "is_empty": is_empty(own) & ~embeds,
        "is_only_objected": nothing & (embeds | copies),
        "is_duplicate": pl.repeat(value=False, n=candidates.height, eager=True),
    }
    content = describe_content(candidates, relations, pl.DataFrame(flags))
    # A masked name is a mention of somebody who asked to be left out (REQUIREMENTS SCO-11).
    told = describe_told(candidates["text"], candidates["language"])
    return content.with_columns(
        pl.col("mentions_objector") | is_masked, *(pl.col(flag.name) | flag for flag in told.get_columns())
    )


def describe_told(texts: pl.Series, languages: pl.Series) -> pl.DataFrame:
    """Return what texts tell, found by their words, as flags of content beside those of detectors (FIL-5, MIN-6)."""
    found, children = statements(texts, languages), cut_children(texts, languages)
    return pl.DataFrame(
        {
            "has_third_party_special": found.others.list.len() > 0,
            "has_own_special": found.own.list.len() > 0,
            "names_minor": children.cuts > 0,
        }
    )


def _cut_copies(candidates: pl.DataFrame, copies: pl.DataFrame, task: JudgeTask) -> pl.Series:
    if task.related.ruleset.settings.others_content is OthersContent.KEEP:
        return candidates["text"]
    places = candidates.select("item_key").with_row_index("place")
    return cut_spans(candidates["text"], copies.join(places, on="item_key").select("place", "start", "end"))


def _cut_own(candidates: pl.DataFrame) -> pl.Series:
    """Cut what detectors or words say about children, and the previews of pages that refuse."""
    named = explode_list(candidates, "findings")
    found = named.select("place", pl.col("findings").struct.unnest()).filter(
        pl.col("is_minor") & pl.col("text").is_not_null()
    )
    refused = candidates.with_row_index("place").filter(
        (pl.col("preview_preference") == Preference.DENY.value) & pl.col("preview_text").is_not_null()
    )
    pieces = pl.concat([found.select("place", "text"), refused.select("place", pl.col("preview_text").alias("text"))])
    texts = candidates["text"].to_list() if pieces.height else []
    cut = dict[int, str]()
    for place, piece in pieces.iter_rows():
        cut[place] = cut.get(place, texts[place] or "").replace(piece, CUT)
    rest = candidates["text"].clone().scatter(list(cut), list(cut.values())) if cut else candidates["text"]
    return cut_children(rest, candidates["language"]).texts


def _suppress(texts: pl.Series, task: JudgeTask) -> pl.Series:
    """Cut suppressed terms."""
    if task.suppression_key is None:
        return texts
    return mask(texts, _read_suppressions(task.related.work.suppressions, task.suppression_key)).texts


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


def _spool_kept_bands(candidates: pl.DataFrame, task: RelateTask) -> int:
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

    The facts let every candidate in, so its content decides.
    """
    return decide_content(candidates.select(*FINDING_COLUMNS, is_duplicate.alias("is_duplicate")), ruleset)
