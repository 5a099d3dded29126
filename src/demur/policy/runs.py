"""Whether a run may start and a model may be released: two gates that stop whenever a fact is missing.

The gate at the start asks one thing: does the corpus stand as the register stands now (REQUIREMENTS TIM-2)? An earlier
answer does not count, because a person may have objected since (GDPR Art. 5(2), 21(1), 25).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from demur.policy.settings import Settings, accepted_versions
from demur.policy.verdicts import GateDecisionWord, ReleaseReason, RunReason


class Attack(StrEnum):
    """What an audit tries on a model before its release (EDPB Opinion 28/2024; REQUIREMENTS MEM-1)."""

    REGURGITATION = "regurgitation"
    MEMBERSHIP_INFERENCE = "membership_inference"
    ATTRIBUTE_INFERENCE = "attribute_inference"
    EXFILTRATION = "exfiltration"
    INVERSION = "inversion"
    RECONSTRUCTION = "reconstruction"


class Memorisation(StrEnum):
    """What testing a model for one item showed."""

    NEGATIVE = "negative"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """The facts about a run that is to start.

    Attributes:
        run: what the run is called.
        now: the instant of the question.
        is_processing_active: neither suspended nor ended.
        is_relaunch: whether the processing was suspended and goes on again.
        proven_versions: the versions of the notice that are proven to have reached people since the relaunch, or ever,
            when there was none.
        reconciled_at: when the corpus was last checked against the register; null for never.
        snapshot_at: the instant of the register snapshot that is at hand; null for none.
        is_register_intact: whether the last check of the register's log found nothing.
        newest_objection_at: the latest receipt of an objection by now.
        is_copy: whether the corpus was restored from a backup, or is another run's frozen corpus.
        copied_at: the latest instant from which the copy is known to come.
        not_let_in: items of the corpus that are not let in now.
    """

    run: str
    now: datetime
    is_processing_active: bool
    is_relaunch: bool = False
    proven_versions: frozenset[str] = frozenset()
    reconciled_at: datetime | None = None
    snapshot_at: datetime | None = None
    is_register_intact: bool = True
    newest_objection_at: datetime | None = None
    is_copy: bool = False
    copied_at: datetime | None = None
    not_let_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDecision:
    """Whether a run may start, why, and what has to be done."""

    decision: GateDecisionWord
    reason: RunReason
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAudit:
    """What an audit of one model showed.

    Attributes:
        model: the model that was audited.
        canary_exposure_p: the chance of so strong a result on canaries that were never there; null when not measured.
        attacks_run: the attacks that were tried.
        reasons_not_run: for an attack that does not apply, why.
    """

    model: str | None
    canary_exposure_p: float | None
    attacks_run: frozenset[str]
    reasons_not_run: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The facts about a model that is to be released.

    Attributes:
        model: the model; an audit of another one does not count.
        is_processing_active: neither suspended nor ended.
        audit: null when there is none.
        memorisation: what testing it for single items showed.
        reach: the share of the items' authors to whom the notice was displayed; null when it was not measured.
    """

    model: str
    is_processing_active: bool
    audit: ReleaseAudit | None
    memorisation: Mapping[str, Memorisation | None] = field(default_factory=dict)
    reach: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """Whether a model may be released, why, and what has to be done."""

    decision: GateDecisionWord
    reason: ReleaseReason
    duties: tuple[str, ...] = ()


_RunCheck: TypeAlias = Callable[[RunStart, Settings], bool]
_ReleaseCheck: TypeAlias = Callable[[Release, Settings], bool]


def decide_run(start: RunStart, settings: Settings) -> RunDecision:
    """Decide whether a run may start; the first check that stops it gives the reason."""
    for reason, stops, duties in _RUN_CHECKS:
        if stops(start, settings):
            drops = tuple(f"drop {item} from built corpus {start.run}" for item in start.not_let_in)
            return RunDecision(decision=GateDecisionWord.STOP, reason=reason, duties=(*duties, *drops))
    duties = ("digests of corpus and register signed into the run record",)
    return RunDecision(decision=GateDecisionWord.GO, reason=RunReason.RECONCILED, duties=duties)


def decide_release(release: Release, settings: Settings) -> ReleaseDecision:
    """Decide whether a model may be released; the first check that stops it gives the reason."""
    for reason, stops, duties in _RELEASE_CHECKS:
        if stops(release, settings):
            return ReleaseDecision(decision=GateDecisionWord.STOP, reason=reason, duties=duties)
    duties = ("residual risk stated", "audit bound to the model's digest")
    return ReleaseDecision(decision=GateDecisionWord.GO, reason=ReleaseReason.EXPOSED_NOT_MEMORISED, duties=duties)


def _is_halted(asked: RunStart | Release, _: Settings) -> bool:
    return not asked.is_processing_active


def _lacks_new_notice(start: RunStart, settings: Settings) -> bool:
    """Tell whether nobody is proven to know of the processing that goes on again (REQUIREMENTS SUS-4)."""
    return start.is_relaunch and start.proven_versions.isdisjoint(accepted_versions(settings))


def _is_unreconciled(start: RunStart, settings: Settings) -> bool:
    if start.reconciled_at is None or not start.is_register_intact:
        return True
    oldest = start.now - timedelta(hours=settings.snapshot_max_age_hours)
    # A tie goes to the person: what the register received in that very instant may have been missed (TIM-9).
    is_behind = start.newest_objection_at is not None and start.reconciled_at <= start.newest_objection_at
    return is_behind or not oldest <= start.reconciled_at <= start.now


def _lacks_snapshot(start: RunStart, settings: Settings) -> bool:
    """Tell whether no snapshot shows the present register: without it nothing is read (REQUIREMENTS SEC-8)."""
    if start.snapshot_at is None:
        return True
    oldest = start.now - timedelta(hours=settings.snapshot_max_age_hours)
    is_behind = start.newest_objection_at is not None and start.snapshot_at <= start.newest_objection_at
    return is_behind or not oldest <= start.snapshot_at <= start.now


def _is_stale_copy(start: RunStart, _: Settings) -> bool:
    """Tell whether a copy was not checked since it was taken (REQUIREMENTS TIM-8, SEL-4)."""
    if not start.is_copy:
        return False
    return start.copied_at is None or start.reconciled_at is None or start.reconciled_at <= start.copied_at


def _holds_what_is_out(start: RunStart, _: Settings) -> bool:
    return bool(start.not_let_in)


_STALE = ("reconcile with the register", "new corpus digest")
_RUN_CHECKS: tuple[tuple[RunReason, _RunCheck, tuple[str, ...]], ...] = (
    (RunReason.PROCESSING_SUSPENDED, _is_halted, ("nothing starts", "corpora sealed")),
    (RunReason.NOTICE_OUTDATED, _lacks_new_notice, ("new notice", "new period")),
    (RunReason.CORPUS_NOT_RECONCILED, _is_unreconciled, _STALE),
    (RunReason.CORPUS_NOT_RECONCILED, _lacks_snapshot, ("fetch a register snapshot", *_STALE)),
    (RunReason.CORPUS_NOT_RECONCILED, _is_stale_copy, _STALE),
    (RunReason.CORPUS_NOT_RECONCILED, _holds_what_is_out, _STALE),
)


def _lacks_audit(release: Release, _: Settings) -> bool:
    audit = release.audit
    if audit is None or audit.model != release.model or audit.canary_exposure_p is None:
        return True
    explained = {attack for attack, why in audit.reasons_not_run.items() if why.strip()}
    return not set(Attack) <= audit.attacks_run | explained


def _shows_memorisation(release: Release, settings: Settings) -> bool:
    measured = None if release.audit is None else release.audit.canary_exposure_p
    is_exposed = measured is not None and measured < float(settings.release_max_canary_p)
    return is_exposed or Memorisation.VERBATIM in release.memorisation.values()


def _has_unread_test(release: Release, _: Settings) -> bool:
    return None in release.memorisation.values()


def _reaches_too_few(release: Release, settings: Settings) -> bool:
    """Tell whether the notice reached too few authors; a reach that was not measured is none (REQUIREMENTS NOT-11)."""
    return (release.reach or 0.0) < float(settings.release_min_reach)


_AUDIT = ("audit of exactly this model", *(f"attack: {attack}" for attack in Attack))
_RELEASE_CHECKS: tuple[tuple[ReleaseReason, _ReleaseCheck, tuple[str, ...]], ...] = (
    (ReleaseReason.PROCESSING_SUSPENDED, _is_halted, ("nothing is released",)),
    (ReleaseReason.AUDIT_MISSING, _lacks_audit, _AUDIT),
    (ReleaseReason.MEMORISATION_FAILED, _shows_memorisation, ("output suppression", "unlearn or retrain", "re-test")),
    (ReleaseReason.AUDIT_MISSING, _has_unread_test, ("re-test",)),
    (ReleaseReason.NOTICE_MISSING, _reaches_too_few, ("notice by another channel", "measure the reach again")),
)
