"""Bad input and bad surroundings: a clear message, nothing dropped unseen, nothing half-built."""

import dataclasses
import errno
import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from demur.corpus.errors import (
    BadInputError,
    CorpusExistsError,
    NothingToReadError,
    PlanInvalidError,
    PlatformMismatchError,
    SourceChangedError,
    StaleSnapshotError,
)
from demur.corpus.plan import OnBadInput
from demur.engines.local import LocalEngine
from demur.exchange.errors import DocumentAlteredError
from demur.kernel.files import DiskFullError
from demur.testing.small_platform import (
    NOW,
    ignore_progress,
    make_rows,
    read_decisions,
    read_tree,
    write_jsonl_split,
    write_parquet_split,
    write_small_platform,
)

FULL_DISK_BUILD = """
import sys
from pathlib import Path
from demur.engines.local import LocalEngine
from demur.kernel.errors import DemurError
from demur.testing.small_platform import SmallPlatform, ignore_progress

platform = SmallPlatform(Path(sys.argv[1]))
try:
    platform.build(platform.plan(), LocalEngine(), progress=ignore_progress)
except DemurError as error:
    sys.exit(f"{error.code}: {error}")
"""


@pytest.fixture
def platform(tmp_path):
    return write_small_platform(tmp_path, items=200)


def build(platform, plan=None, **options):
    return platform.build(plan or platform.plan(), LocalEngine(), progress=ignore_progress, **options)


def rejected(result):
    rows = [json.loads(line) for line in (result.folder / "rejected.jsonl").read_text("utf-8").splitlines()]
    return [(row["split"], row["line"], row["reason"]) for row in rows]


def test_an_unreadable_parquet_file_is_left_out_and_the_others_are_built(platform):
    expected = read_decisions(build(platform).folder)
    (platform.folder / "corpora" / "first").rename(platform.folder / "whole")
    (platform.folder / "content" / "posts-0.parquet").write_bytes(b"PAR1 is not enough")
    result = build(platform)
    assert read_decisions(result.folder) == expected
    assert [(split.split, split.code) for split in result.rejected_splits] == [
        ("content/posts-0.parquet", "split-unreadable")
    ]
    assert rejected(result) == [("content/posts-0.parquet", 0, "split-unreadable")]


def test_a_parquet_file_that_is_truncated_gives_none_of_its_rows(platform):
    path = platform.folder / "content" / "posts-1.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    result = build(platform)
    assert [entry.rows_read for entry in result.manifest.sources if entry.split.endswith("posts-1.parquet")] == [0]


def test_a_strict_build_stops_at_an_unreadable_file(platform):
    (platform.folder / "content" / "posts-0.parquet").write_bytes(b"PAR1 is not enough")
    with pytest.raises(BadInputError) as caught:
        build(platform, platform.plan(on_bad_input=OnBadInput.STOP))
    assert str(caught.value).startswith("content/posts-0.parquet cannot be read: ")


def test_a_strict_build_stops_at_a_bad_row_also_when_an_earlier_attempt_only_reported_it(platform):
    (platform.folder / "content" / "comments-1.jsonl").open("ab").write(b"{\n")
    with pytest.raises(KeyboardInterrupt):
        platform.build(platform.plan(), LocalEngine(), progress=_interrupt_at("judge"))
    with pytest.raises(BadInputError) as caught:
        build(platform, platform.plan(on_bad_input=OnBadInput.STOP))
    assert str(caught.value) == "content/comments-1.jsonl holds 1 rows that cannot be used, of 68"


def test_when_no_file_can_be_read_there_is_no_corpus(platform):
    for path in (platform.folder / "content").iterdir():
        path.unlink()
    (platform.folder / "content" / "posts-1.parquet").write_bytes(b"PAR1 is not enough")
    with pytest.raises(NothingToReadError):
        build(platform)
    assert not (platform.folder / "corpora" / "first").exists()


def test_item_ids_that_repeat_are_reported_and_those_that_contradict_each_other_are_not_used(platform):
    rows = make_rows(random.Random(7), people=40, items=200)
    write_parquet_split(platform.folder / "content" / "posts-3.parquet", [rows[0], {**rows[1], "text": "another"}])
    elsewhere = [{**row, "account": "a39" if row["account"] != "a39" else "a38"} for row in rows[2:20]]
    write_jsonl_split(platform.folder / "content" / "comments-2.jsonl", elsewhere)
    result = build(platform)
    copies = [("content/posts-3.parquet", 1, "duplicate_item_id")]
    conflicts = [("content/posts-3.parquet", 2, "duplicate_item_id")]
    first = [("content/posts-1.parquet", line, "duplicate_item_id") for line in range(2, 21)]
    second = [("content/comments-2.jsonl", line, "duplicate_item_id") for line in range(1, 19)]
    assert rejected(result) == second + first + copies + conflicts
    assert result.manifest.rows_read == 220
    assert result.manifest.rows_decided == 220 - len(second + first + copies + conflicts)


def test_a_line_of_ten_megabytes_is_rejected_and_its_neighbours_are_read(platform):
    path = platform.folder / "content" / "comments-1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    huge = json.dumps({"item": "huge", "account": "a1", "text": "word " * 2_000_000}).encode() + b"\n"
    path.write_bytes(b"".join([*lines[:3], huge, *lines[3:]]))
    result = build(platform)
    assert rejected(result) == [("content/comments-1.jsonl", 4, "text_too_large")]
    assert result.manifest.rows_decided == 200


def test_lines_in_another_encoding_are_rejected_one_by_one(platform):
    path = platform.folder / "content" / "comments-1.jsonl"
    latin = '{"item": "x", "account": "a1", "text": "Grüße"}\n'.encode("latin-1")
    utf16 = '{"item": "y"}'.encode("utf-16-le").replace(b"\n", b"") + b"\n"
    path.write_bytes(latin + path.read_bytes() + utf16)
    result = build(platform)
    assert rejected(result)[0] == ("content/comments-1.jsonl", 1, "invalid_utf8")
    assert [line for _, line, _ in rejected(result)] == [1, 69]
    assert result.manifest.rows_decided == 200


def test_a_stale_snapshot_is_refused_with_the_next_step(platform):
    with pytest.raises(StaleSnapshotError) as caught:
        build(platform, now=NOW + timedelta(days=2))
    assert str(caught.value) == "the register snapshot is 2 days, 0:10:00 old, the ruleset allows 1 day, 0:00:00"
    assert caught.value.hint == "Run `demur register snapshot` and build again."


def test_a_snapshot_from_the_future_is_refused(platform):
    with pytest.raises(StaleSnapshotError):
        build(platform, now=NOW - timedelta(hours=1))


def test_an_altered_snapshot_is_refused(platform):
    path = platform.folder / "snapshot" / "objections.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DocumentAlteredError):
        build(platform)


def test_another_platform_s_plan_is_refused(platform):
    with pytest.raises(PlatformMismatchError):
        build(platform, dataclasses.replace(platform.plan(), platform="other.example"))


@pytest.mark.parametrize("change", [{"name": "../x"}, {"name": ""}, {"partitions": 0}, {"partitions": 70_000}])
def test_a_plan_that_cannot_be_is_refused(platform, change):
    with pytest.raises(PlanInvalidError):
        build(platform, dataclasses.replace(platform.plan(), **change))


def test_two_sources_of_one_name_are_refused(platform):
    plan = platform.plan()
    with pytest.raises(PlanInvalidError):
        build(platform, dataclasses.replace(plan, sources=plan.sources[:1] * 2))


def test_a_plan_without_files_is_refused(platform):
    with pytest.raises(NothingToReadError):
        build(platform, dataclasses.replace(platform.plan(), sources=()))


def test_a_corpus_is_never_overwritten(platform):
    expected = read_tree(build(platform).folder)
    with pytest.raises(CorpusExistsError):
        build(platform)
    assert read_tree(platform.folder / "corpora" / "first") == expected


def test_a_file_that_changes_while_it_is_read_stops_the_build(platform):
    path = platform.folder / "content" / "comments-1.jsonl"

    def change(progress):
        if progress.stage == "read" and progress.done == 0:
            path.write_bytes(path.read_bytes() + b"\n{}\n")

    with pytest.raises(SourceChangedError):
        platform.build(platform.plan(), LocalEngine(), progress=change)


def test_work_of_another_plan_is_not_mixed_in(platform, tmp_path_factory):
    with pytest.raises(KeyboardInterrupt):
        platform.build(platform.plan(partitions=7), LocalEngine(), progress=_interrupt_at("write"))
    fresh = write_small_platform(tmp_path_factory.mktemp("fresh"), items=200)
    assert read_tree(build(platform).folder) == read_tree(build(fresh).folder)


def test_a_full_disk_at_any_write_stops_the_build_and_the_next_one_goes_on(platform, monkeypatch, tmp_path_factory):
    expected = read_tree(build(write_small_platform(tmp_path_factory.mktemp("fresh"), items=200)).folder)
    really_sync, writes = os.fsync, 0

    def sync(descriptor):
        nonlocal writes
        writes += 1
        if writes % 41 == 0:  # the last stage repeats all of its writes, which are fewer
            raise OSError(errno.ENOSPC, "No space left on device")
        really_sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    refusals = 0
    while not (platform.folder / "corpora" / "first").exists():
        try:
            build(platform)
        except DiskFullError:
            refusals += 1
    assert refusals > 3
    assert read_tree(platform.folder / "corpora" / "first") == expected


def test_a_disk_that_is_really_full_stops_the_build_with_a_clear_message(tmp_path):
    platform = write_small_platform(tmp_path / "small", items=200)
    (platform.folder / "corpora").mkdir()
    mounted = f'mount -t tmpfs -o size=64k tmpfs {platform.folder}/corpora && exec "$@"'
    command = [
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        mounted,
        "sh",
        sys.executable,
        "-c",
        FULL_DISK_BUILD,
    ]
    done = subprocess.run([*command, platform.folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.split(" ", 1)[0]) == (1, "disk-full:")
    assert list(Path(platform.folder / "corpora").iterdir()) == []
    assert build(platform).manifest.rows_decided == 200


def _interrupt_at(stage: str):
    def interrupt(progress):
        if progress.stage == stage:
            raise KeyboardInterrupt

    return interrupt
