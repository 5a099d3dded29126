"""What the register answers when something is asked of it, and what it never tells.

It serves one purpose: keeping out what was objected to. Whatever else is asked of it is refused, answered alike for
everybody, or answered about the asker alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from demur.policy.verdicts import RegisterDecisionWord, RegisterReason

# REQUIREMENTS SEC-7: a smaller count could be about a person somebody knows.
LEAST_COUNT = 10


class RegisterRequestKind(StrEnum):
    """What can be asked of the register."""

    ACCESS = "access"
    ERASURE = "erasure"
    EXPORT = "export"
    PROBE = "probe"
    OFFLINE_GUESS = "offline_guess"
    ROTATE_KEY = "rotate_key"
    TAMPER = "tamper"
    RETENTION_CHECK = "retention_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRequest:
    """One thing that is asked of the register, and the facts that decide it.

    Attributes:
        kind: what is asked.
        is_about_somebody_else: whether access is asked to what is about another person than the one who asks.
        counts: the counts that an export would hold; None when it would list people.
        has_objection_in_force: whether an objection of the person is in force.
        has_purpose_left: whether processing goes on, or a model or corpus lives that could be used again.
        uses: the corpora, models and recipients that the person's data went to.
    """

    kind: RegisterRequestKind
    is_about_somebody_else: bool = False
    counts: tuple[float, ...] | None = None
    has_objection_in_force: bool = True
    has_purpose_left: bool = True
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDecision:
    """What the register does, why, and what goes with it."""

    decision: RegisterDecisionWord
    reason: RegisterReason
    duties: tuple[str, ...] = ()


_Answer: TypeAlias = Callable[[RegisterRequest], RegisterDecision]


def decide_register(request: RegisterRequest) -> RegisterDecision:
    """Decide what the register answers."""
    return _ANSWERS[request.kind](request)


def _always(decision: RegisterDecisionWord, reason: RegisterReason, *duties: str) -> _Answer:
    ruling = RegisterDecision(decision=decision, reason=reason, duties=duties)
    return lambda _: ruling


_REFUSED = RegisterDecision(
    decision=RegisterDecisionWord.REFUSE,
    reason=RegisterReason.PURPOSE_LIMIT,
    duties=(f"counts of at least {LEAST_COUNT} only", "log the attempt"),
)
_KEPT = RegisterDecision(
    decision=RegisterDecisionWord.KEEP_MINIMUM,
    reason=RegisterReason.SUPPRESSION_RECORD,
    duties=("keep only the keyed entry", "erase everything else", "tell the person what is kept and why"),
)
_ERASED = RegisterDecision(
    decision=RegisterDecisionWord.ERASE,
    reason=RegisterReason.RETENTION_OVER,
    duties=("erase the entry", "record the erasure without naming the person"),
)


def _access(request: RegisterRequest) -> RegisterDecision:
    """Answer about the asker alone (GDPR Art. 15; REQUIREMENTS TIM-6)."""
    if request.is_about_somebody_else:
        return _REFUSED
    duties = ("tell which items, corpora, models and recipients", *(f"tell {use}" for use in request.uses))
    return RegisterDecision(decision=RegisterDecisionWord.ANSWER, reason=RegisterReason.ACCESS, duties=duties)


def _export(request: RegisterRequest) -> RegisterDecision:
    """Refuse every list of people, whoever asks (GDPR Art. 5(1)(b), 32(4))."""
    if not request.counts or min(request.counts) < LEAST_COUNT:
        return _REFUSED
    return RegisterDecision(
        decision=RegisterDecisionWord.ANSWER, reason=RegisterReason.ACCESS, duties=("counts only", "log the answer")
    )


def _erasure(request: RegisterRequest) -> RegisterDecision:
    """Erase all but what keeps an objection effective (GDPR Art. 17(3); REQUIREMENTS SEC-5)."""
    return _KEPT if request.has_objection_in_force and request.has_purpose_left else _ERASED


def _retention_check(request: RegisterRequest) -> RegisterDecision:
    """Erase an entry once nothing is left that it keeps anybody out of (GDPR Art. 5(1)(e))."""
    return _KEPT if request.has_purpose_left else _ERASED


_ANSWERS: dict[RegisterRequestKind, _Answer] = {
    RegisterRequestKind.ACCESS: _access,
    RegisterRequestKind.ERASURE: _erasure,
    RegisterRequestKind.EXPORT: _export,
    RegisterRequestKind.RETENTION_CHECK: _retention_check,
    RegisterRequestKind.PROBE: _always(
        RegisterDecisionWord.SAME_ANSWER, RegisterReason.NO_ORACLE, "same text", "same timing"
    ),
    RegisterRequestKind.OFFLINE_GUESS: _always(
        RegisterDecisionWord.NO, RegisterReason.KEYED_HASH, "key outside the store"
    ),
    RegisterRequestKind.ROTATE_KEY: _always(RegisterDecisionWord.YES, RegisterReason.ROTATION_SAFE, "every match kept"),
    RegisterRequestKind.TAMPER: _always(
        RegisterDecisionWord.DETECTED, RegisterReason.TAMPER_EVIDENT, "stop readers", "tell the auditor"
    ),
}
