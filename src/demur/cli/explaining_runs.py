"""What a training run read, and whether it might start as its corpus stands now.

Items of the corpus that are not let in any more are masked by `Removals`, so they do not stop a run that starts.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from demur.cli.output import tell_count
from demur.cli.starting import gather_start
from demur.cli.workspace import Workspace
from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import CorpusMissingError
from demur.corpus.removed import read_chain, read_manifests
from demur.exchange.documents import document_digest, read_document
from demur.exchange.manifest import CorpusManifest
from demur.exchange.runs import RunRecord
from demur.kernel.clock import timestamp
from demur.kernel.small_counts import show_count
from demur.keys.notes import Verifier
from demur.policy.runs import RunDecision, RunStart, decide_run
from demur.policy.verdicts import RunReason
from demur.training.errors import RunMismatchError
from demur.training.folder import read_run_plan

_RECORD = "run-record"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFound:
    """A run, its corpus, and what the gate at the start says of it.

    Attributes:
        corpus: the name of the corpus.
        manifest: the digest of the corpus's manifest, by which the run names it.
        record: the signed record; None while the run is not finished.
        taken_out: rows that left the corpus after the run had read under its last version of `Removals`; None while
            that is not known.
        has_same_rules: whether the ruleset of the configuration is the one that decided the corpus.
        is_veiled: small counts, and when the newest objection came, are withheld.
    """

    corpus: str
    run_id: str
    record: RunRecord | None
    taken_out: int | None
    start: RunStart
    decision: RunDecision
    has_same_rules: bool
    is_veiled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What the folder of a run says of itself."""

    run_id: str
    manifest: str
    record: RunRecord | None


def look_up_run(workspace: Workspace, folder: Path, corpus: str | None) -> RunFound:
    """Return what a run read, and whether it might start now.

    Args:
        corpus: where the corpus is, when it is not among those of the configuration.

    Raises:
        RunMissingError: the folder holds no run.
        CorpusMissingError: the corpus that the run read is not there.
        RunMismatchError: the corpus that was named is not the one that the run read.
    """
    verifier = workspace.trusted_keys.documents
    named = _read_run(folder, verifier)
    layout, manifests = _find_corpus(workspace, named.manifest, corpus, verifier)
    versions = read_chain(layout, manifests[0], verifier).versions
    start = gather_start(workspace, layout, named.run_id)
    last = None if named.record is None else named.record.last_version
    return RunFound(
        corpus=manifests[-1].name,
        run_id=named.run_id,
        record=named.record,
        taken_out=None if last is None else sum(each.removed for each in versions if each.version > last),
        start=start,
        decision=decide_run(start, workspace.ruleset.settings),
        has_same_rules=workspace.ruleset.digest() == manifests[-1].ruleset.digest,
    )


def _read_run(folder: Path, verifier: Verifier) -> _Named:
    if not (folder / _RECORD).with_suffix(".note").exists():
        plan = read_run_plan(folder)
        return _Named(run_id=plan.run_id, manifest=plan.manifest, record=None)
    record = read_document(folder / _RECORD, RunRecord, verifier)
    return _Named(run_id=record.run_id, manifest=record.corpus.manifest, record=record)


def _find_corpus(
    workspace: Workspace, manifest: str, named: str | None, verifier: Verifier
) -> tuple[CorpusLayout, tuple[CorpusManifest, ...]]:
    for name in workspace.corpus_names() if named is None else (named,):
        layout = CorpusLayout(workspace.corpus(name))
        manifests = read_manifests(layout, verifier)
        if document_digest(manifests[0]).hex() == manifest:
            return layout, manifests
    if named is not None:
        message = f"the run read another corpus than {named}"
        raise RunMismatchError(message, hint="Name the corpus that it read, or none to look for it.")
    message = f"the corpus that the run read is not in {workspace.corpora}"
    raise CorpusMissingError(message, hint="Name its folder: --corpus PATH")


def veil(found: RunFound) -> RunFound:
    """Return a run without what is about one person, or a few: for those who must not learn of them."""
    taken_out = None if found.taken_out is None else show_count(found.taken_out)
    return replace(found, taken_out=taken_out, start=replace(found.start, newest_objection_at=None), is_veiled=True)


def summarise_run(found: RunFound) -> dict[str, object]:
    """Return a run and what the gate says of it as one JSON object."""
    start, record = found.start, found.record
    return {
        "run": found.run_id,
        "corpus": found.corpus,
        "finished": record is not None,
        "delivered": record and sum(segment.delivered for segment in record.segments),
        "removals": record and [record.first_version, record.last_version],
        "weights": record and record.weights_digest,
        "taken_out_since": found.taken_out,
        "decision": found.decision.decision,
        "reason": found.decision.reason,
        "duties": list(found.decision.duties),
        "processing_active": start.is_processing_active,
        "reconciled_at": start.reconciled_at and timestamp(start.reconciled_at),
        "snapshot_at": start.snapshot_at and timestamp(start.snapshot_at),
        "newest_objection_at": start.newest_objection_at and timestamp(start.newest_objection_at),
        "same_rules": found.has_same_rules,
    }


def tell_run(found: RunFound) -> list[str]:
    """Return a run and what the gate says of it as lines for a person."""
    start, decision = found.start, found.decision
    rules = "as the corpus was decided by" if found.has_same_rules else "others than the corpus was decided by"
    return [
        f"run {found.run_id} on corpus {found.corpus}",
        *_tell_record(found),
        f"  start now?     {decision.decision}: {decision.reason}",
        *(f"  must be done   {duty}" for duty in decision.duties),
        f"  processing     {'active' if start.is_processing_active else 'suspended'}",
        f"  reconciled     {_tell_instant(start.reconciled_at)}",
        f"  snapshot       {_tell_instant(start.snapshot_at)}",
        *_tell_newest(found),
        f"  rules          {rules}",
        *_tell_next(found),
    ]


def _tell_next(found: RunFound) -> list[str]:
    if not found.has_same_rules:
        return ["  next           build a new corpus: other rules decided this one"]
    if found.decision.reason is RunReason.CORPUS_NOT_RECONCILED:
        return [f"  next           demur apply {found.corpus}"]
    return []


def _tell_record(found: RunFound) -> list[str]:
    record = found.record
    if record is None:
        return ["  state          not finished: it has no signed record yet"]
    delivered = sum(segment.delivered for segment in record.segments)
    return [
        f"  read           {delivered:,} rows under Removals versions {record.first_version} to {record.last_version}",
        f"  taken out      {tell_count(found.taken_out)} rows of the corpus since then",
        f"  weights        {record.weights_digest[:16]}...",
    ]


def _tell_newest(found: RunFound) -> list[str]:
    if found.is_veiled:
        return []
    return [f"  objections     the newest was received {_tell_instant(found.start.newest_objection_at)}"]


def _tell_instant(at: datetime | None) -> str:
    return "never" if at is None else timestamp(at)
