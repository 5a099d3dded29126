"""The last stage: what speaks of the corpus as a whole, from the index to the signed manifest and its place in the log.

Every step writes one file whole and gives the same bytes when it is repeated; the log gives the same proof for the same
manifest. So the stage needs no memory of how far it came.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from demur.corpus.errors import CountsDifferError
from demur.corpus.ingest import REJECTED_COLUMNS, REJECTED_SLOT, Ingested
from demur.corpus.judging import Judged
from demur.corpus.layout import CorpusLayout
from demur.corpus.lineage import INDEX_COLUMNS
from demur.corpus.plan import CheckedPlan, PlannedSplit, filter_versions
from demur.corpus.shards import Written
from demur.corpus.spool import read_slot
from demur.corpus.stages import Progress
from demur.corpus.workfolder import WorkFolder
from demur.exchange.documents import check_digest, document_digest, encode_document, file_digest, write_document
from demur.exchange.manifest import CorpusManifest, FileEntry, FilterEntry, RulesetEntry, SourceEntry, TreeEntry
from demur.exchange.removals import Heartbeat, sign_heartbeat
from demur.exchange.tables import read_table, write_table
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import Clock
from demur.kernel.files import whole_file, write_whole
from demur.kernel.words import DocumentKind, RecordKind
from demur.keys.keyring import Keyring
from demur.ledger.writer import LogWriter

T = TypeVar("T")
_STAGE = "finish"
_STEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the stages before counted, split by split and partition by partition, and the two trees."""

    ingested: list[Ingested]
    judged: list[Judged]
    written: list[Written]
    authors: TreeEntry
    items: TreeEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """What the last stage works with."""

    checked: CheckedPlan
    counted: Counted
    work: WorkFolder
    keyring: Keyring
    log: LogWriter
    clock: Clock
    progress: Callable[[Progress], None]


def finish_corpus(finishing: Finishing) -> tuple[CorpusManifest, bytes]:
    """Write index, rejected rows, snapshot, manifest, log proof and first heartbeat; return manifest and digest.

    Raises:
        CountsDifferError: rows read are not rows decided and rows rejected together.
    """
    layout = CorpusLayout(finishing.work.corpus)
    _tell(finishing, 0)
    index = _write_index(finishing, layout)
    _tell(finishing, 1)
    sources = _write_rejected(finishing, layout)
    _tell(finishing, 2)
    _copy_snapshot(finishing, layout)
    _tell(finishing, 3)
    manifest = _manifest(finishing, index, sources)
    digest = write_document(layout.manifest(1), manifest, finishing.keyring.document_signer)
    _tell(finishing, 4)
    proof = finishing.log.append_document(RecordKind.CORPUS, digest, at=finishing.clock.now())
    write_whole(layout.manifest(1).with_suffix(".tlog-proof"), proof.encode().encode())
    _tell(finishing, 5)
    write_whole(layout.heartbeat, _first_heartbeat(finishing, digest).encode())
    _tell(finishing, _STEPS)
    return manifest, digest


def _tell(finishing: Finishing, done: int) -> None:
    finishing.progress(Progress(stage=_STAGE, done=done, total=_STEPS))


def _write_index(finishing: Finishing, layout: CorpusLayout) -> FileEntry:
    """Join the partitions' indexes in the order of subject keys: a row may depend on people of any partition."""
    parts = range(finishing.checked.plan.partitions)
    for part in ("shards", "lineage"):
        (layout.folder / part).mkdir(parents=True, exist_ok=True)  # also when nothing is in
    index = pl.concat([read_table(finishing.work.index(partition), INDEX_COLUMNS) for partition in parts])
    index = index.sort("subject_key", "row")
    write_table(layout.subject_index, index)
    path = layout.subject_index.relative_to(layout.folder).as_posix()
    return FileEntry(path=path, sha256=file_digest(layout.subject_index), rows=index.height)


def _write_rejected(finishing: Finishing, layout: CorpusLayout) -> list[SourceEntry]:
    """List every row that is no item, by file and line, and count by file."""
    entries = []
    with whole_file(layout.folder / "rejected.jsonl") as temporary, temporary.open("wb") as stream:
        for number, (split, ingested) in enumerate(
            zip(finishing.checked.splits, finishing.counted.ingested, strict=True)
        ):
            rejected = _rejected_rows(finishing, number, split, ingested)
            rejected.write_ndjson(stream)
            entries.append(
                SourceEntry(
                    source=split.spec.name,
                    split=split.split,
                    sha256=split.sha256,
                    rows_read=ingested.rows_read,
                    rows_rejected=rejected.filter(pl.col("line") > 0).height,
                )
            )
    return entries


def _rejected_rows(finishing: Finishing, number: int, split: PlannedSplit, ingested: Ingested) -> pl.DataFrame:
    """Return the rejected rows of a split by line; line 0 stands for the file as a whole."""
    work, parts = finishing.work, range(finishing.checked.plan.partitions)
    whole = [] if ingested.problem is None else [(0, *ingested.problem)]
    rows = pl.concat(
        [
            pl.DataFrame(whole, schema=REJECTED_COLUMNS, orient="row"),
            read_slot([work.rejected(number)], REJECTED_SLOT, REJECTED_COLUMNS),
            read_slot(map(work.repeats, parts), number, REJECTED_COLUMNS),
        ]
    )
    return rows.sort("line", "reason").select(
        pl.lit(split.spec.name).alias("source"), pl.lit(split.split).alias("split"), *REJECTED_COLUMNS
    )


def _copy_snapshot(finishing: Finishing, layout: CorpusLayout) -> None:
    """Copy the snapshot that decided into the corpus, and check that it still is the one that was read."""
    snapshot, home = finishing.checked.snapshot, layout.folder / "register"
    for name in (*(f"{table}.parquet" for table in snapshot.tables), "snapshot.json", "snapshot.note"):
        write_whole(home / name, (finishing.checked.plan.snapshot / name).read_bytes())
    for table, digest in snapshot.tables.items():
        check_digest(home / f"{table}.parquet", digest)
    check_digest(home / "snapshot.json", sha256_hex(encode_document(snapshot)))


def _manifest(finishing: Finishing, index: FileEntry, sources: list[SourceEntry]) -> CorpusManifest:
    checked, counted = finishing.checked, finishing.counted
    plan, written = checked.plan, counted.written
    decided = sum(part.items for part in counted.judged)
    manifest = CorpusManifest(
        kind=DocumentKind.CORPUS_MANIFEST,
        name=plan.name,
        corpus_id=checked.corpus_id.hex(),
        version=1,
        supersedes=None,
        platform=plan.platform,
        as_of=checked.snapshot.as_of,
        log_size=checked.snapshot.log_size,
        snapshot=document_digest(checked.snapshot).hex(),
        ruleset=RulesetEntry(name=plan.ruleset.name, version=plan.ruleset.version, digest=plan.ruleset.digest()),
        filters=FilterEntry(**filter_versions(plan)),
        partitions=plan.partitions,
        sources=sources,
        rows_read=sum(entry.rows_read for entry in sources),
        rows_rejected=sum(entry.rows_rejected for entry in sources),
        rows_decided=decided,
        decisions=_sum(part.by_decision for part in written),
        reasons=_sum(part.by_reason for part in written),
        cuts=_sum(part.cuts for part in written),
        pictures_left_out=sum(part.pictures_left_out for part in written),
        shards=_chain(part.shards for part in written),
        lineage=_chain(part.lineage for part in written),
        decision_files=[part.decisions for part in written],
        index=index,
        authors=counted.authors,
        items=counted.items,
    )
    _check_counts(manifest)
    return manifest


def _check_counts(manifest: CorpusManifest) -> None:
    """Check that no row was lost: what was read is decided or rejected, and each decision has one reason."""
    totals = {
        "decided and rejected": manifest.rows_decided + manifest.rows_rejected - manifest.rows_read,
        "decisions": sum(manifest.decisions.values()) - manifest.rows_decided,
        "reasons": sum(manifest.reasons.values()) - manifest.rows_decided,
        "decision files": sum(entry.rows for entry in manifest.decision_files) - manifest.rows_decided,
    }
    wrong = {name: difference for name, difference in totals.items() if difference}
    if wrong:
        message = f"{manifest.rows_read} rows were read; these counts differ from that: {wrong}"
        raise CountsDifferError(message, hint="Nothing was published. Keep the work folder and report this.")


def _first_heartbeat(finishing: Finishing, digest: bytes) -> str:
    """Say what is true of a new corpus: it reflects the register as of its snapshot, and no later instant.

    A reader that wants it fresher than that gets it by `demur apply`, not by a claim of the builder.
    """
    checked = finishing.checked
    heartbeat = Heartbeat(
        corpus_id=checked.corpus_id.hex(),
        version=0,
        digest=digest.hex(),
        log_size=checked.snapshot.log_size,
        at=checked.as_of,
    )
    return sign_heartbeat(heartbeat, finishing.keyring.document_signer)


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in counts:
        total.update(part)
    return dict(total)


def _chain(parts: Iterable[Sequence[T]]) -> list[T]:
    return [entry for part in parts for entry in part]
