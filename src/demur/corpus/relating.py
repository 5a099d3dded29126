"""What items have to do with people and items elsewhere, found where the facts on them are, and sent back.

Content and facts are cut by author, so a tagged person, a co-author or a quoted post lies in another partition. Each
item's references travel to the partition of whom or what they name; there `demur.policy` says what that means for the
item, and the answer travels home. Texts that an objection covers leave their fingerprints, by which every partition
looks for copies that nobody declared (REQUIREMENTS SCO-6).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import polars as pl

from demur.corpus.ingest import (
    ALL_REFERENCES,
    ITEM_PLACE_COLUMNS,
    NAMED_ITEM_COLUMNS,
    NAMED_PEOPLE_COLUMNS,
    SEGMENT_COLUMNS,
)
from demur.corpus.lineage import SOURCE
from demur.corpus.repeats import CONFLICT_COLUMNS, separate_repeats
from demur.corpus.spool import open_spool, read_slot
from demur.corpus.workfolder import WorkFolder
from demur.exchange.columns import INSTANT, OBJECTION_COLUMNS, RELATION_COLUMNS, Facts, Schema
from demur.exchange.snapshot import SNAPSHOT_TABLES
from demur.exchange.tables import read_table, write_table
from demur.filters.copies import Fingerprints, drop_older, find_copies, index_texts
from demur.kernel.files import write_whole
from demur.policy.decide import is_covered, prepare
from demur.policy.relations import (
    follow_references,
    judge_locations,
    judge_people,
    judge_sources,
    merge_relations,
)
from demur.policy.ruleset import Ruleset

OBJECTED_COLUMNS: Schema = {"item_key": pl.Binary, "created_at": INSTANT, "text": pl.String}
KEY_COLUMNS: Schema = {"number": pl.UInt32, "item_key": pl.Binary, "created_at": INSTANT}
COPY_COLUMNS: Schema = {
    "item_key": pl.Binary,
    "number": pl.UInt32,  # of the objected text
    "start": pl.UInt32,  # bytes of the text in UTF-8
    "end": pl.UInt32,
}
COMMON_COLUMNS: Schema = {"number": pl.UInt32}
SOURCE_COLUMNS: Schema = {"item_key": pl.Binary, **dict(SOURCE.to_schema())}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelateTask:
    """One partition to relate, or the one task that looks at all of them."""

    partition: int
    partitions: int
    splits: int
    work: WorkFolder
    ruleset: Ruleset
    as_of: datetime
    log_size: int


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows a task of these stages found."""

    found: int


def read_facts(task: RelateTask) -> Facts:
    """Read the facts on the people of a partition, and those that may concern any item."""
    tables = {
        name: read_slot([task.work.facts(name)], task.partition, schema) for name, schema in SNAPSHOT_TABLES.items()
    }
    # Only where the snapshot names erased accounts; then it was written for every partition.
    path = task.work.erased(task.partition)
    if path.exists():
        tables["objections"] = pl.concat([tables["objections"], read_table(path, OBJECTION_COLUMNS)])
    return Facts(**tables, as_of=task.as_of, log_size=task.log_size)


def read_items(task: RelateTask) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the items of a partition, and the rows that are left out because they repeat an item."""
    rows = read_slot(map(task.work.segment, range(task.splits)), task.partition, SEGMENT_COLUMNS)
    conflicts = read_slot(map(task.work.conflicts, range(task.partitions)), task.partition, CONFLICT_COLUMNS)
    return separate_repeats(rows, conflicts)


def relate_people(task: RelateTask) -> Related:
    """Say what the people of a partition mean for the items that name them, wherever these are."""
    named = read_slot(map(task.work.named_people, range(task.splits)), task.partition, NAMED_PEOPLE_COLUMNS)
    relations = judge_people(named, prepare(read_facts(task), task.ruleset, at=task.as_of))
    return _send_home(relations, named, task.work.people(task.partition))


def trace_lineage(task: RelateTask) -> Related:
    """Follow what items repeat to its origins, and send each reference to where the origin is."""
    named = read_slot(map(task.work.named_items, range(task.splits)), ALL_REFERENCES, NAMED_ITEM_COLUMNS)
    homes = named.select("item_key", "home").unique("item_key", keep="first", maintain_order=True)
    followed = follow_references(named.drop("home")).join(homes, on="item_key", how="left", maintain_order="left")
    with open_spool(task.work.lineage) as spool:
        for bucket in range(task.partitions):
            places = read_slot(map(task.work.item_keys, range(task.splits)), bucket, ITEM_PLACE_COLUMNS).unique()
            located = places.rename({"item_key": "source_key", "partition": "slot"})
            spool.scatter(followed.join(located, on="source_key", maintain_order="left"), "slot")
    return Related(found=followed.height)


def relate_sources(task: RelateTask) -> Related:
    """Find the items of a partition that an objection covers; tell those that repeat them, and keep their texts."""
    items, _ = read_items(task)
    people = _read_home(task, task.work.people)
    covered = items.with_columns(is_covered(items, people, read_facts(task), task.ruleset, at=task.as_of))
    named = read_slot([task.work.lineage], task.partition, NAMED_ITEM_COLUMNS)
    sources = covered.select(
        pl.col("item_key").alias("source_key"), "is_covered", pl.col("created_at").alias("source_created_at")
    )
    _send_home(judge_sources(named.drop("home"), sources), named, task.work.origins(task.partition))
    _send_sources(named, items, task.work.sources(task.partition))
    objected = covered.filter("is_covered").select(*OBJECTED_COLUMNS)
    write_table(task.work.objected(task.partition), objected)
    return Related(found=objected.height)


def index_objected(task: RelateTask) -> Related:
    """Give numbers to the texts that an objection covers, and make one index of their fingerprints."""
    parts = [read_table(task.work.objected(part), OBJECTED_COLUMNS) for part in range(task.partitions)]
    objected = pl.concat(parts).with_row_index("number")
    index = index_texts(objected["text"], objected["number"], objected["created_at"])
    write_whole(task.work.fingerprints, index.to_bytes())
    write_table(task.work.objected_keys, objected.select(*KEY_COLUMNS))
    return Related(found=objected.height)


def search_copies(task: RelateTask) -> Related:
    """Look for copies of objected texts in the items of a partition, and for texts that stood there before."""
    objected = read_table(task.work.objected_keys, KEY_COLUMNS)
    copies, common = pl.DataFrame(schema=COPY_COLUMNS), pl.DataFrame(schema=COMMON_COLUMNS)
    if not objected.is_empty():
        copies, common = _search(read_items(task)[0], objected, task)
    write_table(task.work.copies(task.partition), copies)
    write_table(task.work.common(task.partition), common)
    return Related(found=copies.height)


def _search(items: pl.DataFrame, objected: pl.DataFrame, task: RelateTask) -> tuple[pl.DataFrame, pl.DataFrame]:
    own = items.select("item_key").join(objected, on="item_key", how="left", maintain_order="left")["number"]
    matches = find_copies(items["text"], Fingerprints.from_bytes(task.work.fingerprints.read_bytes()), own)
    older = drop_older(matches, items["created_at"], objected["created_at"], own.is_not_null())
    beside = items.select("item_key", "created_at").with_row_index("place")
    written = objected.select("number", pl.col("created_at").alias("text_created_at"))
    met = matches.join(beside, on="place", maintain_order="left").join(written, on="number", maintain_order="left")
    # What was there before the objector wrote is not a copy of it; in doubt it is.
    is_older = (pl.col("created_at") < pl.col("text_created_at")).fill_null(value=False)
    copies = met.filter(~is_older).select(*COPY_COLUMNS)
    return copies, pl.DataFrame({"number": sorted(older)}, schema=COMMON_COLUMNS)


def read_relations(task: RelateTask, items: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what is known of a partition's items (`RELATION_COLUMNS`), and the copies in them (`COPY_COLUMNS`)."""
    common = [read_table(task.work.common(part), COMMON_COLUMNS) for part in range(task.partitions)]
    found = read_table(task.work.copies(task.partition), COPY_COLUMNS)
    copies = found.join(pl.concat(common).unique(), on="number", how="anti", maintain_order="left")
    copying = copies.select("item_key", pl.lit(value=True).alias("copies_objected"))
    located = judge_locations(items, read_facts(task), task.ruleset, at=task.as_of)
    parts = [_read_home(task, task.work.people), _read_home(task, task.work.origins), located, copying]
    return merge_relations(parts), copies


def _send_home(relations: pl.DataFrame, named: pl.DataFrame, target: Path) -> Related:
    homes = named.select("item_key", "home").unique("item_key", keep="first", maintain_order=True)
    with open_spool(target) as spool:
        spool.scatter(relations.join(homes, on="item_key", maintain_order="left"), "home")
    return Related(found=relations.height)


def _send_sources(named: pl.DataFrame, items: pl.DataFrame, target: Path) -> None:
    """Tell the items that repeat others whose these are, so that a later objection of that person reaches them."""
    people = pl.concat_list(pl.col("subject_key"), pl.col("other_authors").fill_null([])).list.drop_nulls()
    authors = items.select(pl.col("item_key").alias("source_key"), people.alias("subject_key"), "kind", "created_at")
    met = named.select("item_key", "role", "source_key", "home").join(authors, on="source_key", maintain_order="left")
    known = met.explode("subject_key").filter(pl.col("subject_key").is_not_null())
    with open_spool(target) as spool:
        spool.scatter(known.select(*SOURCE_COLUMNS, "home").unique(maintain_order=True), "home")


def read_sources(task: RelateTask) -> pl.DataFrame:
    """Return whose items the items of a partition repeat: ``item_key`` and the list ``sources``."""
    known = read_slot(map(task.work.sources, range(task.partitions)), task.partition, SOURCE_COLUMNS)
    fields = [name for name in SOURCE_COLUMNS if name != "item_key"]
    ordered = known.unique().sort("item_key", *fields)
    return ordered.group_by("item_key", maintain_order=True).agg(pl.struct(fields).alias("sources"))


def _read_home(task: RelateTask, of: Callable[[int], Path]) -> pl.DataFrame:
    return merge_relations([read_slot(map(of, range(task.partitions)), task.partition, RELATION_COLUMNS)])
