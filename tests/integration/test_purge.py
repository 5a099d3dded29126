"""A purge makes the bytes go; ordinals, readers and proofs live on."""

from pathlib import Path

import msgspec
import polars as pl
import pytest

from demur.corpus.purge import PurgeResult
from demur.corpus.reading_errors import RemovalsBrokenError
from demur.evidence.verify import verify_pack
from demur.exchange.documents import document_digest, read_document, write_document
from demur.exchange.errors import DocumentAlteredError
from demur.exchange.manifest import CorpusManifest
from demur.testing.small_history import SmallHistory, write_small_history
from demur.testing.small_platform import read_tree
from demur.testing.stopping import stop_at_write


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallHistory:
    """Build a corpus of four shards and take somebody out of it."""
    history = write_small_history(tmp_path_factory.mktemp("built"), partitions=4)
    history.file_objection(history.accounts_with_rows()[0])
    history.apply()
    return history


@pytest.fixture
def history(built, tmp_path) -> SmallHistory:
    return built.copy(tmp_path)


def read_shards(history: SmallHistory) -> dict[int, str | None]:
    shards = [pl.read_parquet(path) for path in sorted((history.corpus / "shards").iterdir())]
    return dict(pl.concat(shards).sort("row").iter_rows())


def read_manifest(history: SmallHistory, name: str = "manifest") -> CorpusManifest:
    return read_document(history.corpus / name, CorpusManifest, history.keyring.document_signer.verifier)


def files_that_hold(folder: Path, texts: list[str]) -> set[str]:
    """Return the files below a folder that hold one of some texts, in their bytes or in a column of a table."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                frame = pl.read_parquet(path)
                content += b"".join(frame[name].to_list().__repr__().encode() for name in frame.columns)
            found |= {path.relative_to(folder).as_posix() for text in texts if text.encode() in content}
    return found


def test_the_texts_of_removed_rows_are_in_no_file_of_the_corpus_any_more(history):
    gone = history.rows_of(history.objected[0])
    texts = [str(read_shards(history)[row]) for row in gone]
    before = files_that_hold(history.corpus, texts)
    result = history.purge()
    assert len(before) == result.shards_rewritten > 0
    assert all(path.startswith("shards/") for path in before)
    assert (result.manifest_version, result.rows_purged) == (2, len(gone))
    assert files_that_hold(history.corpus, texts) == set()


def test_every_row_keeps_its_ordinal_and_every_other_row_its_text(history):
    gone, before = set(history.rows_of(history.objected[0])), read_shards(history)
    history.purge()
    assert read_shards(history) == {row: None if row in gone else text for row, text in before.items()}


def test_only_the_files_of_touched_shards_change(history):
    before = read_tree(history.corpus)
    result = history.purge()
    after = read_tree(history.corpus)
    old, new = before.keys() - after.keys(), after.keys() - before.keys()
    assert {path: after[path] for path in before.keys() - old} == {path: before[path] for path in before.keys() - old}
    assert sorted(new - {path for path in new if path.startswith("shards/")}) == [
        "manifest-00002.json",
        "manifest-00002.note",
        "manifest-00002.tlog-proof",
    ]
    assert len(old) == result.shards_rewritten == len([path for path in new if path.startswith("shards/")])


def test_the_new_manifest_supersedes_the_old_one_and_changes_nothing_else(history):
    old = read_manifest(history)
    history.purge()
    new = read_manifest(history, "manifest-00002")
    assert (new.version, new.supersedes) == (2, document_digest(old).hex())
    rows = [(shard.first_row, shard.rows) for shard in old.shards]
    assert [(shard.first_row, shard.rows) for shard in new.shards] == rows
    assert msgspec.structs.replace(new, version=1, supersedes=None, shards=old.shards) == old


def test_purging_twice_equals_purging_once(history):
    history.purge()
    once = read_tree(history.corpus)
    assert history.purge() == PurgeResult(manifest_version=2, shards_rewritten=0, rows_purged=0)
    assert read_tree(history.corpus) == once


def test_without_removals_there_is_nothing_to_purge(tmp_path):
    history = write_small_history(tmp_path)
    before = read_tree(history.corpus)
    assert history.purge() == PurgeResult(manifest_version=1, shards_rewritten=0, rows_purged=0)
    assert {path: digest for path, digest in read_tree(history.corpus).items() if path != ".lock"} == {
        path: digest for path, digest in before.items() if path != ".lock"
    }


def test_more_removals_are_purged_into_one_more_version(history):
    history.purge()
    account = history.accounts_with_rows()[1]
    history.file_objection(account)
    history.apply()
    result = history.purge()
    assert (result.manifest_version, result.rows_purged) == (3, len(history.rows_of(account)))
    gone = {row for objected in history.objected for row in history.rows_of(objected)}
    assert {row for row, text in read_shards(history).items() if text is None} == gone


# -------------------------------------------------------------------------------------------------------------- readers


@pytest.mark.parametrize("read_before", [0, 1, 4])
def test_a_reader_goes_on_through_a_purge(history, read_before):
    corpus = history.open()
    gone, everything = set(history.rows_of(history.objected[0])), read_shards(history)
    batches = corpus.batches()
    read = [next(batches) for _ in range(read_before)]
    history.purge()
    rows = {row: text for batch in [*read, *batches] for row, text in batch.iter_rows()}
    assert rows == {row: text for row, text in everything.items() if row not in gone}
    expected = [None if row in gone else everything[row] for row in range(corpus.rows)]
    assert (corpus.texts(range(corpus.rows)), corpus.manifest.version) == (expected, 2)


def test_a_reader_that_meets_the_purge_of_a_version_without_a_heartbeat_yields_no_empty_row(history):
    corpus = history.open()
    batches = corpus.batches()
    next(batches)
    heartbeat = (history.corpus / "removals" / "heartbeat").read_bytes()
    others = history.accounts_with_rows()[1:]
    for account in others:
        history.file_objection(account)
    history.apply()
    history.purge()
    (history.corpus / "removals" / "heartbeat").write_bytes(heartbeat)  # as if apply had stopped before it
    assert [batch.height for batch in batches] == [0, 0, 0]


def test_a_purged_corpus_is_opened_as_any_other(history):
    before = history.open().texts(range(history.open().rows))
    history.purge()
    assert history.open().texts(range(history.open().rows)) == before


def test_a_purge_of_a_damaged_shard_is_refused_and_changes_nothing(history):
    for shard in (history.corpus / "shards").iterdir():
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 1
        shard.write_bytes(content)
    before = read_tree(history.corpus)
    with pytest.raises(DocumentAlteredError, match=r"^shards/.*was altered or truncated"):
        history.purge()
    assert read_tree(history.corpus) == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rows_read": 1}, "manifest version 2 changes more than the files of shards"),
        ({"shards": []}, "manifest version 2 changes more than the files of shards"),
        ({"supersedes": "ab" * 32}, "manifest version 2 does not follow the one before it"),
        ({"version": 3}, "manifest version 3 does not follow the one before it"),
    ],
)
def test_a_signed_manifest_that_is_no_purge_stops_every_reader(history, changes, says):
    history.purge()
    changed = msgspec.structs.replace(read_manifest(history, "manifest-00002"), **changes)
    write_document(history.corpus / "manifest-00002", changed, history.keyring.document_signer)
    with pytest.raises(RemovalsBrokenError, match=says):
        history.open()


# ------------------------------------------------------------------------------------------------- a stop in the middle


def test_a_stop_at_any_write_is_made_good_by_the_next_purge_after_more_removals(history, tmp_path_factory):
    account = history.accounts_with_rows()[1]
    texts = [str(read_shards(history)[row]) for who in (history.objected[0], account) for row in history.rows_of(who)]
    stopped: list[str] = []
    for number in range(100):
        again = history.copy(tmp_path_factory.mktemp(f"stop-{number}"))
        with stop_at_write(number, within=again.corpus) as written:
            again.purge()
        assert set(again.open().texts(again.rows_of(again.objected[0]))) == {None}
        receipt = again.file_objection(account)
        again.apply()
        again.purge()
        assert files_that_hold(again.corpus, texts) == set()
        again.pack(again.folder / "pack.zip")
        verify_pack(again.folder / "pack.zip", receipt=receipt)
        if not written:
            break
        stopped.append(written[-1])
    assert stopped[-3:] == ["manifest-00002.json", "manifest-00002.note", "manifest-00002.tlog-proof"]
