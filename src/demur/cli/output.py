"""How commands speak: results to standard output, progress and errors to standard error.

With ``--json`` a command prints one JSON object and nothing else.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

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
    from rich.console import Console  # noqa: PLC0415 -- slow import
    from rich.table import Table  # noqa: PLC0415 -- slow import
    from rich.text import Text  # noqa: PLC0415 -- slow import

    table = Table()
    kept = [tuple(row) for row in rows]
    for at, column in enumerate(columns):
        numeric = bool(kept) and all(isinstance(row[at], int | float) for row in kept)
        table.add_column(Text(column), justify="right" if numeric else "left")
    for row in kept:
        # As text, not as markup: a path or a name in brackets is not a style.
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console(highlight=False)
    # Rich would end the process with 1 when the reader goes away; written by us, it is an error that `main` knows.
    with console.capture() as captured:
        console.print(title, style="bold", markup=False)
        console.print(table)
    sys.stdout.write(captured.get())


def printable(text: str) -> str:
    """Return a text that cannot steer a terminal: it was written by somebody else."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def tell_count(count: int | None) -> str:
    """Return a count about people as text; None is one below ten."""
    return "<10" if count is None else f"{count:,}"


def tell_total(total: int | None) -> str:
    """Return a total of counts about people as text; None is one that is withheld with them, however large."""
    return "(withheld)" if total is None else f"{total:,}"


def print_error(error: DemurError) -> None:
    """Print what is wrong and what to do next, a line each, to standard error."""
    sys.stderr.write(f"demur: {error} [{error.code}]\n")
    if error.hint:
        sys.stderr.write(f"  next: {error.hint}\n")


@contextmanager
def show_progress() -> Iterator[ProgressReport]:
    """Show a bar for each stage on standard error, or a line for each tenth where no terminal is."""
    if not sys.stderr.isatty():
        yield _LineProgress()
        return
    from rich.console import Console  # noqa: PLC0415 -- slow import
    from rich.progress import (  # noqa: PLC0415 -- slow import
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
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
