import hashlib
import itertools
import sys

import pytest

from demur.keys.notes import Signer
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.tiles import (
    EntryTooLongError,
    LogForkError,
    TileDamagedError,
    TileMissingError,
    TileStore,
    tile_path,
)
from demur.ledger.tree import (
    consistency_path,
    hash_leaf,
    inclusion_path,
    read_hash_from,
    root_of,
    stored_root,
    verify_consistency,
    verify_inclusion,
)

SIGNER = Signer("agora.example/demur/log", bytes(range(32)))
ENTRIES = [b"entry %d" % number for number in range(1000)]
LEAVES = [hash_leaf(entry) for entry in ENTRIES]


def note_of(entries, signer=SIGNER):
    root = root_of([hash_leaf(entry) for entry in entries])
    return sign_checkpoint(Checkpoint(origin=signer.name, size=len(entries), root=root), signer)


def publish(store, first, size, entries=ENTRIES):
    store.publish(first, entries[first:size], note_of(entries[:size]))


def files(store):
    return {
        str(path.relative_to(store.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(store.folder.rglob("*"))
        if path.is_file()
    }


class Crashed(BaseException):
    """The process stopped just before a change of the folder."""


REMAINING: list[int] = []


def stop(event, _):
    if REMAINING and event in {"os.rename", "os.remove", "os.rmdir"}:
        if REMAINING[0] == 0:
            REMAINING.clear()
            raise Crashed
        REMAINING[0] -= 1


@pytest.fixture
def crash_after():
    """Stop the process, as the operating system sees it, before the n-th change of a folder."""
    sys.addaudithook(stop)  # nothing of ours is replaced: the interpreter reports its own system calls

    def set_remaining(steps):
        REMAINING[:] = [] if steps is None else [steps]

    yield set_remaining
    REMAINING.clear()


@pytest.fixture
def store(tmp_path):
    return TileStore(tmp_path / "log")


@pytest.mark.parametrize(
    ("tile", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (0, 7, "tile/0/000.p/7"),
        (999, 256, "tile/0/999"),
        (1000, 256, "tile/0/x001/000"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (1234067, 255, "tile/0/x001/x234/067.p/255"),
    ],
)
def test_paths_are_those_of_the_standard(tile, width, path):
    assert tile_path("0", tile, width) == path


def test_the_files_of_a_log_are_those_of_the_standard(store):
    publish(store, 0, 600)
    assert sorted(files(store)) == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    ]
    assert (store.folder / "tile/0/001").read_bytes() == b"".join(LEAVES[256:512])
    assert (store.folder / "tile/1/000.p/2").read_bytes() == root_of(LEAVES[:256]) + root_of(LEAVES[256:512])
    assert (store.folder / "tile/entries/002.p/88").read_bytes()[:20] == b"\0\x09entry 512\0\x09entry 5"


def test_a_log_of_256_entries_has_one_full_tile_and_one_hash_above(store):
    publish(store, 0, 256)
    assert sorted(files(store)) == ["checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


def test_nothing_published_is_an_empty_log(store):
    assert (store.checkpoint_note(), store.size()) == (None, 0)


def test_an_empty_log_can_be_published(store):
    publish(store, 0, 0)
    assert (files(store).keys(), store.size()) == ({"checkpoint"}, 0)


def test_entries_and_hashes_come_back(store):
    publish(store, 0, 600)
    assert list(store.read_entries(0, 600)) == ENTRIES[:600]
    assert list(store.read_entries(250, 530)) == ENTRIES[250:530]
    assert list(store.leaf_hashes(250, 530)) == LEAVES[250:530]
    assert list(store.read_entries(5, 5)) == []


def test_every_stored_hash_is_that_of_the_tree(store):
    publish(store, 0, 600)
    in_memory = read_hash_from(LEAVES[:600])
    for level in range(10):
        for index in range(600 >> level):
            assert store.read_hash(level, index) == in_memory(level, index)


def test_any_batches_give_the_files_of_one_batch(store, tmp_path):
    sizes = [0, 1, 3, 100, 255, 256, 257, 511, 513, 1000]
    for first, size in itertools.pairwise(sizes):
        publish(store, first, size)
    whole = TileStore(tmp_path / "whole")
    publish(whole, 0, 1000)
    assert {name: digest for name, digest in files(store).items() if ".p/" not in name} == {
        name: digest for name, digest in files(whole).items() if ".p/" not in name
    }
    assert list(store.read_entries(0, 1000)) == ENTRIES
    assert stored_root(1000, store.read_hash) == root_of(LEAVES)


def test_partial_tiles_stay_until_the_full_one_is_there(store):
    publish(store, 0, 100)
    publish(store, 100, 200)
    assert {name for name in files(store) if ".p/" in name} == {
        "tile/0/000.p/100",
        "tile/0/000.p/200",
        "tile/entries/000.p/100",
        "tile/entries/000.p/200",
    }
    publish(store, 200, 300)
    assert {name for name in files(store) if ".p/" in name} == {
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/001.p/44",
    }


def test_proofs_for_older_sizes_come_from_newer_files(store):
    publish(store, 0, 700)
    for size in (1, 255, 256, 300, 699):
        path = inclusion_path(size - 1, size, store.read_hash)
        root = root_of(LEAVES[:size])
        verify_inclusion(leaf_hash=LEAVES[size - 1], index=size - 1, size=size, path=path, root=root)
        verify_consistency(
            old_size=size,
            old_root=root,
            new_size=700,
            new_root=root_of(LEAVES[:700]),
            path=consistency_path(size, 700, store.read_hash),
        )


@pytest.mark.parametrize("again_from", [0, 1, 256, 599, 600])
def test_publishing_again_changes_nothing(store, again_from):
    publish(store, 0, 600)
    before = files(store)
    publish(store, again_from, 600)
    assert files(store) == before


def test_a_crash_at_any_step_is_healed_by_publishing_again(tmp_path, crash_after):
    whole = TileStore(tmp_path / "whole")
    publish(whole, 0, 200)
    publish(whole, 200, 600)
    expected = files(whole)
    for step in itertools.count():
        store = TileStore(tmp_path / str(step))
        publish(store, 0, 200)
        crash_after(step)
        try:
            publish(store, 200, 600)
        except Crashed:
            assert store.size() == 200
            assert list(store.read_entries(0, 200)) == ENTRIES[:200]
            assert stored_root(200, store.read_hash) == root_of(LEAVES[:200])
        else:
            break
        crash_after(None)
        publish(store, (0, 200)[step % 2], 600)
        assert files(store) == expected
    # Three tiles of entries, four of hashes and the checkpoint; two partial tiles with their folders go.
    assert step == 3 + 4 + 1 + 2 * 2


def test_an_older_checkpoint_does_not_take_the_place_of_a_newer_one(store):
    publish(store, 0, 600)
    publish(store, 100, 300)
    assert (store.size(), store.checkpoint_note()) == (600, note_of(ENTRIES[:600]))


def test_the_same_checkpoint_with_another_signature_is_published(store):
    publish(store, 0, 5)
    witness = Signer("witness.example", bytes(32))
    note = note_of(ENTRIES[:5])
    text = note.rpartition("\n\n")[0] + "\n"
    store.publish(5, [], note + witness.signature_line(text))
    assert store.checkpoint_note() == note + witness.signature_line(text)


@pytest.mark.parametrize(("first", "size"), [(0, 300), (0, 260), (0, 700), (100, 700), (257, 300)])
def test_another_history_is_a_fork_and_leaves_nothing_behind(store, first, size):
    publish(store, 0, 300)
    before = files(store)
    forged = [b"another", *ENTRIES[1:256], b"another", *ENTRIES[257:]]
    with pytest.raises(LogForkError):
        publish(store, first, size, forged)
    assert files(store) == before


def test_a_fork_that_shares_all_published_entries_but_the_last_is_seen(store):
    publish(store, 0, 5)
    with pytest.raises(LogForkError, match="the published log of 5 entries is another one than this log of 7"):
        publish(store, 4, 7, [*ENTRIES[:4], b"another", *ENTRIES[5:]])


def test_the_checkpoint_of_another_log_is_a_fork(store):
    publish(store, 0, 5)
    other = Signer("other.example/demur/log", bytes(32))
    with pytest.raises(LogForkError):
        store.publish(5, [], note_of(ENTRIES[:5], other))


def test_a_changed_file_is_a_fork(store):
    publish(store, 0, 5)
    (store.folder / "tile/entries/000.p/5").write_bytes(b"changed")
    with pytest.raises(LogForkError, match=r"tile/entries/000.p/5 is published with other content"):
        publish(store, 0, 5)


def test_a_checkpoint_of_another_size_or_root_publishes_nothing(store):
    for note in (note_of(ENTRIES[:4]), note_of([b"another", *ENTRIES[1:5]])):
        with pytest.raises(LogForkError):
            store.publish(0, ENTRIES[:5], note)
    assert not store.folder.exists()


def test_a_gap_before_the_first_entry_is_refused(store):
    with pytest.raises(TileMissingError):
        publish(store, 10, 20)


def test_a_missing_or_damaged_file_is_named(store):
    publish(store, 0, 300)
    (store.folder / "tile/0/001.p/44").unlink()
    (store.folder / "tile/entries/001.p/44").write_bytes(b"\0\x09entry 25")
    (store.folder / "tile/0/000").write_bytes(bytes(33))
    with pytest.raises(TileMissingError, match=r"tile/0/001.p/1 is not published"):
        store.read_hash(0, 256)
    with pytest.raises(TileDamagedError, match=r"tile/entries/001.p/1 does not hold 1 whole entries"):
        list(store.read_entries(256, 257))
    with pytest.raises(TileDamagedError, match="holds 33 bytes"):
        store.read_hash(0, 0)


def test_an_entry_of_64_kib_does_not_fit(store):
    with pytest.raises(EntryTooLongError, match="an entry of 65536 bytes does not fit"):
        publish(store, 0, 1, [bytes(65536)])
