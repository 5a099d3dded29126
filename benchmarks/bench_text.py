"""Accuracy and cost of the text filter, on generated posts in 24 languages; the last line is one JSON object.

    python benchmarks/bench_text.py [--count 6000] [--posts FILE.gz] [--names FILE.gz ...] [--peers] [--write PAGE]

Posts are drawn from a seed: a quarter holds nothing personal, the others hold one to three values. Real posts (gzip,
one a line) give the speed on what people write, real posts with labels of names (token, tab, BIO tag) the accuracy.
"""

import argparse
import gzip
import json
import math
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, SupportsFloat, TypeAlias

import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from text_evaluation import costs, filters, scorer
from text_evaluation.carriers import LANGUAGES
from text_evaluation.filters import Filter
from text_evaluation.generator import generate
from text_evaluation.names import Half
from text_evaluation.posts import STRUCTURED, TEN, Label, Post
from text_evaluation.scorer import Count, Estimate, Found, Resampled
from text_evaluation.tweets import read_posts

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PEER_POSTS = 1_200
Figures: TypeAlias = dict[str, Any]
Columns: TypeAlias = tuple[pl.Series, pl.Series | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Posts, what a filter found in them, and the counts."""

    posts: list[Post]
    found: list[list[Found]]
    counts: scorer.Counts


def main() -> None:
    """Measure, print tables and one line of figures."""
    options = parse_options()
    report: list[str] = []
    find = filters.load(options.filter)
    posts = generate(options.count, seed=options.seed)
    run = apply(find, posts, blind=False)
    figures: Figures = {"posts": len(posts), "seed": options.seed}
    figures |= report_accuracy(report, run, apply(find, posts, blind=True))
    figures |= report_names(report, find, run, options.seed, [Path(name) for name in options.names])
    figures |= report_costs(report, options, posts)
    if options.peers:
        figures["peers"] = report_peers(report, options.filter, posts[:PEER_POSTS])
    text = "\n".join(report)
    print(text)
    if options.write:
        write_page(Path(options.write), text)
    print(json.dumps(figures))


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=6000, help="generated posts (default: 6000, 250 a language)")
    parser.add_argument("--seed", type=int, default=1, help="draws the posts")
    parser.add_argument("--filter", default=filters.OURS, help="module:function with the signature of our spans")
    parser.add_argument("--structured", default="", help="module:function of the tier without names, to time it alone")
    parser.add_argument("--posts", default="", help="real posts, gzip, one a line, for the speed on real text")
    parser.add_argument("--names", nargs="*", default=[], help="real posts with labels of names: token TAB BIO tag")
    parser.add_argument("--line-megabytes", type=float, default=10, help="size of the long lines; 0 leaves them out")
    parser.add_argument("--line-seconds", type=float, default=60, help="limit for one long line")
    parser.add_argument(
        "--peers", action="store_true", help="measure other tools beside ours, those that are installed"
    )
    parser.add_argument("--write", default="", help="write the tables into this page, between its two marks")
    return parser.parse_args()


def apply(find: Filter, posts: list[Post], *, blind: bool) -> Run:
    """Let a filter read posts, with or without being told their languages, and count."""
    languages = [None if blind else post.language for post in posts]
    found = find([post.text for post in posts], languages)
    return Run(posts=posts, found=found, counts=scorer.count(posts, found))


# ------------------------------------------------------------------------------------------------------------- accuracy
def report_accuracy(report: list[str], run: Run, blind: Run) -> Figures:
    """Report labels, languages and forms; return the figures that have a bar."""
    whole = Resampled(run.counts)
    clean = scorer.clean_hit(run.posts, run.found)
    report += _summary_table(whole, clean, Resampled(blind.counts), scorer.clean_hit(blind.posts, blind.found))
    report += _label_table(whole)
    report += _language_table(run)
    report += _form_table(run)
    masked = scorer.masked(whole.sums)
    worst = min(TEN, key=lambda label: masked[scorer.LABELS.index(label)])
    return {
        "macro_f1_ten": _percent(scorer.macro(scorer.f1, TEN)(whole.sums)),
        "macro_f1_structured": _percent(scorer.macro(scorer.f1, STRUCTURED)(whole.sums)),
        "macro_f1_ten_language_untold": _percent(scorer.macro(scorer.f1, TEN)(blind.counts.sum(axis=0))),
        "masked_ten": _percent(scorer.macro(scorer.masked, TEN)(whole.sums)),
        "masked_worst_label": {worst.value: _percent(masked[scorer.LABELS.index(worst)])},
        "clean_posts_hit": _percent(clean.value),
        "address_whole": _percent(_of(scorer.whole, whole, Label.ADDRESS)),
        "plate_f1": _percent(_of(scorer.f1, whole, Label.PLATE)),
        "hidden_whole": {
            label.value: _percent(_of(scorer.hidden_whole, whole, label))
            for label in scorer.LABELS
            if whole.sums[scorer.LABELS.index(label), Count.HIDDEN]
        },
        "f1": {label.value: _percent(_of(scorer.f1, whole, label)) for label in scorer.LABELS},
    }


def _of(statistic: Any, resampled: Resampled, label: Label) -> float:  # noqa: ANN401 -- any of the scorer's statistics
    return float(statistic(resampled.sums)[scorer.LABELS.index(label)])


def _summary_table(told: Resampled, clean: Estimate, blind: Resampled, blind_clean: Estimate) -> list[str]:
    statistics = {
        "macro strict F1, ten identifiers": scorer.macro(scorer.f1, TEN),
        "macro strict F1, eight structured": scorer.macro(scorer.f1, STRUCTURED),
        "masked, mean of the ten": scorer.macro(scorer.masked, TEN),
    }
    rows = [(name, _cell(told.estimate(each)), _cell(blind.estimate(each))) for name, each in statistics.items()]
    rows.append(("clean posts hit", _cell(clean), _cell(blind_clean)))
    return _table("All languages", ("figure", "language told", "language not told"), rows)


def _label_table(whole: Resampled) -> list[str]:
    rows = []
    for place, label in enumerate(scorer.LABELS):
        sums = whole.sums[place]
        cells = (
            _cell(whole.estimate_label(statistic, label)) for statistic in (scorer.f1, scorer.masked, scorer.whole)
        )
        hidden = f"{_cell(whole.estimate_label(scorer.hidden_whole, label))}" if sums[Count.HIDDEN] else "-"
        ratios = (_one(scorer.precision(whole.sums)[place]), _one(scorer.recall(whole.sums)[place]))
        rows.append((f"`{label.value}`", str(int(sums[Count.GOLD])), *ratios, *cells, hidden))
    heads = (
        "label",
        "values",
        "precision",
        "recall",
        "strict F1",
        "characters masked",
        "masked whole",
        "hidden forms masked whole",
    )
    return _table("By label", heads, rows)


def _language_table(run: Run) -> list[str]:
    rows = []
    for language in LANGUAGES:
        chosen = [place for place, post in enumerate(run.posts) if post.language == language]
        part = Resampled(run.counts[chosen])
        clean = scorer.clean_hit([run.posts[place] for place in chosen], [run.found[place] for place in chosen])
        estimates = (
            part.estimate(scorer.macro(scorer.f1, TEN)),
            part.estimate(scorer.macro(scorer.f1, STRUCTURED)),
            part.estimate_label(scorer.f1, Label.PERSON),
            part.estimate(scorer.macro(scorer.masked, TEN)),
            clean,
        )
        rows.append((language, str(len(chosen)), *map(_cell, estimates)))
    heads = (
        "language",
        "posts",
        "macro F1, ten",
        "macro F1, eight",
        "`PERSON` F1",
        "masked, mean of the ten",
        "clean posts hit",
    )
    return _table("By language", heads, rows)


def _form_table(run: Run) -> list[str]:
    rows = [
        (f"`{score.label.value}`", score.form, str(score.values), _one(score.found), _one(score.whole))
        for score in scorer.by_form(run.posts, run.found)
    ]
    return _table("By way of writing", ("label", "form", "values", "recall", "masked whole"), rows)


# ---------------------------------------------------------------------------------------------------------------- names
def report_names(report: list[str], find: Filter, run: Run, seed: int, tweets: list[Path]) -> Figures:
    """Report names of the evaluation half beside those of the training half, and real posts with human labels."""
    training = apply(find, generate(len(run.posts), seed=seed, half=Half.TRAINING), blind=False)
    rows, scores = [], {}
    for language in LANGUAGES:
        withheld, seen = (_person_recall(each, language) for each in (run, training))
        part = run.counts[[place for place, post in enumerate(run.posts) if post.language == language]].sum(axis=0)
        scores[language] = float(scorer.f1(part)[scorer.LABELS.index(Label.PERSON)])
        rows.append((language, _one(withheld), _one(seen)))
    report += _table("Recall of names of the two halves", ("language", "evaluation half", "training half"), rows)
    worst = min(scores, key=lambda language: scores[language])
    figures: Figures = {"names_worst_language": {worst: _percent(scores[worst])}}
    figures["names_recall_evaluation_half"] = _percent(_person_recall(run, None))
    figures["names_recall_training_half"] = _percent(_person_recall(training, None))
    real = {path.name.split(".")[0]: _score_real_names(find, path) for path in tweets}
    if real:
        heads = ("set", "strict F1", "characters masked", "posts without a name in which one was found")
        cells = [(name, *map(_cell, estimates.values())) for name, estimates in real.items()]
        report += _table("Names on real posts with human labels", heads, cells)
        figures["names_real"] = {
            name: {figure: _percent(estimate.value) for figure, estimate in estimates.items()}
            for name, estimates in real.items()
        }
    return figures


def _person_recall(run: Run, language: str | None) -> float:
    chosen = [place for place, post in enumerate(run.posts) if language in {None, post.language}]
    return float(scorer.recall(run.counts[chosen].sum(axis=0))[scorer.LABELS.index(Label.PERSON)])


def _score_real_names(find: Filter, path: Path) -> dict[str, Estimate]:
    """Score names alone: real posts have no gold for other labels. Every mask counts as masking."""
    run = apply(find, read_posts(path, "en"), blind=False)
    names_alone = [[span for span in spans if span[2] == Label.PERSON.value] for spans in run.found]
    resampled = Resampled(run.counts)
    return {
        "f1": resampled.estimate_label(scorer.f1, Label.PERSON),
        "masked": resampled.estimate_label(scorer.masked, Label.PERSON),
        "posts_without_hit": scorer.clean_hit(run.posts, names_alone),
    }


# ---------------------------------------------------------------------------------------------------------------- costs
def report_costs(report: list[str], options: argparse.Namespace, posts: list[Post]) -> Figures:
    """Report speed on dense and on real posts, peak memory, and long lines."""
    dense = pl.Series("text", [post.text for post in posts])
    texts: dict[str, Columns] = {"generated, dense": (dense, pl.Series("language", [post.language for post in posts]))}
    if options.posts:
        texts["real"] = _read_real_posts(Path(options.posts))
    places = {"whole filter": options.filter} | ({"structured tier": options.structured} if options.structured else {})
    rates = {
        (tier, name): costs.megabytes_per_cpu_second(filters.load_column(place), some, languages)
        for tier, place in places.items()
        for name, (some, languages) in texts.items()
    }
    cells = [(tier, name, f"{rate:.2f}") for (tier, name), rate in rates.items()]
    report += _table("Speed", ("tier", "posts", "MB per CPU second"), cells)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "posts.parquet"
        pl.DataFrame({"text": dense}).write_parquet(file)
        alone, peak = costs.peak_megabytes(options.filter, file)
    report += _table("Peak memory, MB", ("Polars and the posts", "with the filter"), [(f"{alone:.0f}", f"{peak:.0f}")])
    figures: Figures = {
        "mb_per_cpu_second": {f"{tier}, {name}": round(rate, 2) for (tier, name), rate in rates.items()}
    }
    figures["peak_mb"] = round(peak)
    if options.line_megabytes:
        average = rates["whole filter", "real" if options.posts else "generated, dense"]
        figures |= report_lines(report, options, seconds_per_byte=1 / (average * 1e6))
    return figures


def _read_real_posts(path: Path) -> Columns:
    """Read one post a line; the file is named after its language, as `de.txt.gz`."""
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").rstrip("\n").split("\n")
    language = path.name.split(".")[0]
    told = pl.Series("language", [language] * len(lines)) if language in LANGUAGES else None
    return pl.Series("text", lines), told


def report_lines(report: list[str], options: argparse.Namespace, *, seconds_per_byte: float) -> Figures:
    """Report what one long line of each content costs, as a ratio to the average byte of posts."""
    size = int(options.line_megabytes * 1e6)
    lines = [
        costs.long_line(
            options.filter, content, size=size, limit_seconds=options.line_seconds, seconds_per_byte=seconds_per_byte
        )
        for content in costs.CONTENTS
    ]
    rows = [
        (
            line.content,
            f"{'' if line.finished else '> '}{line.seconds:.2f}",
            f"{'' if line.finished else '> '}{line.ratio:.1f}",
        )
        for line in lines
    ]
    title = f"One line of {options.line_megabytes:g} MB"
    report += _table(title, ("content", "CPU seconds", "ratio to the average byte of posts"), rows)
    worst = max(lines, key=lambda line: line.ratio)
    return {
        "worst_line": {worst.content: round(worst.ratio, 1)},
        "lines_unfinished": sum(not line.finished for line in lines),
    }


# ---------------------------------------------------------------------------------------------------------------- peers
def report_peers(report: list[str], place: str, posts: list[Post]) -> Figures:
    """Report other tools beside ours on the same posts, in the same run; those that are not installed are named."""
    tools = {"ours": (filters.load(place), filters.load_column(place))}
    for name, load in filters.PEERS.items():
        try:
            tool = load()
        except ImportError:
            print(f"{name}: not installed", file=sys.stderr)
        else:
            tools[name] = (tool, filters.as_column(tool))
    figures = {name: _measure_tool(*tool, posts) for name, tool in tools.items()}
    rows = [(name, *map(str, each.values())) for name, each in figures.items()]
    heads = (
        "tool",
        "macro F1, ten",
        "macro F1, eight",
        "masked, mean of the ten",
        "clean posts hit",
        "MB per CPU second",
    )
    report += _table(f"Beside other tools, {len(posts)} posts, language not told", heads, rows)
    rate = figures["ours"]["mb_per_cpu_second"]
    return {
        name: each | {"ours_is_times_as_fast": round(rate / each["mb_per_cpu_second"], 1)}
        for name, each in figures.items()
    }


def _measure_tool(find: Filter, read: filters.Column, posts: list[Post]) -> dict[str, Any]:
    run = apply(find, posts, blind=True)
    sums, texts = run.counts.sum(axis=0), pl.Series("text", [post.text for post in posts])
    return {
        "macro_f1_ten": _percent(scorer.macro(scorer.f1, TEN)(sums)),
        "macro_f1_structured": _percent(scorer.macro(scorer.f1, STRUCTURED)(sums)),
        "masked_ten": _percent(scorer.macro(scorer.masked, TEN)(sums)),
        "clean_posts_hit": _percent(scorer.clean_hit(run.posts, run.found).value),
        "mb_per_cpu_second": round(costs.megabytes_per_cpu_second(read, texts, None), 3),
    }


# --------------------------------------------------------------------------------------------------------------- tables
def _percent(share: SupportsFloat) -> float | None:
    return None if math.isnan(share) else round(100 * float(share), 1)


def _one(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def _cell(estimate: Estimate) -> str:
    return "-" if math.isnan(estimate.value) else f"{_one(estimate.value)} ({_one(estimate.low)}-{_one(estimate.high)})"


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"### {title}", "", _row(heads), _row(["---"] * len(heads)), *map(_row, rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_page(page: Path, text: str) -> None:
    """Put the tables between the two marks of a page, with the date and the command; the rest of it stays.

    Paths of the command are written as their last part: where a file lay says nothing to the reader.
    """
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    words = [Path(word).name if "/" in word and not word.startswith("docs/") else word for word in sys.argv[1:]]
    stamp = (
        f"Measured on {datetime.now(UTC).date().isoformat()} by `python benchmarks/bench_text.py {shlex.join(words)}`."
    )
    page.write_text(f"{before}{BEGIN}\n{stamp}\n\n{text}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
