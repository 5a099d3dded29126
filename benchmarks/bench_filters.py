"""Speed of the text filters beside their plain references, on generated posts; the last line is one JSON object.

Rates are of one process and one CPU second; ratios say how much the columnar form gains over a loop over rows.
"""

import json
import random
import time
from collections.abc import Callable

import numpy as np
import polars as pl

from demur.filters.duplicates import band_runs, duplicate_groups, signatures, signatures_reference
from demur.filters.suppressions import Suppressions, build_suppressions, find, find_reference
from demur.filters.text import redact

POSTS, SLOW_POSTS, ENTRIES, SEED = 100_000, 2_000, 1_000_000, 20250527
WORDS = (
    "heute morgen war der himmel über dem see ganz klar und wir sind lange gelaufen the new record is out and love "
    "le marché de noël est ouvert jusqu'à dimanche mañana vamos al cine con mis amigos dziś pada deszcz ale jest "
    "oggi piove ma domani torna il sole vandaag regent het στην παραλία σήμερα днес времето хубаво"
)
IDENTIFIERS = (
    *("anna.lynx@example.org", "+49 171 1234567", "06 12 34 56 78", "@quiet_lynx", "DE89 3704 0044 0532 0130 00"),
    *(
        "4111 1111 1111 1111",
        "192.168.1.77",
        "https://example.org/a",
        "PESEL 44051401359",
        "anna [at] example [dot] org",
    ),
    *("order 4512345678", "12.05.2024", "1.299,00 €", "version 1.2.3", "14:30"),
)
KEY = bytes(range(32))


def make_posts(count: int) -> pl.Series:
    """Make posts of 6 to 20 words, a third with a number or an identifier."""
    draw = random.Random(SEED)
    words = WORDS.split()
    posts = []
    for _ in range(count):
        post = draw.choices(words, k=draw.randint(6, 20))
        if draw.random() < 1 / 3:
            post.insert(draw.randint(0, len(post)), draw.choice(IDENTIFIERS))
        posts.append(" ".join(post))
    return pl.Series("text", posts)


def random_table(entries: int) -> Suppressions:
    """Make a table of random hashes: its size costs what a real one costs, and nothing is hit."""
    draw = np.random.default_rng(SEED)
    hashes = np.sort(draw.integers(0, np.iinfo(np.uint64).max, entries, dtype=np.uint64))
    return Suppressions(hashes=hashes, checks=np.zeros_like(hashes), lengths=frozenset(range(1, 6)), key=KEY)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Measure the second of two calls: the first one compiles and fills caches."""
    work()
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Measure, and print one line of figures."""
    posts, few, table = make_posts(POSTS), make_posts(SLOW_POSTS), random_table(ENTRIES)
    small = build_suppressions(["quiet lynx"], KEY)
    size, few_size = int(posts.str.len_bytes().sum()) / 1e6, int(few.str.len_bytes().sum()) / 1e6
    clean = posts.filter(redact(posts).cuts == 0)
    clean_size = int(clean.str.len_bytes().sum()) / 1e6
    keys = pl.Series("item_key", [row.to_bytes(16, "big") for row in range(POSTS)])
    signed = signatures(posts)
    redact_rate = size / cpu_seconds(lambda: redact(posts))
    row_rate = few_size / cpu_seconds(lambda: [redact(few[row : row + 1]) for row in range(len(few))])
    find_rate = size / cpu_seconds(lambda: find(posts, table))
    find_plain = few_size / cpu_seconds(lambda: find_reference(few, small))
    sign_rate = POSTS / cpu_seconds(lambda: signatures(posts))
    sign_plain = SLOW_POSTS / cpu_seconds(lambda: signatures_reference(few))
    figures = {
        "redact_mb_per_cpu_second": round(redact_rate, 2),
        "redact_clean_posts_mb_per_cpu_second": round(clean_size / cpu_seconds(lambda: redact(clean)), 1),
        "redact_ratio_to_row_at_a_time": round(redact_rate / row_rate, 1),
        "suppressions_1m_entries_mb_per_cpu_second": round(find_rate, 1),
        "suppressions_ratio_to_reference": round(find_rate / find_plain, 1),
        "signatures_per_cpu_second": round(sign_rate),
        "signatures_ratio_to_reference": round(sign_rate / sign_plain, 1),
        "grouped_items_per_cpu_second": round(POSTS / cpu_seconds(lambda: duplicate_groups(band_runs(keys, signed)))),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
