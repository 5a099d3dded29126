"""Write the golden files of the documents: `python tools/write_golden_documents.py`.

A change of one of them is a decision with an ADR: documents that were signed years ago must still be read and verified.
Keys, names and numbers are invented; a digest is that of its own name.
"""

import base64
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
from pyroaring import BitMap

from demur.evidence.container import encode_container
from demur.exchange.documents import encode_document, statement_of
from demur.exchange.in_app_notice import InAppNotice, InAppTexts
from demur.exchange.manifest import (
    CorpusManifest,
    DecisionsEntry,
    FileEntry,
    FilterEntry,
    RulesetEntry,
    ShardEntry,
    SourceEntry,
    TreeEntry,
)
from demur.exchange.removal_notice import RemovalNotice, RemovedFrom
from demur.exchange.removals import Heartbeat, Removals, sign_heartbeat
from demur.exchange.runs import (
    AttackEntry,
    AuditReport,
    CorpusEntry,
    MetricEntry,
    RunRecord,
    SegmentEntry,
    ThresholdsEntry,
)
from demur.exchange.snapshot import SNAPSHOT_TABLES, RegisterSnapshot
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import timestamp
from demur.kernel.words import DocumentKind
from demur.keys.notes import Signer
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint

FOLDER = Path(__file__).parent.parent / "tests" / "golden" / "exchange"
_PLATFORM = "agora.example"
_AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
_LOG = Signer(f"{_PLATFORM}/demur/log", bytes(range(32)))
_DOCUMENTS = Signer(f"{_PLATFORM}/demur/documents", bytes(range(32, 64)))


def golden_files() -> dict[str, bytes]:
    """Return the content of each golden file by its name."""
    files = {"heartbeat.note": sign_heartbeat(_heartbeat(), _DOCUMENTS).encode()}
    for document in (_snapshot(), _manifest(), _removals(), _run(), _audit(), _removal_notice(), _in_app()):
        content = encode_document(document)
        files[f"{document.kind}.json"] = content
        files[f"{document.kind}.note"] = _DOCUMENTS.sign(statement_of(document.kind, sha256_hex(content))).encode()
    files["snapshot-tables.txt"] = _tables()
    files["container.zip"] = encode_container({"a/b.txt": b"one\n", "a.txt": b"", "\u00e4.txt": b"two\n"})
    return files


def write_files() -> None:
    """Write the files into the folder of the tests."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in golden_files().items():
        (FOLDER / name).write_bytes(content)


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def _tables() -> bytes:
    """Return every column of a snapshot's tables, in the order of the files."""
    lines = (
        f"{table} {column} {pl.Schema(schema)[column]}\n"
        for table, schema in sorted(SNAPSHOT_TABLES.items())
        for column in schema
    )
    return "".join(lines).encode("ascii")


def _snapshot() -> RegisterSnapshot:
    head = Checkpoint(origin=_LOG.name, size=3, root=sha256(b"root").digest())
    return RegisterSnapshot(
        kind=DocumentKind.REGISTER_SNAPSHOT,
        platform=_PLATFORM,
        as_of=timestamp(_AT),
        log_size=3,
        checkpoint=sign_checkpoint(head, _LOG),
        rows={name: number for number, name in enumerate(sorted(SNAPSHOT_TABLES), 1)},
        tables={name: _digest(name) for name in SNAPSHOT_TABLES},
    )


def _manifest() -> CorpusManifest:
    shard = "00000-000.parquet"
    return CorpusManifest(
        kind=DocumentKind.CORPUS_MANIFEST,
        name="sample",
        corpus_id=_digest("corpus"),
        version=1,
        supersedes=None,
        platform=_PLATFORM,
        as_of=timestamp(_AT),
        log_size=3,
        snapshot=_digest("snapshot"),
        ruleset=RulesetEntry(name="eu-2025", version="1", digest=_digest("ruleset")),
        filters=FilterEntry(text="1", duplicates="1", copies="1", suppressions=""),
        partitions=1,
        sources=[
            SourceEntry(
                source="posts", split="content/posts.parquet", sha256=_digest("posts"), rows_read=7, rows_rejected=1
            )
        ],
        rows_read=7,
        rows_rejected=1,
        rows_decided=6,
        decisions={"exclude": 3, "hold": 1, "include": 2},
        reasons={"eligible": 2, "notice_missing": 1, "own_objection": 3},
        cuts={"email": 1, "phone": 0},
        pictures_left_out=1,
        shards=[ShardEntry(path=f"shards/{shard}", sha256=_digest("shard"), rows=2, first_row=0)],
        lineage=[FileEntry(path=f"lineage/{shard}", sha256=_digest("lineage"), rows=2)],
        decision_files=[
            DecisionsEntry(
                path="decisions/00000.parquet", sha256=_digest("decisions"), rows=6, listing=_digest("listing")
            )
        ],
        index=FileEntry(path="index/subjects.parquet", sha256=_digest("index"), rows=2),
        authors=TreeEntry(k=0, count=2, root=_digest("authors")),
        items=TreeEntry(k=0, count=2, root=_digest("items")),
    )


def _removals() -> Removals:
    return Removals(
        kind=DocumentKind.REMOVALS,
        corpus_id=_digest("corpus"),
        version=1,
        previous=_digest("manifest"),
        log_size=5,
        as_of=timestamp(_AT),
        snapshot=_digest("later snapshot"),
        rows={"00000-000": base64.b64encode(BitMap([1]).serialize()).decode("ascii")},
        removed=1,
        removed_before=0,
        reasons={"own_objection": 1},
        decisions=DecisionsEntry(
            path="removals/00000001.decisions.parquet",
            sha256=_digest("removal decisions"),
            rows=1,
            listing=_digest("removal listing"),
        ),
        authors=TreeEntry(k=0, count=1, root=_digest("remaining authors")),
    )


def _heartbeat() -> Heartbeat:
    return Heartbeat(corpus_id=_digest("corpus"), version=1, digest=_digest("removals"), log_size=5, at=_AT)


def _in_app() -> InAppNotice:
    texts = InAppTexts(
        direction="ltr",
        title="You can object.",
        body=("If you do nothing, your posts may be used.", "You need no reason."),
        object="I object",
        close="Close",
        more="Read more",
        done="Your objection is recorded",
        failed="Trying again does no harm.",
    )
    return InAppNotice(kind=DocumentKind.IN_APP_NOTICE, platform=_PLATFORM, version="2025-04", languages={"en": texts})


def _removal_notice() -> RemovalNotice:
    removed = RemovedFrom(
        corpus="sample", corpus_id=_digest("corpus"), version=1, digest=_digest("removals"), log_size=5
    )
    return RemovalNotice(
        kind=DocumentKind.REMOVAL_NOTICE, recipient="example-lab", number=1, at=timestamp(_AT), corpora=(removed,)
    )


def _run() -> RunRecord:
    return RunRecord(
        kind=DocumentKind.RUN_RECORD,
        run_id="00112233445566778899aabbccddeeff",
        corpus=CorpusEntry(corpus_id=_digest("corpus"), manifest=_digest("manifest"), rows=2),
        plan={"batch_rows": 2, "epochs": 1, "seed": "00"},
        config={"layers": 2, "parent": None},
        tokenizer=_digest("tokenizer"),
        segments=[
            SegmentEntry(
                attempt=1,
                epoch=0,
                first_step=0,
                last_step=0,
                first_position=0,
                version=1,
                delivered=1,
                fingerprint="0123456789abcdef",
            )
        ],
        weights={"config.json": _digest("config"), "model.safetensors": _digest("model")},
        weights_digest=_digest("weights"),
        canaries=None,
        parent=None,
        first_version=0,
        last_version=1,
    )


def _audit() -> AuditReport:
    return AuditReport(
        kind=DocumentKind.AUDIT_REPORT,
        run_id="00112233445566778899aabbccddeeff",
        weights_digest=_digest("weights"),
        canaries=None,
        thresholds=ThresholdsEntry(name="release", digest=_digest("thresholds")),
        metrics=[MetricEntry(name="z", level="never", value="0.1000", low="-0.5000", high="0.7000", n=64)],
        attacks=[
            AttackEntry(attack="membership-inference", metrics=["z"], reason=None),
            AttackEntry(attack="inversion", metrics=[], reason="not measured"),
        ],
        verdict="inconclusive",
        reasons=["too few canaries"],
    )


if __name__ == "__main__":
    write_files()
