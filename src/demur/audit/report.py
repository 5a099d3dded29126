"""The audit of one model: probes, verdict, and the payload of the `AuditReport`, bound to one set of weights.

The attacks are those that the EDPB names for the claim that a model holds no personal data (Opinion 28/2024). One that
was not tried is listed with the reason, never left out.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from demur.audit.errors import WeightsAlteredError
from demur.audit.gate import Finding, Thresholds, judge, overall
from demur.audit.metrics import AuditProbe, Metric
from demur.audit.scores import Scorer
from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.words import DocumentKind, Verdict

Payload: TypeAlias = dict[str, Any]

_ATTACKS: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
    ("membership-inference", ("z", "exposure-text", "exposure-contact"), None),
    ("exfiltration", ("exposure-text", "exposure-contact", "extraction-text"), None),
    ("regurgitation", ("extraction-text", "extraction-rows"), None),
    ("reconstruction", ("reconstruction-email", "reconstruction-phone"), None),
    ("attribute-inference", (), "not measured by this version"),
    ("inversion", (), "as defined for images it does not apply to text; nothing was measured in its place"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was measured on one model and what it came to."""

    metrics: tuple[Metric, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    payload: Payload


def check_weights(folder: Path, record: Mapping[str, Any]) -> str:
    """Check that a model's files are those that a run record names; return their digest.

    Raises:
        WeightsAlteredError: a file is missing, new or altered, or the record contradicts itself.
    """
    recorded: dict[str, str] = dict(record["weights"])
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    different = sorted(name for name in {*recorded, *found} if recorded.get(name) != found.get(name))
    if different:
        message = f"{different[0]} in {folder} is not what the run record names ({len(different)} files differ)"
        raise WeightsAlteredError(message, hint="Audit the model that the run wrote; train again if it is lost.")
    digest = sha256_hex(canonical_bytes(recorded))
    if digest != record["weights_digest"]:
        message = f"the run record names its weights {record['weights_digest'][:16]}..., they are {digest[:16]}..."
        raise WeightsAlteredError(message, hint="Restore the run record from a copy.")
    return digest


def audit(
    scorer: Scorer,
    probes: Sequence[AuditProbe],
    thresholds: Thresholds,
    *,
    record: Mapping[str, Any],
    known: Sequence[Metric] = (),
) -> Audit:
    """Measure a model with every probe and judge it.

    Args:
        scorer: the model; its weights must have passed `check_weights` against the record.
        probes: what to measure.
        thresholds: the gate.
        record: the payload of the model's run record.
        known: metrics that need no model, such as `ledger_leak`.
    """
    metrics = (*known, *(metric for probe in probes for metric in probe.measure(scorer)))
    findings = tuple(judge(metrics, thresholds))
    verdict = overall(findings)
    payload = {
        "v": 1,
        "kind": DocumentKind.AUDIT_REPORT.value,
        "run_id": record["run_id"],
        "weights_digest": record["weights_digest"],
        "canaries": record["canaries"],
        "thresholds": {"name": thresholds.name, "digest": thresholds.digest},
        "metrics": [_described(metric) for metric in metrics],
        "attacks": _attacks({metric.name for metric in metrics}),
        "verdict": verdict.value,
        "reasons": [finding.reason for finding in findings],
    }
    return Audit(metrics=metrics, findings=findings, verdict=verdict, payload=payload)


def _attacks(measured: set[str]) -> list[Payload]:
    listed = []
    for attack, names, reason in _ATTACKS:
        tried = [name for name in names if name in measured]
        listed.append({"attack": attack, "metrics": tried, "reason": None if tried else reason or "not measured"})
    return listed


def _described(metric: Metric) -> Payload:
    """Write a metric with four decimals as strings: documents hold no floating-point number."""
    return {
        "name": metric.name,
        "level": metric.level,
        "value": _decimals(metric.value),
        "low": _decimals(metric.low),
        "high": _decimals(metric.high),
        "n": metric.n,
    }


def _decimals(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}"  # plus zero: no "-0.0000"
