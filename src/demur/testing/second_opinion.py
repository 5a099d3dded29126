"""Whether items were left out without cause: a sample of what a corpus left out, decided once more in SQL (`MET-15`).

The rules in SQL (`demur.testing.sql_oracle`) share no code with those that built the corpus. They are asked about what
the register said when the corpus was built. Items that were left out for what filters found in them are not asked
about: what they found is not kept.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS
from demur.corpus.removed import read_manifests
from demur.exchange.documents import check_digest
from demur.exchange.snapshot import read_snapshot
from demur.exchange.tables import read_table
from demur.kernel.words import Decision, ReasonCode
from demur.keys.keyring import Keyring
from demur.policy.decide import describe_kinds
from demur.policy.erased import resolve_erased
from demur.policy.relations import merge_relations, refer_to_items, refer_to_people, relate
from demur.policy.ruleset import Ruleset
from demur.sources.errors import SplitUnreadableError
from demur.sources.source import Source
from demur.testing.sql_oracle import decide_by_sql

ORACLE_OF = "eu-2025"  # the rules that the SQL is a second opinion on
SAMPLED = 1_000
# These follow from items or contents that one item alone does not show.
_UNSEEN = frozenset(
    {
        ReasonCode.DERIVED_FROM_OBJECTED,
        ReasonCode.THIRD_PARTY_SPECIAL_CATEGORY,
        ReasonCode.SPECIAL_CATEGORY,
        ReasonCode.IMAGE_UNFILTERED,
        ReasonCode.NOTHING_LEFT,
        ReasonCode.CONTAINS_OBJECTED_CONTENT,
        ReasonCode.DUPLICATE,
        ReasonCode.UNIDENTIFIED_FACE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """What the second decider found: of so many items that were left out, so many without cause."""

    sampled: int
    without_cause: int


def ask_again(
    folder: Path, *, keyring: Keyring, ruleset: Ruleset, sources: Mapping[str, Source], most: int = SAMPLED
) -> SecondOpinion:
    """Decide some of the items once more that the build of a corpus left out for what the register said.

    The sample is that of the least item keys: they are keyed hashes, so it is random, and the same each time. A corpus
    that was built by other rules or settings, and an item that no source holds any more, count for nothing.

    Raises:
        CorpusMissingError: the folder holds no finished corpus.
        DocumentAlteredError, NoteSignatureError, TableUnreadableError: a document is not what was signed.
    """
    trust, layout = keyring.trusted_keys(), CorpusLayout(folder)
    manifest = read_manifests(layout, trust.documents)[0]
    if ruleset.name != ORACLE_OF or manifest.ruleset.digest != ruleset.digest():
        return SecondOpinion(sampled=0, without_cause=0)
    left_out = [pl.DataFrame(schema=REMOVAL_DECISION_COLUMNS)]
    for entry in manifest.decision_files:
        path = layout.folder / entry.path
        check_digest(path, entry.sha256)
        left_out.append(_asked_about(read_table(path, REMOVAL_DECISION_COLUMNS)).bottom_k(most, by="item_key"))
    items = _read_items(pl.concat(left_out).bottom_k(most, by="item_key"), sources)
    if items is None:
        return SecondOpinion(sampled=0, without_cause=0)
    _, facts = read_snapshot(layout.folder / "register", trust.documents)
    people = pl.concat([items["subject_key"], refer_to_people(describe_kinds(items))["subject_key"]])
    facts = resolve_erased(facts, keyring, people)
    relations = merge_relations([relate(items, facts, ruleset, at=facts.as_of, references=refer_to_items(items))])
    decided = decide_by_sql(items, facts, ruleset.settings, relations, None, at=facts.as_of)
    without_cause = decided.filter(pl.col("decision") == Decision.INCLUDE.value).height
    return SecondOpinion(sampled=items.height, without_cause=without_cause)


def _asked_about(decisions: pl.DataFrame) -> pl.DataFrame:
    is_left_out = pl.col("decision").is_in([Decision.EXCLUDE.value, Decision.HOLD.value])
    return decisions.filter(is_left_out & ~pl.col("reason").is_in([reason.value for reason in _UNSEEN]))


def _read_items(sampled: pl.DataFrame, sources: Mapping[str, Source]) -> pl.DataFrame | None:
    """Return the sampled items as their sources hold them still; None where they hold none."""
    found = []
    for (name, split), rows in sampled.group_by("source", "split", maintain_order=True):
        source = sources.get(str(name))
        if source is None or split not in source.splits():
            continue
        wanted = pl.col("item_key").is_in(rows["item_key"].implode())
        with contextlib.suppress(SplitUnreadableError):
            found += [batch.frame.filter(wanted) for batch in source.batches(str(split))]
    items = pl.concat(found) if found else None
    return None if items is None or items.is_empty() else items.unique("item_key", keep="first", maintain_order=True)
