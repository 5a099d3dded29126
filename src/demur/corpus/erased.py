"""The stage that finds whose content is read of those who were erased from the register; it runs when there are some.

The snapshot names them by keyed digests of subject keys, and each task knows the subject keys of its partition.
"""

from dataclasses import dataclass, field

import msgspec
import polars as pl

from demur.corpus.ingest import NAMED_PEOPLE_COLUMNS, SEGMENT_COLUMNS
from demur.corpus.plan import CheckedPlan
from demur.corpus.spool import read_slot
from demur.corpus.stages import Workshop, run_stage
from demur.corpus.workfolder import WorkFolder
from demur.exchange.tables import write_table
from demur.keys.keyring import Keyring
from demur.policy.erased import find_objections


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedTask:
    """One partition whose authors, and whoever is named there, are compared with those who were erased."""

    partition: int
    splits: int
    work: WorkFolder
    erased: pl.DataFrame = field(repr=False)
    keyring: Keyring = field(repr=False)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """How many objections of erased accounts hold in a partition."""

    found: int


def find_erased(checked: CheckedPlan, work: WorkFolder, workshop: Workshop, keyring: Keyring) -> None:
    """Find the objections of erased accounts, for each partition; a snapshot without any costs nothing."""
    erased = checked.facts.erased
    if erased.is_empty():
        return
    tasks = [
        ErasedTask(partition=partition, splits=len(checked.splits), work=work, erased=erased, keyring=keyring)
        for partition in range(checked.plan.partitions)
    ]
    list(run_stage(workshop, "erased", find_in_partition, tasks, Found))


def find_in_partition(task: ErasedTask) -> Found:
    """Write the objections that hold for a partition's people."""
    authors = read_slot(map(task.work.segment, range(task.splits)), task.partition, SEGMENT_COLUMNS)["subject_key"]
    named = read_slot(map(task.work.named_people, range(task.splits)), task.partition, NAMED_PEOPLE_COLUMNS)
    found = find_objections(task.erased, task.keyring, pl.concat([authors, named["subject_key"]]))
    write_table(task.work.erased(task.partition), found)
    return Found(found=found.height)
