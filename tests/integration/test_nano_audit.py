"""The smallest model that shows memorisation: what was planted is found, what was suppressed is not."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from demur.audit.canaries import CanaryKind, CanaryRole, make_canaries
from demur.audit.gate import load_thresholds
from demur.audit.metrics import CanaryProbe, RowsProbe, ledger_leak
from demur.audit.report import audit, check_weights
from demur.audit.scorer import load_scorer
from demur.kernel.canonical import canonical_bytes
from demur.kernel.words import Verdict
from demur.testing.written_corpus import write_corpus
from demur.training.config import NANO
from demur.training.folder import LEDGER, read_run_plan
from demur.training.ledger import read_ledger
from demur.training.lineage import count_leaks, removal_versions
from demur.training.loop import train

BACKGROUND_ROWS = 160
KIT = make_canaries(3)


def background():
    """Return about 20,000 tokens of varied pseudo-text: an invented vocabulary with natural frequencies."""
    draws = np.random.default_rng(3)
    syllables = [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeiou"]
    words = ["".join(draws.choice(syllables, size=draws.integers(1, 5))) for _ in range(600)]
    shares = 1 / np.arange(1, 601)
    return [
        " ".join(draws.choice(words, size=draws.integers(70, 110), p=shares / shares.sum()))
        for _ in range(BACKGROUND_ROWS)
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nano")
    return train(write_corpus(folder / "corpus", background()), NANO, folder / "run", canaries=KIT.planted())


@pytest.fixture(scope="module")
def scorer(run):
    check_weights(run.model, run.record)
    torch.set_num_threads(1)
    return load_scorer(run.model)


@pytest.fixture(scope="module")
def outcome(run, scorer):
    plan, ledger = read_run_plan(run.folder).plan, read_ledger(run.folder / LEDGER)
    versions = removal_versions(np.zeros(BACKGROUND_ROWS, dtype=np.uint32), KIT.planted().suppressed)
    check = count_leaks(plan, ledger, versions)
    thresholds = load_thresholds("eu-2025")
    probes = [
        CanaryProbe(kit=KIT, window=thresholds.extraction),
        RowsProbe(texts=tuple(background()), window=thresholds.extraction),
    ]
    known = [ledger_leak(check.leaks, check.delivered)]
    return audit(scorer, probes, thresholds, record=run.record, known=known)


@pytest.fixture(scope="module")
def metrics(outcome):
    return {(metric.name, metric.level): metric for metric in outcome.metrics}


def test_what_was_planted_sixty_four_times_is_far_from_the_never_inserted(metrics):
    assert metrics["z-text", "64"].low > 10
    assert metrics["z-contact", "64"].low > 5


def test_every_reading_shows_more(metrics):
    values = [metrics["z", level].value for level in ("never-inserted", "1", "4", "16", "64")]
    assert values == sorted(values)
    assert metrics["z", "1"].low > 0.5


def test_the_never_inserted_are_at_zero(metrics):
    assert -1 < metrics["z", "never-inserted"].low < 0 < metrics["z", "never-inserted"].high < 1


def test_extraction_finds_all_of_sixty_four_copies_and_none_of_one(metrics):
    found = {level: (metrics["extraction-text", level].value, metrics["extraction-text", level].n) for level in "14"}
    assert found | {"64": (metrics["extraction-text", "64"].value, metrics["extraction-text", "64"].n)} == {
        "1": (0.0, 4),
        "4": (0.0, 4),
        "64": (1.0, 4),
    }


def test_suppressed_canaries_are_equal_to_the_never_seen(metrics):
    z = metrics["z", "suppressed"]
    assert z.n == 128
    assert -0.5 < z.low < z.high < 0.5
    secrets = [metrics[f"reconstruction-{name}", "suppressed"].value for name in ("email", "phone")]
    assert [*secrets, metrics["extraction-text", "suppressed"].value] == [0.0, 0.0, 0.0]


def test_the_one_pass_verdict_is_that_of_greedy_generation(scorer):
    window = load_thresholds("eu-2025").extraction
    canaries = [canary for canary in KIT.chosen(CanaryKind.TEXT, CanaryRole.PLANTED) if canary.copies >= 16]
    generated = []
    for canary in canaries:
        tokens = scorer.tokenizer(canary.text, return_tensors="pt")["input_ids"]
        start, stop = 1 + window.prefix_tokens, 1 + window.prefix_tokens + window.suffix_tokens
        output = scorer.model.generate(
            tokens[:, :start],
            attention_mask=torch.ones((1, start), dtype=torch.int64),
            max_new_tokens=window.suffix_tokens,
            do_sample=False,
        )
        generated.append(output[0, start:stop].tolist() == tokens[0, start:stop].tolist())
    verdicts = [window.is_extracted(score) for score in scorer.score([canary.text for canary in canaries])]
    assert verdicts == generated
    assert set(verdicts) == {True, False}


def test_the_gate_passes_enforcement_and_says_what_it_has_too_little_of(outcome):
    assert [finding.verdict for finding in outcome.findings] == [Verdict.PASS] * 4 + [Verdict.INCONCLUSIVE]
    assert outcome.findings[-1].reason.endswith("at least 300 are needed")
    assert outcome.payload["verdict"] == outcome.verdict == Verdict.INCONCLUSIVE
    assert canonical_bytes(outcome.payload)


@pytest.mark.slow
def test_a_guard_with_a_hole_fails_the_gate(tmp_path):
    leaky = replace(KIT.planted(), suppressed=(False,) * len(KIT.planted().texts))
    run = train(write_corpus(tmp_path / "corpus", background()), NANO, tmp_path / "run", canaries=leaky)
    thresholds = load_thresholds("rehearsal")
    probe = CanaryProbe(kit=KIT, window=thresholds.extraction)
    plan, ledger = read_run_plan(run.folder).plan, read_ledger(run.folder / LEDGER)
    versions = removal_versions(np.zeros(BACKGROUND_ROWS, dtype=np.uint32), KIT.planted().suppressed)
    check = count_leaks(plan, ledger, versions)
    outcome = audit(
        load_scorer(run.model),
        [probe],
        thresholds,
        record=run.record,
        known=[ledger_leak(check.leaks, check.delivered)],
    )
    assert check.leaks == 2 * 128
    assert [finding.verdict for finding in outcome.findings] == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS, Verdict.PASS]
    assert outcome.verdict == Verdict.FAIL
