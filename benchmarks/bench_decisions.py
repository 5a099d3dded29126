"""Measure decisions: items per CPU second and peak memory with all rules on, beside the same rules in DuckDB.

Run as ``python benchmarks/bench_decisions.py [ITEMS] [AUTHORS] [OBJECTIONS]``; the last line is one JSON object. Items
are decided partition by partition, as a build does it: people whom items name, facts, content. Both deciders get the
same partitions in processes of their own, so that making the items is in no figure; each is timed in CPU seconds of all
its threads. Their decisions are compared as well, because a fast wrong answer is none.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from demur.exchange.columns import DETECTION, INSTANT, ITEM_COLUMNS, Facts
from demur.exchange.snapshot import SNAPSHOT_TABLES
from demur.policy.content import CONTENT_SOURCES, FILTER_COLUMNS, describe_content
from demur.policy.decide import decide_content, decide_items, describe_kinds, prepare
from demur.policy.relations import judge_people, refer_to_people
from demur.policy.ruleset import Ruleset, load_ruleset

AT = datetime(2025, 5, 27, 6, tzinfo=UTC)
ITEMS_A_PARTITION = 250_000
DECIDERS = ("columns", "duckdb")
_KEY = 16


def main() -> None:
    """Make partitions, let both deciders decide them, and print what that took."""
    given = [int(argument) for argument in sys.argv[1:]]
    items, authors, objections = [*given, *(10_000_000, 2_000_000, 100_000)[len(given) :]]
    partitions = max(1, items // ITEMS_A_PARTITION)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(partitions):
            make_partition(Path(folder), number, items // partitions, authors // partitions, objections // partitions)
        figures = {name: _run(name, folder, partitions) for name in DECIDERS}
    digests = {name: part.pop("digest") for name, part in figures.items()}
    ratio = figures["duckdb"]["cpu_seconds"] / figures["columns"]["cpu_seconds"]
    print(
        json.dumps(
            {
                "benchmark": "decisions",
                "items": items,
                "authors": authors,
                "objections": objections,
                **figures,
                "duckdb_to_columns_cpu": round(ratio, 2),
                "decisions_agree": len(set(digests.values())) == 1,
            }
        )
    )


def _run(decider: str, folder: str, partitions: int) -> dict[str, object]:
    command = [sys.executable, __file__, "--decide", decider, folder, str(partitions)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)  # noqa: S603 -- this file


def decide(decider: str, folder: Path, partitions: int) -> None:
    """Decide every partition and print the figures as JSON."""
    ruleset, digest, counts = load_ruleset("eu-2025"), hashlib.sha256(), Counter()
    cpu = wall = 0.0
    for number in range(partitions):
        decided, taken = decide_partition(decider, folder, number, ruleset)
        cpu, wall = cpu + taken[0], wall + taken[1]
        digest.update(decided.sort("item_key").select("decision", "reason").write_csv().encode())
        counts.update(dict(decided.group_by("reason").len().iter_rows()))
        print(f"{decider}: {number + 1} of {partitions} partitions", file=sys.stderr)
    figures = {
        "items_per_cpu_second": round(counts.total() / cpu),
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "reasons": dict(sorted(counts.items())),
        "digest": digest.hexdigest(),
    }
    print(json.dumps(figures))


def decide_partition(
    decider: str, folder: Path, number: int, ruleset: Ruleset
) -> tuple[pl.DataFrame, tuple[float, float]]:
    """Decide one partition; return the decisions, and the CPU and wall seconds that they took."""
    items, facts, filtered = read_partition(folder, number)
    started = time.process_time(), time.perf_counter()
    judge = prepare(facts, ruleset, at=AT)
    relations = judge_people(refer_to_people(describe_kinds(items)), judge)
    if decider == "columns":
        decided = _by_columns(items, filtered, relations, judge)
    else:
        # The relations are given to SQL, so finding them is in the figure of the columns alone.
        started = time.process_time(), time.perf_counter()
        decided = _by_sql(items, facts, filtered, relations, ruleset)
    taken = time.process_time() - started[0], time.perf_counter() - started[1]
    return decided.select("item_key", "decision", "reason"), taken


def _by_columns(items, filtered, relations, judge) -> pl.DataFrame:  # noqa: ANN001 -- frames, as read
    decided = decide_items(items, relations, judge).select("item_key", "decision", "reason")
    passes = decided["decision"] == "include"
    candidates = decided.select("item_key").filter(passes)
    found = describe_content(items.select(CONTENT_SOURCES).filter(passes), relations, filtered.filter(passes))
    content = decide_content(found, judge.ruleset)
    return pl.concat([decided.filter(~passes), candidates.hstack(content)])


def _by_sql(items, facts, filtered, relations, ruleset) -> pl.DataFrame:  # noqa: ANN001 -- frames, as read
    from demur.testing.sql_oracle import decide_by_sql  # noqa: PLC0415 -- optional dependency

    content = pl.concat([items.select("item_key"), filtered], how="horizontal")
    return decide_by_sql(items, facts, ruleset.settings, relations, content, at=AT)


def read_partition(folder: Path, number: int) -> tuple[pl.DataFrame, Facts, pl.DataFrame]:
    """Read items, facts and what filters found."""
    tables = {name: pl.read_parquet(folder / f"{number}-{name}.parquet").rechunk() for name in SNAPSHOT_TABLES}
    items = pl.read_parquet(folder / f"{number}-items.parquet").rechunk()
    return items, Facts(**tables, as_of=AT, log_size=1), pl.read_parquet(folder / f"{number}-filtered.parquet")


def make_partition(folder: Path, number: int, items: int, authors: int, objections: int) -> None:
    """Write items of invented authors near many boundaries, and what the register knows of these authors."""
    dice = np.random.default_rng(number)
    keys = _keys(dice, authors)
    tables = {
        "subjects": _subjects(dice, keys),
        "notices": _notices(dice, keys),
        "objections": _objections(dice, keys, objections),
        "hijacks": pl.DataFrame(
            {
                "subject_key": keys.head(authors // 1000),
                "since": AT - timedelta(days=90),
                "until": AT - timedelta(days=80),
            },
            schema=SNAPSHOT_TABLES["hijacks"],
        ),
    }
    frame = _items(dice, keys, items)
    tables["targets"] = frame.head(items // 10_000).select(
        pl.col("item_key").alias("target_key"),
        pl.lit(AT - timedelta(days=1), dtype=INSTANT).alias("effective_at"),
        pl.lit(value=False).alias("in_public_role"),
    )
    for name, schema in SNAPSHOT_TABLES.items():
        tables.setdefault(name, pl.DataFrame(schema=schema)).write_parquet(folder / f"{number}-{name}.parquet")
    frame.write_parquet(folder / f"{number}-items.parquet", compression_level=1)
    flags = {name: dice.random(items) < 0.02 for name in FILTER_COLUMNS}  # noqa: PLR2004 -- one in fifty
    pl.DataFrame(flags).write_parquet(folder / f"{number}-filtered.parquet")


def _keys(dice: np.random.Generator, count: int) -> pl.Series:
    content = dice.bytes(_KEY * count)
    return pl.Series([content[start : start + _KEY] for start in range(0, len(content), _KEY)], dtype=pl.Binary)


def _subjects(dice: np.random.Generator, keys: pl.Series) -> pl.DataFrame:
    count = len(keys)
    born = [date(1945, 1, 1) + timedelta(days=int(days)) for days in dice.integers(0, 24_000, count)]
    drawn = {
        "subject_key": keys,
        "born_from": born,
        "born_by": born,
        "zone": dice.choice(["Europe/Paris", "Europe/Berlin", "Europe/Athens", "Europe/Lisbon"], count),
        "has_age_doubt": dice.random(count) < 0.01,  # noqa: PLR2004 -- one in a hundred
        "is_for_minor": dice.random(count) < 0.001,  # noqa: PLR2004 -- one in a thousand
        "country": dice.choice(["FR", "DE", "GR", "PT"], count),
        "language": dice.choice(["fr", "de", "el", "pt"], count),
        "visibility": np.where(dice.random(count) < 0.85, "public", "private"),  # noqa: PLR2004 -- most are public
        "state": np.where(dice.random(count) < 0.95, "active", "deactivated"),  # noqa: PLR2004 -- most are active
        "last_seen_at": [AT - timedelta(days=int(days)) for days in dice.integers(0, 760, count)],
        "refuses_training": dice.random(count) < 0.005,  # noqa: PLR2004 -- a few
    }
    return (
        pl.DataFrame(drawn)
        .with_columns(held_since=pl.lit(None, dtype=INSTANT), refuses_sharing=pl.lit(value=False))
        .select(pl.col(name).cast(kind) for name, kind in SNAPSHOT_TABLES["subjects"].items())
    )


def _notices(dice: np.random.Generator, keys: pl.Series) -> pl.DataFrame:
    told = keys.filter(pl.Series(dice.random(len(keys)) < 0.97))  # noqa: PLR2004 -- as measured in earlier work
    count = len(told)
    proven = [AT - timedelta(days=int(days)) for days in dice.integers(20, 60, count)]
    drawn = {
        "subject_key": told,
        "version": np.where(dice.random(count) < 0.98, "2025-04", "2024-06"),  # noqa: PLR2004 -- most are new
        "channel": "email",
        "language": "*",
        "states_right": True,
        "is_marketing": dice.random(count) < 0.01,  # noqa: PLR2004 -- one in a hundred
        "variant": None,
        "proven_at": proven,
        "shown_at": None,
    }
    return pl.DataFrame(drawn).select(pl.col(name).cast(kind) for name, kind in SNAPSHOT_TABLES["notices"].items())


def _objections(dice: np.random.Generator, keys: pl.Series, count: int) -> pl.DataFrame:
    drawn = {
        "subject_key": keys.sample(count, seed=1),
        "basis": dice.choice(["own", "linked", "same_person"], count, p=[0.4, 0.5, 0.1]),
        "scope": np.where(dice.random(count) < 0.95, "all", "photos"),  # noqa: PLR2004 -- most object to everything
        "purpose": "train_generative_models",
        "effective_at": AT - timedelta(days=3),
        "covers_until": None,
        "in_public_role": False,
    }
    return pl.DataFrame(drawn).select(pl.col(name).cast(kind) for name, kind in SNAPSHOT_TABLES["objections"].items())


def _items(dice: np.random.Generator, keys: pl.Series, count: int) -> pl.DataFrame:
    authors = keys.gather(dice.integers(0, len(keys), count))
    drawn = {
        "item_key": _keys(dice, count),
        "subject_key": authors,
        "kind": dice.choice(
            ["post", "photo", "comment", "ai_interaction", "direct_message"], count, p=[0.5, 0.2, 0.2, 0.08, 0.02]
        ),
        "product": np.where(dice.random(count) < 0.97, "social", "messenger"),  # noqa: PLR2004 -- most are in scope
        "visibility": np.where(dice.random(count) < 0.7, "public", "friends"),  # noqa: PLR2004 -- seven in ten
        "created_at": [AT - timedelta(seconds=int(age)) for age in dice.integers(60, 300_000_000, count)],
        "refuses": dice.random(count) < 0.01,  # noqa: PLR2004 -- one in a hundred
        "text": "a text that no rule reads",
    }
    frame = pl.DataFrame(drawn)
    some = {
        name: pl.Series(dice.random(count) < share)
        for name, share in (("tags", 0.03), ("mentions", 0.05), ("detections", 0.03))
    }
    people = (
        keys.gather(dice.integers(0, len(keys), count)).to_frame("person").select(pl.concat_list("person")).to_series()
    )
    faces = pl.Series([[{"kind": "face", "score": 0.9}]], dtype=pl.List(DETECTION)).new_from_index(0, count)
    empty = {name: pl.lit(None, dtype=kind).alias(name) for name, kind in ITEM_COLUMNS.items() if name not in drawn}
    full = frame.with_columns(**empty).with_columns(
        pl.when("refuses").then(pl.lit("deny")).alias("preference"),
        pl.when(some["tags"]).then(people).alias("tags"),
        pl.when(some["mentions"]).then(people.reverse()).alias("mentions"),
        pl.when(some["detections"]).then(faces).alias("detections"),
    )
    return full.select(pl.col(name).cast(kind) for name, kind in ITEM_COLUMNS.items())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--decide"]:
        decide(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
