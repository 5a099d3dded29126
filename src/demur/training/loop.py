"""A training run from a guarded corpus to a model on disk; killed at any point, the same call goes on.

The order of durable things is fixed: the ledger before the weights that depend on it, the model before the record that
names it. What is on disk is always true; at worst it says that more was read than the weights learned from.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from transformers import LlamaForCausalLM
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from demur.kernel.canonical import canonical_bytes
from demur.kernel.files import write_whole
from demur.training.config import TrainingConfig
from demur.training.folder import (
    LEDGER,
    MODEL,
    PLAN,
    RECORD,
    TOKENIZER,
    RunPlan,
    check_same_run,
    describe_run,
    file_digests,
    read_run_plan,
    weights_path,
    weights_steps,
    whole_folder,
    write_run_plan,
)
from demur.training.guard import guard
from demur.training.ledger import open_ledger
from demur.training.model import (
    build_model,
    build_optimizer,
    learning_rate,
    load_weights,
    repeatable_torch,
    save_weights,
    take_step,
)
from demur.training.reader import GuardedCorpus, PlantedCorpus, PlantedRows, read_batches
from demur.training.record import Payload, read_run_record, run_record
from demur.training.tokenizer import PAD_ID, load_encoder, train_tokenizer

OnStep: TypeAlias = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run: where its model is and what its record says."""

    folder: Path
    model: Path
    run_id: str
    steps: int
    weights_digest: str
    record: Payload


def train(
    corpus: GuardedCorpus,
    config: TrainingConfig,
    folder: Path,
    *,
    canaries: PlantedRows | None = None,
    on_step: OnStep | None = None,
) -> RunResult:
    """Train a small causal language model on what the gate hands out, and write its run folder.

    An objection that the corpus learns of while this runs holds from the next batch on. Called again with the same
    arguments it resumes, with the same final weights as an uninterrupted run, or returns the finished run.

    Args:
        corpus: the gate of a built corpus.
        config: model and schedule.
        folder: the run folder, new or of the same run.
        canaries: rows to plant behind those of the corpus.
        on_step: told (step, steps, loss a token) after each step; steps count from 1.

    Raises:
        CorpusEmptyError: every row is removed.
        RunMismatchError: the folder belongs to another run.
        UsageLedgerError: the ledger of the folder is corrupt or does not cover its weights.
    """
    run = _open_run(corpus, canaries, config, folder)
    if not (folder / RECORD).exists():
        source = corpus if canaries is None else PlantedCorpus(corpus, canaries)
        with repeatable_torch(config.seed):
            model = _trained(source, run, folder, on_step)
            _publish(model, folder)
        write_whole(folder / RECORD, canonical_bytes(run_record(folder)))
    record = read_run_record(folder)
    return RunResult(
        folder=folder,
        model=folder / MODEL,
        run_id=run.run_id,
        steps=config.steps(run.plan),
        weights_digest=record["weights_digest"],
        record=record,
    )


def _open_run(corpus: GuardedCorpus, canaries: PlantedRows | None, config: TrainingConfig, folder: Path) -> RunPlan:
    """Return the run of a folder, set up when there is none: its tokenizer first, then the plan that names it."""
    if (folder / PLAN).exists():
        run = read_run_plan(folder)
        tokenizer, version = run.tokenizer, run.first_version
        check_same_run(run, describe_run(corpus, canaries, config, tokenizer=tokenizer, first_version=version))
        return run
    version = corpus.refresh()
    train_tokenizer(corpus, config.vocabulary, folder / TOKENIZER)
    tokenizer = file_digests(folder / TOKENIZER)["tokenizer.json"]
    run = describe_run(corpus, canaries, config, tokenizer=tokenizer, first_version=version)
    write_run_plan(folder, run)
    return run


def _trained(corpus: GuardedCorpus, run: RunPlan, folder: Path, on_step: OnStep | None) -> LlamaForCausalLM:
    """Take all steps that are left; return the model with its ledger on disk."""
    config, plan = run.config, run.plan
    encode = load_encoder(folder / TOKENIZER, config.context)
    model = build_model(config, encode.tokenizer.get_vocab_size())
    optimizer = build_optimizer(model, config)
    first, steps = max(weights_steps(folder), default=0), config.steps(plan)
    if first:
        load_weights(weights_path(folder, first), model, optimizer)
    slots = config.batch_rows * config.context
    with open_ledger(folder / LEDGER, plan=plan, run_id=bytes.fromhex(run.run_id), step=first) as ledger:
        batches = read_batches(corpus, plan, encode, range(first, steps))
        for delivery in guard(batches, corpus, ledger, pad=PAD_ID):
            rate = learning_rate(config, delivery.step, steps)
            loss = take_step(model, optimizer, delivery, rate=rate, slots=slots)
            done = delivery.step + 1
            if done % config.weights_every == 0:
                ledger.flush()
                save_weights(weights_path(folder, done), model, optimizer)
            if on_step is not None:
                on_step(done, steps, loss)
    return model


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep the library's own bars off the terminal; the caller shows progress."""
    were_shown = is_progress_bar_enabled()
    disable_progress_bar()
    try:
        yield
    finally:
        if were_shown:
            enable_progress_bar()


def _publish(model: LlamaForCausalLM, folder: Path) -> None:
    """Write the model with its tokenizer in the format of Hugging Face."""
    with whole_folder(folder / MODEL) as temporary, _no_progress_bars():
        model.save_pretrained(temporary)
        for path in (folder / TOKENIZER).iterdir():
            (temporary / path.name).write_bytes(path.read_bytes())
