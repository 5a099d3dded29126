"""Bring a built corpus up to the register: what changed since is decided again, what falls out is published at once.

The work follows the change, not the corpus: two snapshots are compared, the rows of the subjects that differ are
decided by the same function that decided the build, and the rows that are no longer in go into a new version of
`Removals`. Nothing ever comes back into a corpus; a withdrawal acts on the next build only (REQUIREMENTS WDR-2).
"""

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from demur.corpus.changes import CorpusState, decide_changed, find_new_copies, find_new_mentions
from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import read_index
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS, listing_digest
from demur.corpus.proof import tree_over, without_names
from demur.corpus.reading_errors import RegisterRewoundError, RemovalsBrokenError, RulesetMismatchError
from demur.corpus.removed import Chain, Ordinals, check_reaches, encode_rows, read_chain, read_manifests, rows_gone
from demur.exchange.columns import Facts
from demur.exchange.documents import document_digest, file_digest, write_document
from demur.exchange.errors import DocumentAlteredError
from demur.exchange.manifest import DecisionsEntry, TreeEntry
from demur.exchange.removals import Heartbeat, Removals, open_heartbeat, sign_heartbeat
from demur.exchange.snapshot import RegisterSnapshot, read_snapshot
from demur.exchange.tables import write_table
from demur.filters.suppressions import Suppressions
from demur.kernel.clock import Clock
from demur.kernel.files import exclusive_lock, write_whole
from demur.kernel.words import DocumentKind, RecordKind
from demur.keys.keyring import Keyring
from demur.keys.notes import Verifier
from demur.keys.subjects import corpus_pseudonyms
from demur.ledger.writer import LogWriter
from demur.policy.erased import resolve_erased
from demur.policy.ruleset import Ruleset


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


def apply_register(
    folder: Path,
    *,
    snapshot: Path,
    ruleset: Ruleset,
    keyring: Keyring,
    log: LogWriter,
    clock: Clock,
    suppressions: Suppressions | None = None,
) -> ApplyResult:
    """Publish what the register, and a list of suppressions, took out of a corpus, then renew the heartbeat.

    The heartbeat says what is true: that the corpus reflects the register as of the snapshot, and no later instant.
    Applying the same snapshot twice changes nothing. A call that was cut off at any point is made good by the next one.
    Without a heartbeat nothing tells what the corpus reflects, so every row is decided again. A list that the corpus
    does not reflect yet is looked for in every text.

    Raises:
        RegisterRewoundError: the snapshot is older than the one that the corpus reflects.
        RulesetMismatchError: the ruleset is not the one that the corpus was built by.
        RemovalsBrokenError: versions of `Removals` that were published are gone.
    """
    layout = CorpusLayout(folder)
    with exclusive_lock(layout.lock):
        state = _with_list(_read_state(layout, keyring), suppressions)
        return _apply(state, snapshot=snapshot, ruleset=ruleset, keyring=keyring, log=log, clock=clock)


def renew_heartbeat(folder: Path, *, keyring: Keyring, clock: Clock) -> None:
    """Say again that a corpus reflects the register, for a caller who has seen that nothing changed since.

    The clock must tell the instant before the caller looked: what came after it may be missing.
    """
    layout = CorpusLayout(folder)
    with exclusive_lock(layout.lock):
        heartbeat = open_heartbeat(layout.heartbeat.read_bytes(), keyring.document_signer.verifier)
        renewed = msgspec.structs.replace(heartbeat, at=clock.now())
        write_whole(layout.heartbeat, sign_heartbeat(renewed, keyring.document_signer).encode())


def _apply(
    state: CorpusState, *, snapshot: Path, ruleset: Ruleset, keyring: Keyring, log: LogWriter, clock: Clock
) -> ApplyResult:
    document, facts = read_snapshot(snapshot, keyring.document_signer.verifier)
    _check_order(state, document, ruleset)
    state, facts = _resolve_erased(state, facts, keyring)
    # What an objection covers is out at once; copies of it, and names, in what others published follow by a search.
    changed = decide_changed(state, document, facts, ruleset, keyring)
    falling = changed.filter(~pl.col("is_kept") & ~pl.col("row").is_in(_series(state.gone).implode()))
    after = _take_out(state, falling, document, keyring, log, clock)
    copying = find_new_copies(after, changed, ruleset)
    after = _take_out(after, copying, document, keyring, log, clock)
    naming = find_new_mentions(after, changed, facts, keyring)
    after = _take_out(after, naming, document, keyring, log, clock)
    chain, falling = after.chain, pl.concat([each.select("reason") for each in (falling, copying, naming)])
    heartbeat = Heartbeat(
        corpus_id=state.manifest.corpus_id,
        version=len(chain.versions),
        digest=chain.tip,
        log_size=document.log_size,
        at=min(facts.as_of, clock.now()),
    )
    write_whole(state.layout.heartbeat, sign_heartbeat(heartbeat, keyring.document_signer).encode())
    # Last, so that what later changes are measured from is never ahead of what was published.
    _adopt_snapshot(state.layout, snapshot, document)
    if state.listed is not None:
        write_whole(state.layout.current_list, f"{state.listed.digest()}\n".encode("ascii"))
    return ApplyResult(
        version=len(chain.versions),
        removed=falling.height,
        reasons=_counts(falling),
        removed_in_all=int(after.gone.size),
        log_size=document.log_size,
        at=heartbeat.at,
    )


def _resolve_erased(state: CorpusState, facts: Facts, keyring: Keyring) -> tuple[CorpusState, Facts]:
    """Find out whom of the corpus the two snapshots mean by the accounts that were erased, where they name some."""
    before = state.base and state.base[1]
    if facts.erased.is_empty() and (before is None or before.erased.is_empty()):
        return state, facts
    subjects = read_index(state.layout, state.manifest)["subject_key"]
    base = state.base and (state.base[0], resolve_erased(state.base[1], keyring, subjects))
    return replace(state, base=base), resolve_erased(facts, keyring, subjects)


def _read_state(layout: CorpusLayout, keyring: Keyring) -> CorpusState:
    verifier = keyring.document_signer.verifier
    manifests = read_manifests(layout, verifier)
    chain = read_chain(layout, manifests[0], verifier)
    heartbeat = _read_heartbeat(layout, verifier)
    published = max([manifests[0].log_size, *(version.log_size for version in chain.versions)])
    if heartbeat is not None:
        check_reaches(chain, heartbeat, manifests[0])
        published = heartbeat.log_size
    base = None if heartbeat is None else read_snapshot(current_snapshot(layout), verifier)
    if base is not None and published < base[0].log_size:
        message = f"the heartbeat is of log size {published}, the corpus reflected {base[0].log_size} before"
        raise RemovalsBrokenError(message, hint="Restore the newest copy of the folder removals.")
    gone = rows_gone(chain, manifests[-1])
    return CorpusState(layout=layout, manifest=manifests[-1], chain=chain, base=base, log_size=published, gone=gone)


def _with_list(state: CorpusState, suppressions: Suppressions | None) -> CorpusState:
    """Return the corpus with a list to look for, unless it reflects that list already."""
    known, path = {state.manifest.filters.suppressions}, state.layout.current_list
    if path.exists():
        known.add(path.read_text("ascii").strip())
    is_new = suppressions is not None and suppressions.digest() not in known
    return replace(state, listed=suppressions) if is_new else state


def _read_heartbeat(layout: CorpusLayout, verifier: Verifier) -> Heartbeat | None:
    try:
        return open_heartbeat(layout.heartbeat.read_bytes(), verifier)
    except FileNotFoundError:
        return None


def current_snapshot(layout: CorpusLayout) -> Path:
    """Return the folder of the snapshot that a corpus reflects."""
    if layout.current_register.exists():
        return layout.folder / "register" / layout.current_register.read_text("ascii").strip()
    return layout.folder / "register"


def _check_order(state: CorpusState, document: RegisterSnapshot, ruleset: Ruleset) -> None:
    as_of = state.base[0].as_of if state.base else ""
    if (document.log_size, document.as_of) < (state.log_size, as_of):
        message = (
            f"the snapshot is of log size {document.log_size} as of {document.as_of}, "
            f"the corpus already reflects {state.log_size} as of {as_of or 'an unknown instant'}"
        )
        raise RegisterRewoundError(message, hint="Take a new snapshot; if the register was restored, re-apply its log.")
    built_by = state.manifest.ruleset
    if ruleset.digest() != built_by.digest:
        message = f"the corpus was decided by {built_by.name} {built_by.version} with other settings"
        raise RulesetMismatchError(message, hint="Restore the settings of the build, or build a new corpus.")


def _take_out(
    state: CorpusState,
    falling: pl.DataFrame,
    document: RegisterSnapshot,
    keyring: Keyring,
    log: LogWriter,
    clock: Clock,
) -> CorpusState:
    """Publish rows that fall out, enter the version in the log, and return the corpus as it is then."""
    if falling.height:
        version = _publish(state, falling, document, keyring)
        state = replace(
            state,
            chain=Chain(versions=(*state.chain.versions, version), tip=document_digest(version).hex()),
            gone=np.union1d(state.gone, falling["row"].to_numpy()),
        )
    _log_versions(state.layout, state.chain, log, clock)
    return state


def _series(rows: Ordinals) -> pl.Series:
    return pl.Series("row", rows, dtype=pl.UInt64)


def _publish(state: CorpusState, falling: pl.DataFrame, document: RegisterSnapshot, keyring: Keyring) -> Removals:
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


def _remaining_authors(state: CorpusState, falling: pl.DataFrame, keyring: Keyring) -> TreeEntry:
    """Drop the pseudonyms of authors without a row left, and build the tree over the others."""
    versions = state.chain.versions
    signed = versions[-1].authors if versions else state.manifest.authors
    before = state.layout.authors(len(versions))
    if not before.exists() or tree_over(before) != signed:
        message = f"{before.name} is not the list of authors that was signed"
        raise DocumentAlteredError(message, hint="Restore the folder proof from a copy.")
    lost = corpus_pseudonyms(keyring, _subjects_without_rows(state, falling), bytes.fromhex(state.manifest.corpus_id))
    after = state.layout.authors(len(versions) + 1)
    write_whole(after, without_names(before.read_bytes(), lost))
    return tree_over(after)


def _subjects_without_rows(state: CorpusState, falling: pl.DataFrame) -> list[bytes]:
    named = pl.concat([falling["subject_key"], falling["other_authors"].explode()])
    subjects = named.drop_nulls().unique().alias("subject_key").to_frame()
    gone = pl.Series("row", np.union1d(state.gone, falling["row"].to_numpy()), dtype=pl.UInt64).to_frame()
    authors = read_index(state.layout, state.manifest).filter("is_author")
    index = authors.join(subjects, on="subject_key", how="semi")
    left = index.join(gone, on="row", how="anti")
    return subjects.join(left, on="subject_key", how="anti")["subject_key"].to_list()


def _log_versions(layout: CorpusLayout, chain: Chain, log: LogWriter, clock: Clock) -> None:
    """Enter the newest version in the log; also one that an interrupted call had signed but not entered."""
    for version in chain.versions:
        receipt = layout.removals_version(version.version).with_suffix(".tlog-proof")
        if not receipt.exists():
            proof = log.append_document(RecordKind.REMOVALS, document_digest(version), at=clock.now())
            write_whole(receipt, proof.encode().encode())


def _adopt_snapshot(layout: CorpusLayout, snapshot: Path, document: RegisterSnapshot) -> None:
    """Keep a copy of the snapshot as the one that the corpus reflects; other copies but the build's are dropped."""
    name = document_digest(document).hex()[:16]
    home = layout.folder / "register"
    if current_snapshot(layout) != home / name:
        tables = [f"{table}.parquet" for table in document.tables]
        for file in (*tables, "snapshot.json", "snapshot.note"):
            write_whole(home / name / file, (snapshot / file).read_bytes())
        write_whole(layout.current_register, f"{name}\n".encode("ascii"))
    for path in home.iterdir():
        if path.is_dir() and path.name != name:
            shutil.rmtree(path)


def _counts(falling: pl.DataFrame) -> dict[str, int]:
    counted = falling.group_by("reason").len().sort("reason")
    return dict(counted.iter_rows())
