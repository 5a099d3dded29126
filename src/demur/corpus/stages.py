"""A stage is a list of numbered tasks; what is done stays done, whatever kills the build.

Each task writes its files whole and hands back a small result; the build then writes the result as the task's marker. A
build that starts again takes the results of the markers it finds and runs only the other tasks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from demur.corpus.errors import WorkDamagedError
from demur.engines.engine import Engine
from demur.kernel.files import write_whole

Task = TypeVar("Task")
Result = TypeVar("Result", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stage of a build is: `done` of `total` tasks."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where and with whom a build works: its folder, its engine and whoever watches."""

    folder: Path
    engine: Engine
    progress: Callable[[Progress], None]


def run_stage(
    workshop: Workshop, stage: str, function: Callable[[Task], Result], tasks: Sequence[Task], form: type[Result]
) -> Iterator[Result]:
    """Yield the result of every task in order; tasks that an earlier attempt finished are not run again.

    Raises:
        WorkDamagedError: a marker of an earlier attempt can't be read.
    """
    folder = workshop.folder / "done" / stage
    markers = [folder / f"{number:06d}.json" for number in range(len(tasks))]
    missing = {number for number, marker in enumerate(markers) if not marker.exists()}
    fresh = workshop.engine.map(function, (task for number, task in enumerate(tasks) if number in missing))
    workshop.progress(Progress(stage=stage, done=0, total=len(tasks)))
    for number, marker in enumerate(markers):
        if number in missing:
            result = next(fresh)
            write_whole(marker, msgspec.json.encode(result))
        else:
            result = _read_marker(marker, form)
        workshop.progress(Progress(stage=stage, done=number + 1, total=len(tasks)))
        yield result


def _read_marker(marker: Path, form: type[Result]) -> Result:
    try:
        return msgspec.json.decode(marker.read_bytes(), type=form)
    except (OSError, msgspec.DecodeError) as error:
        message = f"the marker {marker.name} of an unfinished build is damaged"
        raise WorkDamagedError(message, hint=f"Delete {marker.parents[2]} and build again.") from error
