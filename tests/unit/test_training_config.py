import json
from decimal import Decimal

import msgspec
import pytest

from demur.training.config import NANO, TrainingConfig
from demur.training.errors import TrainingPlanError
from demur.training.plan import Plan


@pytest.mark.parametrize(
    "setting",
    [
        {"vocabulary": 258},
        {"context": 7},
        {"heads": 0},
        {"hidden": 97},
        {"layers": 0},
        {"max_steps": 0},
        {"warmup_steps": 0},
        {"weights_every": 0},
        {"learning_rate": Decimal(1)},
        {"learning_rate": Decimal(0)},
    ],
)
def test_a_setting_that_no_run_can_have_is_refused(setting):
    with pytest.raises(TrainingPlanError):
        TrainingConfig(**setting)


def test_a_configuration_survives_a_document_without_floats():
    content = msgspec.json.encode(NANO)
    assert json.loads(content)["learning_rate"] == "0.003"
    assert msgspec.json.decode(content, type=TrainingConfig) == NANO


def test_a_run_ends_with_its_plan_or_before():
    plan = NANO.plan(100)
    assert plan == Plan(rows=100, seed=0, batch_rows=8, epochs=2)
    assert (NANO.steps(plan), TrainingConfig(max_steps=5).steps(plan), TrainingConfig(max_steps=99).steps(plan)) == (
        26,
        5,
        26,
    )
