"""Check the training runs of a pack: the record bound to its corpus, the audit bound to the weights."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from demur.evidence.corpora import CheckedCorpus
from demur.evidence.opened import Check, Document, Pack, check_logged_document, expect, refuse
from demur.kernel.words import DocumentKind, RecordKind
from demur.keys.encoding import encode_json


def check_runs(pack: Pack, corpora: Sequence[CheckedCorpus]) -> Iterator[Check]:
    """Check every run of a pack against the corpus that it names."""
    by_digest = {corpus.digest: corpus for corpus in corpora}
    for run in pack.groups("runs"):
        where = f"runs/{run}/run-record"
        record = check_logged_document(pack, where, DocumentKind.RUN_RECORD, RecordKind.TRAINING)
        corpus = by_digest.get(record["corpus"]["manifest"])
        if corpus is None:
            refuse(f"{where}.json", "names a corpus that the pack does not hold")
        _check_corpus(f"{where}.json", record, corpus)
        yield _check_segments(f"{where}.json", run, record, corpus)
        digest = sha256(encode_json(record["weights"])).hexdigest()
        expect(digest == record["weights_digest"], f"{where}.json", "names a digest that is not that of its weights")
        yield from _check_audit(pack, run, record)


def _check_corpus(where: str, record: Document, corpus: CheckedCorpus) -> None:
    rows = sum(shard["rows"] for shard in corpus.manifest["shards"])
    named = (record["corpus"]["corpus_id"], record["corpus"]["rows"])
    expect(named == (corpus.manifest["corpus_id"], rows), where, "describes another corpus than the one that it names")


def _check_segments(where: str, run: str, record: Document, corpus: CheckedCorpus) -> Check:
    segments = record["segments"]
    expect(bool(segments), where, "read nothing")
    versions = [segment["version"] for segment in segments]
    expect(versions == sorted(versions), where, "went back to older removals")
    first, last = record["first_version"], record["last_version"]
    expect(0 <= first <= versions[0] and last == versions[-1], where, "names other removals than its segments do")
    expect(last <= len(corpus.versions), where, "read at removals that do not exist")
    expect(all(s["first_step"] <= s["last_step"] for s in segments), where, "has a segment that ends before it begins")
    steps = sum(segment["last_step"] - segment["first_step"] + 1 for segment in segments)
    return Check(subject=run, statement=f"{steps} steps read corpus {corpus.name} at removals {versions[0]}-{last}")


def _check_audit(pack: Pack, run: str, record: Document) -> Iterator[Check]:
    where = f"runs/{run}/audit-report"
    if f"{where}.json" not in pack.members:
        return
    report = check_logged_document(pack, where, DocumentKind.AUDIT_REPORT, RecordKind.AUDIT)
    for key, otherwise in (
        ("weights_digest", "is about other weights than the run's"),
        ("run_id", "is about another run"),
        ("canaries", "rests on other canaries than the run's"),
    ):
        expect(report[key] == record[key], f"{where}.json", otherwise)
    yield Check(subject=run, statement=f"the audit of exactly these weights says: {report['verdict']}")
