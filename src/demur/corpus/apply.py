"""Bring a built corpus up to the register: what changed since is decided again, what falls out is published at once.

The work follows the change, not the corpus: two snapshots are compared, the rows of the subjects that differ are
decided by the same function that decided the build, and the rows that are no longer in go into a new version of
`Removals`. Nothing ever comes back into a corpus; a withdrawal acts on the next build only (REQUIREMENTS WDR-2).
"""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import LINEAGE_COLUMNS, read_lineage, rows_of_subjects, rows_that_expire
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS, listing_digest
from demur.corpus.reading_errors import RegisterRewoundError, RulesetMismatchError
from demur.corpus.removed import Chain, Ordinals, encode_rows, read_chain, read_manifests, removed_rows, shard_name
from demur.exchange.columns import Facts
from demur.exchange.documents import document_digest, file_digest, write_document
from demur.exchange.manifest import CorpusManifest, DecisionsEntry, TreeEntry
from demur.exchange.removals import Heartbeat, Removals, open_heartbeat, sign_heartbeat
from demur.exchange.snapshot import RegisterSnapshot, read_snapshot
from demur.exchange.tables import write_table
from demur.kernel.clock import Clock
from demur.kernel.files import exclusive_lock, write_whole
from demur.kernel.words import Decision, DocumentKind, RecordKind
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, corpus_pseudonym, proof_key
from demur.ledger.buckets import build_buckets, open_buckets
from demur.ledger.writer import LogWriter
from demur.policy.decide import decide_facts
from demur.policy.ruleset import Ruleset

_KEPT = (Decision.INCLUDE, Decision.REDACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What bringing a corpus up to the register did.

    Attributes:
        version: the newest version of `Removals`; 0 while nothing was ever removed.
        removed: rows that this call took out, `reasons` the same by reason.
        removed_in_all: rows taken out by all versions.
        log_size: the position of the log that the corpus reflects now.
        at: the instant of the new heartbeat.
    """

    version: int
    removed: int
    reasons: dict[str, int]
    removed_in_all: int
    log_size: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """A corpus as the apply step finds it."""

    layout: CorpusLayout
    manifest: CorpusManifest
    chain: Chain
    snapshot: RegisterSnapshot
    facts: Facts
    gone: Ordinals


def apply_register(
    folder: Path, *, snapshot: Path, ruleset: Ruleset, keyring: Keyring, log: LogWriter, clock: Clock
) -> ApplyResult:
    """Publish what the register took out of a corpus up to a snapshot, then renew the heartbeat.

    Applying the same snapshot twice changes nothing but the heartbeat. A call that was cut off at any point is made
    good by the next one.

    Raises:
        RegisterRewoundError: the snapshot is older than the one that the corpus reflects.
        RulesetMismatchError: the ruleset is not the one that the corpus was built by.
    """
    layout = CorpusLayout(folder)
    with exclusive_lock(layout.lock):
        return _apply(layout, snapshot=snapshot, ruleset=ruleset, keyring=keyring, log=log, clock=clock)


def renew_heartbeat(folder: Path, *, keyring: Keyring, clock: Clock) -> None:
    """Say again, now, that a corpus reflects the register; only for a caller who has seen that nothing changed since."""
    layout = CorpusLayout(folder)
    with exclusive_lock(layout.lock):
        heartbeat = open_heartbeat(layout.heartbeat.read_bytes(), keyring.document_signer.verifier)
        renewed = msgspec.structs.replace(heartbeat, at=clock.now())
        write_whole(layout.heartbeat, sign_heartbeat(renewed, keyring.document_signer).encode())


def _apply(
    layout: CorpusLayout, *, snapshot: Path, ruleset: Ruleset, keyring: Keyring, log: LogWriter, clock: Clock
) -> ApplyResult:
    state = _read_state(layout, keyring)
    document, facts = read_snapshot(snapshot, keyring.document_signer.verifier)
    _check_order(state, document, ruleset)
    falling = _decide_changed(state, facts, ruleset)
    chain = state.chain
    if falling.height:
        version = _publish(state, falling, document, keyring)
        chain = Chain(versions=(*chain.versions, version), tip=document_digest(version).hex())
    _log_versions(state.layout, chain, log, clock)
    _adopt_snapshot(state, snapshot, document)
    heartbeat = Heartbeat(
        corpus_id=state.manifest.corpus_id,
        version=len(chain.versions),
        digest=chain.tip,
        log_size=document.log_size,
        # What the corpus reflects is as old as the snapshot, however late it is applied.
        at=facts.as_of,
    )
    write_whole(state.layout.heartbeat, sign_heartbeat(heartbeat, keyring.document_signer).encode())
    return ApplyResult(
        version=len(chain.versions),
        removed=falling.height,
        reasons=_counts(falling),
        removed_in_all=int(state.gone.size) + falling.height,
        log_size=document.log_size,
        at=heartbeat.at,
    )


def _read_state(layout: CorpusLayout, keyring: Keyring) -> _State:
    verifier = keyring.document_signer.verifier
    manifests = read_manifests(layout, verifier)
    chain = read_chain(layout, manifests[0], verifier)
    shards = {shard_name(shard): shard for shard in manifests[-1].shards}
    rows = [rows for version in chain.versions for rows in removed_rows(version, shards)]
    snapshot, facts = read_snapshot(current_snapshot(layout), verifier)
    gone = np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.uint64)
    return _State(layout=layout, manifest=manifests[-1], chain=chain, snapshot=snapshot, facts=facts, gone=gone)


def current_snapshot(layout: CorpusLayout) -> Path:
    """Return the folder of the snapshot that a corpus reflects."""
    if layout.current_register.exists():
        return layout.folder / "register" / layout.current_register.read_text("ascii").strip()
    return layout.folder / "register"


def _check_order(state: _State, document: RegisterSnapshot, ruleset: Ruleset) -> None:
    if (document.log_size, document.as_of) < (state.snapshot.log_size, state.snapshot.as_of):
        message = (
            f"the snapshot is of log size {document.log_size}, the corpus already reflects {state.snapshot.log_size}"
        )
        raise RegisterRewoundError(message, hint="Take a new snapshot; if the register was restored, re-apply its log.")
    built_by = state.manifest.ruleset
    if ruleset.digest() != built_by.digest:
        message = f"the corpus was decided by {built_by.name} {built_by.version} with other settings"
        raise RulesetMismatchError(message, hint="Restore the settings of the build, or build a new corpus.")


def _decide_changed(state: _State, facts: Facts, ruleset: Ruleset) -> pl.DataFrame:
    subjects = _changed_subjects(state.facts, facts)
    rows = np.union1d(
        rows_of_subjects(state.layout, state.manifest, subjects),
        rows_that_expire(state.layout, state.manifest, facts.as_of),
    )
    rows = np.setdiff1d(rows, state.gone)
    lineage = read_lineage(state.layout, state.manifest, rows)
    if lineage.is_empty():
        return pl.DataFrame(schema={**LINEAGE_COLUMNS, "decision": pl.String, "reason": pl.String})
    items = lineage.with_columns(pl.lit(None, dtype=pl.String).alias("text"))
    decided = decide_facts(items, facts, ruleset, at=facts.as_of)
    both = pl.concat([lineage, decided.select("decision", "reason")], how="horizontal")
    return both.filter(~pl.col("decision").is_in(_KEPT)).sort("row")


def _changed_subjects(old: Facts, new: Facts) -> pl.Series:
    changed = [
        frame.select("subject_key")
        for before, after in (
            (old.subjects, new.subjects),
            (old.notices, new.notices),
            (old.objections, new.objections),
        )
        for frame in (_only_in(before, after), _only_in(after, before))
    ]
    return pl.concat(changed)["subject_key"].unique().sort()


def _only_in(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    return left.join(right, on=left.columns, how="anti", nulls_equal=True)


def _publish(state: _State, falling: pl.DataFrame, document: RegisterSnapshot, keyring: Keyring) -> Removals:
    number = len(state.chain.versions) + 1
    decisions = falling.select(*REMOVAL_DECISION_COLUMNS).sort("item_key")
    path = state.layout.removals_decisions(number)
    write_table(path, decisions)
    version = Removals(
        kind=DocumentKind.REMOVALS,
        corpus_id=state.manifest.corpus_id,
        version=number,
        previous=state.chain.tip,
        log_size=document.log_size,
        as_of=document.as_of,
        snapshot=document_digest(document).hex(),
        rows=encode_rows(falling["row"].to_numpy().astype(np.uint64), state.manifest.shards),
        removed=falling.height,
        removed_before=int(state.gone.size),
        reasons=_counts(falling),
        decisions=DecisionsEntry(
            path=path.relative_to(state.layout.folder).as_posix(),
            sha256=file_digest(path),
            rows=decisions.height,
            listing=listing_digest(decisions),
        ),
        authors=_remaining_authors(state, falling, keyring),
    )
    write_document(state.layout.removals_version(number), version, keyring.document_signer)
    return version


def _remaining_authors(state: _State, falling: pl.DataFrame, keyring: Keyring) -> TreeEntry:
    """Drop the pseudonyms of authors without a row left, and build the tree over the others."""
    index = pl.read_parquet(state.layout.subject_index, memory_map=False)
    subjects = falling["subject_key"].drop_nulls().unique()
    gone = np.union1d(state.gone, falling["row"].to_numpy().astype(np.uint64))
    theirs = index.filter(pl.col("subject_key").is_in(subjects.implode()))
    left = theirs.filter(~pl.Series(np.isin(theirs["row"].to_numpy(), gone)))["subject_key"].unique()
    corpus_id = bytes.fromhex(state.manifest.corpus_id)
    lost = {
        corpus_pseudonym(proof_key(keyring, SubjectKey(subject)), corpus_id)
        for subject in set(subjects.to_list()) - set(left.to_list())
    }
    before = open_buckets(state.layout.authors(len(state.chain.versions)).read_bytes())
    tree = build_buckets(name for name in before.pseudonyms if name not in lost)
    write_whole(state.layout.authors(len(state.chain.versions) + 1), tree.to_bytes())
    return TreeEntry(k=tree.bits, count=tree.count, root=tree.root.hex())


def _log_versions(layout: CorpusLayout, chain: Chain, log: LogWriter, clock: Clock) -> None:
    """Enter the newest version in the log; also one that an interrupted call had signed but not entered."""
    for version in chain.versions:
        receipt = layout.removals_version(version.version).with_suffix(".tlog-proof")
        if not receipt.exists():
            proof = log.append_document(RecordKind.REMOVALS, document_digest(version), at=clock.now())
            write_whole(receipt, proof.encode().encode())


def _adopt_snapshot(state: _State, snapshot: Path, document: RegisterSnapshot) -> None:
    """Keep a copy of the snapshot as the one that the corpus reflects; the copy before it is dropped."""
    name = document_digest(document).hex()[:16]
    home = state.layout.folder / "register"
    if (home / name / "snapshot.note").exists() and current_snapshot(state.layout) == home / name:
        return
    for file in ("notices.parquet", "objections.parquet", "subjects.parquet", "snapshot.json", "snapshot.note"):
        write_whole(home / name / file, (snapshot / file).read_bytes())
    before = current_snapshot(state.layout)
    write_whole(state.layout.current_register, f"{name}\n".encode("ascii"))
    if before not in {home, home / name}:
        shutil.rmtree(before)


def _counts(falling: pl.DataFrame) -> dict[str, int]:
    counted = falling.group_by("reason").len().sort("reason")
    return dict(counted.iter_rows())
