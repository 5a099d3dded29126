from dataclasses import dataclass
from hashlib import sha256

import pytest

from demur.audit.errors import WeightsAlteredError
from demur.audit.gate import load_thresholds
from demur.audit.metrics import Metric, ledger_leak
from demur.audit.report import audit, check_weights
from demur.kernel.canonical import canonical_bytes
from demur.kernel.words import Verdict

RECORD = {"run_id": "00" * 16, "weights_digest": "ab" * 32, "canaries": "cd" * 32}


@dataclass(frozen=True)
class KnownProbe:
    metrics: tuple[Metric, ...]

    def measure(self, scorer):
        return list(self.metrics)


class NoScorer:
    def score(self, texts):
        raise AssertionError(texts)


def metric(level, value, n=128):
    return Metric(name="z", level=level, value=value, low=value - 0.25, high=value + 0.25, n=n)


def run_audit(suppressed):
    probe = KnownProbe((metric("suppressed", suppressed), metric("never-inserted", -0.00001), metric("64", 14.0)))
    thresholds = load_thresholds("rehearsal")
    return audit(NoScorer(), [probe], thresholds, record=RECORD, known=[ledger_leak(0, 1000)])


def test_a_report_is_bound_to_the_weights_and_holds_no_float():
    outcome = run_audit(0.125)
    assert outcome.verdict == Verdict.PASS
    assert canonical_bytes(outcome.payload)
    assert outcome.payload == {
        "v": 1,
        "kind": "audit-report",
        "run_id": "00" * 16,
        "weights_digest": "ab" * 32,
        "canaries": "cd" * 32,
        "thresholds": {"name": "rehearsal", "digest": load_thresholds("rehearsal").digest},
        "metrics": [
            {"name": "ledger-leak", "level": "run", "value": "0.0000", "low": "0.0000", "high": "0.0000", "n": 1000},
            {"name": "z", "level": "suppressed", "value": "0.1250", "low": "-0.1250", "high": "0.3750", "n": 128},
            {"name": "z", "level": "never-inserted", "value": "0.0000", "low": "-0.2500", "high": "0.2500", "n": 128},
            {"name": "z", "level": "64", "value": "14.0000", "low": "13.7500", "high": "14.2500", "n": 128},
        ],
        "attacks": [
            {"attack": "membership-inference", "metrics": ["z"], "reason": None},
            {"attack": "exfiltration", "metrics": [], "reason": "not measured"},
            {"attack": "regurgitation", "metrics": [], "reason": "not measured"},
            {"attack": "reconstruction", "metrics": [], "reason": "not measured"},
            {"attack": "attribute-inference", "metrics": [], "reason": "not measured by this version"},
            {
                "attack": "inversion",
                "metrics": [],
                "reason": "as defined for images it does not apply to text; nothing was measured in its place",
            },
        ],
        "verdict": "pass",
        "reasons": [
            "z (suppressed): 0.125 [-0.125, 0.375] on 128, to lie within -0.5 and 0.5: pass",
            "ledger-leak (run): 0.000 [0.000, 0.000] on 1000, to be exactly 0: pass",
            "z (never-inserted): -0.000 [-0.250, 0.250] on 128, to lie within -1.0 and 1.0: pass",
            "z (64): 14.000 [13.750, 14.250] on 128, to be seen above 3.0: pass",
        ],
    }


def test_a_model_that_knows_suppressed_canaries_fails():
    assert run_audit(2.5).verdict == Verdict.FAIL


@pytest.fixture
def model(tmp_path):
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    weights = {path.name: sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    return tmp_path, {"weights": weights, "weights_digest": sha256(canonical_bytes(weights)).hexdigest()}


def test_the_weights_that_a_record_names_are_accepted(model):
    folder, record = model
    assert check_weights(folder, record) == record["weights_digest"]


def test_an_altered_file_a_missing_one_and_a_new_one_are_refused(model):
    folder, record = model
    for alter in (
        lambda: (folder / "model.safetensors").write_bytes(b"weightz"),
        (folder / "model.safetensors").unlink,
        lambda: [(folder / "model.safetensors").write_bytes(b"weights"), (folder / "new").write_bytes(b"")],
    ):
        alter()
        with pytest.raises(WeightsAlteredError):
            check_weights(folder, record)


def test_a_record_that_contradicts_itself_is_refused(model):
    folder, record = model
    with pytest.raises(WeightsAlteredError, match="the run record names its weights"):
        check_weights(folder, record | {"weights_digest": "00" * 32})
