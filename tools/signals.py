"""Print the sizes of our code beside the usual ranges: `make signals`.

A number out of range is a question in review, not a failure, so this always ends with exit status 0. A function counts
from `def` to its last line, docstring included; a file counts every line; nesting counts the loops, conditions, `with`
and `try` blocks inside one another in one function; tests are functions named `test_...`.
"""

import argparse
import ast
import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE_FOLDERS = ("src", "tools", "benchmarks")
TEST_FOLDER = "tests"
WORST = 5
BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualRange:
    """The largest usual figures of one measure; None where there is no habit."""

    median: int | None = None
    p90: int | None = None
    largest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One measured size and where it was found."""

    where: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One measure over all places: its figures, the usual range and the places that stand out."""

    name: str
    count: int
    median: int
    p90: int
    largest: int
    usual: UsualRange
    worst: tuple[Size, ...]


USUAL = {
    "function lines": UsualRange(median=12, p90=30, largest=60),
    "file lines": UsualRange(p90=250, largest=400),
    "nesting": UsualRange(largest=3),
    "test lines": UsualRange(median=12),
    "test file lines": UsualRange(p90=250, largest=400),
}


def read_modules(folders: tuple[str, ...]) -> dict[str, str]:
    """Return path and text of every Python file in the folders."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def walk_functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a module."""
    yield from (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def count_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines from `def` to the last line."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def measure_nesting(node: ast.AST) -> int:
    """Return how many blocks stand inside one another; an `elif` stands beside its `if`, a function starts afresh."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        is_block = isinstance(child, BLOCKS) or (isinstance(child, ast.If) and not is_elif(node, child))
        deepest = max(deepest, int(is_block) + measure_nesting(child))
    return deepest


def is_elif(parent: ast.AST, child: ast.If) -> bool:
    """Tell whether an `if` is the `elif` of its parent."""
    return isinstance(parent, ast.If) and parent.orelse == [child]


def measure(sources: dict[str, str], tests: dict[str, str]) -> dict[str, list[Size]]:
    """Return every measured size by the name of its measure."""
    sizes: dict[str, list[Size]] = {name: [] for name in USUAL}
    for path, text in sources.items():
        sizes["file lines"].append(Size(where=path, value=len(text.splitlines())))
        for function in walk_functions(ast.parse(text)):
            where = f"{path}:{function.lineno} {function.name}"
            sizes["function lines"].append(Size(where=where, value=count_lines(function)))
            sizes["nesting"].append(Size(where=where, value=measure_nesting(function)))
    for path, text in tests.items():
        sizes["test file lines"].append(Size(where=path, value=len(text.splitlines())))
        for function in walk_functions(ast.parse(text)):
            if function.name.startswith("test_"):
                where = f"{path}:{function.lineno} {function.name}"
                sizes["test lines"].append(Size(where=where, value=count_lines(function)))
    return sizes


def summarise(name: str, sizes: list[Size], usual: UsualRange) -> Signal:
    """Reduce the sizes of one measure to its figures and to the places beyond the usual range, largest first."""
    values = sorted(size.value for size in sizes) or [0]
    limit = usual.largest or usual.p90 or 3 * (usual.median or 0)
    beyond = sorted((size for size in sizes if size.value > limit), key=lambda size: (-size.value, size.where))
    return Signal(
        name=name,
        count=len(sizes),
        median=int(statistics.median(values)),
        p90=values[max(0, -(-9 * len(values) // 10) - 1)],
        largest=values[-1],
        usual=usual,
        worst=tuple(beyond[:WORST]),
    )


def format_figure(value: int, limit: int | None) -> str:
    """Write a figure with its usual limit, and a mark when it is beyond."""
    if limit is None:
        return f"{value}"
    mark = " !" if value > limit else ""
    return f"{value} (<= {limit}){mark}"


def print_table(signals: list[Signal]) -> None:
    """Print one row for each measure, then the places that stand out."""
    print(f"{'':<16}{'count':>6}  {'median':<14}{'p90':<16}{'largest':<16}")
    for signal in signals:
        median = format_figure(signal.median, signal.usual.median)
        p90 = format_figure(signal.p90, signal.usual.p90)
        largest = format_figure(signal.largest, signal.usual.largest)
        print(f"{signal.name:<16}{signal.count:>6}  {median:<14}{p90:<16}{largest:<16}")
    for signal in signals:
        for size in signal.worst:
            print(f"  ! {signal.name}: {size.value} at {size.where}")


def main() -> None:
    """Measure and print, for people or with --json for programs."""
    parser = argparse.ArgumentParser(description="Print the sizes of our code beside the usual ranges.")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    arguments = parser.parse_args()
    sizes = measure(read_modules(CODE_FOLDERS), read_modules((TEST_FOLDER,)))
    signals = [summarise(name, sizes[name], usual) for name, usual in USUAL.items()]
    if arguments.json:
        print(json.dumps({signal.name: asdict(signal) for signal in signals}))
    else:
        print_table(signals)


if __name__ == "__main__":
    main()
