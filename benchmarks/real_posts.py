"""Build a corpus from real posts, then let one more person object, and time what follows.

The posts are files of one text a line, gzipped, named after their language (``de.txt.gz``). They stay where they are
and in the folder that this writes: nothing of them enters the repository.
Their authors are invented here, from a seed.

    python benchmarks/real_posts.py POSTS OUT [--seed 7]

It runs the commands that an operator would run, and ends with one line of JSON.
"""

import argparse
import gzip
import json
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

CONFIGURATION = """
[platform]
name = "real-posts"

[ruleset.settings]
notice_version = "2025-04"

[[sources]]
name = "posts"
path = "content/posts-*.parquet"
kind = "post"
product = "social"

[sources.columns]
item = "id"
account = "author"
text = "text"
created_at = "posted_at"
visibility = "audience"
language = "language"
"""
POSTS_PER_AUTHOR = 9
POSTS_PER_FILE = 20_000
MANY_POSTS = 5


def main() -> None:
    """Write the platform, run the flow, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", type=Path, help="folder of LANGUAGE.txt.gz")
    parser.add_argument("out", type=Path, help="new folder to work in")
    parser.add_argument("--seed", type=int, default=7, help="draws the invented authors")
    options = parser.parse_args()
    posts = write_platform(options.posts, options.out, random.Random(options.seed), datetime.now(UTC))
    print(json.dumps(run_flow(options.out, posts)))


def write_platform(source: Path, out: Path, draw: random.Random, now: datetime) -> pl.DataFrame:
    """Give each post an invented author who is of age, was told two months ago, and is public; return the posts."""
    texts = [
        (path.name.partition(".")[0], line)
        for path in sorted(source.glob("*.txt.gz"))
        for line in gzip.decompress(path.read_bytes()).decode("utf-8").rstrip("\n").split("\n")
    ]
    authors = [f"a{number:06d}" for number in range(max(len(texts) // POSTS_PER_AUTHOR, 1))]
    languages = dict.fromkeys(authors, "en")
    rows = []
    for number, (language, text) in enumerate(texts):
        # The square of a uniform draw: few people write much, most write little.
        author = authors[int(len(authors) * draw.random() ** 2)]
        languages[author] = language
        posted = now - timedelta(days=draw.randrange(30, 3000), seconds=draw.randrange(86_400))
        rows.append((f"p{number:07d}", author, text, posted, "public", language))
    columns = ["id", "author", "text", "posted_at", "audience", "language"]
    posts = pl.DataFrame(rows, schema=columns, orient="row")
    (out / "content").mkdir(parents=True)
    for number, start in enumerate(range(0, posts.height, POSTS_PER_FILE)):
        posts.slice(start, POSTS_PER_FILE).write_parquet(out / "content" / f"posts-{number:03d}.parquet")
    told = (now - timedelta(days=60)).isoformat()
    accounts = [
        (author, "", f"{draw.randrange(1950, 2000)}-05-01", "FR", languages[author], "public", "active", "")
        for author in authors
    ]
    notices = [(author, "2025-04", "in_app", languages[author], "shown", told, "true") for author in authors]
    _write_csv(out / "accounts.csv", "account centre birth_date country language visibility state created_at", accounts)
    _write_csv(out / "notices.csv", "account version channel language event at states_right", notices)
    (out / "demur.toml").write_text(CONFIGURATION, "utf-8")
    return posts


def run_flow(out: Path, posts: pl.DataFrame) -> dict[str, Any]:
    """Run the commands and return what they took and showed."""
    run(out, "keys", "create")
    run(out, "register", "import", "accounts.csv", "notices.csv")
    run(out, "register", "snapshot")
    built, build_seconds = run(out, "build", "posts")
    author = _author_with_many(posts, out)
    theirs = posts.filter(pl.col("author") == author)["id"].to_list()
    item = next(item for item in theirs if run(out, "explain", item, "--corpus", "posts")[0]["row"] is not None)
    row = run(out, "explain", item, "--corpus", "posts")[0]["row"]
    run(out, "register", "object", author, "--out", "receipt.tlog-proof")
    applied, apply_seconds = run(out, "apply", "posts")
    yields = row in _rows_read(out)
    why, _ = run(out, "explain", item, "--corpus", "posts")
    run(out, "evidence", "pack", "posts", "--out", "pack.zip")
    verified, verify_seconds = run(out, "evidence", "verify", "pack.zip", "--receipt", "receipt.tlog-proof")
    return {
        "posts": posts.height,
        "included": built["decisions"]["include"],
        "build_s": round(build_seconds, 2),
        "removed": applied["removed"],
        "apply_s": round(apply_seconds, 2),
        "reader_yields_removed_row": yields,
        "explain": why["removal_reason"],
        "evidence_checks": len(verified["checks"]),
        "verify_s": round(verify_seconds, 2),
    }


def run(out: Path, *words: str) -> tuple[dict[str, Any], float]:
    """Run one command; return its JSON and the seconds that its whole process took."""
    began = time.perf_counter()
    argv = [sys.executable, "-m", "demur", *words, "--json"]
    done = subprocess.run(argv, cwd=out, capture_output=True, text=True, check=False)  # noqa: S603 -- our own command
    seconds = time.perf_counter() - began
    if done.returncode not in {0, 1} or not done.stdout:
        print(f"demur {' '.join(words)}: {done.stderr.strip()}", file=sys.stderr)
        raise SystemExit(done.returncode)
    print(f"{seconds:6.2f} s  demur {' '.join(words)}", file=sys.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer, seconds


def _author_with_many(posts: pl.DataFrame, out: Path) -> str:
    counted = posts.group_by("author").len().filter(pl.col("len") >= MANY_POSTS).sort("author")
    author: str = counted["author"][0] if counted.height else posts["author"][0]
    print(f"{out}: {author} objects with {posts.filter(pl.col('author') == author).height} posts", file=sys.stderr)
    return author


def _rows_read(out: Path) -> set[int]:
    """Read the corpus through the gate, as any trainer would."""
    import demur  # noqa: PLC0415 -- slow import

    corpus = demur.open_corpus(out / "corpora" / "posts", trust=out / "keys" / "public.json")
    return {row for batch in corpus.batches() for row in batch["row"]}


def _write_csv(path: Path, columns: str, rows: list[tuple[str, ...]]) -> None:
    pl.DataFrame(rows, schema=columns.split(), orient="row").write_csv(path)


if __name__ == "__main__":
    main()
