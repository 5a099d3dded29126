"""Speed of the search for copies beside a plain set of shingles, on generated posts; the last line is one JSON object.

Rates are of one process and one CPU second. One post in a hundred holds a copy of an objected text, in capitals and
with emoji between the words; how many of them are found is among the figures.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import polars as pl

from demur.filters.copies import Fingerprints, find_copies, index_texts, quoted_spans

POSTS, SLOW_POSTS, PLANTED, SEED = 227_000, 5_000, 2_270, 20250527
TEXTS = {"1k": 1_000, "100k": 100_000, "1m": 1_000_000}
VOCABULARY = 30_000
REPEATS = 3
SYLLABLES = [
    first + rest for first in "bcdfghjklmnprstvwz" for rest in ("a", "e", "i", "o", "u", "an", "er", "in", "on")
]


def make_posts(draw: np.random.Generator, words: np.ndarray, count: int) -> list[str]:
    """Make posts of 6 to 31 words, drawn as often as words of a language are: the second half as often as the first."""
    weights = 1 / np.arange(1, len(words) + 1)
    lengths = draw.integers(6, 32, count)
    drawn = words[draw.choice(len(words), int(lengths.sum()), p=weights / weights.sum())].tolist()
    ends = np.cumsum(lengths).tolist()
    return [" ".join(drawn[end - length : end]) for end, length in zip(ends, lengths.tolist(), strict=True)]


def make_words(draw: np.random.Generator) -> np.ndarray:
    """Make words of one to three syllables."""
    return np.array(["".join(draw.choice(SYLLABLES, size)) for size in draw.integers(1, 4, VOCABULARY)])


def plant(posts: list[str], texts: list[str]) -> pl.Series:
    """Put a copy of a text into every hundredth post."""
    for number in range(PLANTED):
        copy = texts[number % len(texts)].upper().replace(" ", " 😀 ")
        posts[number * 100] = f"{posts[number * 100]} : {copy}"
    return pl.Series("text", posts)


def index(texts: list[str]) -> Fingerprints:
    """Index texts that are numbered in their order."""
    unknown = pl.repeat(None, len(texts), dtype=pl.Datetime("us", "UTC"), eager=True)
    return index_texts(pl.Series(texts), pl.Series(range(len(texts)), dtype=pl.UInt32), unknown)


def shingles(text: str) -> Iterator[tuple[str, ...]]:
    """Give every four words in a row, as a simple script would."""
    words = re.findall(r"\w+", text.casefold())
    return zip(words, words[1:], words[2:], words[3:], strict=False)


def find_plainly(posts: list[str], known: dict[tuple[str, ...], int]) -> list[set[int]]:
    """Look every shingle up in a table; what a copy is would be decided on what this finds."""
    return [{known[shingle] for shingle in shingles(post) if shingle in known} for post in posts]


def cpu_seconds(work: Callable[[], object]) -> float:
    """Measure the best of a few calls after a first one, which compiles and fills caches."""
    work()
    measured = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        measured.append(time.process_time() - began)
    return min(measured)


def measure(name: str, texts: list[str], posts: list[str]) -> dict[str, float]:
    """Measure one size of index."""
    began = time.process_time()
    fingerprints = index(texts)
    indexed = time.process_time() - began
    items = plant(list(posts), texts)
    size = int(items.str.len_bytes().sum()) / 1e6
    matches = find_copies(items, fingerprints)
    # A text of few different words is a common saying: it is not indexed and not looked for.
    expected = np.isin(np.arange(PLANTED) % len(texts), fingerprints.numbers).sum()
    places = matches.filter("is_whole", pl.col("place") % 100 == 0)["place"].n_unique()
    return {
        f"find_{name}_mb_per_cpu_second": round(size / cpu_seconds(lambda: find_copies(items, fingerprints)), 1),
        f"find_{name}_planted_found_share": round(places / int(expected), 4),
        f"span_{name}_matches_per_cpu_second": round(len(matches) / cpu_seconds(lambda: quoted_spans(items, matches))),
        f"index_{name}_texts_per_cpu_second": round(len(texts) / indexed),
        f"index_{name}_bytes_per_text": round(len(fingerprints.to_bytes()) / len(texts)),
    }


def main() -> None:
    """Measure, and print one line of figures."""
    draw = np.random.default_rng(SEED)
    words = make_words(draw)
    posts = make_posts(draw, words, POSTS)
    index(posts[:10])
    figures: dict[str, float] = {"posts_mb": round(sum(map(len, posts)) / 1e6, 1)}
    few, few_size = posts[:SLOW_POSTS], sum(map(len, posts[:SLOW_POSTS])) / 1e6
    for name, count in TEXTS.items():
        texts = make_posts(draw, words, count)
        figures |= measure(name, texts, posts)
        if name != "1m":  # a table of all shingles of a million texts takes more memory than many machines have
            known = {shingle: number for number, text in enumerate(texts) for shingle in shingles(text)}
            plain = few_size / cpu_seconds(partial(find_plainly, few, known))
            figures[f"find_{name}_ratio_to_plain"] = round(figures[f"find_{name}_mb_per_cpu_second"] / plain, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
