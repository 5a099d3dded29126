"""A training run and its audit as documents, without a model: for tests of what is proven about runs."""

from pathlib import Path

from demur.exchange.documents import document_digest, write_document
from demur.exchange.runs import (
    AttackEntry,
    AuditReport,
    CorpusEntry,
    MetricEntry,
    RunRecord,
    SegmentEntry,
    ThresholdsEntry,
)
from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.files import write_whole
from demur.kernel.words import DocumentKind, RecordKind
from demur.testing.small_history import SmallHistory
from demur.testing.small_platform import NOW

_RUN_ID = "00112233445566778899aabbccddeeff"
_WEIGHTS = {"config.json": sha256_hex(b"config"), "model.safetensors": sha256_hex(b"model")}


def write_run(history: SmallHistory, folder: Path) -> Path:
    """Write and log the record of a run that read the corpus as it is now, and its audit; return the folder."""
    record = make_record(history)
    for name, document, kind in (
        ("run-record", record, RecordKind.TRAINING),
        ("audit-report", make_report(record), RecordKind.AUDIT),
    ):
        write_document(folder / name, document, history.keyring.document_signer)
        proof = history.log.append_document(kind, document_digest(document), at=NOW)
        write_whole(folder / f"{name}.tlog-proof", proof.encode().encode())
    return folder


def make_record(history: SmallHistory) -> RunRecord:
    """Describe a run of three steps."""
    corpus = history.open()
    version = corpus.removals_version
    segment = SegmentEntry(
        attempt=1,
        epoch=0,
        first_step=0,
        last_step=2,
        first_position=0,
        version=version,
        delivered=5,
        fingerprint="0123456789abcdef",
    )
    return RunRecord(
        kind=DocumentKind.RUN_RECORD,
        run_id=_RUN_ID,
        corpus=CorpusEntry(corpus_id=corpus.corpus_id.hex(), manifest=corpus.manifest_digest, rows=corpus.rows),
        plan={"seed": "00"},
        config={"layers": 2},
        tokenizer=sha256_hex(b"tokenizer"),
        segments=[segment],
        weights=_WEIGHTS,
        weights_digest=sha256_hex(canonical_bytes(_WEIGHTS)),
        canaries=None,
        parent=None,
        first_version=version,
        last_version=version,
    )


def make_report(record: RunRecord) -> AuditReport:
    """Describe an audit of a run's weights."""
    return AuditReport(
        kind=DocumentKind.AUDIT_REPORT,
        run_id=record.run_id,
        weights_digest=record.weights_digest,
        canaries=record.canaries,
        thresholds=ThresholdsEntry(name="release", digest=sha256_hex(b"thresholds")),
        metrics=[MetricEntry(name="z", level="never", value="0.1000", low="-0.5000", high="0.7000", n=64)],
        attacks=[AttackEntry(attack="membership-inference", metrics=["z"], reason=None)],
        verdict="inconclusive",
        reasons=["too few canaries"],
    )
