"""Measure the special-category filter on sentences of its own: recall, false alarms, children's data cut, speed.

    python benchmarks/bench_special.py [--write docs/reference/special-categories.md] [--misses]

The sentences are in `special_evaluation`, in each of the 24 languages: 17 that the filter was developed with, and 10
that were written afterwards and measured once. The last line is one JSON object.
"""

import argparse
import gzip
import json
import re
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from demur.filters.special import cut_children, statements

FOLDER = Path(__file__).parent / "special_evaluation"
SETS = ("held_out", "sentences")
REPEATS = 300
_BEGIN, _END = "<!-- special: begin -->", "<!-- special: end -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One sentence: what it tells of whom, or nothing when `kind` is empty."""

    language: str
    side: str
    kind: str
    text: str
    cut: tuple[str, ...] = ()


def read_cases(name: str) -> list[Case]:
    """Read a set of sentences."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        languages = tomllib.load(file)
    return [case for language, lists in languages.items() for case in _cases(language, lists)]


def _cases(language: str, lists: dict[str, list[str]]) -> Iterable[Case]:
    for side in ("own", "others"):
        for written in lists[side]:
            kind, _, text = written.partition(": ")
            yield Case(language=language, side=side, kind=kind, text=text)
    for text in lists["clean"]:
        yield Case(language=language, side="clean", kind="", text=text)
    for text in lists["children"]:
        cut = tuple(re.findall(r"\|([^|]+)\|", text))
        yield Case(language=language, side="children", kind="", text=text.replace("|", ""), cut=cut)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the filter made of a case: whether it found what is there and of whom, or anything in a clean one."""

    case: Case
    is_found: bool
    is_right_side: bool


def judge(cases: Sequence[Case], *, is_told: bool) -> list[Outcome]:
    """Run the filter over the cases, with their languages or without."""
    texts = [case.text for case in cases]
    languages = [case.language for case in cases] if is_told else None
    found = statements(texts, languages)
    cut = cut_children(texts, languages).texts
    return [_outcome(*row) for row in zip(cases, found.own, found.others, cut, strict=True)]


def _outcome(case: Case, own: Iterable[str], others: Iterable[str], cut: str) -> Outcome:
    if case.side == "children":
        left = [piece for piece in case.cut if re.search(rf"\b{re.escape(piece)}\b", cut)]
        return Outcome(case=case, is_found=not left, is_right_side=not left)
    sides = {"own": list(own), "others": list(others)}
    if case.side == "clean":
        is_hit = bool(sides["own"] or sides["others"])
        return Outcome(case=case, is_found=is_hit, is_right_side=is_hit)
    right = case.kind in sides[case.side]
    return Outcome(case=case, is_found=right or case.kind in sides["own"] + sides["others"], is_right_side=right)


def share(outcomes: Iterable[Outcome]) -> str:
    """Write how many of some outcomes found something, and how many there are."""
    hits = [outcome.is_found for outcome in outcomes]
    return f"{sum(hits)} of {len(hits)}"


def table(told: Sequence[Outcome], untold: Sequence[Outcome]) -> list[str]:
    """Write the figures as tables of Markdown."""
    lines = ["| what | language told | language not told |", "|---|---|---|"]
    rows = {
        "own statements found": lambda one: one.case.side == "own",
        "statements about others found": lambda one: one.case.side == "others",
        **{f"{kind} found": _is_kind(kind) for kind in sorted({one.case.kind for one in told} - {""})},
        "clean sentences hit": lambda one: one.case.side == "clean",
        "children: sentences wholly cut": lambda one: one.case.side == "children",
    }
    for name, wanted in rows.items():
        lines.append(f"| {name} | {share(filter(wanted, told))} | {share(filter(wanted, untold))} |")
    for name, outcomes in (("told", told), ("not told", untold)):
        right = [one.is_right_side for one in outcomes if one.case.side in ("own", "others") and one.is_found]
        lines.append(f"| of those found, the right person (language {name}) | {sum(right)} of {len(right)} | |")
    lines += ["", "| language | own | others | clean hit | children |", "|---|---|---|---|---|"]
    for language in sorted({one.case.language for one in told}):
        sides = [share(_of(told, language, side)) for side in ("own", "others", "clean", "children")]
        lines.append(f"| {language} | {' | '.join(sides)} |")
    return lines


def _is_kind(kind: str) -> Callable[[Outcome], bool]:
    return lambda one: one.case.kind == kind


def _of(outcomes: Sequence[Outcome], language: str, side: str) -> list[Outcome]:
    return [one for one in outcomes if (one.case.language, one.case.side) == (language, side)]


def speed(cases: Sequence[Case], *, is_told: bool) -> float:
    """Return the megabytes of text that one core reads in a second."""
    texts = [case.text for case in cases] * REPEATS
    languages = [case.language for case in cases] * REPEATS if is_told else None
    start = time.process_time()
    statements(texts, languages)
    return sum(len(text.encode()) for text in texts) / 1e6 / (time.process_time() - start)


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and write the page when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="put the tables between the marks of this page")
    parser.add_argument("--misses", action="store_true", help="print what was missed and what was hit wrongly")
    parser.add_argument(
        "--posts", nargs=2, metavar=("LANGUAGE", "FILE"), help="a file of posts, one a line, .gz or not"
    )
    asked = parser.parse_args(arguments)
    lines: list[str] = []
    figures = {}
    for name in SETS:
        cases = read_cases(name)
        told, untold = judge(cases, is_told=True), judge(cases, is_told=False)
        lines += [f"### {name}.toml", "", *table(told, untold), ""]
        figures[name] = {side: _rate(told, side) for side in ("own", "others", "clean", "children")}
        if asked.misses:
            wrong = [one for one in told if one.is_right_side == (one.case.side == "clean")]
            lines += [*(f"{one.case.language} {one.case.side} {one.case.kind}: {one.case.text}" for one in wrong), ""]
    if asked.posts:
        lines += [_posts(*asked.posts), ""]
    rates = {name: round(speed(cases, is_told=name == "told"), 1) for name in ("told", "untold")}
    lines += [f"Speed: {rates['told']} MB per CPU second with languages told, {rates['untold']} without."]
    print("\n".join(lines))
    if asked.write:
        before, _, rest = asked.write.read_text(encoding="utf-8").partition(_BEGIN)
        page = f"{before}{_BEGIN}\n{chr(10).join(lines)}\n{_END}{rest.partition(_END)[2]}"
        asked.write.write_text(page, encoding="utf-8")
    print(json.dumps({"bench": "special", **figures, "mb_per_second": rates}))


def _posts(language: str, path: str) -> str:
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        posts = [line for line in map(str.strip, file) if line]
    languages = [language] * len(posts)
    statements(posts[:1], [language])
    start = time.process_time()
    found = statements(posts, languages)
    rate = sum(len(post.encode()) for post in posts) / 1e6 / (time.process_time() - start)
    own, others = (100 * int((side.list.len() > 0).sum()) / len(posts) for side in (found.own, found.others))
    children = 100 * int((cut_children(posts, languages).cuts > 0).sum()) / len(posts)
    return (
        f"{len(posts)} public posts ({language}): {own:.2f} % tell of their author, {others:.2f} % of others, "
        f"{children:.2f} % of a child; {rate:.1f} MB per CPU second."
    )


def _rate(outcomes: Sequence[Outcome], side: str) -> float:
    hits = [one.is_found for one in outcomes if one.case.side == side]
    return round(sum(hits) / len(hits), 4)


if __name__ == "__main__":
    main(sys.argv[1:])
