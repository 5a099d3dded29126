"""The gate: a removed row is handed out by no call, and a reader that cannot be sure hands out nothing."""

import dataclasses
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

import demur
from demur.corpus.gate import open_corpus
from demur.corpus.layout import CorpusLayout
from demur.corpus.reading_errors import (
    CorpusMissingError,
    OrdinalUnknownError,
    RemovalsBrokenError,
    StaleRemovalsError,
)
from demur.engines.local import LocalEngine
from demur.exchange.documents import read_document, write_document
from demur.exchange.errors import DocumentAlteredError, DocumentMissingError
from demur.exchange.manifest import CorpusManifest
from demur.exchange.removals import Heartbeat, Removals, open_heartbeat, sign_heartbeat
from demur.kernel.errors import IntegrityError
from demur.keys.keyring import create_keyring
from demur.testing.small_history import SmallHistory, write_small_history
from demur.testing.small_platform import NOW, ignore_progress

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallHistory:
    """Build a corpus and bring it up to the register, so that a reader may open it."""
    history = write_small_history(tmp_path_factory.mktemp("built"))
    history.apply()
    return history


@pytest.fixture
def history(built, tmp_path) -> SmallHistory:
    return built.copy(tmp_path)


@pytest.fixture
def removed_twice(history) -> SmallHistory:
    """Take somebody out, and then somebody else."""
    for account in history.accounts_with_rows()[:2]:
        history.file_objection(account)
        history.apply()
    return history


def texts_by_row(history: SmallHistory) -> dict[int, str]:
    """Return what the shards hold, without the gate."""
    shards = sorted((history.corpus / "shards").iterdir())
    return dict(pl.concat([pl.read_parquet(path) for path in shards]).sort("row").iter_rows())


def read_all(corpus) -> dict[int, str]:
    return {row: text for batch in corpus.batches() for row, text in batch.iter_rows()}


def sign_heartbeat_again(history: SmallHistory, **changes: object) -> None:
    """Change the heartbeat and sign it: what only the platform itself can do."""
    layout = CorpusLayout(history.corpus)
    heartbeat = open_heartbeat(layout.heartbeat.read_bytes(), history.keyring.document_signer.verifier)
    changed = msgspec.structs.replace(heartbeat, **changes)
    layout.heartbeat.write_text(sign_heartbeat(changed, history.keyring.document_signer))


def move_version(history: SmallHistory, old: int, new: str) -> None:
    for path in (history.corpus / "removals").glob(f"{old:08d}*"):
        path.rename(path.with_name(path.name.replace(f"{old:08d}", new)))


def flip_middle_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def first_shard(history: SmallHistory) -> Path:
    return min((history.corpus / "shards").iterdir())


# ------------------------------------------------------------------------------------------------------ what it reads


def test_a_reader_gets_every_row_in_order_and_its_text(history):
    corpus = history.open()
    everything = texts_by_row(history)
    assert read_all(corpus) == everything
    assert corpus.texts(range(corpus.rows)) == list(everything.values())
    assert (corpus.rows, corpus.removals_version, corpus.removed().any()) == (len(everything), 0, np.False_)


def test_texts_come_in_the_order_asked_and_as_often_as_asked(history):
    corpus, everything = history.open(), texts_by_row(history)
    wanted = [3, corpus.rows - 1, 0, 3, corpus.rows // 2]
    assert corpus.texts(wanted) == [everything[row] for row in wanted]
    assert corpus.texts([]) == []
    assert corpus.texts(np.array(wanted, dtype=np.uint64).tolist()) == corpus.texts(wanted)


@pytest.mark.parametrize("outside", [-1, -5, 10_000])
def test_a_row_that_the_corpus_does_not_have_is_refused(history, outside):
    with pytest.raises(OrdinalUnknownError, match=rf"not {outside}$"):
        history.open().texts([0, outside])


def test_the_corpus_says_what_it_is(history):
    manifest = read_document(history.corpus / "manifest", CorpusManifest, history.keyring.document_signer.verifier)
    corpus = history.open()
    assert (corpus.manifest, corpus.corpus_id.hex()) == (manifest, manifest.corpus_id)
    assert corpus.log_size == 2


def test_the_package_itself_opens_a_corpus_with_a_file_of_public_keys(history):
    with pytest.raises(StaleRemovalsError):
        demur.open_corpus(history.corpus, trust=history.public_keys)


# ------------------------------------------------------------------------------------------------- what it never reads


def test_a_removed_row_is_given_out_by_no_call(removed_twice):
    gone = {row for account in removed_twice.objected for row in removed_twice.rows_of(account)}
    everything = texts_by_row(removed_twice)
    assert gone <= everything.keys()
    corpus = removed_twice.open()
    assert read_all(corpus) == {row: text for row, text in everything.items() if row not in gone}
    assert corpus.texts(range(corpus.rows)) == [None if row in gone else everything[row] for row in range(corpus.rows)]
    assert set(np.flatnonzero(corpus.removed()).tolist()) == gone
    by = {version: set(np.flatnonzero(corpus.removed_by() == version).tolist()) for version in (1, 2)}
    assert by == {
        number: set(removed_twice.rows_of(account)) for number, account in enumerate(removed_twice.objected, 1)
    }


def test_an_objection_that_is_published_is_seen_by_an_open_reader_on_its_next_call(history):
    corpus = history.open()
    account = history.accounts_with_rows()[0]
    rows = history.rows_of(account)
    assert None not in corpus.texts(rows)
    history.file_objection(account)
    history.apply()
    assert corpus.texts(rows) == [None] * len(rows)
    assert (corpus.removals_version, corpus.log_size) == (1, 4)


def test_an_objection_that_comes_while_a_reader_goes_through_the_corpus_counts_for_the_shards_to_come(history):
    corpus = history.open()
    batches = corpus.batches()
    first = next(batches)
    account = next(a for a in history.accounts_with_rows() if set(history.rows_of(a)) - set(first["row"]))
    history.file_objection(account)
    history.apply()
    rest = [row for batch in batches for row in batch["row"]]
    assert set(rest) & set(history.rows_of(account)) == set()
    assert corpus.removals_version == 1


def test_a_copy_of_what_is_removed_does_not_change_under_its_holder(history):
    corpus = history.open()
    before, by = corpus.removed(), corpus.removed_by()
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    corpus.refresh()
    assert (before.any(), by.any(), corpus.removed().any()) == (np.False_, np.False_, np.True_)


def test_a_version_that_is_published_counts_even_before_its_heartbeat(removed_twice):
    heartbeat = CorpusLayout(removed_twice.corpus).heartbeat
    newest = open_heartbeat(heartbeat.read_bytes(), removed_twice.keyring.document_signer.verifier)
    first = read_document(
        removed_twice.corpus / "removals" / "00000001", Removals, removed_twice.keyring.document_signer.verifier
    )
    second = read_document(
        removed_twice.corpus / "removals" / "00000002", Removals, removed_twice.keyring.document_signer.verifier
    )
    sign_heartbeat_again(removed_twice, version=1, digest=second.previous, log_size=first.log_size)
    assert newest.version == 2
    assert removed_twice.open().removals_version == 2


# ------------------------------------------------------------------------------------------------- when it stops: time


@pytest.mark.parametrize("age", [timedelta(0), MINUTE, -MINUTE])
def test_a_heartbeat_within_the_allowed_age_is_enough(history, age):
    assert history.open(at=NOW + age).refresh() == 0


def test_a_heartbeat_that_is_too_old_stops_the_reader(history):
    with pytest.raises(StaleRemovalsError, match=r"0:01:00\.000001 ago, a reader allows 0:01:00"):
        history.open(at=NOW + MINUTE + timedelta(microseconds=1))


def test_a_heartbeat_from_the_future_stops_the_reader(history):
    with pytest.raises(StaleRemovalsError, match=r"^the heartbeat is from the future: 0:01:00\.000001 ahead"):
        history.open(at=NOW - MINUTE - timedelta(microseconds=1))


@dataclasses.dataclass
class MovingClock:
    """A clock that a test moves."""

    at: object

    def now(self):
        return self.at


def test_an_open_reader_stops_when_nobody_confirms_any_more_and_goes_on_when_somebody_does(history):
    clock = MovingClock(NOW)
    corpus = open_corpus(history.corpus, trust=history.keyring.trusted_keys(), clock=clock)
    batches = corpus.batches()
    next(batches)
    clock.at = NOW + 2 * MINUTE
    for call in (corpus.refresh, lambda: corpus.texts([0]), lambda: list(batches)):
        with pytest.raises(StaleRemovalsError):
            call()
    history.apply(at=NOW + 2 * MINUTE)
    assert corpus.texts([0]) == [texts_by_row(history)[0]]


def test_a_heartbeat_that_is_taken_away_stops_the_reader(history):
    corpus = history.open()
    CorpusLayout(history.corpus).heartbeat.unlink()
    for call in (corpus.refresh, history.open):
        with pytest.raises(StaleRemovalsError, match=r"^the corpus first has no heartbeat$"):
            call()


# --------------------------------------------------------------------------------------- when it stops: broken removals


def test_a_gap_in_the_removals_stops_the_reader(removed_twice):
    move_version(removed_twice, 1, "elsewhere")
    with pytest.raises(RemovalsBrokenError, match="speaks of removals version 2, which the corpus does not hold"):
        removed_twice.open()


def test_a_newest_version_that_is_missing_stops_the_reader(removed_twice):
    move_version(removed_twice, 2, "elsewhere")
    with pytest.raises(RemovalsBrokenError, match="speaks of removals version 2, which the corpus does not hold"):
        removed_twice.open()


def test_swapped_versions_stop_the_reader(removed_twice):
    move_version(removed_twice, 1, "elsewhere")
    move_version(removed_twice, 2, "00000001")
    for path in (removed_twice.corpus / "removals").glob("elsewhere*"):
        path.rename(path.with_name(path.name.replace("elsewhere", "00000002")))
    with pytest.raises(RemovalsBrokenError, match="removals version 1 does not follow version 0 of this corpus"):
        removed_twice.open()


def test_removals_of_another_corpus_stop_the_reader(removed_twice):
    plan = dataclasses.replace(removed_twice.platform.plan(partitions=2), name="second")
    removed_twice.platform.build(plan, LocalEngine(), progress=ignore_progress)
    second = removed_twice.folder / "corpora" / "second"
    shutil.rmtree(second / "removals")
    shutil.copytree(removed_twice.corpus / "removals", second / "removals")
    with pytest.raises(RemovalsBrokenError, match="removals version 1 does not follow version 0 of this corpus"):
        open_corpus(second, trust=removed_twice.keyring.trusted_keys())


def test_a_heartbeat_of_another_corpus_stops_the_reader(history):
    sign_heartbeat_again(history, corpus_id="ab" * 32)
    with pytest.raises(RemovalsBrokenError, match="belongs to another corpus"):
        history.open()


def test_a_heartbeat_with_another_digest_stops_the_reader(removed_twice):
    sign_heartbeat_again(removed_twice, digest="ab" * 32)
    with pytest.raises(RemovalsBrokenError, match="speaks of removals version 2"):
        removed_twice.open()


def test_an_old_heartbeat_that_is_put_back_stops_an_open_reader(history):
    before = CorpusLayout(history.corpus).heartbeat.read_bytes()
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    corpus = history.open()
    CorpusLayout(history.corpus).heartbeat.write_bytes(before)
    with pytest.raises(RemovalsBrokenError, match=r"^the heartbeat went back from removals version 1 at log size 4"):
        corpus.refresh()


def test_an_old_heartbeat_that_is_put_back_uncovers_no_row_for_a_new_reader(history):
    before = CorpusLayout(history.corpus).heartbeat.read_bytes()
    account = history.accounts_with_rows()[0]
    history.file_objection(account)
    history.apply()
    CorpusLayout(history.corpus).heartbeat.write_bytes(before)
    assert set(history.open().texts(history.rows_of(account))) == {None}


def test_one_flipped_byte_in_a_version_of_removals_stops_the_reader_with_its_name(removed_twice):
    corpus = removed_twice.open()
    flip_middle_byte(removed_twice.corpus / "removals" / "00000001.json")
    with pytest.raises(DocumentAlteredError, match=r"^00000001\.json "):
        removed_twice.open()
    assert corpus.refresh() == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rows": {"00099-000": ""}}, "names rows that shard 00099-000 does not have"),
        ({"rows": {"00000-000": "no base64"}}, "names rows that shard 00000-000 does not have"),
        ({"rows": {"00000-000": "bm8gYml0bWFw"}}, "names rows that shard 00000-000 does not have"),
        ({"rows": {}}, "names 0 rows and counts"),
    ],
)
def test_a_signed_version_that_names_no_rows_of_this_corpus_stops_the_reader(history, changes, says):
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    signer = history.keyring.document_signer
    version = read_document(history.corpus / "removals" / "00000001", Removals, signer.verifier)
    digest = write_document(
        history.corpus / "removals" / "00000001", msgspec.structs.replace(version, **changes), signer
    )
    sign_heartbeat_again(history, digest=digest.hex())
    with pytest.raises(RemovalsBrokenError, match=says):
        history.open()


# ---------------------------------------------------------------------------------------- when it stops: altered files


@pytest.mark.parametrize("name", ["manifest.json", "manifest.note", "removals/heartbeat"])
def test_one_flipped_byte_in_a_signed_file_stops_the_reader_with_its_name(history, name):
    flip_middle_byte(history.corpus / name)
    with pytest.raises(IntegrityError, match=Path(name).name.replace(".", r"\.").replace("note", "(note|json)")):
        history.open()


def test_one_flipped_byte_in_a_shard_stops_the_reader_with_its_name(history):
    flip_middle_byte(first_shard(history))
    with pytest.raises(DocumentAlteredError, match=rf"^shards/{first_shard(history).name} was altered or truncated"):
        list(history.open().batches())


def test_a_truncated_shard_stops_the_reader_with_its_name(history):
    content = first_shard(history).read_bytes()
    first_shard(history).write_bytes(content[: len(content) // 2])
    with pytest.raises(DocumentAlteredError, match=rf"^shards/{first_shard(history).name} was altered or truncated"):
        history.open().texts([0])


def test_a_missing_shard_stops_the_reader_with_its_name(history):
    name = first_shard(history).name
    first_shard(history).unlink()
    with pytest.raises(DocumentMissingError, match=rf"^{name} cannot be read"):
        history.open().texts([0])


def test_a_corpus_without_its_note_is_no_corpus(history):
    (history.corpus / "manifest.note").unlink()
    with pytest.raises(CorpusMissingError, match="no finished corpus"):
        history.open()


def test_a_corpus_of_another_platform_is_refused(history, tmp_path):
    stranger = create_keyring(tmp_path / "stranger.json", platform="other.example", seed=bytes(32))
    with pytest.raises(IntegrityError, match=r"^manifest\.note: the note carries no signature of the trusted key"):
        open_corpus(history.corpus, trust=stranger.trusted_keys())


def test_a_heartbeat_is_a_value_of_its_own(history):
    verifier = history.keyring.document_signer.verifier
    found = open_heartbeat(CorpusLayout(history.corpus).heartbeat.read_bytes(), verifier)
    assert found == Heartbeat(
        corpus_id=history.open().corpus_id.hex(), version=0, digest=history.open().manifest_digest, log_size=2, at=NOW
    )
