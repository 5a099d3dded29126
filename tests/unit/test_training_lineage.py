import numpy as np

from demur.training.ledger import open_ledger, read_ledger
from demur.training.lineage import NEVER, LeakCheck, Use, count_leaks, first_use, removal_versions, used
from demur.training.plan import Plan

PLAN = Plan(rows=50, seed=3, batch_rows=4, epochs=2, group_rows=4, block_rows=16)
RUN = bytes(16)


def write_run(path, removed, versions, *, step=0, leaked=()):
    """Record a run that masks every row by its removal version, but for the leaked ones; return (row, step) pairs."""
    log = []
    with open_ledger(path, plan=PLAN, run_id=RUN, step=step) as ledger:
        for version in versions:
            rows = PLAN.rows_of_step(ledger.step)
            live = rows[(removed[rows] > version) | np.isin(rows, leaked)]
            log += [(int(row), ledger.step) for row in live]
            ledger.record(version, live)
    return log


def versions_of(removed):
    versions = np.full(PLAN.rows, NEVER)
    for row, version in removed.items():
        versions[row] = version
    return versions


def test_used_agrees_with_a_log_of_every_row(tmp_path):
    removed = versions_of({1: 1, 2: 2, 3: 3, 4: 0})
    log = write_run(tmp_path / "l", removed, [0] * 9 + [1] * 6 + [2] * 11)
    ledger = read_ledger(tmp_path / "l")
    answers = {row: [use.step for use in used(PLAN, ledger, row, int(removed[row]))] for row in range(PLAN.rows)}
    assert answers == {row: [step for logged, step in log if logged == row] for row in range(PLAN.rows)}


def test_a_step_that_was_taken_again_is_flagged(tmp_path):
    nothing = versions_of({})
    write_run(tmp_path / "l", nothing, [0] * 10)
    write_run(tmp_path / "l", nothing, [1] * 21, step=5)
    row = int(PLAN.rows_of_step(7)[0])
    again = PLAN.step_of(1, row)
    assert used(PLAN, read_ledger(tmp_path / "l"), row) == [
        Use(attempt=1, epoch=0, step=7, version=0, is_discarded=True),
        Use(attempt=2, epoch=0, step=7, version=1, is_discarded=False),
        Use(attempt=2, epoch=1, step=again, version=1, is_discarded=False),
    ]


def test_a_run_that_masks_everything_leaks_nothing(tmp_path):
    removed = versions_of(dict.fromkeys(range(10), 1))
    log = write_run(tmp_path / "l", removed, [0] * 13 + [1] * 13)
    check = count_leaks(PLAN, read_ledger(tmp_path / "l"), removed)
    assert check == LeakCheck(delivered=len(log), leaks=0, segments=2)


def test_one_leaked_row_is_counted(tmp_path):
    removed = versions_of({7: 1})
    log = write_run(tmp_path / "l", removed, [0] * 13 + [1] * 13, leaked=[7])
    check = count_leaks(PLAN, read_ledger(tmp_path / "l"), removed)
    assert check == LeakCheck(delivered=len(log), leaks=1, segments=2)


def test_a_row_swapped_for_another_is_seen_although_the_count_is_right(tmp_path):
    with open_ledger(tmp_path / "l", plan=PLAN, run_id=RUN, step=0) as ledger:
        rows = PLAN.rows_of_step(0)
        ledger.record(1, rows[1:])  # delivered 1..3 and masked 0; the removed one is 3
    removed = versions_of({int(rows[3]): 1})
    assert count_leaks(PLAN, read_ledger(tmp_path / "l"), removed).leaks == 1


def test_the_first_use_of_rows_is_that_of_the_earliest():
    rows = np.array([PLAN.row(0, 40), PLAN.row(0, 9), PLAN.row(0, 30)])
    assert first_use(PLAN, rows) == 2


def test_removal_versions_are_read_from_the_gate_and_suppressed_rows_stand_behind():
    removed_by = np.array([0, 3, 0, 1], dtype=np.uint32)
    assert removal_versions(removed_by, (False, True)).tolist() == [NEVER, 3, NEVER, 1, NEVER, 0]
