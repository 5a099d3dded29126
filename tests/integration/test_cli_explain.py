"""`demur explain` for items, objections and runs, on the sample platform."""

import json
import shutil
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from demur.exchange.documents import document_digest, read_document, write_document
from demur.exchange.manifest import CorpusManifest
from demur.exchange.runs import CorpusEntry, RunRecord, SegmentEntry
from demur.kernel.words import DocumentKind
from demur.keys.keyring import load_keyring
from demur.policy.deadlines import answer_deadline
from demur.training.config import TrainingConfig
from demur.training.folder import RunPlan, write_run_plan


@pytest.fixture
def platform(built, tmp_path):
    return Path(shutil.copytree(built, tmp_path / "platform"))


def write_record(platform: Path, *, manifest: str | None = None) -> str:
    """Write the signed record of a run that read five rows of the corpus; return the folder's name."""
    keyring = load_keyring(platform / "keys/keyring.json")
    path = platform / "corpora/sample/manifest"
    corpus = read_document(path, CorpusManifest, keyring.document_signer.verifier)
    digest = manifest or document_digest(corpus).hex()
    segment = SegmentEntry(
        attempt=1, epoch=0, first_step=0, last_step=2, first_position=0, version=0, delivered=5, fingerprint="0" * 16
    )
    record = RunRecord(
        kind=DocumentKind.RUN_RECORD,
        run_id="00112233445566778899aabbccddeeff",
        corpus=CorpusEntry(corpus_id=corpus.corpus_id, manifest=digest, rows=60),
        plan={},
        config={},
        tokenizer="0" * 64,
        segments=[segment],
        weights={},
        weights_digest="1" * 64,
        canaries=None,
        parent=None,
        first_version=0,
        last_version=0,
    )
    write_document(platform / "runs/first/run-record", record, keyring.document_signer)
    return "runs/first"


def explain(demur, platform, *words):
    ended = demur(platform, "explain", *words, "--json")
    assert ended.status == 0, ended.err
    return json.loads(ended.out)


def somebody_of(platform: Path) -> str:
    return (platform / "late_objection.txt").read_text("utf-8").strip()


def test_an_item_is_explained_as_it_was_before(demur, platform):
    item = json.loads((platform / "planted.jsonl").read_text("utf-8").splitlines()[0])["item"]
    told = explain(demur, platform, item, "--corpus", "sample")
    assert sorted(told["now"]) == [
        *("as_of", "decision", "digest", "evaluated", "facts", "is_content_known", "law", "log_size", "reason"),
        *("ruleset", "sentence", "version"),
    ]
    assert told["now"]["evaluated"][-1]["has_hit"]
    lines = demur(platform, "explain", item, "--corpus", "sample").out.splitlines()
    assert lines[0] == f"item {item} in corpus sample"
    tried = len(told["now"]["evaluated"])
    assert f"  rules tried    {tried - 1} did not hit, number {tried} did" in lines


def test_an_objection_is_explained_from_the_moment_it_is_filed(demur, platform):
    account = somebody_of(platform)
    assert explain(demur, platform, "--objection", account)["basis"] is None
    assert demur(platform, "register", "object", account, "--received-at", "2025-03-31T12:00:00Z").status == 0
    told = explain(demur, platform, "--objection", account)
    assert (told["basis"], told["covered_since"], told["standing"]) == ("own", "2025-03-31T12:00:00.000000Z", 1)
    due = answer_deadline(datetime(2025, 3, 31, 12, tzinfo=UTC), None).due_on.isoformat()
    assert (told["request"]["due_on"], told["request"]["state"]) == (due, "overdue")
    assert told["request"]["duties"] == [f"answer by {due}"]


def test_an_explanation_of_an_objection_does_not_repeat_the_account(demur, platform):
    account = somebody_of(platform)
    demur(platform, "register", "object", account)
    ended = demur(platform, "explain", "--objection", account)
    assert ended.status == 0
    assert account not in ended.out + ended.err


def test_a_run_may_start_when_its_corpus_was_brought_up_to_the_register(demur, platform):
    run = write_record(platform)
    demur(platform, "apply", "sample")
    told = explain(demur, platform, "--run", run)
    assert (told["decision"], told["reason"], told["corpus"]) == ("go", "reconciled", "sample")
    assert (told["finished"], told["delivered"], told["removals"], told["taken_out_since"]) == (True, 5, [0, 0], 0)
    assert told["same_rules"]


def test_a_run_that_is_not_finished_is_explained_by_its_plan(demur, platform):
    demur(platform, "apply", "sample")
    corpus = json.loads((platform / "corpora/sample/manifest.json").read_text("utf-8"))
    config = TrainingConfig()
    plan = RunPlan(
        run_id="0" * 32,
        corpus_id=corpus["corpus_id"],
        manifest=sha256((platform / "corpora/sample/manifest.json").read_bytes()).hexdigest(),
        corpus_rows=60,
        canaries=None,
        tokenizer="0" * 64,
        first_version=0,
        config=config,
        plan=config.plan(60),
    )
    write_run_plan(platform / "runs/begun", plan)
    told = explain(demur, platform, "--run", "runs/begun")
    assert (told["run"], told["finished"], told["delivered"], told["weights"]) == ("0" * 32, False, None, None)
    assert (told["decision"], told["taken_out_since"]) == ("go", None)


def test_a_run_stops_when_somebody_objected_since_and_starts_after_apply(demur, platform):
    run = write_record(platform)
    demur(platform, "apply", "sample")
    demur(platform, "register", "object", somebody_of(platform))
    told = explain(demur, platform, "--run", run)
    assert (told["decision"], told["reason"]) == ("stop", "corpus_not_reconciled")
    demur(platform, "apply", "sample")
    again = explain(demur, platform, "--run", run)
    assert (again["decision"], again["taken_out_since"] > 0) == ("go", True)


def test_a_run_stops_while_everything_is_suspended(demur, platform):
    run = write_record(platform)
    demur(platform, "apply", "sample")
    demur(platform, "register", "suspend")
    assert explain(demur, platform, "--run", run)["reason"] == "processing_suspended"
    demur(platform, "register", "lift", "1")
    assert explain(demur, platform, "--run", run)["decision"] == "go"


def test_no_training_starts_while_everything_is_suspended(demur, platform):
    demur(platform, "register", "suspend")
    ended = demur(platform, "train", "sample", "--out", "runs/none")
    assert (ended.status, ended.err.splitlines()[-2:]) == (
        2,
        [
            "demur: the run may not start: processing_suspended [run-stopped]",
            "  next: What this asks for: nothing starts; corpora sealed.",
        ],
    )


def test_a_run_on_a_corpus_that_other_rules_decided_says_so(demur, platform):
    run = write_record(platform)
    path = platform / "demur.toml"
    path.write_text(
        path.read_text("utf-8").replace("[ruleset.settings]", "[ruleset.settings]\nnotice_days = 60"), "utf-8"
    )
    assert not explain(demur, platform, "--run", run)["same_rules"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--run", "runs/first"), "corpus-missing"),
        (("--run", "runs/first", "--corpus", "sample"), "run-mismatch"),
        (("--run", "runs/second"), "run-missing"),
    ],
)
def test_a_run_whose_corpus_is_not_there_is_an_error(demur, platform, words, code):
    write_record(platform, manifest="f" * 64)
    ended = demur(platform, "explain", *words)
    assert ended.out == ""
    assert ended.err.splitlines()[0].endswith(f"[{code}]")


def test_a_record_that_was_altered_is_not_believed(demur, platform):
    run = write_record(platform)
    path = platform / run / "run-record.json"
    path.write_text(path.read_text("utf-8").replace('"delivered":5', '"delivered":6'), "utf-8")
    ended = demur(platform, "explain", "--run", run)
    assert (ended.status, ended.out) == (5, "")


@pytest.mark.parametrize("words", [(), ("p1", "--objection", "a1"), ("--objection", "a1", "--run", "runs/first")])
def test_one_thing_is_explained_at_a_time(demur, platform, words):
    assert demur(platform, "explain", *words).status == 2


def test_an_item_without_a_corpus_is_an_error_that_says_what_is_missing(demur, platform):
    ended = demur(platform, "explain", "p1")
    assert (ended.status, ended.err.splitlines()[0]) == (2, "demur: no corpus was named [nothing-named]")
