"""``demur train`` and ``demur model``: a small language model trained under guard, and what it read."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from demur.audit.canaries import CanaryKit, make_canaries, read_canaries, write_canaries
from demur.cli.errors import FolderInUseError
from demur.cli.following import bring_up_to_date, keep_up_to_date
from demur.cli.output import print_json, print_lines, print_table, show_progress
from demur.cli.publishing import publish
from demur.cli.starting import refuse_stopped
from demur.cli.workspace import Common, Workspace
from demur.corpus.explain import author_of_row, row_of
from demur.corpus.gate import Corpus
from demur.corpus.layout import CorpusLayout
from demur.exchange.runs import RunRecord
from demur.kernel.canonical import sha256_hex
from demur.kernel.clock import timestamp
from demur.kernel.words import RecordKind
from demur.keys.subjects import item_key
from demur.register.accesses import note_access
from demur.training.config import TrainingConfig
from demur.training.folder import LEDGER, read_run_plan
from demur.training.ledger import read_ledger
from demur.training.lineage import NEVER, used

app = App(name="model", help="What a model read.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
CANARIES = "canaries.json"
EFFECTS = "effects.jsonl"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The size of a run."""

    epochs: int = 1
    """How often each row is read."""

    max_steps: int | None = None
    """End the run early after so many steps."""

    context: int = 128
    """Tokens of a row; longer texts are cut."""

    hidden: int = 96
    """Width of the model, a multiple of 6."""

    batch_rows: int = 8
    """Rows of a step."""

    seed: int = 0
    """Draws the order of rows and the first weights."""

    per_level: int = 4
    """Canaries of each kind at 1, 4, 16 and 64 copies, planted behind the corpus for the audit; 0 plants none."""


_OPTIONS = TrainingOptions()


def train(name: str, *, out: Path, options: TrainingOptions = _OPTIONS, common: _Common = _COMMON) -> None:
    """Train a small Llama-style language model on a corpus, and honour objections while it trains.

    The corpus is brought up to the register before the first step and every second after it; an objection that arrives
    holds from the next batch on. While the rules on runs say stop, none starts. The same command resumes a run that
    was stopped. The model loads with
    `transformers.AutoModelForCausalLM.from_pretrained("OUT/model")`.

    Args:
        name: The corpus.
        out: The folder of the run.
        options: The size of the run.
        common: Options that every command shares.
    """
    from demur.training.loop import train as run_training  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    folder = workspace.corpus(name)
    config = TrainingConfig(
        seed=options.seed,
        context=options.context,
        hidden=options.hidden,
        batch_rows=options.batch_rows,
        epochs=options.epochs,
        max_steps=options.max_steps,
    )
    out.mkdir(parents=True, exist_ok=True)
    canaries = _canaries(out, options.per_level)
    bring_up_to_date(workspace, folder)
    refuse_stopped(workspace, CorpusLayout(folder), out.name)
    corpus = workspace.open_corpus(name)
    with show_progress() as report, keep_up_to_date(workspace, folder):
        effects = _Effects(out / EFFECTS, corpus, workspace)

        def on_step(step: int, steps: int, _loss: float) -> None:
            effects.note(step)
            report("training", step, steps)

        result = run_training(corpus, config, out, canaries=canaries.planted() if canaries else None, on_step=on_step)
    record = msgspec.convert(result.record, RunRecord)
    publish(workspace, out / "run-record", record, RecordKind.TRAINING)
    told = {
        "run": out,
        "steps": result.steps,
        "weights": result.weights_digest,
        "model": result.model,
        "removals": [record.first_version, record.last_version],
    }
    if common.json:
        print_json(told)
    else:
        print_lines(
            f"{out}: {result.steps:,} steps under Removals versions {record.first_version} to {record.last_version}",
            f"model {result.model}, weights {result.weights_digest[:16]}...",
        )


@app.command(name="used")
def was_used(item: str, *, run: Path, corpus: str, reason: str | None = None, common: _Common = _COMMON) -> None:
    """Say whether a run read an item, and at which steps; it is written down as a read of its author's record.

    Args:
        item: The item's id on the platform.
        run: The folder of the run.
        corpus: The corpus that the run read.
        reason: Why you ask; the author can be told. Name nobody in it.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    reader = workspace.reader(reason=reason)
    plan, ledger = read_run_plan(run).plan, read_ledger(run / LEDGER)
    folder, key = workspace.corpus(corpus), item_key(workspace.keyring, item)
    row, removed_by = row_of(folder, key, trust=workspace.trusted_keys)
    author = author_of_row(folder, key, trust=workspace.trusted_keys)
    with workspace.open_register() as register:
        note_access(register, author, reader, at=workspace.clock.now())
    uses = [] if row is None else used(plan, ledger, row, NEVER if removed_by is None else removed_by)
    if common.json:
        print_json(
            {
                "item": item,
                "row": row,
                "removed_by": removed_by,
                "uses": [{"epoch": use.epoch, "step": use.step, "version": use.version} for use in uses],
            }
        )
        return
    if not uses:
        print_lines(f"item {item}: not read by this run" + ("" if row is not None else " (it is not in the corpus)"))
        return
    rows = [(use.epoch, use.step, use.version, "rolled back" if use.is_discarded else "learned from") for use in uses]
    print_table(f"item {item}, row {row}: read by this run", ("epoch", "step", "Removals version", "state"), rows)


def _canaries(out: Path, per_level: int) -> CanaryKit | None:
    """Return the canaries of a run: those that it began with, or new ones under a secret seed."""
    path = out / CANARIES
    if path.exists():
        return read_canaries(path, sha256_hex(path.read_bytes()))
    if per_level == 0:
        return None
    if any(out.iterdir()):
        message = f"{out} holds something that is no training run with canaries"
        raise FolderInUseError(message, hint="Give a new folder, or --per-level 0 for a run that was begun without.")
    kit = make_canaries(secrets.randbits(53), per_level=per_level, suppressed=32, references=128, controls=32)
    write_canaries(path, kit)
    return kit


class _Effects:
    """Notes from which step and instant on a run obeyed each version of `Removals`."""

    def __init__(self, path: Path, corpus: Corpus, workspace: Workspace) -> None:
        self._path, self._corpus, self._clock = path, corpus, workspace.clock
        self._version = corpus.removals_version

    def note(self, step: int) -> None:
        if self._corpus.removals_version == self._version:
            return
        self._version = self._corpus.removals_version
        line = {"version": self._version, "step": step, "at": timestamp(self._clock.now())}
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
