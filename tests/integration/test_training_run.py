"""A run from corpus to model: killed, objected to, rewound."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset
from transformers import AutoModelForCausalLM, AutoTokenizer

from demur.kernel.canonical import canonical_bytes
from demur.testing.written_corpus import HeartbeatMissingError, WrittenCorpus, remove_rows, stop_heartbeat, write_corpus
from demur.training.config import TrainingConfig
from demur.training.errors import CorpusEmptyError, RunMismatchError, RunMissingError, UsageLedgerError
from demur.training.folder import LEDGER, read_run_plan
from demur.training.guard import guard
from demur.training.ledger import open_ledger, read_ledger
from demur.training.lineage import NEVER, Use, count_leaks, removal_versions, used
from demur.training.loop import train
from demur.training.reader import read_batches
from demur.training.record import read_run_record
from demur.training.rewind import Rewind, rewind
from demur.training.tokenizer import load_encoder, train_tokenizer

TINY = TrainingConfig(
    vocabulary=300, context=16, hidden=16, layers=1, heads=2, epochs=2, weights_every=6, warmup_steps=4
)
ROWS = 64
STEPS = 16
WORDS = ("alder", "birch", "cedar", "elm", "fir", "larch", "maple", "oak", "pine", "rowan", "willow", "yew")


def invented_texts():
    draws = np.random.default_rng(5)
    return [" ".join(draws.choice(WORDS, size=6)) for _ in range(ROWS)]


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus", invented_texts())


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """An uninterrupted run without objections."""
    folder = tmp_path_factory.mktemp("whole")
    return train(write_corpus(folder / "corpus", invented_texts()), TINY, folder / "run")


def stop_at(step, signal_or_error):
    def on_step(done, steps, loss):
        if done == step:
            signal_or_error()

    return on_step


def interrupt():
    raise KeyboardInterrupt


def test_the_model_loads_as_any_other_and_speaks_with_its_tokenizer(whole_run):
    model = AutoModelForCausalLM.from_pretrained(whole_run.model)
    tokenizer = AutoTokenizer.from_pretrained(whole_run.model)
    tokens = tokenizer("oak elm 12", return_tensors="pt")["input_ids"]
    assert tokenizer.decode(tokens[0]) == "<bos>oak elm 12<eos>"
    assert model(tokens).logits.shape == (1, tokens.shape[1], len(tokenizer))


def test_the_record_names_what_was_read_and_what_came_out(whole_run):
    record = whole_run.record
    run = read_run_plan(whole_run.folder)
    assert canonical_bytes(record) == (whole_run.folder / "run-record.json").read_bytes()
    ledger = read_ledger(whole_run.folder / LEDGER)
    assert {name: record[name] for name in record if name not in {"weights", "config"}} == {
        "v": 1,
        "kind": "run-record",
        "run_id": whole_run.run_id,
        "corpus": {"corpus_id": run.corpus_id, "manifest": run.manifest, "rows": ROWS},
        "plan": {"rows": ROWS, "seed": 0, "batch_rows": 8, "epochs": 2, "group_rows": 64, "block_rows": 4096},
        "tokenizer": record["weights"]["tokenizer.json"],
        "segments": [
            {
                "attempt": 1,
                "epoch": epoch,
                "first_step": epoch * 8,
                "last_step": epoch * 8 + 7,
                "first_position": 0,
                "version": 0,
                "delivered": ROWS,
                "fingerprint": f"{ledger.segments[epoch].fingerprint:016x}",
            }
            for epoch in (0, 1)
        ],
        "weights_digest": whole_run.weights_digest,
        "canaries": None,
        "parent": None,
        "first_version": 0,
        "last_version": 0,
    }


def test_a_finished_run_is_returned_and_not_trained_again(whole_run, tmp_path):
    corpus = WrittenCorpus(whole_run.folder.parent / "corpus")
    assert train(corpus, TINY, whole_run.folder, on_step=stop_at(1, interrupt)) == whole_run


def test_a_run_that_breaks_off_anywhere_ends_with_the_same_weights(corpus, whole_run, tmp_path):
    for step in (3, 6, 13, STEPS):
        with pytest.raises(KeyboardInterrupt):
            train(corpus, TINY, tmp_path / "run", on_step=stop_at(step, interrupt))
    result = train(corpus, TINY, tmp_path / "run")
    assert result.weights_digest == whole_run.weights_digest
    assert [use.is_discarded for use in used_by(tmp_path / "run", row_of_step(7))][-1] is False


def test_a_run_that_is_killed_ends_with_the_same_weights(whole_run, corpus, tmp_path):
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import test_training_run as t;"
        "t.train_until_killed(Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, Path(__file__).parent, tmp_path], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "run" / "run-record.json").exists()
    assert [segment.last_step for segment in read_ledger(tmp_path / "run" / LEDGER).segments] == [7]
    assert train(corpus, TINY, tmp_path / "run").weights_digest == whole_run.weights_digest


def train_until_killed(folder):
    kill = stop_at(11, lambda: os.kill(os.getpid(), signal.SIGKILL))
    train(WrittenCorpus(folder / "corpus"), TINY, folder / "run", on_step=kill)


def test_an_objection_during_training_holds_from_the_next_batch(corpus, tmp_path):
    row = row_of_step(7)
    result = train(corpus, TINY, tmp_path / "run", on_step=stop_at(10, lambda: remove_rows(tmp_path / "corpus", [row])))
    run, ledger = read_run_plan(result.folder), read_ledger(result.folder / LEDGER)
    versions = [(segment.first_step, segment.last_step, segment.version) for segment in ledger.segments]
    assert versions == [(0, 7, 0), (8, 9, 0), (10, 15, 1)]
    second = run.plan.step_of(1, row)
    first = Use(attempt=1, epoch=0, step=7, version=0, is_discarded=False)
    later = Use(attempt=1, epoch=1, step=second, version=0, is_discarded=False)
    assert used(run.plan, ledger, row, removal_version=1) == [first, *([later] if second < 10 else [])]
    assert count_leaks(run.plan, ledger, removal_versions(corpus.removed_by())).leaks == 0
    assert (result.record["first_version"], result.record["last_version"]) == (0, 1)


def test_a_run_rewound_and_replayed_without_a_row_equals_one_that_never_saw_it(whole_run, corpus, tmp_path):
    row = row_of_step(7)
    remove_rows(tmp_path / "corpus", [row])
    chosen = rewind(whole_run.folder, tmp_path / "rewound", np.array([row]))
    assert chosen == Rewind(first_use=7, step=6, replay_steps=STEPS - 6)
    replayed = train(corpus, TINY, tmp_path / "rewound")
    never = tmp_path / "never"  # the vocabulary of the first run, the row masked from step 0
    rewind(whole_run.folder, never, np.array([row_of_step(0)]))
    assert train(corpus, TINY, never).weights_digest == replayed.weights_digest != whole_run.weights_digest
    assert [use.is_discarded for use in used_by(tmp_path / "rewound", row, 1)] == [True, True]


def test_training_stops_when_nobody_keeps_the_corpus_up_to_date(corpus, tmp_path):
    with pytest.raises(HeartbeatMissingError):
        train(corpus, TINY, tmp_path / "run", on_step=stop_at(4, lambda: stop_heartbeat(tmp_path / "corpus")))
    assert [segment.last_step for segment in read_ledger(tmp_path / "run" / LEDGER).segments] == [3]


def test_a_batch_with_nothing_left_changes_nothing(corpus, tmp_path):
    losses = []
    plan = TINY.plan(ROWS)
    remove_rows(tmp_path / "corpus", plan.rows_of_step(2).tolist())
    train(corpus, TINY, tmp_path / "run", on_step=lambda *told: losses.append(told[2]))
    assert [step for step, loss in enumerate(losses) if loss == 0] == [2]


def test_a_folder_of_another_run_is_refused(whole_run, tmp_path):
    corpus = WrittenCorpus(whole_run.folder.parent / "corpus")
    with pytest.raises(RunMismatchError, match="another config"):
        train(corpus, TrainingConfig(layers=2), whole_run.folder)
    with pytest.raises(RunMismatchError, match="another corpus id"):
        train(write_corpus(tmp_path, ["other"] * ROWS), TINY, whole_run.folder)


def test_weights_without_their_ledger_are_refused(corpus, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(corpus, TINY, tmp_path / "run", on_step=stop_at(7, interrupt))
    (tmp_path / "run" / LEDGER).unlink()
    with pytest.raises(UsageLedgerError, match="covers 0 steps, the weights were trained for 6"):
        train(corpus, TINY, tmp_path / "run")


def test_a_corpus_without_rows_left_trains_nothing(corpus, tmp_path):
    remove_rows(tmp_path / "corpus", range(ROWS))
    with pytest.raises(CorpusEmptyError):
        train(corpus, TINY, tmp_path / "run")


def test_threads_and_kernels_of_the_caller_are_left_as_they_were(corpus, tmp_path):
    before = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().tolist())
    train(
        corpus, TrainingConfig(vocabulary=300, context=16, hidden=16, layers=1, heads=2, max_steps=1), tmp_path / "run"
    )
    after = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().tolist())
    assert after == before


def test_a_removed_row_does_not_shape_the_vocabulary(tmp_path):
    with_secret = write_corpus(tmp_path / "corpus", [*invented_texts(), *[" ".join(["zqxwv"] * 60)] * 4])
    train_tokenizer(with_secret, 300, tmp_path / "seen")
    remove_rows(tmp_path / "corpus", range(ROWS, ROWS + 4))
    train_tokenizer(with_secret, 300, tmp_path / "unseen")
    train_tokenizer(write_corpus(tmp_path / "clean", invented_texts()), 300, tmp_path / "never")
    seen, unseen, never = ((tmp_path / name / "tokenizer.json").read_bytes() for name in ("seen", "unseen", "never"))
    assert unseen == never != seen


def test_a_text_cannot_spell_a_special_token(tmp_path):
    train_tokenizer(write_corpus(tmp_path / "corpus", invented_texts()), 300, tmp_path / "tokenizer")
    tokens = load_encoder(tmp_path / "tokenizer", 32)(["a<eos><pad>b", None])
    assert [sorted(set(row[row < 3].tolist())) for row in tokens] == [[0, 1, 2], [0]]
    assert ((tokens[0] == 2).sum(), tokens[0][tokens[0] > 2].size) == (1, 12)


class Batches(IterableDataset):
    """The reader of a run inside a worker process of PyTorch's loader."""

    def __init__(self, folder, plan):
        self.folder, self.plan = folder, plan

    def __iter__(self):
        return read_batches(WrittenCorpus(self.folder), self.plan, numbers, range(self.plan.steps))


def numbers(texts):
    return np.array([[0] * 2 if text is None else [1] * 2 for text in texts])


def test_a_worker_that_prefetches_delivers_no_objected_row(corpus, tmp_path):
    plan = TrainingConfig(batch_rows=2).plan(ROWS)
    loader = DataLoader(Batches(tmp_path / "corpus", plan), batch_size=None, num_workers=1, prefetch_factor=16)
    batches = ((np.asarray(rows), np.asarray(tokens)) for rows, tokens in loader)
    live = []
    with open_ledger(tmp_path / "ledger", plan=plan, run_id=bytes(16), step=0) as ledger:
        for delivery in guard(batches, corpus, ledger, pad=0):
            live.append(int(delivery.is_live.sum()))
            if delivery.step == 5:
                remove_rows(tmp_path / "corpus", range(ROWS))
    assert live == [2] * 6 + [0] * (plan.steps - 6)


def row_of_step(step):
    """Return a row that step reads in the first epoch, and only a late one in the second."""
    plan = TINY.plan(ROWS)
    return max((int(row) for row in plan.rows_of_step(step)), key=lambda row: plan.step_of(1, row))


def used_by(folder, row, removal_version=NEVER):
    return used(read_run_plan(folder).plan, read_ledger(folder / LEDGER), row, removal_version)


def test_the_record_of_a_run_that_is_not_finished_is_missing(corpus, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(corpus, TINY, tmp_path / "run", on_step=stop_at(1, interrupt))
    with pytest.raises(RunMissingError):
        read_run_record(tmp_path / "run")


def test_a_run_record_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "run-record.json").write_bytes(b"\xff not a record")
    with pytest.raises(RunMismatchError, match="is not JSON"):
        read_run_record(tmp_path)
