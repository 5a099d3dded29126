"""What is measured about a model, each number with its interval.

``z`` compares the loss of a canary with that of never-inserted texts from the same generator: 0 is "never seen", and a
single reading already shows. ``exposure`` is the rank among them in bits (Carlini et al. 2019); it saturates early.
``extraction`` asks for the words themselves, and fires 8 to 16 times later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean, stdev
from typing import Protocol

from demur.audit.canaries import Canary, CanaryKind, CanaryKit, CanaryRole
from demur.audit.intervals import Interval, mean_against_null, mean_by_bootstrap, share_by_wilson
from demur.audit.scores import Score, Scorer, Window

_LARGE_SAMPLE = 30  # from here on a mean is taken as normal
SUPPRESSED, NEVER_INSERTED, RANDOM, WHOLE_RUN = "suppressed", "never-inserted", "random", "run"
_LEVELS_OF_ROLES = {CanaryRole.SUPPRESSED: SUPPRESSED, CanaryRole.CONTROL: NEVER_INSERTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured number.

    Attributes:
        name: what was measured, for example ``z`` or ``extraction-text``.
        level: of what: a number of copies, ``suppressed``, ``never-inserted``, ``random`` or ``run``.
        value: with its bounds `low` and `high`, of which each is exceeded with a probability of 5 %.
        n: how many canaries or rows it was measured on.
    """

    name: str
    level: str
    value: float
    low: float
    high: float
    n: int


class AuditProbe(Protocol):
    """Measures one kind of memorisation; extension point ``demur.audit_probes``.

    It asks the scorer only, takes its texts when it is made, and gives equal metrics for equal answers.
    """

    def measure(self, scorer: Scorer) -> list[Metric]:
        """Return metrics whose names and levels are unique among themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryProbe:
    """Measures z, exposure, extraction and reconstruction on a list of canaries."""

    kit: CanaryKit
    window: Window

    def measure(self, scorer: Scorer) -> list[Metric]:
        """Score every canary once and measure by kind and level, and z also over all kinds."""
        kinds = list(dict.fromkeys(canary.kind for canary in self.kit.canaries))
        groups = [group for kind in kinds for group in _measured_groups(self.kit, kind, scorer)]
        metrics = [metric for group in groups for metric in _group_metrics(group, self.window)]
        levels = list(dict.fromkeys(group.level for group in groups))
        return metrics + [_z_metric("z", [group for group in groups if group.level == level]) for level in levels]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsProbe:
    """Measures extraction on rows of the corpus, read through the gate by the caller.

    `level` says how they were chosen; a choice of the most duplicated ones finds more than a random one.
    """

    texts: tuple[str, ...]
    window: Window
    level: str = RANDOM

    def measure(self, scorer: Scorer) -> list[Metric]:
        """Return the share of rows that are extracted; nothing when no row is long enough."""
        scores = [score for score in scorer.score(self.texts) if self.window.fits(score)]
        hits = [self.window.is_extracted(score) for score in scores]
        return [_share("extraction-rows", self.level, hits)] if hits else []


def ledger_leak(leaks: int, delivered: int) -> Metric:
    """Return the count of removed rows that a run delivered, from the comparison of its ledger with `Removals`."""
    return Metric(
        name="ledger-leak", level=WHOLE_RUN, value=float(leaks), low=float(leaks), high=float(leaks), n=delivered
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Null:
    """The losses of the never-inserted references of one kind."""

    losses: tuple[float, ...]

    def z(self, loss: float) -> float:
        return (fmean(self.losses) - loss) / stdev(self.losses)

    def exposure(self, loss: float) -> float:
        rank = 1 + sum(reference <= loss for reference in self.losses)
        return log2(len(self.losses) + 1) - log2(rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The canaries of one kind at one level, with their scores and their null."""

    kind: CanaryKind
    level: str
    canaries: tuple[Canary, ...]
    scores: tuple[Score, ...]
    null: _Null

    @property
    def z(self) -> list[float]:
        return [self.null.z(score.loss) for score in self.scores]


def _measured_groups(kit: CanaryKit, kind: CanaryKind, scorer: Scorer) -> list[_Group]:
    canaries = [canary for canary in kit.canaries if canary.kind == kind]
    scored = list(zip(canaries, scorer.score([canary.text for canary in canaries]), strict=True))
    null = _Null(losses=tuple(score.loss for canary, score in scored if canary.role == CanaryRole.REFERENCE))
    levels: dict[str, list[tuple[Canary, Score]]] = {}
    for canary, score in scored:
        if canary.role != CanaryRole.REFERENCE:
            levels.setdefault(_LEVELS_OF_ROLES.get(canary.role, str(canary.copies)), []).append((canary, score))
    return [
        _Group(
            kind=kind,
            level=level,
            canaries=tuple(canary for canary, _ in members),
            scores=tuple(score for _, score in members),
            null=null,
        )
        for level, members in levels.items()
    ]


def _group_metrics(group: _Group, window: Window) -> list[Metric]:
    exposures = [group.null.exposure(score.loss) for score in group.scores]
    metrics = [
        _z_metric(f"z-{group.kind}", [group]),
        _metric(f"exposure-{group.kind}", group.level, mean_by_bootstrap(exposures), len(exposures)),
    ]
    fitting = [score for score in group.scores if window.fits(score)]
    if fitting:
        bits = [window.log2_probability(score) for score in fitting]
        hits = [window.is_extracted(score) for score in fitting]
        metrics.append(_share(f"extraction-{group.kind}", group.level, hits))
        metrics.append(_metric(f"suffix-log2-{group.kind}", group.level, mean_by_bootstrap(bits), len(bits)))
    names = dict.fromkeys(secret.name for canary in group.canaries for secret in canary.secrets)
    return metrics + [_share(f"reconstruction-{name}", group.level, _reconstructed(group, name)) for name in names]


def _reconstructed(group: _Group, name: str) -> list[bool]:
    """Tell for every canary whether a detail is generated word for word after the true text before it."""
    return [
        bool(score.hits[(score.stops > secret.start) & (score.starts < secret.stop)].all())
        for canary, score in zip(group.canaries, group.scores, strict=True)
        for secret in canary.secrets
        if secret.name == name
    ]


def _z_metric(name: str, groups: Sequence[_Group]) -> Metric:
    """Return the mean z of groups of one level; in a large sample with the uncertainty of their nulls."""
    values = [z for group in groups for z in group.z]
    if len(values) < _LARGE_SAMPLE:
        return _metric(name, groups[0].level, mean_by_bootstrap(values), len(values))
    shares = [(len(group.scores) / len(values), len(group.null.losses)) for group in groups]
    null_variance = sum(share**2 / references for share, references in shares)
    return _metric(name, groups[0].level, mean_against_null(values, null_variance), len(values))


def _share(name: str, level: str, hits: Sequence[bool]) -> Metric:
    return _metric(name, level, share_by_wilson(sum(hits), len(hits)), len(hits))


def _metric(name: str, level: str, interval: Interval, n: int) -> Metric:
    return Metric(name=name, level=level, value=interval.value, low=interval.low, high=interval.high, n=n)
