"""Why was this item in, or out? The answer for one item, from the files of a corpus and the same decision function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from demur.corpus.apply import current_snapshot
from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import row_of_item
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS
from demur.corpus.reading_errors import ItemUnknownError
from demur.corpus.removed import read_chain, read_manifests
from demur.exchange.columns import Facts
from demur.exchange.documents import check_digest
from demur.exchange.manifest import CorpusManifest, DecisionsEntry
from demur.exchange.snapshot import read_snapshot
from demur.exchange.tables import read_table
from demur.kernel.words import Decision, ReasonCode
from demur.keys.keyring import Keyring, TrustedKeys
from demur.keys.subjects import SubjectKey
from demur.policy.conditions import ELIGIBLE, RuleKey
from demur.policy.content import CONTENT_COLUMNS
from demur.policy.decide import describe_kinds
from demur.policy.erased import resolve_erased
from demur.policy.explain import Explanation, explain
from demur.policy.relations import merge_relations, refer_to_items, refer_to_people, relate
from demur.policy.ruleset import Ruleset
from demur.sources.errors import LineUnknownError, SplitUnknownError, SplitUnreadableError
from demur.sources.source import Source

# What the build found in an item, as the rule on content tells that hit.
_FINDINGS: dict[RuleKey, str] = {
    (ReasonCode.THIRD_PARTY_SPECIAL_CATEGORY, Decision.EXCLUDE): "has_third_party_special",
    (ReasonCode.SPECIAL_CATEGORY, Decision.EXCLUDE): "has_own_special",
    (ReasonCode.IMAGE_UNFILTERED, Decision.EXCLUDE): "is_picture_only",
    (ReasonCode.NOTHING_LEFT, Decision.EXCLUDE): "is_empty",
    (ReasonCode.CONTAINS_OBJECTED_CONTENT, Decision.EXCLUDE): "is_only_objected",
    (ReasonCode.DUPLICATE, Decision.EXCLUDE): "is_duplicate",
    (ReasonCode.UNIDENTIFIED_FACE, Decision.EXCLUDE): "has_face",
    (ReasonCode.CONTAINS_OBJECTED_CONTENT, Decision.REDACT): "copies_objected",
    (ReasonCode.NAMES_MINOR, Decision.REDACT): "names_minor",
    (ReasonCode.MENTIONS_OBJECTOR, Decision.REDACT): "mentions_objector",
    (ReasonCode.UNIDENTIFIED_FACE, Decision.REDACT): "has_face",
    (ReasonCode.RIGHTS_RESERVATION, Decision.REDACT): "has_reserved_preview",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHistory:
    """What was decided about one item, and what would be decided now.

    Attributes:
        decision: the decision of the build; `reason` is its reason.
        split: the file that the item was read from; `line` is its place there.
        row: its ordinal in the corpus, or None when it never was in.
        removed_by: the version of `Removals` that took it out, or None; `removal_reason` is why.
        now: the same function on the facts that the corpus reflects now, and on what the filters found at the build;
            None when its source can't be read any more.
    """

    decision: str
    reason: str
    source: str
    split: str
    line: int
    row: int | None
    removed_by: int | None
    removal_reason: str | None
    now: Explanation | None


def explain_item(
    folder: Path,
    item_key: bytes,
    *,
    trust: TrustedKeys,
    ruleset: Ruleset,
    sources: Mapping[str, Source],
    keyring: Keyring | None = None,
) -> ItemHistory:
    """Tell the history of one item in a corpus.

    Args:
        keyring: what tells whether the item's people were erased and stay out; without it they are unknown accounts,
            which stay out for that.

    Raises:
        ItemUnknownError: no item with this key was read by the build.
    """
    layout = CorpusLayout(folder)
    manifests = read_manifests(layout, trust.documents)
    built = _find(layout, item_key, manifests[-1].decision_files)
    if built is None:
        message = "no item with this id was read when the corpus was built"
        raise ItemUnknownError(message, hint="Check the id; items published after the build are in the next corpus.")
    row, removed_by, removal_reason = _find_row(layout, manifests, item_key, trust)
    return ItemHistory(
        decision=built["decision"],
        reason=built["reason"],
        source=built["source"],
        split=built["split"],
        line=built["line"],
        row=row,
        removed_by=removed_by,
        removal_reason=removal_reason,
        now=_explain_now(layout, item_key, built, trust, ruleset, sources, keyring),
    )


def author_of(
    folder: Path, item_key: bytes, history: ItemHistory, *, trust: TrustedKeys, sources: Mapping[str, Source]
) -> tuple[SubjectKey, ...]:
    """Return whose item it is, from its source or else from the corpus: one subject, or none where it is not known."""
    if history.now is not None:  # then the item stands in its source where the build found it
        keys = sources[history.source].read_line(history.split, history.line)["subject_key"]
        return tuple(map(SubjectKey, keys.drop_nulls()))
    return author_of_row(folder, item_key, trust=trust)


def author_of_row(folder: Path, item_key: bytes, *, trust: TrustedKeys) -> tuple[SubjectKey, ...]:
    """Return whose item it is, if it ever was in the corpus and its author is known."""
    layout = CorpusLayout(folder)
    row = row_of_item(layout, read_manifests(layout, trust.documents)[-1], item_key)
    return tuple(map(SubjectKey, row["subject_key"].drop_nulls()))


def row_of(folder: Path, item_key: bytes, *, trust: TrustedKeys) -> tuple[int | None, int | None]:
    """Return the ordinal of an item's row and the version of `Removals` that took it out; None where there is none."""
    layout = CorpusLayout(folder)
    manifests = read_manifests(layout, trust.documents)
    row, removed_by, _ = _find_row(layout, manifests, item_key, trust)
    return row, removed_by


def _find_row(
    layout: CorpusLayout, manifests: tuple[CorpusManifest, ...], item_key: bytes, trust: TrustedKeys
) -> tuple[int | None, int | None, str | None]:
    """Return the ordinal of an item's row, the version that took it out, and why; None where there is none."""
    lineage = row_of_item(layout, manifests[-1], item_key)
    if lineage.is_empty():
        return None, None, None
    row = int(lineage["row"].item())
    for version in read_chain(layout, manifests[0], trust.documents).versions:
        found = _find(layout, item_key, [version.decisions])
        if found is not None:
            return row, version.version, found["reason"]
    return row, None, None


def _find(layout: CorpusLayout, item_key: bytes, files: Sequence[DecisionsEntry]) -> dict[str, Any] | None:
    for entry in files:
        path = layout.folder / entry.path
        check_digest(path, entry.sha256)
        found = read_table(path, REMOVAL_DECISION_COLUMNS).filter(pl.col("item_key") == item_key)
        if found.height:
            return found.row(0, named=True)
    return None


def _explain_now(
    layout: CorpusLayout,
    item_key: bytes,
    built: dict[str, Any],
    trust: TrustedKeys,
    ruleset: Ruleset,
    sources: Mapping[str, Source],
    keyring: Keyring | None,
) -> Explanation | None:
    source = sources.get(built["source"])
    if source is None or built["split"] not in source.splits():
        return None
    try:
        item = source.read_line(built["split"], built["line"])
    except (LineUnknownError, SplitUnknownError, SplitUnreadableError):
        return None
    # The file may have changed since the build: another item on that line is no answer about this one.
    if item["item_key"].item() != item_key:
        return None
    _, facts = read_snapshot(current_snapshot(layout), trust.documents)
    if keyring is not None:
        people = pl.concat([item["subject_key"], refer_to_people(describe_kinds(item))["subject_key"]])
        facts = resolve_erased(facts, keyring, people)
    key = (ReasonCode(built["reason"]), Decision(built["decision"]))
    relations = _relate_again(item, key, facts, ruleset)
    return explain(item, facts, ruleset, at=facts.as_of, relations=relations, content=_findings_of(key))


def _relate_again(item: pl.DataFrame, built: RuleKey, facts: Facts, ruleset: Ruleset) -> pl.DataFrame:
    """Return what the item has to do with people now; what it repeats of others' items only the build could see."""
    derived = item.filter(pl.lit(built[0] is ReasonCode.DERIVED_FROM_OBJECTED))
    return merge_relations(
        [
            relate(item, facts, ruleset, at=facts.as_of, references=refer_to_items(item)),
            derived.select("item_key", pl.lit(value=True).alias("derives_from_objected")),
        ]
    )


def _findings_of(built: RuleKey) -> pl.DataFrame | None:
    """Return what the filters found when the corpus was built, as its rule tells; None when they never looked."""
    if built != ELIGIBLE and built not in _FINDINGS:
        return None
    found = {name: [_FINDINGS.get(built) == name] for name in CONTENT_COLUMNS}
    return pl.DataFrame(found, schema=CONTENT_COLUMNS)
