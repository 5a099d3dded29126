"""How long people wait for a search by name: the look-up of the public over a million rows, a reviewer's over 200,000.

Texts are invented and made from a seed. The public's search runs after the answer, for some searches in one pass; a
reviewer waits for theirs. The figures are seconds, over as many passes as are asked for.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence

import polars as pl

from demur.filters.suppressions import Suppressions, find, hash_term, list_spans
from demur.testing.portal.crowd import percentile

_KEY = bytes(range(32))
_BATCH = 20_000
_WORDS = ("tide", "harbour", "lantern", "gravel", "orchard", "kettle", "ribbon", "meadow", "timber", "copper")
_NAME = "Xantippe Moreau"


def main(arguments: Sequence[str]) -> int:
    """Measure, and print the figures as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the public's search")
    parser.add_argument("--review-rows", type=int, default=200_000, help="of a reviewer's")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--together", type=int, default=20, help="searches of the public in one pass")
    chosen = parser.parse_args(arguments)
    one, many = _wanted([_NAME]), _wanted([f"{_NAME} {number}" for number in range(chosen.together)])
    public = [_search(chosen.rows, many) for _ in range(chosen.passes)]
    review = [_search(chosen.review_rows, one) for _ in range(chosen.passes)]
    figures = {
        "rows": chosen.rows,
        "searches_together": chosen.together,
        "public_p50_s": round(percentile(public, 0.5), 2),
        "public_p99_s": round(percentile(public, 0.99), 2),
        "review_rows": chosen.review_rows,
        "review_p50_s": round(percentile(review, 0.5), 2),
        "review_p99_s": round(percentile(review, 0.99), 2),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


def _wanted(names: Sequence[str]) -> Suppressions:
    return list_spans([span for name in names for span in hash_term(name, _KEY)], _KEY)


def _search(rows: int, wanted: Suppressions) -> float:
    """Return the seconds that looking through some rows takes; making them is not counted."""
    took = 0.0
    for texts in _batches(rows):
        began = time.perf_counter()
        find(texts, wanted)
        took += time.perf_counter() - began
    return took


def _batches(rows: int) -> Iterator[pl.Series]:
    rng = random.Random(2025)
    for start in range(0, rows, _BATCH):
        yield pl.Series([" ".join(rng.choices(_WORDS, k=20)) for _ in range(min(_BATCH, rows - start))])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
