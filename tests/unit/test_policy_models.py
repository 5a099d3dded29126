"""A model that has read what was objected to afterwards is tested, remedied by what the test shows, and retrained."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as change

from demur.policy.models import (
    ExposureRecord,
    ModelDecision,
    TrainedModel,
    decide_model,
    decide_recipients,
    overdue_records,
)
from demur.policy.ruleset import load_ruleset
from demur.policy.runs import Memorisation
from demur.policy.settings import AfterTraining
from demur.policy.verdicts import ModelDecisionWord, ModelReason

SETTINGS = change(load_ruleset("eu-2025").settings, retrain_days=180)
OBJECTED = datetime(2025, 8, 20, 12, tzinfo=UTC)
LATER = datetime(2025, 8, 25, 12, tzinfo=UTC)
NEXT = ("exclude from next corpus", "exposure record", "retrain by 2026-02-16")


def record(item, memorisation, at=OBJECTED, retrain_by=date(2026, 2, 16)):
    return ExposureRecord(model="m1", item=item, objected_at=at, memorisation=memorisation, retrain_by=retrain_by)


def test_what_the_model_repeats_is_remedied():
    trained = TrainedModel(model="m1", tests={"i1": Memorisation.VERBATIM}, objected={"i1": OBJECTED})
    assert decide_model(trained, SETTINGS) == ModelDecision(
        decision=ModelDecisionWord.REMEDY,
        reason=ModelReason.MEMORISED,
        duties=("output suppression", "unlearn or retrain", "re-test", "tell recipients", *NEXT),
        records=(record("i1", Memorisation.VERBATIM),),
    )


def test_what_the_model_read_and_does_not_repeat_is_recorded():
    trained = TrainedModel(model="m1", tests={"i1": Memorisation.NEGATIVE}, objected={"i1": OBJECTED})
    assert decide_model(trained, SETTINGS) == ModelDecision(
        decision=ModelDecisionWord.KEEP_WITH_REMEDY,
        reason=ModelReason.EXPOSED_NOT_MEMORISED,
        duties=("tell the person what was done", *NEXT),
        records=(record("i1", Memorisation.NEGATIVE),),
    )


@pytest.mark.parametrize("tests", [{}, {"i2": Memorisation.NEGATIVE}, {"i1": None}])
def test_what_nobody_has_tested_counts_as_a_fault(tests):
    trained = TrainedModel(model="m1", tests=tests, objected={"i1": OBJECTED})
    assert decide_model(trained, SETTINGS) == ModelDecision(
        decision=ModelDecisionWord.REMEDY,
        reason=ModelReason.AUDIT_MISSING,
        duties=("output suppression", "memorisation test", *NEXT),
        records=(record("i1", None),),
    )


def test_a_model_without_objected_items_is_kept_without_a_record():
    trained = TrainedModel(model="m1", tests={"i1": Memorisation.NEGATIVE})
    expected = ModelDecision(decision=ModelDecisionWord.KEEP_WITH_REMEDY, reason=ModelReason.RECONCILED)
    assert decide_model(trained, SETTINGS) == expected


def test_words_that_a_model_repeats_are_remedied_before_anybody_objects():
    trained = TrainedModel(model="m1", tests={"i1": Memorisation.VERBATIM})
    assert decide_model(trained, SETTINGS) == ModelDecision(
        decision=ModelDecisionWord.REMEDY,
        reason=ModelReason.MEMORISED,
        duties=("output suppression", "unlearn or retrain", "re-test", "tell recipients"),
    )


def test_the_first_objection_sets_the_date_of_retraining():
    objected = {"i2": LATER, "i1": OBJECTED}
    tests = dict.fromkeys(objected, Memorisation.NEGATIVE)
    decided = decide_model(TrainedModel(model="m1", tests=tests, objected=objected), SETTINGS)
    assert decided.duties == ("tell the person what was done", *NEXT)
    assert decided.records == (
        record("i1", Memorisation.NEGATIVE),
        record("i2", Memorisation.NEGATIVE, at=LATER, retrain_by=date(2026, 2, 21)),
    )


def test_a_setting_retrains_at_once_what_was_exposed():
    settings = change(SETTINGS, after_training=AfterTraining.RETRAIN)
    trained = TrainedModel(model="m1", tests={"i1": Memorisation.NEGATIVE}, objected={"i1": OBJECTED})
    decided = decide_model(trained, settings)
    expected = (ModelDecisionWord.REMEDY, ModelReason.EXPOSED_NOT_MEMORISED, ("retrain now", *NEXT))
    assert (decided.decision, decided.reason, decided.duties) == expected


@given(
    st.dictionaries(st.sampled_from("abc"), st.none() | st.sampled_from(Memorisation)),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([OBJECTED, LATER])),
)
def test_every_objected_item_has_a_record_and_nothing_untested_or_repeated_is_kept(tests, objected):
    decided = decide_model(TrainedModel(model="m1", tests=tests, objected=objected), SETTINGS)
    assert [found.item for found in decided.records] == sorted(objected)
    is_clean = {tests.get(item) for item in objected} <= {Memorisation.NEGATIVE}
    is_kept = is_clean and Memorisation.VERBATIM not in tests.values()
    assert (decided.decision is ModelDecisionWord.KEEP_WITH_REMEDY) is is_kept


def test_a_model_that_was_not_retrained_by_its_date_is_an_alarm():
    records = (record("i1", None), record("i2", None, at=LATER, retrain_by=date(2026, 2, 21)))
    assert overdue_records(records, today=date(2026, 2, 16)) == ()
    assert overdue_records(records, today=date(2026, 2, 17)) == records[:1]
    assert overdue_records(records, today=date(2026, 2, 22)) == records


TOLD = ("proof kept", "signed removal list", "tell the person who they are on request")


@pytest.mark.parametrize(
    ("recipients", "is_public", "duties"),
    [
        (["partner-2", "partner-1", "partner-2"], False, ("notice to partner-1", "notice to partner-2", *TOLD)),
        (["partner-1"], True, ("notice to partner-1", "public change note", *TOLD)),
        ([], True, ("public change note", *TOLD)),
    ],
)
def test_each_recipient_is_told_and_the_public_where_weights_are_public(recipients, is_public, duties):
    decided = decide_recipients(recipients, weights_are_public=is_public, has_objections=True)
    assert decided == ModelDecision(
        decision=ModelDecisionWord.REMEDY, reason=ModelReason.RECIPIENTS_TO_TELL, duties=duties
    )


@pytest.mark.parametrize(("recipients", "has_objections"), [([], True), (["partner-1"], False)])
def test_nobody_is_told_when_nobody_received_it_or_nobody_objected(recipients, has_objections):
    decided = decide_recipients(recipients, weights_are_public=False, has_objections=has_objections)
    expected = ModelDecision(decision=ModelDecisionWord.KEEP_WITH_REMEDY, reason=ModelReason.RECONCILED)
    assert decided == expected
