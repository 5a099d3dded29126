"""What is done stays done: a stage that starts again runs only the tasks without a marker."""

import msgspec
import pytest

from demur.corpus.errors import WorkDamagedError
from demur.corpus.stages import Progress, Workshop, run_stage
from demur.engines.local import LocalEngine


class Squared(msgspec.Struct, frozen=True, kw_only=True):
    square: int


class Scene:
    """A workshop that notes which tasks ran and what was reported."""

    def __init__(self, folder):
        self.ran = []
        self.told = []
        self.workshop = Workshop(folder=folder, engine=LocalEngine(), progress=self.told.append)

    def square(self, number):
        self.ran.append(number)
        if number < 0:
            raise KeyboardInterrupt
        return Squared(square=number * number)

    def run(self, *tasks):
        return [result.square for result in run_stage(self.workshop, "squares", self.square, tasks, Squared)]


def test_results_come_in_the_order_of_the_tasks_and_each_is_reported(tmp_path):
    scene = Scene(tmp_path)
    assert scene.run(3, 1, 2) == [9, 1, 4]
    assert scene.told == [Progress(stage="squares", done=done, total=3) for done in range(4)]


def test_tasks_that_were_done_are_not_run_again_and_give_the_same_results(tmp_path):
    first, second = Scene(tmp_path), Scene(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.run(3, 1, -1, 2)
    assert second.run(3, 1, 5, 2) == [9, 1, 25, 4]
    assert (first.ran, second.ran) == ([3, 1, -1], [5, 2])


def test_a_finished_stage_runs_nothing(tmp_path):
    Scene(tmp_path).run(3, 1)
    again = Scene(tmp_path)
    assert (again.run(3, 1), again.ran) == ([9, 1], [])


def test_a_damaged_marker_is_reported(tmp_path):
    Scene(tmp_path).run(3)
    (tmp_path / "done" / "squares" / "000000.json").write_bytes(b'{"square": "x"}')
    with pytest.raises(WorkDamagedError):
        Scene(tmp_path).run(3)
