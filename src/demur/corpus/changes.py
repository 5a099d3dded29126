"""What changed for a corpus: the rows that are in question, decided again, and new copies of what is objected to.

The work follows the change: rows of subjects whose facts differ, rows that somebody pointed at, rows that time alone
takes out. Only a stop or an erasure undertaking puts every row in question.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import (
    read_index,
    read_lineage,
    read_rows,
    rows_of_subjects,
    rows_of_targets,
    rows_that_expire,
)
from demur.corpus.removed import Chain, Ordinals
from demur.corpus.terms import read_terms
from demur.exchange.columns import INSTANT, Facts
from demur.exchange.manifest import CorpusManifest
from demur.exchange.snapshot import SUBJECT_TABLES, RegisterSnapshot
from demur.filters.copies import find_copies, index_texts
from demur.filters.suppressions import Suppressions, find
from demur.kernel.words import Decision, ReasonCode
from demur.keys.keyring import Keyring
from demur.policy.decide import OBJECTION_KEYS, decide_facts, describe_kinds, prepare
from demur.policy.objections import covers_item, objections_in_force
from demur.policy.relations import judge_locations, judge_people, merge_relations, refer_to_people, relate_covered
from demur.policy.ruleset import Ruleset
from demur.policy.settings import OthersContent

_KEPT = (Decision.INCLUDE.value, Decision.REDACT.value)
_OBJECTED = (ReasonCode.THIRD_PARTY_OBJECTION.value, *(reason.value for reason, _ in OBJECTION_KEYS.values()))
# A name that more rows hold than this is many people's, or no name.
_COMMON_ROWS, _COMMON_SHARE = 20, 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusState:
    """A corpus as the apply step finds it.

    Attributes:
        base: the snapshot that the corpus reflects, and its facts; None when no heartbeat says that it does.
        log_size: the position of the log that was published.
        gone: the ordinals that all versions took out.
        listed: the list of the configuration, where the corpus does not reflect it yet.
    """

    layout: CorpusLayout
    manifest: CorpusManifest
    chain: Chain
    base: tuple[RegisterSnapshot, Facts] | None
    log_size: int
    gone: Ordinals
    listed: Suppressions | None = None


def decide_changed(
    state: CorpusState, document: RegisterSnapshot, facts: Facts, ruleset: Ruleset, keyring: Keyring
) -> pl.DataFrame:
    """Return the rows in question, gone ones as well, with lineage, ``decision``, ``reason`` and ``is_kept``."""
    rows = _rows_in_question(state, document, facts, ruleset, keyring)
    lineage = read_lineage(state.layout, state.manifest, rows)
    reached = _reach_sources(lineage, facts, ruleset)
    relations = _relate(lineage, reached, facts, ruleset)
    decided = decide_facts(lineage, facts, ruleset, at=facts.as_of, relations=relations)
    # What the build could still cut out of an item is in the shards now: such a row goes as a whole.
    is_kept = pl.col("decision").is_in(_KEPT)
    cuts_late = is_kept & pl.lit(_is_new_part(lineage, reached))
    if ruleset.settings.others_content is OthersContent.KEEP:
        cuts_late = pl.lit(value=False)
    return (
        decided.with_columns(
            pl.when(cuts_late).then(pl.lit(Decision.EXCLUDE.value)).otherwise("decision").alias("decision"),
            pl.when(cuts_late)
            .then(pl.lit(ReasonCode.CONTAINS_OBJECTED_CONTENT.value))
            .otherwise("reason")
            .alias("reason"),
        )
        .with_columns(is_kept.alias("is_kept"))
        .sort("row")
    )


def find_new_copies(state: CorpusState, changed: pl.DataFrame, ruleset: Ruleset) -> pl.DataFrame:
    """Return rows of others that hold copies of what is objected to now, with decision and reason.

    Looks through the texts of the corpus once, and only when something of an objector stood in it.
    """
    objected = changed.filter(pl.col("reason").is_in(_OBJECTED))
    if objected.is_empty() or ruleset.settings.others_content is OthersContent.KEEP:
        return changed.clear()
    texts = read_rows(state.layout, state.manifest, objected["row"].to_numpy())
    numbered = texts.join(objected.select("row", "created_at"), on="row", maintain_order="left").with_row_index(
        "number"
    )
    index = index_texts(numbered["text"], numbered["number"], numbered["created_at"])
    gone = pl.Series("row", state.gone, dtype=pl.UInt64).implode()
    found = [changed.clear()]
    for shard in state.manifest.shards if len(index) else ():
        rows = np.arange(shard.first_row, shard.first_row + shard.rows, dtype=np.uint64)
        present = read_rows(state.layout, state.manifest, rows).filter(~pl.col("row").is_in(gone))
        matches = find_copies(present["text"], index)
        if matches.height:
            found.append(_copying(state, present, matches, numbered, changed))
    return pl.concat(found).sort("row")


def find_new_mentions(state: CorpusState, changed: pl.DataFrame, facts: Facts, keyring: Keyring) -> pl.DataFrame:
    """Return rows whose texts hold what somebody without an account asks to leave out now, with decision and reason.

    A build cuts it and keeps the rest; a shard never changes, so such a row goes as a whole. Looks through the texts of
    the corpus once, and only when there is something new to look for. A term of a request that very many rows hold,
    such as a word of every day, waits here until a human has accepted it: what goes never comes back. The list of the
    configuration was written by a human and waits for nobody.
    """
    present = np.setdiff1d(_every_row(state), state.gone)
    rows = _rows_asked_for(state, present, facts, keyring)
    if state.listed is not None:
        rows = np.union1d(rows, _search(state, present, state.listed))
    if not rows.size:
        return changed.clear()
    return _excluded(state, pl.Series("row", rows), ReasonCode.MENTIONS_OBJECTOR, changed).sort("row")


def _rows_asked_for(state: CorpusState, present: Ordinals, facts: Facts, keyring: Keyring) -> Ordinals:
    """Return the rows that hold a term of a request that is new to the corpus, but for common terms."""
    terms = facts.terms if state.base is None else _only_in(facts.terms, state.base[1].terms)
    rows = _search(state, present, read_terms(terms, keyring))
    most = max(_COMMON_ROWS, int(present.size * _COMMON_SHARE))
    if rows.size <= most:
        return rows
    return _search(state, rows, read_terms(_without_common(state, rows, terms, keyring, most), keyring))


def _without_common(
    state: CorpusState, rows: Ordinals, terms: pl.DataFrame, keyring: Keyring, most: int
) -> pl.DataFrame:
    """Return terms without those that nobody accepted yet and more than so many of some rows hold."""
    is_common = [
        not is_decided and _search(state, rows, read_terms(terms[place], keyring)).size > most
        for place, is_decided in enumerate(terms["is_decided"])
    ]
    return terms.filter(~pl.Series(is_common, dtype=pl.Boolean))


def _search(state: CorpusState, rows: Ordinals, wanted: Suppressions) -> Ordinals:
    """Return which of some rows hold a term, a shard at a time."""
    found = [np.empty(0, dtype=np.uint64)]
    for shard in state.manifest.shards if len(wanted) else ():
        inside = rows[(rows >= shard.first_row) & (rows < shard.first_row + shard.rows)]
        read = read_rows(state.layout, state.manifest, inside)
        found.append(read["row"].to_numpy()[_rows_with(read["text"], wanted)])
    return np.concatenate(found)


def _every_row(state: CorpusState) -> Ordinals:
    return np.arange(sum(shard.rows for shard in state.manifest.shards), dtype=np.uint64)


def _rows_with(texts: pl.Series, wanted: Suppressions) -> list[int]:
    return [place for place, hits in enumerate(find(texts, wanted)) if hits]


def _copying(
    state: CorpusState, present: pl.DataFrame, matches: pl.DataFrame, numbered: pl.DataFrame, changed: pl.DataFrame
) -> pl.DataFrame:
    places = present.select("row").with_row_index("place")
    written = numbered.select("number", pl.col("created_at").alias("text_created_at"))
    met = matches.join(places, on="place").join(written, on="number")
    lineage = read_lineage(state.layout, state.manifest, np.unique(met["row"].to_numpy()))
    dated = met.join(lineage.select("row", "created_at"), on="row")
    is_older = (pl.col("created_at") < pl.col("text_created_at")).fill_null(value=False)
    return _excluded(state, dated.filter(~is_older)["row"].unique(), ReasonCode.CONTAINS_OBJECTED_CONTENT, changed)


def _excluded(state: CorpusState, rows: pl.Series, reason: ReasonCode, changed: pl.DataFrame) -> pl.DataFrame:
    """Return rows as `decide_changed` does, each out for one reason."""
    return (
        read_lineage(state.layout, state.manifest, np.unique(rows.to_numpy()))
        .with_columns(
            pl.lit(Decision.EXCLUDE.value).alias("decision"),
            pl.lit(reason.value).alias("reason"),
            pl.lit(value=False).alias("is_kept"),
        )
        .select(changed.columns)
    )


def _rows_in_question(
    state: CorpusState, document: RegisterSnapshot, facts: Facts, ruleset: Ruleset, keyring: Keyring
) -> Ordinals:
    """Return the rows whose decision may differ from what is published: by changed facts, or by time alone."""
    if state.base is None or _concerns_all(*state.base, document, facts):
        return _every_row(state)
    before, old = state.base
    changed = np.empty(0, dtype=np.uint64)
    subjects = pl.concat(
        [_changed_subjects(before, old, document, facts), _dormant_since(old, facts, ruleset)]
    ).unique()
    if subjects.len():
        changed = rows_of_subjects(read_index(state.layout, state.manifest), subjects)
    targets = _only_in(facts.targets, old.targets)["target_key"]
    if targets.len():
        changed = np.union1d(changed, rows_of_targets(state.layout, state.manifest, targets))
    signer = keyring.document_signer
    return np.union1d(changed, rows_that_expire(state.layout, state.manifest, facts.as_of, signer=signer))


def _concerns_all(before: RegisterSnapshot, old: Facts, after: RegisterSnapshot, new: Facts) -> bool:
    tables = ("suspensions", "undertakings")
    begins = (pl.col("since") > pl.lit(old.as_of, dtype=INSTANT)) & (
        pl.col("since") <= pl.lit(new.as_of, dtype=INSTANT)
    )
    return (
        any(before.tables[name] != after.tables[name] for name in tables)
        or not new.suspensions.filter(begins).is_empty()
    )


def _changed_subjects(before: RegisterSnapshot, old: Facts, after: RegisterSnapshot, new: Facts) -> pl.Series:
    changed = [pl.DataFrame(schema={"subject_key": pl.Binary})]
    for name in SUBJECT_TABLES:
        # Equal bytes are equal tables: most of the time most people's facts stand still.
        if before.tables[name] != after.tables[name] or (name == "objections" and _has_moved(before, after, "erased")):
            left, right = getattr(old, name), getattr(new, name)
            changed += [frame.select("subject_key") for frame in (_only_in(left, right), _only_in(right, left))]
    return pl.concat(changed)["subject_key"].drop_nulls().unique()


def _has_moved(before: RegisterSnapshot, after: RegisterSnapshot, further: str) -> bool:
    return before.tables.get(further) != after.tables.get(further)


def _dormant_since(old: Facts, new: Facts, ruleset: Ruleset) -> pl.Series:
    """Return the subjects whose last sign of life became too old between two snapshots, although no fact changed."""
    until = pl.col("last_seen_at") + timedelta(days=ruleset.settings.dormant_days)
    crossed = (until >= pl.lit(old.as_of, dtype=INSTANT)) & (until < pl.lit(new.as_of, dtype=INSTANT))
    return new.subjects.filter(crossed)["subject_key"]


def _only_in(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    return left.join(right, on=left.columns, how="anti", nulls_equal=True)


def _reach_sources(lineage: pl.DataFrame, facts: Facts, ruleset: Ruleset) -> pl.DataFrame:
    """Return the rows that repeat an item that an objection covers now, as relations (`RELATION_COLUMNS`)."""
    listed = lineage.select("item_key", pl.col("created_at").alias("repeated_at"), "sources")
    sources = listed.filter(pl.col("sources").list.len() > 0).explode("sources").unnest("sources")
    in_force = objections_in_force(facts.objections, ruleset.settings, facts.as_of)
    covered = sources.join(in_force, on="subject_key").filter(covers_item(ruleset.settings))
    repeated = covered.select(
        "item_key",
        "role",
        pl.col("repeated_at").alias("created_at"),
        pl.col("created_at").alias("source_created_at"),
    )
    return relate_covered(repeated)


def _is_new_part(lineage: pl.DataFrame, reached: pl.DataFrame) -> pl.Series:
    """Tell which rows repeat something that the build had no reason to cut."""
    now = lineage.select("item_key").join(reached, on="item_key", how="left", maintain_order="left")
    new = [
        now[name].fill_null(value=False) & ~lineage[name].fill_null(value=False)
        for name in ("embeds_objected", "copies_objected")
    ]
    return new[0] | new[1]


def _relate(lineage: pl.DataFrame, reached: pl.DataFrame, facts: Facts, ruleset: Ruleset) -> pl.DataFrame:
    judge = prepare(facts, ruleset, at=facts.as_of)
    return merge_relations(
        [
            judge_people(refer_to_people(describe_kinds(lineage)), judge),
            judge_locations(lineage, facts, ruleset, at=facts.as_of),
            reached,
        ]
    )
