"""Speed and size of looking many spans up: MB of short posts per CPU second, bytes an entry, at any table size.

Entries of suppressions are random hashes of one to five words, so every span of a post is asked for and none is there;
beside that, the same with one post in a hundred that holds a listed term. The same for the secrets that a build found
elsewhere (`demur.filters.consistency`). The last line is one JSON object. Rates are of one process; the ratio is to the
plain reference on few posts.

    python benchmarks/bench_suppressions.py --entries 10000000
    python benchmarks/bench_suppressions.py --entries 10000000 --texts posts.txt
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from bench_filters import KEY, SEED, make_posts

from demur.filters import suppressions as module
from demur.filters.consistency import list_secrets, mask_mentions
from demur.filters.suppressions import Suppressions, build_suppressions, join_suppressions, mask, mask_reference

_FEW = 1_000
_TERM = "Xantippe Moreau"


def main(arguments: Sequence[str]) -> int:
    """Measure, and print one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--posts", type=int, default=100_000, help="generated posts, of 84 bytes in the mean")
    parser.add_argument("--passes", type=int, default=5, help="the median of so many passes is told")
    parser.add_argument("--texts", type=Path, help="a file with one text a line, instead of generated posts")
    chosen = parser.parse_args(arguments)
    posts = make_posts(chosen.posts) if chosen.texts is None else _read(chosen.texts)
    began = time.process_time()
    table = join_suppressions(_random_table(chosen.entries), build_suppressions([_TERM], KEY))
    mask(posts[:1], table)
    made = time.process_time() - began
    few = posts[:_FEW]
    rates = [_rate(texts, table, chosen.passes) for texts in (posts, _with_hits(posts))]
    plain = _size(few) / _seconds(lambda: mask_reference(few, table))
    figures = {
        "entries": len(table),
        "bytes_an_entry": round(_bytes(table) / len(table), 2),
        "mean_post_bytes": round(1e6 * _size(posts) / len(posts), 1),
        "mb_per_cpu_second": rates[0],
        "mb_per_cpu_second_with_hits_in_1_of_100": rates[1],
        "ratio_to_reference": round(rates[0] / plain),
        "table_made_seconds": round(made, 1),
        **_measure_secrets(posts, chosen.entries, chosen.passes),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _read(path: Path) -> pl.Series:
    return pl.Series("text", path.read_text("utf-8").splitlines())


def _random_table(entries: int) -> Suppressions:
    draw = np.random.default_rng(SEED)
    hashes, checks = draw.integers(0, np.iinfo(np.uint64).max, (2, entries), dtype=np.uint64)
    return Suppressions(hashes=np.sort(hashes), checks=checks, lengths=frozenset(range(1, 6)), key=KEY)


def _with_hits(posts: pl.Series) -> pl.Series:
    draw = random.Random(SEED)
    return posts.scatter(
        places := draw.sample(range(len(posts)), len(posts) // 100),
        [f"{text} {_TERM}" for text in posts.gather(places)],
    )


def _measure_secrets(posts: pl.Series, entries: int, passes: int) -> dict[str, float]:
    draw = np.random.default_rng(SEED)
    hashes = np.sort(draw.integers(0, np.iinfo(np.uint64).max, entries, dtype=np.uint64))
    rules, letters = np.zeros(entries, dtype=np.uint16), draw.integers(6, 40, entries, dtype=np.uint8)
    secrets = list_secrets(pl.DataFrame({"hash": hashes, "rule": rules, "letters": letters}), KEY[:16])
    kept = (secrets.hashes, secrets.rules, secrets.bloom, secrets.starts)
    mask_mentions(posts[:1], secrets)
    seconds = statistics.median(_seconds(lambda: mask_mentions(posts, secrets)) for _ in range(passes))
    return {
        "secrets_bytes_an_entry": round(sum(array.nbytes for array in kept) / entries, 2),
        "secrets_mb_per_cpu_second": round(_size(posts) / seconds, 1),
    }


def _bytes(table: Suppressions) -> int:
    bloom, starts = module._filter(table)  # noqa: SLF001 -- what finding keeps in memory is part of the figure
    return table.hashes.nbytes + table.checks.nbytes + bloom.nbytes + starts.nbytes


def _rate(posts: pl.Series, table: Suppressions, passes: int) -> float:
    return round(_size(posts) / statistics.median(_seconds(lambda: mask(posts, table)) for _ in range(passes)), 1)


def _size(posts: pl.Series) -> float:
    return int(posts.str.len_bytes().sum()) / 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
