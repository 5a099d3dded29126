"""A run starts only on a corpus that stands as the register stands; a model is released only after a whole audit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as change

from demur.policy.ruleset import load_ruleset
from demur.policy.runs import (
    Attack,
    Memorisation,
    Release,
    ReleaseAudit,
    ReleaseDecision,
    RunDecision,
    RunStart,
    decide_release,
    decide_run,
)
from demur.policy.settings import NoticeChange
from demur.policy.verdicts import GateDecisionWord, ReleaseReason, RunReason

SETTINGS = change(load_ruleset("eu-2025").settings, release_max_canary_p=Decimal("0.01"), release_min_reach=Decimal(0))
NOW = datetime(2025, 5, 27, 6, tzinfo=UTC)
JUST_NOW = NOW - timedelta(minutes=1)
A_SECOND = timedelta(seconds=1)
READY = RunStart(
    run="r1",
    now=NOW,
    is_processing_active=True,
    reconciled_at=JUST_NOW,
    snapshot_at=JUST_NOW,
    newest_objection_at=JUST_NOW - A_SECOND,
)
AUDIT = ReleaseAudit(model="m1", canary_exposure_p=0.4, attacks_run=frozenset(Attack))
CLEAN = Release(model="m1", is_processing_active=True, audit=AUDIT)

STALE = ("reconcile with the register", "new corpus digest")
NO_SNAPSHOT = ("fetch a register snapshot", *STALE)
AUDITED_ANEW = ("audit of exactly this model", *(f"attack: {attack.value}" for attack in Attack))
REMEDIED = ("output suppression", "unlearn or retrain", "re-test")


def stop(reason, *duties):
    return RunDecision(decision=GateDecisionWord.STOP, reason=reason, duties=duties)


def hold_back(reason, *duties):
    return ReleaseDecision(decision=GateDecisionWord.STOP, reason=reason, duties=duties)


def test_a_run_starts_when_the_corpus_was_reconciled_after_the_newest_objection():
    assert decide_run(READY, SETTINGS) == RunDecision(
        decision=GateDecisionWord.GO,
        reason=RunReason.RECONCILED,
        duties=("digests of corpus and register signed into the run record",),
    )


@pytest.mark.parametrize(
    ("facts", "duties"),
    [
        ({"reconciled_at": None}, STALE),
        ({"newest_objection_at": JUST_NOW}, STALE),
        ({"newest_objection_at": JUST_NOW + A_SECOND}, STALE),
        ({"reconciled_at": NOW - timedelta(hours=24) - A_SECOND, "newest_objection_at": None}, STALE),
        ({"reconciled_at": NOW + A_SECOND}, STALE),
        ({"is_register_intact": False}, STALE),
        ({"snapshot_at": None}, NO_SNAPSHOT),
        ({"snapshot_at": NOW - timedelta(hours=24) - A_SECOND, "newest_objection_at": None}, NO_SNAPSHOT),
        ({"snapshot_at": READY.newest_objection_at}, NO_SNAPSHOT),
        ({"snapshot_at": NOW + A_SECOND}, NO_SNAPSHOT),
        ({"is_copy": True}, STALE),
        ({"is_copy": True, "copied_at": JUST_NOW}, STALE),
        ({"not_let_in": ("i1", "i2")}, (*STALE, "drop i1 from built corpus r1", "drop i2 from built corpus r1")),
    ],
)
def test_a_corpus_that_may_not_stand_as_the_register_stands_stops(facts, duties):
    assert decide_run(replace(READY, **facts), SETTINGS) == stop(RunReason.CORPUS_NOT_RECONCILED, *duties)


@pytest.mark.parametrize(
    "facts",
    [
        {"newest_objection_at": None},
        {"reconciled_at": NOW - timedelta(hours=24), "newest_objection_at": None},
        {"reconciled_at": NOW, "snapshot_at": NOW},
        {"is_copy": True, "copied_at": JUST_NOW - A_SECOND},
        {"is_relaunch": True, "proven_versions": frozenset({"2024-06", "2025-04"})},
    ],
)
def test_a_corpus_that_does_goes(facts):
    assert decide_run(replace(READY, **facts), SETTINGS).decision is GateDecisionWord.GO


def test_nothing_starts_while_the_processing_is_suspended_whatever_else_is_wrong():
    halted = replace(READY, is_processing_active=False, is_relaunch=True, reconciled_at=None, not_let_in=("i1",))
    expected = stop(RunReason.PROCESSING_SUSPENDED, "nothing starts", "corpora sealed", "drop i1 from built corpus r1")
    assert decide_run(halted, SETTINGS) == expected


@pytest.mark.parametrize("versions", [frozenset(), frozenset({"2024-06"})])
def test_a_relaunch_without_a_new_notice_stops_before_the_corpus_is_looked_at(versions):
    start = replace(READY, is_relaunch=True, proven_versions=versions, reconciled_at=None)
    assert decide_run(start, SETTINGS) == stop(RunReason.NOTICE_OUTDATED, "new notice", "new period")


def test_a_signed_typing_error_needs_no_new_notice():
    typo = NoticeChange(
        version="2025-04", previous="2025-03", what="a typing error", is_material=False, signed_by="Vera Example"
    )
    settings = change(SETTINGS, notice_changes=(typo,))
    start = replace(READY, is_relaunch=True, proven_versions=frozenset({"2025-03"}))
    assert decide_run(start, settings).decision is GateDecisionWord.GO


@given(st.timedeltas(timedelta(0), timedelta(days=2)), st.none() | st.timedeltas(timedelta(0), timedelta(days=2)))
def test_no_run_starts_on_a_corpus_that_is_older_than_an_objection_or_than_the_settings_allow(age, objected_before):
    objected_at = None if objected_before is None else NOW - objected_before
    start = replace(READY, reconciled_at=NOW - age, snapshot_at=NOW - age, newest_objection_at=objected_at)
    is_young = age <= timedelta(hours=24) and (objected_before is None or age < objected_before)
    assert (decide_run(start, SETTINGS).decision is GateDecisionWord.GO) is is_young


def test_a_model_is_released_after_a_whole_audit_that_shows_nothing():
    assert decide_release(CLEAN, SETTINGS) == ReleaseDecision(
        decision=GateDecisionWord.GO,
        reason=ReleaseReason.EXPOSED_NOT_MEMORISED,
        duties=("residual risk stated", "audit bound to the model's digest"),
    )


@pytest.mark.parametrize(
    "audit",
    [
        None,
        replace(AUDIT, model="m0"),
        replace(AUDIT, model=None),
        replace(AUDIT, canary_exposure_p=None),
        replace(AUDIT, attacks_run=frozenset()),
        *(replace(AUDIT, attacks_run=frozenset(Attack) - {attack}) for attack in Attack),
        replace(AUDIT, attacks_run=frozenset(Attack) - {Attack.INVERSION}, reasons_not_run={Attack.INVERSION: " "}),
    ],
)
def test_a_model_without_a_whole_audit_of_its_own_is_not_released(audit):
    expected = hold_back(ReleaseReason.AUDIT_MISSING, *AUDITED_ANEW)
    assert decide_release(replace(CLEAN, audit=audit), SETTINGS) == expected


def test_an_attack_that_does_not_apply_is_explained_instead_of_run():
    reasons = {Attack.INVERSION: "the model gives no scores"}
    audit = replace(AUDIT, attacks_run=frozenset(Attack) - {Attack.INVERSION}, reasons_not_run=reasons)
    assert decide_release(replace(CLEAN, audit=audit), SETTINGS).decision is GateDecisionWord.GO


@pytest.mark.parametrize(
    ("p", "is_released"), [(0.0, False), (0.0001, False), (0.0099, False), (0.01, True), (1, True)]
)
def test_canaries_found_far_above_chance_stop_a_release(p, is_released):
    decided = decide_release(replace(CLEAN, audit=replace(AUDIT, canary_exposure_p=p)), SETTINGS)
    if is_released:
        assert decided.decision is GateDecisionWord.GO
    else:
        assert decided == hold_back(ReleaseReason.MEMORISATION_FAILED, *REMEDIED)


def test_an_item_that_is_repeated_word_for_word_stops_a_release():
    tests = {"i1": Memorisation.NEGATIVE, "i2": Memorisation.VERBATIM, "i3": None}
    decided = decide_release(replace(CLEAN, memorisation=tests), SETTINGS)
    assert decided == hold_back(ReleaseReason.MEMORISATION_FAILED, *REMEDIED)


def test_a_test_that_nobody_can_read_stops_a_release():
    decided = decide_release(replace(CLEAN, memorisation={"i1": None}), SETTINGS)
    assert decided == hold_back(ReleaseReason.AUDIT_MISSING, "re-test")


@pytest.mark.parametrize(("reach", "is_released"), [(None, False), (0.0, False), (0.29, False), (0.3, True), (1, True)])
def test_a_notice_that_too_few_have_seen_stops_a_release(reach, is_released):
    decided = decide_release(replace(CLEAN, reach=reach), change(SETTINGS, release_min_reach=Decimal("0.3")))
    duties = ("notice by another channel", "measure the reach again")
    assert decided == (
        decide_release(CLEAN, SETTINGS) if is_released else hold_back(ReleaseReason.NOTICE_MISSING, *duties)
    )


def test_nothing_is_released_while_the_processing_is_suspended():
    decided = decide_release(replace(CLEAN, is_processing_active=False, audit=None), SETTINGS)
    assert decided == hold_back(ReleaseReason.PROCESSING_SUSPENDED, "nothing is released")
