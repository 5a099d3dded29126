"""The register keeps people out of corpora; other requests are refused, or answered about the asker alone."""

import pytest

from demur.policy.registers import RegisterDecision, RegisterRequest, RegisterRequestKind, decide_register
from demur.policy.verdicts import RegisterDecisionWord, RegisterReason

KEPT = RegisterDecision(
    decision=RegisterDecisionWord.KEEP_MINIMUM,
    reason=RegisterReason.SUPPRESSION_RECORD,
    duties=("keep only the keyed entry", "erase everything else", "tell the person what is kept and why"),
)
ERASED = RegisterDecision(
    decision=RegisterDecisionWord.ERASE,
    reason=RegisterReason.RETENTION_OVER,
    duties=("erase the entry", "record the erasure without naming the person"),
)
REFUSED = RegisterDecision(
    decision=RegisterDecisionWord.REFUSE,
    reason=RegisterReason.PURPOSE_LIMIT,
    duties=("counts of at least 10 only", "log the attempt"),
)
COUNTED = RegisterDecision(
    decision=RegisterDecisionWord.ANSWER, reason=RegisterReason.ACCESS, duties=("counts only", "log the answer")
)


def ask(kind, **facts):
    return decide_register(RegisterRequest(kind=kind, **facts))


@pytest.mark.parametrize(
    ("kind", "decision", "reason", "duties"),
    [
        ("probe", "same_answer", "no_oracle", ("same text", "same timing")),
        ("offline_guess", "no", "keyed_hash", ("key outside the store",)),
        ("rotate_key", "yes", "rotation_safe", ("every match kept",)),
        ("tamper", "detected", "tamper_evident", ("stop readers", "tell the auditor")),
    ],
)
def test_what_never_depends_on_a_person(kind, decision, reason, duties):
    expected = RegisterDecision(decision=RegisterDecisionWord(decision), reason=RegisterReason(reason), duties=duties)
    assert ask(RegisterRequestKind(kind)) == expected
    assert ask(RegisterRequestKind(kind), has_objection_in_force=False, has_purpose_left=False) == expected


def test_people_are_told_what_happened_to_their_own_data():
    assert ask(RegisterRequestKind.ACCESS, uses=("r1", "m1", "partner-1")) == RegisterDecision(
        decision=RegisterDecisionWord.ANSWER,
        reason=RegisterReason.ACCESS,
        duties=("tell which items, corpora, models and recipients", "tell r1", "tell m1", "tell partner-1"),
    )


def test_nobody_is_told_what_happened_to_the_data_of_somebody_else():
    assert ask(RegisterRequestKind.ACCESS, is_about_somebody_else=True, uses=("r1",)) == REFUSED


@pytest.mark.parametrize(
    ("counts", "expected"),
    [(None, REFUSED), ((), REFUSED), ((10,), COUNTED), ((9,), REFUSED), ((120, 9), REFUSED), ((120, 10), COUNTED)],
)
def test_a_list_of_people_is_refused_and_counts_are_answered_when_none_is_small(counts, expected):
    assert ask(RegisterRequestKind.EXPORT, counts=counts) == expected


@pytest.mark.parametrize(
    ("in_force", "purpose_left", "expected"),
    [(True, True, KEPT), (False, True, ERASED), (True, False, ERASED), (False, False, ERASED)],
)
def test_erasing_everything_leaves_what_keeps_an_objection_effective(in_force, purpose_left, expected):
    decided = ask(RegisterRequestKind.ERASURE, has_objection_in_force=in_force, has_purpose_left=purpose_left)
    assert decided == expected


@pytest.mark.parametrize(("purpose_left", "expected"), [(True, KEPT), (False, ERASED)])
def test_an_entry_lives_as_long_as_what_it_keeps_somebody_out_of(purpose_left, expected):
    assert ask(RegisterRequestKind.RETENTION_CHECK, has_purpose_left=purpose_left) == expected


def test_in_doubt_an_entry_is_kept():
    assert ask(RegisterRequestKind.RETENTION_CHECK) == KEPT
    assert ask(RegisterRequestKind.ERASURE) == KEPT
