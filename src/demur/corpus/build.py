"""Build a corpus: from a snapshot and sources to a folder that appears as a whole.

Each stage is a list of tasks that an engine runs; what is done stays done, so a build that was killed at any point goes
on, and the corpus has the same bytes as if nothing had happened. Until one rename at the end there is no corpus, only a
work folder beside it.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from demur.corpus.deciding import decide_partitions, find_repeats, read_splits, spool_inputs
from demur.corpus.duplicates import Groups, GroupTask, Pairs, PairTask, find_pairs, join_groups
from demur.corpus.erased import find_erased
from demur.corpus.errors import BadInputError, CorpusExistsError, NothingToReadError
from demur.corpus.finishing import Counted, Finishing, finish_corpus
from demur.corpus.ingest import Ingested
from demur.corpus.judging import Judged
from demur.corpus.plan import BuildPlan, CheckedPlan, OnBadInput, PlannedSplit, check_plan
from demur.corpus.proof import TreeTask, write_tree
from demur.corpus.shards import WriteTask, Written, write_partition
from demur.corpus.stages import Progress, Workshop, run_stage
from demur.corpus.workfolder import WorkFolder
from demur.engines.engine import Engine
from demur.exchange.manifest import CorpusManifest, TreeEntry
from demur.kernel.clock import Clock
from demur.kernel.files import DiskFullError, exclusive_lock, write_whole
from demur.keys.keyring import Keyring
from demur.ledger.writer import LogWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedSplit:
    """A file that could not be read as a whole, and why: a stable error code and one sentence."""

    source: str
    split: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """A finished corpus.

    Attributes:
        digest: SHA-256 of the manifest, by which the log and other documents name the corpus.
        rejected_rows: rows that were read and are no item; ``rejected.jsonl`` lists them by file and line.
        rejected_splits: files that could not be read as a whole.
    """

    manifest: CorpusManifest
    digest: bytes
    folder: Path
    rejected_rows: int
    rejected_splits: tuple[RejectedSplit, ...]


def build(
    plan: BuildPlan,
    *,
    out: Path,
    keyring: Keyring,
    log: LogWriter,
    engine: Engine,
    clock: Clock,
    progress: Callable[[Progress], None],
) -> BuildResult:
    """Build the corpus of a plan as the folder ``<out>/<name>``, or go on with a build of the same plan.

    Engine, clock and the number of tasks at once change no byte. Unfinished work of another plan of that name is
    dropped.

    Raises:
        CorpusExistsError: there is a corpus of that name.
        PlatformMismatchError, StaleSnapshotError, NothingToReadError: see `check_plan`.
        BadInputError: a row or a file cannot be used, and the plan says to stop.
        DiskFullError: there is no room; the same call goes on later.
    """
    target, work = out.absolute() / plan.name, WorkFolder(out.absolute() / f".{plan.name}.building")
    _refuse_existing(target, work)
    with exclusive_lock(work.folder / "lock"):
        _refuse_existing(target, work)
        progress(Progress(stage="check", done=0, total=1))
        checked = check_plan(plan, keyring=keyring, clock=clock)
        _adopt_work(work, checked)
        progress(Progress(stage="check", done=1, total=1))
        workshop = Workshop(folder=work.folder, engine=engine, progress=progress)
        counted = _run_stages(checked, work, workshop, keyring)
        finishing = Finishing(
            checked=checked, counted=counted, work=work, keyring=keyring, log=log, clock=clock, progress=progress
        )
        manifest, digest = finish_corpus(finishing)
        _publish(work.corpus, target)
        shutil.rmtree(work.folder, ignore_errors=True)
    progress(Progress(stage="publish", done=1, total=1))
    return BuildResult(
        manifest=manifest,
        digest=digest,
        folder=target,
        rejected_rows=manifest.rows_rejected,
        rejected_splits=_rejected_splits(checked.splits, counted.ingested),
    )


def _refuse_existing(target: Path, work: WorkFolder) -> None:
    if target.exists():
        # What is left of the work is of a build that was killed after its last step.
        shutil.rmtree(work.folder, ignore_errors=True)
        message = f"there is a corpus {target.name} in {target.parent} already"
        raise CorpusExistsError(message, hint="Choose another name; a corpus is never overwritten.")


def _adopt_work(work: WorkFolder, checked: CheckedPlan) -> None:
    """Go on with the work folder if it is of the same plan, else empty it; drop what was being written."""
    identity = checked.work_id.encode()
    if not work.identity.exists() or work.identity.read_bytes() != identity:
        for path in work.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        write_whole(work.identity, identity)
    for path in work.folder.rglob(".*.partial"):
        path.unlink(missing_ok=True)


def _run_stages(checked: CheckedPlan, work: WorkFolder, workshop: Workshop, keyring: Keyring) -> Counted:
    plan = checked.plan
    parts = range(plan.partitions)
    spool_inputs(checked, work)
    ingested = _ingest(checked, work, workshop, keyring)
    find_repeats(checked, work, workshop)
    find_erased(checked, work, workshop, keyring)
    judged = decide_partitions(checked, plan.ruleset, work, workshop)
    if plan.on_bad_input is OnBadInput.STOP:
        _stop_on_repeats(judged)
    pairing = [PairTask(bucket=bucket, partitions=plan.partitions, work=work) for bucket in parts]
    list(run_stage(workshop, "pairs", find_pairs, pairing, Pairs))
    grouping = [GroupTask(partitions=plan.partitions, work=work)]
    (groups,) = run_stage(workshop, "groups", join_groups, grouping, Groups)
    rows = [part.kept - duplicates for part, duplicates in zip(judged, groups.duplicates, strict=True)]
    writing = _write_tasks(checked, rows, work, keyring)
    written = list(run_stage(workshop, "write", write_partition, writing, Written))
    authors, items = run_stage(workshop, "trees", write_tree, _tree_tasks(plan.partitions, work), TreeEntry)
    return Counted(ingested=ingested, judged=judged, written=written, authors=authors, items=items)


def _ingest(checked: CheckedPlan, work: WorkFolder, workshop: Workshop, keyring: Keyring) -> list[Ingested]:
    ingested = []
    for split, result in zip(checked.splits, read_splits(checked, work, workshop, keyring), strict=True):
        if checked.plan.on_bad_input is OnBadInput.STOP:
            _stop_on_bad_input(split, result)
        ingested.append(result)
    _refuse_only_bad_splits(checked.splits, ingested)
    return ingested


def _stop_on_bad_input(split: PlannedSplit, result: Ingested) -> None:
    hint = "Correct the file, or build without --strict to leave it out and report it."
    if result.problem is not None:
        message = f"{split.split} cannot be read: {result.problem[1]}"
        raise BadInputError(message, hint=hint)
    if result.rows_rejected:
        message = f"{split.split} holds {result.rows_rejected} rows that cannot be used, of {result.rows_read}"
        raise BadInputError(message, hint=hint)


def _stop_on_repeats(judged: Iterable[Judged]) -> None:
    repeated = sum(part.repeated for part in judged)
    if repeated:
        message = f"{repeated} rows cannot be used, because their item ids were given before"
        raise BadInputError(message, hint="Build without --strict: rejected.jsonl names file and line of each.")


def _refuse_only_bad_splits(splits: Sequence[PlannedSplit], ingested: Iterable[Ingested]) -> None:
    problems = [result.problem for result in ingested if result.problem is not None]
    if len(problems) == len(splits):
        message = f"none of {len(splits)} files can be read; {splits[0].split}: {problems[0][1]}"
        raise NothingToReadError(message, hint="Correct the files or the [[sources]] entries of demur.toml.")


def _write_tasks(checked: CheckedPlan, rows: Sequence[int], work: WorkFolder, keyring: Keyring) -> list[WriteTask]:
    return [
        WriteTask(
            partition=partition,
            partitions=checked.plan.partitions,
            first_row=end - rows[partition],
            rows=rows[partition],
            work=work,
            ruleset=checked.plan.ruleset,
            corpus_id=checked.corpus_id,
            keyring=keyring,
        )
        for partition, end in enumerate(accumulate(rows))
    ]


def _tree_tasks(partitions: int, work: WorkFolder) -> list[TreeTask]:
    folder, parts = work.corpus / "proof", range(partitions)
    return [
        TreeTask(target=folder / "authors.bin", spools=tuple(map(work.authors, parts)), slots=partitions),
        TreeTask(target=folder / "items.bin", spools=tuple(map(work.items, parts)), slots=partitions),
    ]


def _publish(folder: Path, target: Path) -> None:
    """Let the corpus appear under its name, as a whole and durably."""
    folder.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        message = f"the folder {target.parent} cannot be written durably ({errno.errorcode.get(error.errno or 0)})"
        raise DiskFullError(
            message, hint="Check the disk; the corpus is there, but may not survive a power cut."
        ) from error
    finally:
        os.close(descriptor)


def _rejected_splits(splits: Sequence[PlannedSplit], ingested: Sequence[Ingested]) -> tuple[RejectedSplit, ...]:
    return tuple(
        RejectedSplit(source=split.spec.name, split=split.split, code=result.problem[0], message=result.problem[1])
        for split, result in zip(splits, ingested, strict=True)
        if result.problem is not None
    )
