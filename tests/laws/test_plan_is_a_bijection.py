from hypothesis import given, settings
from hypothesis import strategies as st

from demur.training.plan import Plan


@st.composite
def plans(draw):
    group_rows = draw(st.integers(1, 9))
    return Plan(
        rows=draw(st.integers(1, 300)),
        seed=draw(st.integers(0, 2**53 - 1)),
        batch_rows=draw(st.integers(1, 40)),
        epochs=draw(st.integers(1, 3)),
        group_rows=group_rows,
        block_rows=group_rows * draw(st.integers(1, 6)),
    )


@settings(deadline=None)
@given(plans())
def test_the_steps_of_an_epoch_hold_every_row_once(plan):
    for epoch in range(plan.epochs):
        first = epoch * plan.steps_per_epoch
        rows = [int(row) for step in range(plan.steps_per_epoch) for row in plan.rows_of_step(first + step)]
        assert sorted(rows) == list(range(plan.rows))


@settings(deadline=None)
@given(plans(), st.data())
def test_row_and_position_invert_each_other(plan, data):
    epoch = data.draw(st.integers(0, plan.epochs - 1))
    row = data.draw(st.integers(0, plan.rows - 1))
    assert plan.row(epoch, plan.position(epoch, row)) == row
    assert plan.position(epoch, plan.row(epoch, row)) == row


@settings(deadline=None)
@given(plans(), st.data())
def test_any_stretch_of_positions_is_a_part_of_the_whole_order(plan, data):
    epoch = data.draw(st.integers(0, plan.epochs - 1))
    start = data.draw(st.integers(0, plan.rows))
    stop = data.draw(st.integers(start, plan.rows))
    whole = plan.rows_between(epoch, 0, plan.rows).tolist()
    assert plan.rows_between(epoch, start, stop).tolist() == whole[start:stop]
