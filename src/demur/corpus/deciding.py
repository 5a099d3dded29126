"""The stages that a build and a comparison of rulesets share: from files to one decision an item.

Each stage is a list of tasks that an engine runs. What depends on the files alone is read once; what depends on the
ruleset as well is decided in a work folder of its own where two rulesets are compared.
"""

from collections.abc import Iterator

import polars as pl

from demur.corpus.ingest import Ingested, IngestTask, ingest_split
from demur.corpus.judging import Cleaned, Judged, JudgeTask, clean_partition, judge_partition
from demur.corpus.partition import slot_of
from demur.corpus.plan import CheckedPlan
from demur.corpus.relating import (
    Related,
    RelateTask,
    index_objected,
    relate_people,
    relate_sources,
    search_copies,
    trace_lineage,
)
from demur.corpus.repeats import Conflicts, ConflictTask, find_conflicts
from demur.corpus.secrets import Joined, SecretsTask, join_partitions
from demur.corpus.spool import open_spool
from demur.corpus.stages import Workshop, run_stage
from demur.corpus.workfolder import WorkFolder
from demur.exchange.snapshot import SNAPSHOT_TABLES, SUBJECT_TABLES
from demur.kernel.files import write_whole
from demur.keys.keyring import Keyring
from demur.policy.ruleset import Ruleset


def spool_inputs(checked: CheckedPlan, work: WorkFolder) -> None:
    """Cut the tables on people as the items are cut; what may concern any item goes to every task."""
    partitions = checked.plan.partitions
    for name in SNAPSHOT_TABLES:
        if not work.facts(name).exists():
            frame: pl.DataFrame = getattr(checked.facts, name)
            own = frame.filter(pl.col("subject_key").is_not_null()) if name in SUBJECT_TABLES else frame.clear()
            common = frame.join(own, on=frame.columns, how="anti", nulls_equal=True) if own.height else frame
            with open_spool(work.facts(name)) as spool:
                for partition in range(partitions):
                    spool.append(partition, common)
                if own.height:
                    slot = slot_of(pl.col("subject_key"), partitions).alias("partition")
                    spool.scatter(own.with_columns(slot), "partition")
    if checked.plan.suppressions is not None and not work.suppressions.exists():
        write_whole(work.suppressions, checked.plan.suppressions.to_bytes())


def read_splits(checked: CheckedPlan, work: WorkFolder, workshop: Workshop, keyring: Keyring) -> Iterator[Ingested]:
    """Read every file, and yield what became of it, in the order of the plan."""
    tasks = [
        IngestTask(
            number=number,
            split=split,
            root=checked.plan.root.absolute(),
            keyring=keyring,
            partitions=checked.plan.partitions,
            work=work,
        )
        for number, split in enumerate(checked.splits)
    ]
    yield from run_stage(workshop, "read", ingest_split, tasks, Ingested)


def find_repeats(checked: CheckedPlan, work: WorkFolder, workshop: Workshop) -> None:
    """Find the items whose ids were given more than once."""
    buckets = range(checked.plan.partitions)
    tasks = [ConflictTask(bucket=bucket, splits=len(checked.splits), work=work) for bucket in buckets]
    list(run_stage(workshop, "repeats", find_conflicts, tasks, Conflicts))


def decide_partitions(checked: CheckedPlan, ruleset: Ruleset, work: WorkFolder, workshop: Workshop) -> list[Judged]:
    """Decide every item up to duplicates, once everything is read."""
    relating = relate_tasks(checked, ruleset, work)
    list(run_stage(workshop, "people", relate_people, relating, Related))
    list(run_stage(workshop, "lineage", trace_lineage, relating[:1], Related))
    list(run_stage(workshop, "origins", relate_sources, relating, Related))
    list(run_stage(workshop, "fingerprints", index_objected, relating[:1], Related))
    list(run_stage(workshop, "copies", search_copies, relating, Related))
    judging = [_judge_task(checked, task) for task in relating]
    list(run_stage(workshop, "filter", clean_partition, judging, Cleaned))
    joining = [SecretsTask(partitions=checked.plan.partitions, work=work)]
    list(run_stage(workshop, "secrets", join_partitions, joining, Joined))
    return list(run_stage(workshop, "judge", judge_partition, judging, Judged))


def relate_tasks(checked: CheckedPlan, ruleset: Ruleset, work: WorkFolder) -> list[RelateTask]:
    """Return one task for each partition."""
    return [
        RelateTask(
            partition=partition,
            partitions=checked.plan.partitions,
            splits=len(checked.splits),
            work=work,
            ruleset=ruleset,
            as_of=checked.as_of,
            log_size=checked.snapshot.log_size,
        )
        for partition in range(checked.plan.partitions)
    ]


def _judge_task(checked: CheckedPlan, related: RelateTask) -> JudgeTask:
    suppressions = checked.plan.suppressions
    return JudgeTask(
        related=related,
        suppression_key=suppressions.key if suppressions else None,
        secrets_key=checked.secrets_key,
        detectors=checked.plan.detectors,
        corpus_id=checked.corpus_id,
    )
