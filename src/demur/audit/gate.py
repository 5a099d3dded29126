"""The verdict on a model: pass, fail or too little evidence, by thresholds that are data.

In doubt a model does not pass: a check that was not measured, or measured on too few, is inconclusive, and so is the
whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import msgspec

from demur.audit.errors import ThresholdsError
from demur.audit.metrics import Metric
from demur.audit.scores import Window
from demur.kernel.canonical import canonical_bytes, sha256_hex
from demur.kernel.words import Verdict


class CheckKind(StrEnum):
    """How a metric is compared with its bound.

    ``equivalent``: the interval lies within plus and minus the bound; it fails when it lies wholly outside.
    ``at-most``: the upper end is at most the bound; it fails when the lower end is above. ``zero``: the value is
    exactly 0; anything else fails. ``detects``: the lower end is at least the bound; else the audit is blind, which is
    inconclusive and never a failure.
    """

    EQUIVALENT = "equivalent"
    AT_MOST = "at-most"
    ZERO = "zero"
    DETECTS = "detects"


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the gate: which metric, compared how, on at least how many."""

    metric: str
    level: str
    kind: CheckKind
    bound: Decimal = Decimal(0)
    least_n: int = 1


class WindowSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The extraction that is asked for."""

    prefix_tokens: int
    suffix_tokens: int


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gate: its name, its extraction window and its checks, of which there is at least one."""

    name: str
    window: WindowSetting
    checks: tuple[Check, ...]

    @property
    def digest(self) -> str:
        """Name the thresholds by the SHA-256 of their canonical form."""
        return sha256_hex(canonical_bytes(msgspec.to_builtins(self)))

    @property
    def extraction(self) -> Window:
        """Return the window that the probes ask for."""
        return Window(prefix_tokens=self.window.prefix_tokens, suffix_tokens=self.window.suffix_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check came to, with the sentence that says why."""

    verdict: Verdict
    reason: str


def load_thresholds(name: str) -> Thresholds:
    """Load the thresholds that come with Demur: ``eu-2025`` for a release, ``rehearsal`` for a sample platform.

    Raises:
        ThresholdsError: there are none of this name.
    """
    resource = files("demur.audit").joinpath("thresholds", f"{name}.toml")
    if not resource.is_file():
        message = f"there are no thresholds named {name!r}; known are 'eu-2025' and 'rehearsal'"
        raise ThresholdsError(message, hint="Give a known name, or the path of a TOML file.")
    return _decoded(resource.read_bytes(), name)


def read_thresholds(path: Path) -> Thresholds:
    """Read thresholds from a TOML file.

    Raises:
        ThresholdsError: the file is missing or says something that no gate can do.
    """
    try:
        return _decoded(path.read_bytes(), path.name)
    except OSError as error:
        message = f"{path} cannot be read ({type(error).__name__})"
        raise ThresholdsError(message, hint="Give the path of a TOML file of thresholds.") from error


def judge(metrics: Sequence[Metric], thresholds: Thresholds) -> list[Finding]:
    """Compare what was measured with every check of a gate."""
    measured = {(metric.name, metric.level): metric for metric in metrics}
    return [_finding(check, measured.get((check.metric, check.level))) for check in thresholds.checks]


def overall(findings: Sequence[Finding]) -> Verdict:
    """Return the verdict of all findings: one failure fails, else one doubt is inconclusive."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS if verdicts else Verdict.INCONCLUSIVE


def _finding(check: Check, metric: Metric | None) -> Finding:
    name = f"{check.metric} ({check.level})"
    if metric is None:
        return Finding(verdict=Verdict.INCONCLUSIVE, reason=f"{name}: not measured")
    if metric.n < check.least_n:
        reason = f"{name}: measured on {metric.n}, at least {check.least_n} are needed"
        return Finding(verdict=Verdict.INCONCLUSIVE, reason=reason)
    verdict = _COMPARISONS[check.kind](metric, float(check.bound))
    seen = f"{metric.value:.3f} [{metric.low:.3f}, {metric.high:.3f}] on {metric.n}"
    return Finding(verdict=verdict, reason=f"{name}: {seen}, {_WORDING[check.kind].format(check.bound)}: {verdict}")


def _equivalent(metric: Metric, bound: float) -> Verdict:
    if -bound <= metric.low and metric.high <= bound:
        return Verdict.PASS
    is_outside = metric.low > bound or metric.high < -bound
    return Verdict.FAIL if is_outside else Verdict.INCONCLUSIVE


def _at_most(metric: Metric, bound: float) -> Verdict:
    if metric.high <= bound:
        return Verdict.PASS
    return Verdict.FAIL if metric.low > bound else Verdict.INCONCLUSIVE


def _zero(metric: Metric, _: float) -> Verdict:
    return Verdict.PASS if metric.value == 0 else Verdict.FAIL


def _detects(metric: Metric, bound: float) -> Verdict:
    return Verdict.PASS if metric.low >= bound else Verdict.INCONCLUSIVE


_COMPARISONS: dict[CheckKind, Callable[[Metric, float], Verdict]] = {
    CheckKind.EQUIVALENT: _equivalent,
    CheckKind.AT_MOST: _at_most,
    CheckKind.ZERO: _zero,
    CheckKind.DETECTS: _detects,
}
_WORDING = {
    CheckKind.EQUIVALENT: "to lie within -{0} and {0}",
    CheckKind.AT_MOST: "to be at most {0}",
    CheckKind.ZERO: "to be exactly 0",
    CheckKind.DETECTS: "to be seen above {0}",
}


def _decoded(content: bytes, name: str) -> Thresholds:
    try:
        thresholds = msgspec.toml.decode(content, type=Thresholds)
    except msgspec.DecodeError as error:
        message = f"the thresholds {name} cannot be used: {error}"
        raise ThresholdsError(message, hint="See docs/reference for the format of thresholds.") from error
    if not thresholds.checks:
        message = f"the thresholds {name} hold no check; a gate needs at least one"
        raise ThresholdsError(message, hint="Add a [[checks]] table.")
    return thresholds
