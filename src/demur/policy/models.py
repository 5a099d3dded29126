"""What is done about a model that has read what was objected to afterwards, and about whoever received it.

Nothing is called unlearned here: a model keeps an exposure record for every such item, is tested, remedied by what the
test shows, and retrained by a date (GDPR Art. 17, 19, 21; EDPB Opinion 28/2024; REQUIREMENTS TIM-5, TIM-7, TIM-10).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from demur.policy.runs import Memorisation
from demur.policy.settings import AfterTraining, Settings
from demur.policy.verdicts import ModelDecisionWord, ModelReason


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """The facts about one model.

    Attributes:
        model: its name.
        tests: for each item that it was tested for, what came out; null for a result that nobody can read.
        objected: for each item that it has read and that an objection covers, since when.
    """

    model: str
    tests: Mapping[str, Memorisation | None] = field(default_factory=dict)
    objected: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRecord:
    """That one model has read one item that was objected to afterwards.

    Attributes:
        memorisation: what a test for it showed; null when there is none.
        retrain_by: the day by which the model is retrained or retired without the item.
    """

    model: str
    item: str
    objected_at: datetime
    memorisation: Memorisation | None
    retrain_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDecision:
    """What becomes of a model, why, what has to be done, and what is recorded."""

    decision: ModelDecisionWord
    reason: ModelReason
    duties: tuple[str, ...] = ()
    records: tuple[ExposureRecord, ...] = ()


_MEMORISED = ("output suppression", "unlearn or retrain", "re-test", "tell recipients")
_UNTESTED = ("output suppression", "memorisation test")
_TESTED = ("tell the person what was done",)
_RETRAIN_NOW = ("retrain now",)
_NEXT_CORPUS = ("exclude from next corpus", "exposure record")


def decide_model(trained: TrainedModel, settings: Settings) -> ModelDecision:
    """Decide about one model after its training.

    A model that repeats any tested item word for word is remedied, also when nobody has objected to it yet.
    """
    records = _records(trained, settings)
    decision, reason, duties = _rule(trained, settings)
    if records:
        retrain_by = min(record.retrain_by for record in records)
        duties = (*duties, *_NEXT_CORPUS, f"retrain by {retrain_by.isoformat()}")
    return ModelDecision(decision=decision, reason=reason, duties=duties, records=records)


def decide_recipients(recipients: Iterable[str], *, weights_are_public: bool, has_objections: bool) -> ModelDecision:
    """Decide who is told that content was objected to after it was passed on (GDPR Art. 19).

    Whoever took public weights is not known, so a public note tells them (GDPR Art. 17(2)).
    """
    told = [f"notice to {recipient}" for recipient in sorted(set(recipients))]
    notes = ["public change note"] if weights_are_public else []
    if not has_objections or not (told or notes):
        return ModelDecision(decision=ModelDecisionWord.KEEP_WITH_REMEDY, reason=ModelReason.RECONCILED)
    duties = (*told, *notes, "proof kept", "signed removal list", "tell the person who they are on request")
    return ModelDecision(decision=ModelDecisionWord.REMEDY, reason=ModelReason.RECIPIENTS_TO_TELL, duties=duties)


def overdue_records(records: Sequence[ExposureRecord], *, today: date) -> tuple[ExposureRecord, ...]:
    """Return the records of models that were to be retrained or retired by a day that has passed: each is an alarm."""
    return tuple(record for record in records if record.retrain_by < today)


def _rule(trained: TrainedModel, settings: Settings) -> tuple[ModelDecisionWord, ModelReason, tuple[str, ...]]:
    if Memorisation.VERBATIM in trained.tests.values():
        return ModelDecisionWord.REMEDY, ModelReason.MEMORISED, _MEMORISED
    if any(trained.tests.get(item) is None for item in trained.objected):
        return ModelDecisionWord.REMEDY, ModelReason.AUDIT_MISSING, _UNTESTED
    if not trained.objected:
        return ModelDecisionWord.KEEP_WITH_REMEDY, ModelReason.RECONCILED, ()
    if settings.after_training is AfterTraining.RETRAIN:
        return ModelDecisionWord.REMEDY, ModelReason.EXPOSED_NOT_MEMORISED, _RETRAIN_NOW
    return ModelDecisionWord.KEEP_WITH_REMEDY, ModelReason.EXPOSED_NOT_MEMORISED, _TESTED


def _records(trained: TrainedModel, settings: Settings) -> tuple[ExposureRecord, ...]:
    return tuple(
        ExposureRecord(
            model=trained.model,
            item=item,
            objected_at=at,
            memorisation=trained.tests.get(item),
            retrain_by=(at + timedelta(days=settings.retrain_days)).date(),
        )
        for item, at in sorted(trained.objected.items())
    )
