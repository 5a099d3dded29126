"""Back to the last weights that never saw some rows: the only unlearning that is exact (facts: rewind and replay).

The new folder holds the run as it was before the first use; `loop.train` then replays it with the rows masked. The
ledger is kept whole, so it goes on saying that the rows were read by the attempt that was given up.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from demur.training.errors import RunMismatchError
from demur.training.folder import LEDGER, PLAN, TOKENIZER, WEIGHTS, read_run_plan, weights_path, weights_steps
from demur.training.lineage import first_use
from demur.training.plan import Ordinals


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewind:
    """Where a clean replay begins, and how long it is.

    Attributes:
        first_use: the first step that owns one of the rows.
        step: the steps that can be kept: the newest weights file before the first use, 0 for none.
        replay_steps: the steps to be taken again.
    """

    first_use: int
    step: int
    replay_steps: int


def plan_rewind(folder: Path, rows: Ordinals) -> Rewind:
    """Find the cheapest clean start for a run without some rows."""
    run = read_run_plan(folder)
    first = first_use(run.plan, rows)
    steps = run.config.steps(run.plan)
    kept = max((step for step in weights_steps(folder) if step <= first), default=0)
    return Rewind(first_use=first, step=kept, replay_steps=0 if first >= steps else steps - kept)


def rewind(folder: Path, new_folder: Path, rows: Ordinals) -> Rewind:
    """Set up a new run folder that stands before the first use of some rows; `train` it to replay without them.

    The rows must be in the corpus's `Removals` before, else the replay reads them again. The vocabulary is kept.

    Raises:
        RunMismatchError: the new folder exists already.
    """
    if new_folder.exists():
        message = f"{new_folder} exists already"
        raise RunMismatchError(message, hint="Give a new folder for the rewound run.")
    chosen = plan_rewind(folder, rows)
    (new_folder / WEIGHTS).mkdir(parents=True)
    shutil.copytree(folder / TOKENIZER, new_folder / TOKENIZER)
    for step in weights_steps(folder):
        if step <= chosen.step:
            shutil.copy2(weights_path(folder, step), weights_path(new_folder, step))
    shutil.copy2(folder / LEDGER, new_folder / LEDGER)
    shutil.copy2(folder / PLAN, new_folder / PLAN)
    return chosen
