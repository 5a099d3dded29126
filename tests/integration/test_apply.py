"""Bringing a corpus up to the register: what falls out, what is refused, and what a stop in the middle leaves."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest

from demur.corpus.apply import apply_register, renew_heartbeat
from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import RegisterRewoundError, RemovalsBrokenError, RulesetMismatchError
from demur.evidence.verify import verify_pack
from demur.exchange.columns import INSTANT
from demur.exchange.documents import file_digest, read_document
from demur.exchange.errors import DocumentAlteredError
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removals import Heartbeat, Removals, open_heartbeat
from demur.exchange.snapshot import SNAPSHOT_TABLES, write_snapshot
from demur.kernel.clock import FixedClock
from demur.kernel.errors import IntegrityError
from demur.ledger.buckets import open_buckets
from demur.testing.small_history import SmallHistory, begin_history, write_small_history
from demur.testing.small_platform import NOW, PLATFORM, SmallPlatform, read_tree, write_small_platform
from demur.testing.stopping import stop_at_write

SECOND = timedelta(seconds=1)
# Applies the snapshot in a process of its own and dies by SIGKILL instead of the rename with a number.
DYING_APPLY = """
import os, signal, sys
from pathlib import Path
from demur.corpus.apply import apply_register
from demur.kernel.clock import FixedClock
from demur.testing.small_platform import NOW, SmallPlatform

folder, snapshot, stop_at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
platform, rename, done = SmallPlatform(folder), Path.replace, []

def die(path, target):
    done.append(target)
    if len(done) > stop_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)

Path.replace = die
apply_register(folder / "corpora" / "first", snapshot=snapshot, ruleset=platform.plan().ruleset,
               keyring=platform.keyring, log=platform.log, clock=FixedClock(NOW))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallHistory:
    history = write_small_history(tmp_path_factory.mktemp("built"))
    history.apply()
    return history


@pytest.fixture
def history(built, tmp_path) -> SmallHistory:
    return built.copy(tmp_path)


@pytest.fixture
def objected(history) -> SmallHistory:
    """Let somebody object; nothing is applied yet."""
    history.file_objection(history.accounts_with_rows()[0])
    return history


def read_heartbeat(history: SmallHistory) -> Heartbeat:
    verifier = history.keyring.document_signer.verifier
    return open_heartbeat(CorpusLayout(history.corpus).heartbeat.read_bytes(), verifier)


def read_version(history: SmallHistory, number: int) -> Removals:
    path = CorpusLayout(history.corpus).removals_version(number)
    return read_document(path, Removals, history.keyring.document_signer.verifier)


def read_manifest(history: SmallHistory) -> CorpusManifest:
    return read_document(history.corpus / "manifest", CorpusManifest, history.keyring.document_signer.verifier)


def flip_middle_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


# ------------------------------------------------------------------------------------------------------ what it writes


def test_a_version_says_what_fell_out_and_why(objected):
    account = objected.objected[0]
    result = objected.apply()
    version = read_version(objected, 1)
    rows = len(objected.rows_of(account))
    decisions = pl.read_parquet(objected.corpus / version.decisions.path)
    assert (result.version, result.removed, result.reasons) == (1, rows, {"own_objection": rows})
    assert (version.removed, version.removed_before, version.reasons) == (rows, 0, {"own_objection": rows})
    assert decisions.select("decision", "reason").unique().rows() == [("exclude", "own_objection")]
    assert (decisions.height, decisions["item_key"].is_sorted()) == (rows, True)


def test_the_tree_of_authors_loses_exactly_those_without_a_row_left(objected):
    layout = CorpusLayout(objected.corpus)
    before = open_buckets(layout.authors(0).read_bytes())
    objected.apply()
    after = open_buckets(layout.authors(1).read_bytes())
    signed = read_version(objected, 1).authors
    assert (len(set(before.pseudonyms) - set(after.pseudonyms)), after.count) == (1, before.count - 1)
    assert (signed.k, signed.count, signed.root) == (after.bits, after.count, after.root.hex())


@pytest.fixture
def expiring(tmp_path) -> SmallHistory:
    """Build a corpus with two more items of one author, of whom nothing else is in, one of which expires."""
    platform = write_small_platform(tmp_path)
    rows = [
        {"item": name, "account": "a0", "kind": "post", "product": "social", "visibility": "public", "text": text}
        | {"created_at": NOW - timedelta(days=400), "expires_at": expires_at, "language": "en"}
        for name, text, expires_at in (
            ("soon", "kettle ribbon meadow timber whistle copper basket thunder", NOW + SECOND),
            ("late", "pebble velvet ladder marble saddle window garden bridge", NOW + timedelta(days=9)),
        )
    ]
    pl.DataFrame(rows, schema_overrides={"created_at": INSTANT, "expires_at": INSTANT}).write_parquet(
        tmp_path / "content" / "posts-9.parquet"
    )
    return begin_history(platform)


def test_a_row_falls_out_when_its_time_comes_though_no_fact_changed(expiring):
    assert expiring.apply(at=NOW).removed == 0
    result = expiring.apply(at=NOW + SECOND)
    assert (result.removed, result.reasons) == (1, {"expired": 1})
    assert expiring.apply(at=NOW + 2 * SECOND).removed == 0
    assert expiring.apply(at=NOW + timedelta(days=9)).reasons == {"expired": 1}


def test_an_author_who_keeps_a_row_stays_in_the_tree(expiring):
    before = read_manifest(expiring).authors
    expiring.apply(at=NOW + SECOND)
    assert read_version(expiring, 1).authors == before


def test_the_heartbeat_says_as_of_when_and_not_when_it_was_written(objected):
    snapshot = objected.take_snapshot(at=NOW - timedelta(minutes=3))
    result = objected.apply(snapshot, at=NOW)
    assert (result.at, read_heartbeat(objected)) == (
        NOW - timedelta(minutes=3),
        Heartbeat(
            corpus_id=read_manifest(objected).corpus_id,
            version=1,
            digest=file_digest(objected.corpus / "removals" / "00000001.json"),
            log_size=4,
            at=NOW - timedelta(minutes=3),
        ),
    )


def test_a_snapshot_that_runs_ahead_of_the_clock_makes_no_heartbeat_from_the_future(objected):
    assert objected.apply(objected.take_snapshot(at=NOW + SECOND), at=NOW).at == NOW


def test_a_heartbeat_is_renewed_without_another_word(objected):
    objected.apply()
    before = read_heartbeat(objected)
    renew_heartbeat(objected.corpus, keyring=objected.keyring, clock=FixedClock(NOW + SECOND))
    assert (before.at, read_heartbeat(objected)) == (NOW, replace_at(before, NOW + SECOND))


def replace_at(heartbeat: Heartbeat, at: object) -> Heartbeat:
    return msgspec.structs.replace(heartbeat, at=at)


def test_the_snapshot_in_force_is_the_only_copy_beside_that_of_the_build(objected):
    for number in range(3):
        objected.apply(at=NOW + number * SECOND)
    folders = [path for path in (objected.corpus / "register").iterdir() if path.is_dir()]
    assert [path.name for path in folders] == [CorpusLayout(objected.corpus).current_register.read_text().strip()]


# ------------------------------------------------------------------------------------------------------ what it refuses


@pytest.mark.parametrize("later", [timedelta(0), SECOND])
def test_a_register_that_was_rewound_is_refused(objected, later):
    old = objected.take_snapshot(at=NOW - SECOND)
    objected.apply(objected.take_snapshot(at=NOW + later), at=NOW + later)
    before = read_tree(objected.corpus)
    with pytest.raises(
        RegisterRewoundError, match=r"^the snapshot is of log size 4 as of .*, the corpus already reflects 5"
    ):
        objected.apply(old)
    assert read_tree(objected.corpus) == before


def test_an_older_instant_at_the_same_position_is_refused(history):
    facts = history.facts()
    history.apply(history.write_state(facts, at=NOW + SECOND), at=NOW + SECOND)
    snapshot = history.folder / "other"
    size = read_heartbeat(history).log_size
    older = replace(facts, as_of=NOW, log_size=size)
    write_snapshot(snapshot, older, platform=PLATFORM, checkpoint="", signer=history.keyring.document_signer)
    with pytest.raises(RegisterRewoundError, match=rf"log size {size} as of 2025-05-27T06:00:00\.000000Z"):
        history.apply(snapshot, at=NOW + SECOND)


def test_other_rules_are_refused(objected):
    snapshot = objected.take_snapshot()
    with pytest.raises(RulesetMismatchError, match=r"^the corpus was decided by eu-2025 .* with other settings$"):
        apply_register(
            objected.corpus,
            snapshot=snapshot,
            ruleset=objected.platform.plan().ruleset.with_settings({"notice_days": 31}),
            keyring=objected.keyring,
            log=objected.log,
            clock=FixedClock(NOW),
        )


def test_a_published_version_that_is_gone_is_refused_instead_of_forgotten(objected):
    objected.apply()
    for path in (objected.corpus / "removals").glob("00000001*"):
        path.unlink()
    with pytest.raises(RemovalsBrokenError, match="speaks of removals version 1, which the corpus does not hold"):
        objected.apply(at=NOW + SECOND)


def test_removals_that_were_rolled_back_with_their_heartbeat_are_refused(objected):
    shutil.copytree(objected.corpus / "removals", objected.folder / "copy")
    objected.apply()
    shutil.rmtree(objected.corpus / "removals")
    shutil.copytree(objected.folder / "copy", objected.corpus / "removals")
    with pytest.raises(RemovalsBrokenError, match=r"^the heartbeat is of log size 2, the corpus reflected 4 before$"):
        objected.apply(at=NOW + SECOND)


def test_without_a_heartbeat_every_row_is_decided_again(objected):
    objected.apply()
    for path in [*(objected.corpus / "removals").glob("00000001*"), CorpusLayout(objected.corpus).heartbeat]:
        path.unlink()
    assert objected.apply(at=NOW + SECOND).reasons == {"own_objection": len(objected.rows_of(objected.objected[0]))}


@pytest.mark.parametrize(
    "name",
    [
        "index/subjects.parquet",
        "index/expiring.parquet",
        "index/expiring.note",
        "lineage/00000-000.parquet",
        "lineage/00001-000.parquet",
        "proof/authors.bin",
        "manifest.json",
        "removals/heartbeat",
    ],
)
def test_one_flipped_byte_in_what_it_reads_is_refused_with_its_name(history, name):
    for account in history.accounts_with_rows():
        history.file_objection(account)
    flip_middle_byte(history.corpus / name)
    before = read_tree(history.corpus)
    with pytest.raises(IntegrityError, match=Path(name).stem):
        history.apply()
    published = {path for path in read_tree(history.corpus).keys() - before.keys() if not path.endswith(".parquet")}
    assert published - {"removals/00000001.decisions.parquet"} == set()


def test_one_flipped_byte_in_the_new_snapshot_is_refused(objected):
    snapshot = objected.take_snapshot()
    flip_middle_byte(snapshot / "objections.parquet")
    with pytest.raises(DocumentAlteredError, match=r"/objections\.parquet was altered"):
        objected.apply(snapshot)


# ------------------------------------------------------------------------------------------------- a stop in the middle


def without_leftovers(tree: dict[str, str]) -> dict[str, str]:
    return {path: digest for path, digest in tree.items() if not path.endswith(".partial")}


def test_a_stop_at_any_write_is_made_good_by_the_next_call(objected, tmp_path_factory):
    snapshot = objected.take_snapshot()
    undisturbed = objected.copy(tmp_path_factory.mktemp("undisturbed"))
    undisturbed.apply(undisturbed.folder / snapshot.name)
    expected, rows = read_tree(undisturbed.corpus), objected.rows_of(objected.objected[0])
    stopped: list[str] = []
    for number in range(100):
        history = objected.copy(tmp_path_factory.mktemp(f"stop-{number}"))
        with stop_at_write(number, within=history.folder) as written:
            history.apply(history.folder / snapshot.name)
        assert history.open().texts(rows) in ([None] * len(rows), objected.open().texts(rows))
        history.apply(history.folder / snapshot.name)
        assert without_leftovers(read_tree(history.corpus)) == expected
        if not written:
            break
        stopped.append(written[-1])
    assert stopped[:4] == ["00000001.decisions.parquet", "authors-00000001.bin", "00000001.json", "00000001.note"]
    assert stopped[-11:] == [
        "heartbeat",
        *(f"{table}.parquet" for table in SNAPSHOT_TABLES),
        "snapshot.json",
        "snapshot.note",
        "current",
    ]


def test_a_stop_at_any_write_is_made_good_by_a_later_snapshot_and_everything_is_proven(objected, tmp_path_factory):
    snapshot = objected.take_snapshot()
    second = objected.accounts_with_rows()[1]
    for number in range(0, 100, 2):
        history = objected.copy(tmp_path_factory.mktemp(f"stop-{number}"))
        with stop_at_write(number, within=history.corpus) as written:
            history.apply(history.folder / snapshot.name)
        receipt = history.file_objection(second)
        history.apply(at=NOW + SECOND)
        rows = [row for account in history.objected for row in history.rows_of(account)]
        assert history.open(at=NOW + SECOND).texts(rows) == [None] * len(rows)
        history.pack(history.folder / "pack.zip")
        verify_pack(history.folder / "pack.zip", receipt=receipt)
        if not written:
            break


@pytest.mark.parametrize("stop_at", [3, 9])
def test_a_killed_process_is_made_good_by_the_next_call(objected, stop_at):
    snapshot = objected.take_snapshot()
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", DYING_APPLY, objected.folder, snapshot, str(stop_at)], env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL
    account = objected.objected[0]
    objected.apply(snapshot)
    assert objected.open().texts(objected.rows_of(account)) == [None] * len(objected.rows_of(account))
    objected.pack(objected.folder / "pack.zip")
    assert verify_pack(objected.folder / "pack.zip").platform == SmallPlatform(objected.folder).keyring.platform
