"""Measure a build: items per CPU second and peak memory, stage by stage, on generated items.

Run as ``python benchmarks/bench_build.py [ITEMS] [PARTITIONS]``; the last line is one JSON object. The build runs in a
process of its own, so that making the items is in no figure. The bars are in the design: 1.5 M items a CPU second for
decisions and corpus (without reading the sources, filters and duplicates), 600 MB at any size.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from demur.corpus.stages import Progress
from demur.engines.local import LocalEngine
from demur.exchange.snapshot import write_snapshot
from demur.keys.keyring import create_keyring
from demur.testing.small_platform import AS_OF, PLATFORM, SmallPlatform, make_small_facts

ROWS_A_FILE = 50_000
ITEMS_AN_AUTHOR = 15
SEED = b"a keyring for benchmarks, 32 b.."


def main() -> None:
    """Make a platform, build it in another process, and print what that took."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    partitions = int(sys.argv[2]) if len(sys.argv) > 2 else max(1, items // 100_000)  # noqa: PLR2004 -- argv[2]
    with tempfile.TemporaryDirectory() as folder:
        make_platform(Path(folder), items)
        command = [sys.executable, __file__, "--build", folder, str(partitions)]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 -- this file
    for stage, seconds in figures["cpu_seconds_by_stage"].items():
        print(f"{stage:>10} {seconds:8.2f} CPU s")
    print(json.dumps({"benchmark": "build", "items": items, "partitions": partitions, **figures}))


def make_platform(folder: Path, items: int) -> None:
    """Write items of invented authors, a tenth of them copies, and a snapshot that knows these authors."""
    keyring = create_keyring(folder / "keyring.json", platform=PLATFORM, seed=SEED)
    dice, people = np.random.default_rng(5), max(1, items // ITEMS_AN_AUTHOR)
    words = _words(random.Random(5), 20_000)
    for number, start in enumerate(range(0, items, ROWS_A_FILE)):
        count = min(ROWS_A_FILE, items - start)
        path = folder / "content" / f"posts-{number:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_rows(dice, start, count, people, words).write_parquet(path, compression_level=1)
    facts = make_small_facts(keyring, people)
    write_snapshot(folder / "snapshot", facts, platform=PLATFORM, checkpoint="", signer=keyring.document_signer)


def _words(dice: random.Random, count: int) -> np.ndarray:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return np.array(["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(count)])


def _make_rows(dice: np.random.Generator, start: int, count: int, people: int, words: np.ndarray) -> pl.DataFrame:
    lengths = np.clip(dice.lognormal(2.8, 0.7, count), 3, 400).astype(np.int64)
    drawn = words[(dice.zipf(1.3, int(lengths.sum())) - 1) % words.size]
    ends = np.cumsum(lengths)
    texts = [" ".join(drawn[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
    for place in np.flatnonzero(dice.random(count) < 0.1):  # noqa: PLR2004 -- a tenth
        texts[place] = texts[int(dice.integers(count))]
    for place in np.flatnonzero(dice.random(count) < 0.02):  # noqa: PLR2004 -- one in fifty
        texts[place] += f" write to mail{place}@mail.example"
    return pl.DataFrame(
        {
            "item": [f"i{number}" for number in range(start, start + count)],
            "account": [f"a{number}" for number in dice.integers(people, size=count)],
            "kind": "post",
            "product": "social",
            "visibility": np.where(dice.random(count) < 0.7, "public", "friends"),  # noqa: PLR2004 -- seven in ten
            "created_at": [AS_OF - timedelta(seconds=int(age)) for age in dice.integers(1, 60_000_000, size=count)],
            "language": "en",
            "text": texts,
        }
    )


def build(folder: Path, partitions: int) -> None:
    """Build and print the figures as JSON."""
    platform = SmallPlatform(folder)
    by_stage: dict[str, float] = {}
    last = time.process_time()

    def note(progress: Progress) -> None:
        nonlocal last
        now = time.process_time()
        by_stage[progress.stage] = round(by_stage.get(progress.stage, 0.0) + now - last, 3)
        last = now

    cpu, wall = time.process_time(), time.perf_counter()
    manifest = platform.build(platform.plan(partitions=partitions), LocalEngine(), progress=note).manifest
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    figures = {
        "items_per_cpu_second": round(manifest.rows_read / cpu),
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rows_in": sum(shard.rows for shard in manifest.shards),
        "reasons": manifest.reasons,
        "cpu_seconds_by_stage": by_stage,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        build(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
