"""What changes when other rules decide: two rulesets over the same items, the same facts and the same instant.

Both go through the stages of a build up to the decision on content, in a folder beside the corpus that is gone
afterwards. Near duplicates are not looked for, because only all decisions together show them: an item that only repeats
another one counts as let in, by both rulesets.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from demur.corpus.apply import current_snapshot
from demur.corpus.deciding import decide_partitions, find_repeats, read_splits, relate_tasks, spool_inputs
from demur.corpus.erased import find_erased
from demur.corpus.errors import CountsDifferError, NothingToReadError
from demur.corpus.judging import CANDIDATE_COLUMNS, KEPT, decide_findings
from demur.corpus.layout import CorpusLayout
from demur.corpus.listing import REMOVAL_DECISION_COLUMNS
from demur.corpus.plan import BuildPlan, CheckedPlan, check_plan
from demur.corpus.relating import (
    RelateTask,
    read_items,
)
from demur.corpus.removed import read_manifests
from demur.corpus.repeats import PLACE_COLUMNS
from demur.corpus.stages import Progress, Workshop
from demur.corpus.workfolder import WorkFolder
from demur.engines.engine import Engine
from demur.exchange.columns import DECISION_COLUMNS, ITEM_COLUMNS, Schema
from demur.exchange.documents import read_document
from demur.exchange.manifest import CorpusManifest
from demur.exchange.snapshot import RegisterSnapshot
from demur.exchange.tables import read_table, write_table
from demur.filters.detector_loading import NO_DETECTORS, DetectorPlan
from demur.filters.suppressions import Suppressions
from demur.kernel.clock import FixedClock, parse_timestamp
from demur.kernel.files import exclusive_lock
from demur.kernel.words import ItemKind
from demur.keys.keyring import Keyring
from demur.policy.ruleset import Ruleset
from demur.sources.spec import SourceSpec

_UNKNOWN_KIND = "unknown"
_MOVE = ["decision", "reason", "other_decision", "other_reason"]
_COUNT_COLUMNS: Schema = {**dict.fromkeys(_MOVE, pl.String), "items": pl.UInt64}
_EXAMPLE_COLUMNS: Schema = {
    **dict.fromkeys(_MOVE, pl.String),
    **{name: ITEM_COLUMNS[name] for name in (*PLACE_COLUMNS, "kind")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPlan:
    """What is to be compared.

    Attributes:
        corpus: the folder of the corpus; its newest snapshot and the files that it was built from are read.
        first: the ruleset that the other one is compared with.
        root: the folder that the sources' paths are relative to.
        sources: where the content is; those that the corpus was not built from are not read.
        examples: how many items are named for each change.
    """

    corpus: Path
    first: Ruleset
    second: Ruleset
    root: Path
    sources: tuple[SourceSpec, ...]
    suppressions: Suppressions | None = None
    detectors: DetectorPlan = NO_DETECTORS
    examples: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Where an item stands, and what it is; neither its id nor its text."""

    source: str
    split: str
    line: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A decision and its reason."""

    decision: str
    reason: str

    @property
    def is_kept(self) -> bool:
        """Tell whether it lets an item in, whole or in part."""
        return self.decision in KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How many items the first ruleset decides in one way and the second one in another."""

    first: Outcome
    second: Outcome
    items: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing two rulesets over a corpus showed.

    Attributes:
        as_of: the instant of all decisions; `log_size` is the position of the log that the facts reflect.
        items: the items that both decided.
        changes: how often which change occurs; changes of the decision come first, and of these the most frequent.
        left_out: files that the corpus was built from and that are gone or changed since.
    """

    as_of: datetime
    log_size: int
    items: int
    changes: tuple[Change, ...]
    left_out: tuple[str, ...]

    @property
    def changed(self) -> int:
        """Count the items whose decision differs."""
        return self._count(lambda change: change.first.decision != change.second.decision)

    @property
    def other_reason(self) -> int:
        """Count the items whose decision stays, for another reason."""
        return self._count(lambda change: change.first.decision == change.second.decision)

    @property
    def let_in(self) -> int:
        """Count the items that the second ruleset alone lets in."""
        return self._count(lambda change: change.second.is_kept and not change.first.is_kept)

    @property
    def kept_out(self) -> int:
        """Count the items that the first ruleset alone lets in."""
        return self._count(lambda change: change.first.is_kept and not change.second.is_kept)

    def _count(self, counts: Callable[[Change], bool]) -> int:
        return sum(change.items for change in self.changes if counts(change))


def compare_rulesets(
    plan: ComparisonPlan, *, keyring: Keyring, engine: Engine, progress: Callable[[Progress], None]
) -> Comparison:
    """Decide every item that a corpus was built from by two rulesets, and count what differs.

    The corpus itself stays as it is. Memory holds one partition at a time.

    Raises:
        CorpusMissingError: the folder holds no finished corpus.
        PlatformMismatchError: keyring and snapshot belong to different platforms.
        NothingToReadError: every file that the corpus was built from is gone or changed.
    """
    layout = CorpusLayout(plan.corpus)
    manifest = read_manifests(layout, keyring.document_signer.verifier)[-1]
    checked, left_out = _check(plan, manifest, layout, keyring)
    with _passing_folder(plan.corpus) as folder:
        common = WorkFolder(folder / "read")
        reading = Workshop(folder=folder / "done", engine=engine, progress=progress)
        spool_inputs(checked, common)
        list(read_splits(checked, common, reading, keyring))
        find_repeats(checked, common, reading)
        find_erased(checked, common, reading, keyring)
        for name, ruleset in (("A", plan.first), ("B", plan.second)):
            workshop = Workshop(folder=folder / "done" / name, engine=engine, progress=_named(name, progress))
            _decide(checked, ruleset, common, folder / name, workshop)
        tasks = relate_tasks(checked, plan.first, common)
        items, changes = _count_changes(tasks, folder, plan.examples, progress)
    return Comparison(
        as_of=checked.as_of, log_size=checked.snapshot.log_size, items=items, changes=changes, left_out=left_out
    )


@contextmanager
def _passing_folder(corpus: Path) -> Iterator[Path]:
    """Yield a folder beside a corpus for texts that must not stay; what a killed comparison left is dropped first."""
    folder = corpus.absolute().with_name(f".{corpus.name}.comparing")
    with exclusive_lock(folder.with_name(f"{folder.name}.lock")):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _check(
    plan: ComparisonPlan, manifest: CorpusManifest, layout: CorpusLayout, keyring: Keyring
) -> tuple[CheckedPlan, tuple[str, ...]]:
    """Return the plan of a build of what the corpus was built from, and the files that are not there any more."""
    built_from = {(entry.source, entry.split): entry.sha256 for entry in manifest.sources}
    names = {source for source, _ in built_from}
    building = BuildPlan(
        name=manifest.name,
        platform=manifest.platform,
        root=plan.root,
        sources=tuple(spec for spec in plan.sources if spec.name in names),
        snapshot=current_snapshot(layout),
        ruleset=plan.first,
        partitions=manifest.partitions,
        suppressions=plan.suppressions,
        detectors=plan.detectors,
    )
    # The question is what would be decided at the instant of the snapshot, however long ago that was.
    snapshot = read_document(building.snapshot / "snapshot", RegisterSnapshot, keyring.document_signer.verifier)
    checked = check_plan(building, keyring=keyring, clock=FixedClock(parse_timestamp(snapshot.as_of)))
    same = tuple(part for part in checked.splits if built_from.get((part.spec.name, part.split)) == part.sha256)
    if not same:
        message = f"none of the {len(built_from)} files that {manifest.name} was built from is there unchanged"
        raise NothingToReadError(message, hint="Restore the files, or build a new corpus and compare on that one.")
    found = {(part.spec.name, part.split) for part in same}
    return replace(checked, splits=same), tuple(split for source, split in built_from if (source, split) not in found)


def _named(name: str, progress: Callable[[Progress], None]) -> Callable[[Progress], None]:
    return lambda event: progress(replace(event, stage=f"{name}: {event.stage}"))


def _decide(checked: CheckedPlan, ruleset: Ruleset, common: WorkFolder, folder: Path, workshop: Workshop) -> None:
    """Decide by one ruleset, and leave one table of decisions for each partition."""
    work = WorkFolder(folder / "work")
    work.folder.mkdir(parents=True)
    for path in common.folder.iterdir():
        (work.folder / path.name).symlink_to(path)
    decide_partitions(checked, ruleset, work, workshop)
    for task in relate_tasks(checked, ruleset, work):
        write_table(_decisions_file(folder, task.partition), _read_decisions(task))
    shutil.rmtree(work.folder)


def _decisions_file(folder: Path, partition: int) -> Path:
    return folder / "decided" / f"{partition:05d}.parquet"


def _read_decisions(task: RelateTask) -> pl.DataFrame:
    """Return the decisions of one partition as they stand before duplicates are looked for."""
    excluded = read_table(task.work.excluded(task.partition), REMOVAL_DECISION_COLUMNS)
    candidates = read_table(task.work.candidates(task.partition), CANDIDATE_COLUMNS)
    no_duplicates = pl.repeat(value=False, n=candidates.height, eager=True)
    found = decide_findings(candidates, no_duplicates, task.ruleset)
    decided = candidates.select("item_key").with_columns(found)
    return pl.concat([excluded.select(*DECISION_COLUMNS), decided.select(*DECISION_COLUMNS)])


def _count_changes(
    tasks: Sequence[RelateTask], folder: Path, examples: int, progress: Callable[[Progress], None]
) -> tuple[int, tuple[Change, ...]]:
    """Join the decisions of both rulesets item by item, one partition at a time."""
    items, counts, named = 0, pl.DataFrame(schema=_COUNT_COLUMNS), pl.DataFrame(schema=_EXAMPLE_COLUMNS)
    for task in tasks:
        decided = _join_decisions(task, folder)
        moved = decided.filter(_is_moved())
        items += decided.height
        counts = pl.concat([counts, moved.group_by(_MOVE).agg(pl.len().cast(pl.UInt64).alias("items"))])
        counts = counts.group_by(_MOVE).agg(pl.col("items").sum())
        named = _first_of_each(pl.concat([named, moved.select(list(_EXAMPLE_COLUMNS))]), examples)
        progress(Progress(stage="compare", done=task.partition + 1, total=len(tasks)))
    is_same = pl.col("decision") == pl.col("other_decision")
    ordered = counts.sort(is_same, "items", *_MOVE, descending=[False, True, *(False for _ in _MOVE)])
    return items, tuple(_describe_change(row, named) for row in ordered.iter_rows(named=True))


def _join_decisions(task: RelateTask, folder: Path) -> pl.DataFrame:
    """Return for every item of a partition where it stands, what it is, and both decisions.

    Raises:
        CountsDifferError: the two rulesets did not decide the same items.
    """
    items, _ = read_items(task)
    is_known = pl.col("kind").is_in([kind.value for kind in ItemKind]).fill_null(value=False)
    kind = pl.when(is_known).then("kind").otherwise(pl.lit(_UNKNOWN_KIND)).alias("kind")
    first, second = (read_table(_decisions_file(folder / name, task.partition), DECISION_COLUMNS) for name in "AB")
    other = second.rename({"decision": "other_decision", "reason": "other_reason"})
    decided = items.select("item_key", *PLACE_COLUMNS, kind).join(first, on="item_key").join(other, on="item_key")
    if not items.height == first.height == other.height == decided.height:
        message = f"partition {task.partition} has {items.height} items, {decided.height} of them were decided twice"
        raise CountsDifferError(message, hint="Compare again; if it happens again, report it.")
    return decided


def _is_moved() -> pl.Expr:
    return (pl.col("decision") != pl.col("other_decision")) | (pl.col("reason") != pl.col("other_reason"))


def _first_of_each(named: pl.DataFrame, examples: int) -> pl.DataFrame:
    """Return the first items of each change by their place, so that partitions and engines name the same ones."""
    return named.sort(*PLACE_COLUMNS).filter(pl.int_range(pl.len()).over(_MOVE) < examples)


def _describe_change(row: dict[str, Any], named: pl.DataFrame) -> Change:
    found = named.filter(*(pl.col(name) == row[name] for name in _MOVE)).select(*PLACE_COLUMNS, "kind")
    return Change(
        first=Outcome(decision=row["decision"], reason=row["reason"]),
        second=Outcome(decision=row["other_decision"], reason=row["other_reason"]),
        items=row["items"],
        examples=tuple(Example(**example) for example in found.iter_rows(named=True)),
    )
