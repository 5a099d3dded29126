import numpy as np
import pytest

from demur.training.errors import PlanPositionError, TrainingPlanError
from demur.training.plan import Plan

SMALL = Plan(rows=10, seed=7, batch_rows=4, epochs=2, group_rows=2, block_rows=4)


def test_the_order_of_a_seed_is_the_same_for_ever():
    assert [SMALL.rows_of_step(step).tolist() for step in range(SMALL.steps)] == GOLDEN


def test_the_last_step_of_an_epoch_holds_what_is_left():
    assert [SMALL.positions_of_step(step) for step in range(6)] == [
        (0, 0, 4),
        (0, 4, 8),
        (0, 8, 10),
        (1, 0, 4),
        (1, 4, 8),
        (1, 8, 10),
    ]


def test_a_row_belongs_to_the_step_that_reads_it():
    steps = [
        (SMALL.step_of(epoch, int(row)), int(row))
        for epoch in range(2)
        for step in range(epoch * 3, epoch * 3 + 3)
        for row in SMALL.rows_of_step(step)
    ]
    assert steps == [(step, int(row)) for step in range(6) for row in SMALL.rows_of_step(step)]


def test_epochs_and_seeds_have_orders_of_their_own():
    plans = [Plan(rows=1000, seed=seed, batch_rows=8, epochs=2) for seed in (1, 2)]
    orders = {tuple(plan.rows_between(epoch, 0, 1000).tolist()) for plan in plans for epoch in (0, 1)}
    assert len(orders) == 4


def test_rows_added_behind_a_plan_are_spread_over_the_epoch():
    plan = Plan(rows=1000, seed=1, batch_rows=8)
    positions = [plan.position(0, row) for row in range(900, 1000)]
    assert np.histogram(positions, bins=4, range=(0, 1000))[0].min() >= 15


@pytest.mark.parametrize(
    "settings",
    [
        {"rows": 0},
        {"batch_rows": 0},
        {"epochs": 0},
        {"group_rows": 0},
        {"group_rows": 3, "block_rows": 4},
        {"seed": -1},
        {"seed": 2**53},
    ],
)
def test_a_plan_that_cannot_be_is_refused(settings):
    with pytest.raises(TrainingPlanError):
        Plan(**{"rows": 10, "seed": 1, "batch_rows": 2, **settings})


@pytest.mark.parametrize(
    "ask",
    [
        lambda: SMALL.position(0, 10),
        lambda: SMALL.position(2, 0),
        lambda: SMALL.row(0, -1),
        lambda: SMALL.rows_of_step(6),
    ],
)
def test_a_place_outside_the_plan_is_refused(ask):
    with pytest.raises(PlanPositionError):
        ask()


# Written once; a change would make every ledger that exists answer wrongly.
GOLDEN = [[3, 9, 2, 8], [6, 7, 5, 4], [0, 1], [2, 3, 6, 7], [8, 1, 9, 0], [5, 4]]
