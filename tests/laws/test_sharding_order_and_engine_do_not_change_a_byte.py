"""Law: sharding, order and engine don't change a decision or a byte (rule 6 of the design)."""

import dataclasses
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.engines.local import LocalEngine
from demur.engines.processes import ProcessEngine
from demur.testing.small_platform import (
    AS_OF,
    NOW,
    ignore_progress,
    make_rows,
    read_decisions,
    read_rows,
    read_tree,
    write_jsonl_split,
    write_parquet_split,
    write_small_platform,
)

BUILD = """
import sys
from pathlib import Path
from demur.engines.local import LocalEngine
from demur.testing.small_platform import SmallPlatform, ignore_progress

platform = SmallPlatform(Path(sys.argv[1]))
platform.build(platform.plan(), LocalEngine(), progress=ignore_progress)
"""


def built(folder, engine, *, progress=ignore_progress, now=NOW, **plan):
    platform = write_small_platform(folder)
    return platform.build(platform.plan(**plan), engine, progress=progress, now=now).folder


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return read_tree(built(tmp_path_factory.mktemp("undisturbed"), LocalEngine()))


def test_building_twice_gives_the_same_bytes_in_every_file(tmp_path, expected):
    assert read_tree(built(tmp_path, LocalEngine())) == expected


@pytest.mark.parametrize("in_flight", [1, 2, 3])
def test_tasks_in_processes_give_the_same_bytes_however_many_are_in_flight(tmp_path, expected, in_flight):
    with ProcessEngine(in_flight) as engine:
        assert read_tree(built(tmp_path, engine)) == expected


def test_the_clock_of_the_builder_changes_no_byte(tmp_path, expected):
    assert read_tree(built(tmp_path, LocalEngine(), now=AS_OF)) == expected


def test_files_written_in_another_order_and_sources_named_in_another_order_change_no_byte(tmp_path, expected):
    platform = write_small_platform(tmp_path)
    files = sorted((tmp_path / "content").iterdir(), reverse=True)
    contents = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    for path, content in zip(files, contents, strict=True):
        path.write_bytes(content)
    plan = platform.plan()
    plan = dataclasses.replace(plan, sources=plan.sources[::-1])
    assert read_tree(platform.build(plan, LocalEngine(), progress=ignore_progress).folder) == expected


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    platform = write_small_platform(tmp_path_factory.mktemp("straight"), items=150)
    folder = platform.build(platform.plan(partitions=3), LocalEngine(), progress=ignore_progress).folder
    return read_decisions(folder), _texts(folder)


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32), partitions=st.integers(1, 9), files=st.integers(1, 5))
def test_rows_in_any_order_in_any_files_and_partitions_get_the_same_decisions_and_texts(
    straight, seed, partitions, files
):
    with tempfile.TemporaryDirectory() as name:
        platform = write_small_platform(Path(name), items=150)
        _scatter_rows(platform.folder / "content", random.Random(seed), files)
        folder = platform.build(platform.plan(partitions=partitions), LocalEngine(), progress=ignore_progress).folder
        assert (read_decisions(folder), _texts(folder)) == straight


def _scatter_rows(content: Path, dice: random.Random, files: int) -> None:
    """Write the same rows again, shuffled over other files of the same source."""
    rows = make_rows(random.Random(7), people=40, items=150)
    posts, comments = rows[:100], rows[100:]
    for path in content.iterdir():
        path.unlink()
    dice.shuffle(posts)
    dice.shuffle(comments)
    for number in range(files):
        write_parquet_split(content / f"posts-{number}.parquet", posts[number::files])
        write_jsonl_split(content / f"comments-{number}.jsonl", comments[number::files])


def _texts(folder: Path) -> list[tuple[object, ...]]:
    kept = ("item_key", "subject_key", "text", "kind", "created_at", "cuts", "duplicate_group", "media")
    return read_rows(folder).select(*kept).sort("item_key").rows()


@pytest.mark.parametrize("threads", [1, 8])
def test_the_number_of_threads_changes_no_byte(tmp_path, expected, threads):
    write_small_platform(tmp_path)
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "NUMBA_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", BUILD, tmp_path], check=True, env=environment)
    assert read_tree(tmp_path / "corpora" / "first") == expected
