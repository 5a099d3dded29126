"""What a person was told is received is received, whatever a power cut leaves of the disk.

``kill -9`` cannot notice a missing sync, because the page cache survives it. So a run is recorded, call by call, and
replayed up to any moment: what was synced is there, of all else any piece may be there or not.
"""

from collections.abc import Iterator
from random import Random

import pytest

from demur.testing.drills.disk import Disk, Survival
from demur.testing.drills.power import Recording, cut_power, record_intake
from demur.testing.drills.recording import Event, Opened, Renamed, SyncBegan, SyncEnded, Wrote

BATCHES = 12


@pytest.fixture(scope="module")
def recording() -> Iterator[Recording]:
    with record_intake(batches=BATCHES, seed=1) as recorded:
        yield recorded


@pytest.mark.timeout(300)
def test_nothing_that_was_acknowledged_is_lost_when_the_power_is_cut(recording):
    report = cut_power(recording, Random(1), cuts=1)
    assert (report.findings.complaints, report.findings.lost, report.findings.forks) == ([], 0, 0)
    assert report.crash_points > 200
    assert report.acknowledged > report.batches >= BATCHES
    # Full durability has its price, and here is the bill: no batch is acknowledged without a sync of its own.
    assert report.syncs >= report.batches


@pytest.mark.parametrize(
    "forgotten",
    [
        pytest.param(lambda _event: True, id="all"),
        pytest.param(lambda event: "register.db" in event.path, id="database"),
        pytest.param(lambda event: event.path.endswith("-wal"), id="write-ahead-log"),
        pytest.param(lambda event: event.path.endswith(".partial"), id="published-files"),
        pytest.param(lambda event: "/log" in event.path and not event.path.endswith(".partial"), id="folders"),
    ],
)
def test_a_disk_that_forgets_to_sync_is_caught(recording, forgotten):
    def keep(event: Event) -> bool:
        return not (isinstance(event, SyncBegan) and forgotten(event))

    report = cut_power(recording, Random(2), cuts=1, share=0.1, keep=keep)
    assert report.findings.lost > 0


# The register makes its folder without a sync of the folder above. An operator who names a folder that is there, or
# works through the command line, is not concerned.
def test_a_new_folder_of_the_register_is_not_forgotten():
    with record_intake(batches=2, seed=1, database="new/register.db") as recorded:
        report = cut_power(recorded, Random(1), cuts=1, share=0.2)
    assert report.findings.lost == 0


# ------------------------------------------------------------------------------------------------------------ the disk


@pytest.fixture
def disk(tmp_path) -> Disk:
    return Disk(tmp_path)


def play(disk: Disk, *events: Event) -> None:
    for event in events:
        disk.play(event)


def outcomes(disk: Disk, survival: Survival) -> set[tuple[tuple[str, bytes | None], ...]]:
    images = [disk.cut(survival, Random(seed)) for seed in range(200)]
    return {tuple(sorted((str(path), content) for path, content in image.items())) for image in images}


def make(path: str, *contents: bytes) -> list[Event]:
    writes = [Wrote(path=path, content=content, offset=None) for content in contents]
    return [Opened(path=path, makes=True, truncates=False), *writes]


def sync(path: str) -> list[Event]:
    return [SyncBegan(thread=1, path=path, is_data_only=False), SyncEnded(thread=1, path=path)]


def test_a_file_is_there_only_when_its_folder_was_synced_and_full_only_when_it_was_synced(disk, tmp_path):
    play(disk, *make(f"{tmp_path}/a", b"one"), *sync(f"{tmp_path}/a"))
    assert outcomes(disk, Survival.NOTHING) == {()}
    play(disk, *sync(f"{tmp_path}"), Wrote(path=f"{tmp_path}/a", content=b"two", offset=3))
    assert outcomes(disk, Survival.NOTHING) == {(("a", b"one"),)}
    assert outcomes(disk, Survival.EVERYTHING) == {(("a", b"onetwo"),)}
    assert not disk.is_settled()
    play(disk, *sync(f"{tmp_path}/a"))
    assert disk.is_settled()
    assert outcomes(disk, Survival.SECTORS) == {(("a", b"onetwo"),)}


def test_a_sync_covers_what_was_written_before_it_began(disk, tmp_path):
    play(disk, *make(f"{tmp_path}/a", b"one"), *sync(f"{tmp_path}"))
    play(disk, SyncBegan(thread=7, path=f"{tmp_path}/a", is_data_only=True))
    play(disk, Wrote(path=f"{tmp_path}/a", content=b"two", offset=None), SyncEnded(thread=7, path=f"{tmp_path}/a"))
    assert outcomes(disk, Survival.NOTHING) == {(("a", b"one"),)}


def test_a_rename_is_lost_until_its_folder_is_synced(disk, tmp_path):
    play(disk, *make(f"{tmp_path}/a", b"old"), *sync(f"{tmp_path}/a"))
    play(disk, *make(f"{tmp_path}/b", b"new"), *sync(f"{tmp_path}/b"), *sync(f"{tmp_path}"))
    play(disk, Renamed(old=f"{tmp_path}/b", new=f"{tmp_path}/a"))
    assert outcomes(disk, Survival.NOTHING) == {(("a", b"old"), ("b", b"new"))}
    assert outcomes(disk, Survival.EVERYTHING) == {(("a", b"new"),)}
    play(disk, *sync(f"{tmp_path}"))
    assert outcomes(disk, Survival.NOTHING) == {(("a", b"new"),)}


def test_sectors_survive_one_without_the_other(disk, tmp_path):
    first, second = b"a" * 512, b"b" * 512
    play(disk, *make(f"{tmp_path}/a", bytes(1024)), *sync(f"{tmp_path}/a"), *sync(f"{tmp_path}"))
    play(disk, Wrote(path=f"{tmp_path}/a", content=first + second, offset=0))
    torn = {content for ((_, content),) in outcomes(disk, Survival.SECTORS)}
    assert torn == {bytes(1024), first + bytes(512), bytes(512) + second, first + second}
    assert {content for ((_, content),) in outcomes(disk, Survival.PAGES)} == {bytes(1024), first + second}
