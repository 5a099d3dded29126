"""The partition function: one partition's items and facts in, decisions and filtered candidates out.

Pure: no clock, no network, no state. Decisions are those of `demur.policy`; this module only brings items and facts
together, filters the texts of what the facts let in, and leaves files for the stages that follow. Texts are filtered
before, in a stage of its own: what was found in any partition is then cut in all of them.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import msgspec
import polars as pl

from demur.corpus.duplicates import spool_bands
from demur.corpus.lineage import CUTS, SOURCE
from demur.corpus.relating import RelateTask, read_facts, read_items, read_relations, read_sources
from demur.corpus.repeats import PLACE_COLUMNS
from demur.corpus.secrets import read_secrets
from demur.corpus.spool import open_spool
from demur.exchange.columns import DECISION_COLUMNS, ITEM_COLUMNS, Schema
from demur.exchange.tables import read_table, write_table
from demur.filters.consistency import find_mentions, hash_secrets, mask_mentions
from demur.filters.copies import quoted_spans
from demur.filters.detector_loading import DetectorPlan, cut_beside
from demur.filters.duplicates import signatures
from demur.filters.identifiers import PLACEHOLDER_PATTERN
from demur.filters.special import cut_children, statements, trace_children
from demur.filters.suppressions import Masked, Suppressions, mask
from demur.filters.text import Part, cut_parts, find_parts, list_parts
from demur.filters.trail import SPAN_COLUMNS, Trail, join_spans
from demur.kernel.words import Decision, ItemKind, Preference
from demur.policy.content import CONTENT_COLUMNS, describe_content
from demur.policy.decide import decide_content, decide_facts, explode_list
from demur.policy.ruleset import Ruleset
from demur.policy.settings import OthersContent

KEPT = (Decision.INCLUDE, Decision.REDACT)
# What the rules on content read, but for duplicates, which only all partitions together show.
FINDING_COLUMNS: Schema = {name: kind for name, kind in CONTENT_COLUMNS.items() if name != "is_duplicate"}
CANDIDATE_COLUMNS: Schema = {
    **ITEM_COLUMNS,
    "decision": pl.String,
    "reason": pl.String,
    "sources": pl.List(SOURCE),
    "cuts": CUTS,
    **{name: kind for name, kind in FINDING_COLUMNS.items() if name not in ITEM_COLUMNS},
    "pseudonym": pl.Binary,
}
CLEANED_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "text": pl.String,
    "cuts": CUTS,
    "own": pl.String,  # without copies of others' content having been cut; null where that makes no difference
}
PSEUDONYM_BYTES = 16

_CUT = ("start", "end", "label")
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
    published, languages = candidates["text"], candidates["language"]
    own, quoted = _own_spans(candidates), _quoted_spans(candidates, decided.copies, task)
    # What is cut by its place stands there in the published text, so it goes first; filters see what is left.
    others = trace_children(Trail.begin(published).cut(join_spans(own, quoted)), languages)
    parts = list(find_parts(others.texts, languages))
    places = quoted["place"].unique().sort()
    cleaned = _clean(others, parts, languages, task)
    columns = {
        "item_key": candidates["item_key"],
        "text": cleaned.texts,
        "cuts": _by_row(cleaned),
        "own": published.clear(len(published)).scatter(places, _clean_own(candidates, own, places, task)),
    }
    write_table(related.work.cleaned(related.partition), pl.DataFrame(columns, schema=CLEANED_COLUMNS))
    secrets = hash_secrets(parts, task.secrets_key)
    write_table(related.work.secrets(related.partition), secrets)
    return Cleaned(secrets=secrets.height)


def _clean(trail: Trail, parts: Sequence[Part], languages: pl.Series, task: JudgeTask) -> Trail:
    """Cut what was found in parts of texts, what detectors find beside it, and suppressed terms."""
    filtered = cut_beside(
        task.detectors, trail.follow(cut_parts(trail.texts, parts).texts, list_parts(parts)), languages
    )
    masked = _mask(filtered.texts, task)
    return filtered.follow(masked.texts, masked.spans)


def _clean_own(candidates: pl.DataFrame, own: pl.DataFrame, places: pl.Series, task: JudgeTask) -> pl.Series:
    """Return the texts of some candidates as they would be if copies of others' content stayed in them."""
    numbers = pl.DataFrame({"place": places, "number": pl.arange(len(places), dtype=pl.UInt32, eager=True)})
    spans = own.join(numbers, on="place", maintain_order="left").select(pl.col("number").alias("place"), *_CUT)
    languages = candidates["language"].gather(places)
    trail = trace_children(Trail.begin(candidates["text"].gather(places)).cut(spans), languages)
    return _clean(trail, list(find_parts(trail.texts, languages)), languages, task).texts


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
    cleaned = read_table(task.related.work.cleaned(task.related.partition), CLEANED_COLUMNS)
    beside = candidates.select("item_key").join(cleaned, on="item_key", how="left", maintain_order="left")
    secrets = read_secrets(task.related.work.all_secrets, task.secrets_key)
    mentions = find_mentions(beside["text"], secrets)
    filtered = Trail(texts=beside["text"], spans=_by_span(beside["cuts"])).follow(
        cut_parts(beside["text"], mentions).texts, list_parts(mentions)
    )
    without_own = mask_mentions(beside["own"], secrets).texts.zip_with(beside["own"].is_not_null(), filtered.texts)
    is_suppressed = _mask(candidates["text"], task).cuts > 0
    content = _describe(candidates, relations, without_own, filtered.texts, is_suppressed)
    return (
        candidates.drop("embed_separable")
        .with_columns(
            filtered.texts.alias("text"),
            _by_row(filtered).alias("cuts"),
            *content.select(list(FINDING_COLUMNS)),
            item_pseudonyms(candidates["text"], task.corpus_id),
        )
        .join(read_sources(task.related), on="item_key", how="left", maintain_order="left")
        .select(*CANDIDATE_COLUMNS)
    )


def _describe(
    candidates: pl.DataFrame,
    relations: pl.DataFrame,
    own: pl.Series,
    filtered: pl.Series,
    is_suppressed: pl.Series,
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
    # A suppressed term is a mention of somebody who asked to be left out, whatever cut it (REQUIREMENTS SCO-11).
    told = describe_told(candidates["text"], candidates["language"])
    return content.with_columns(
        pl.col("mentions_objector") | is_suppressed, *(pl.col(flag.name) | flag for flag in told.get_columns())
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


def _quoted_spans(candidates: pl.DataFrame, copies: pl.DataFrame, task: JudgeTask) -> pl.DataFrame:
    """Say where copies of others' content stand that have to go (`SPAN_COLUMNS`)."""
    if copies.is_empty() or task.related.ruleset.settings.others_content is OthersContent.KEEP:
        return pl.DataFrame(schema=SPAN_COLUMNS)
    places = candidates.select("item_key").with_row_index("place")
    return quoted_spans(candidates["text"], copies.join(places, on="item_key").select("place", "start", "end"))


def _own_spans(candidates: pl.DataFrame) -> pl.DataFrame:
    """Say where pieces stand that detectors call a child's, and previews of pages that refuse (`SPAN_COLUMNS`)."""
    named = explode_list(candidates, "findings")
    found = named.select("place", pl.col("findings").struct.unnest()).filter(
        pl.col("is_minor") & pl.col("text").is_not_null()
    )
    refused = candidates.with_row_index("place").filter(
        (pl.col("preview_preference") == Preference.DENY.value) & pl.col("preview_text").is_not_null()
    )
    pieces = pl.concat([found.select("place", "text"), refused.select("place", pl.col("preview_text").alias("text"))])
    texts = candidates["text"].gather(pieces["place"]).to_list()
    spans = [
        (place, match.start(), match.end(), "cut")
        for (place, piece), text in zip(pieces.iter_rows(), texts, strict=True)
        for match in re.finditer(re.escape(piece), text or "")
        if piece
    ]
    return join_spans(pl.DataFrame(spans, schema=SPAN_COLUMNS, orient="row"))


def _by_row(trail: Trail) -> pl.Series:
    """Return the cuts of each text as a list (`CUTS`)."""
    lists = trail.spans.group_by("place").agg(pl.struct(*_CUT).alias("cuts"))
    rows = pl.DataFrame({"place": pl.arange(len(trail.texts), dtype=pl.UInt32, eager=True)})
    joined = rows.join(lists, on="place", how="left", maintain_order="left")["cuts"]
    return joined.fill_null(pl.Series([[]], dtype=CUTS))


def _by_span(cuts: pl.Series) -> pl.DataFrame:
    """Return lists of cuts as one table (`SPAN_COLUMNS`)."""
    listed = cuts.alias("cuts").to_frame().with_row_index("place").explode("cuts").filter(pl.col("cuts").is_not_null())
    return listed.select("place", pl.col("cuts").struct.unnest()).match_to_schema(pl.Schema(SPAN_COLUMNS))


def _mask(texts: pl.Series, task: JudgeTask) -> Masked:
    """Cut suppressed terms; without a table there are none."""
    if task.suppression_key is None:
        return Masked(texts=texts, cuts=pl.zeros(len(texts), dtype=pl.UInt32, eager=True), count=0, hits={})
    return mask(texts, _read_suppressions(task.related.work.suppressions, task.suppression_key))


@lru_cache(maxsize=1)
def _read_suppressions(path: Path, key: bytes) -> Suppressions:
    """Read the table once for all partitions that one process judges: it is large, and its file never changes."""
    return Suppressions.from_bytes(path.read_bytes(), key)


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
