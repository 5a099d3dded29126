"""How commands speak: results to standard output, progress and errors to standard error.

With ``--json`` a command prints one JSON object and nothing else.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from demur.kernel.errors import DemurError


class ProgressReport(Protocol):
    """Hears how far one stage of a long command is."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note that `done` of `total` steps of a stage are done."""
        ...


def print_json(result: Mapping[str, object]) -> None:
    """Print one JSON object on one line."""
    sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")


def print_lines(*lines: str) -> None:
    """Print plain lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers are set to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    kept = [tuple(row) for row in rows]
    for at, column in enumerate(columns):
        numeric = bool(kept) and all(isinstance(row[at], int | float) for row in kept)
        table.add_column(column, justify="right" if numeric else "left")
    for row in kept:
        table.add_row(*(_cell(value) for value in row))
    Console(highlight=False).print(table)


def print_error(error: DemurError) -> None:
    """Print what is wrong and what to do next, a line each, to standard error."""
    sys.stderr.write(f"demur: {error} [{error.code}]\n")
    if error.hint:
        sys.stderr.write(f"  next: {error.hint}\n")


@contextmanager
def show_progress() -> Iterator[ProgressReport]:
    """Show a bar for each stage on standard error, or a line for each tenth where no terminal is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _LineProgress()
        return
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


class _LineProgress:
    """Writes ``stage done/total`` when a further tenth of a stage is done: for logs and for other programs."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        if tenth > self._tenths.get(stage, -1):
            self._tenths[stage] = tenth
            sys.stderr.write(f"{stage} {done}/{total}\n")
            sys.stderr.flush()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
