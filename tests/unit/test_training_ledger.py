from io import FileIO

import numpy as np
import pytest

from demur.kernel.files import DiskFullError
from demur.training.errors import RunMissingError, UsageLedgerError
from demur.training.ledger import LedgerWriter, Segment, UsageLedger, fingerprint_of, open_ledger, read_ledger
from demur.training.plan import Plan

PLAN = Plan(rows=20, seed=1, batch_rows=4, epochs=2, group_rows=2, block_rows=8)
RUN = bytes(range(16))
RECORD = 64


def write_steps(path, versions, *, step=0, flushed_after=()):
    with open_ledger(path, plan=PLAN, run_id=RUN, step=step) as ledger:
        for version in versions:
            ledger.record(version, PLAN.rows_of_step(ledger.step))
            if ledger.step in flushed_after:
                ledger.flush()


def segment(attempt, epoch, first, last, version):
    rows = np.concatenate([PLAN.rows_of_step(step) for step in range(first, last + 1)])
    return Segment(
        attempt=attempt,
        epoch=epoch,
        first_step=first,
        last_step=last,
        first_position=PLAN.positions_of_step(first)[1],
        version=version,
        delivered=len(rows),
        fingerprint=fingerprint_of(rows),
    )


def test_a_new_segment_begins_with_a_version_an_epoch_or_an_attempt(tmp_path):
    path = tmp_path / "usage.ledger"
    write_steps(path, [0, 0, 3, 3, 3, 3])
    write_steps(path, [3, 3], step=4)
    assert read_ledger(path) == UsageLedger(
        run_id=RUN,
        segments=(
            segment(1, 0, 0, 1, 0),
            segment(1, 0, 2, 4, 3),
            segment(1, 1, 5, 5, 3),
            segment(2, 0, 4, 4, 3),
            segment(2, 1, 5, 5, 3),
        ),
    )


def test_a_flush_in_between_does_not_change_what_is_read(tmp_path):
    write_steps(tmp_path / "often", [0] * 10, flushed_after=range(10))
    write_steps(tmp_path / "once", [0] * 10)
    assert read_ledger(tmp_path / "often") == read_ledger(tmp_path / "once")


def test_a_run_without_objections_takes_one_record_an_epoch(tmp_path):
    write_steps(tmp_path / "usage.ledger", [0] * 10)
    assert (tmp_path / "usage.ledger").stat().st_size == RECORD + 2 * RECORD


def test_steps_are_on_disk_after_a_flush_and_not_before(tmp_path):
    path = tmp_path / "usage.ledger"
    with open_ledger(path, plan=PLAN, run_id=RUN, step=0) as ledger:
        ledger.record(0, PLAN.rows_of_step(0))
        before = read_ledger(path).segments
        ledger.flush()
        after = read_ledger(path).segments
    assert (before, after) == ((), (segment(1, 0, 0, 0, 0),))


def test_what_was_recorded_is_flushed_when_training_breaks_off(tmp_path):
    path = tmp_path / "usage.ledger"
    with pytest.raises(KeyboardInterrupt):
        break_off_after_a_step(path)
    assert read_ledger(path).segments == (segment(1, 0, 0, 0, 0),)


def break_off_after_a_step(path):
    with open_ledger(path, plan=PLAN, run_id=RUN, step=0) as ledger:
        ledger.record(0, PLAN.rows_of_step(0))
        raise KeyboardInterrupt


def test_a_record_cut_off_at_any_byte_is_passed_over_and_written_again(tmp_path):
    path = tmp_path / "usage.ledger"
    write_steps(path, [0, 1, 1, 1])
    content = path.read_bytes()
    for cut in range(1, RECORD):
        path.write_bytes(content[:-cut])
        assert read_ledger(path).segments == (segment(1, 0, 0, 0, 0),)
        write_steps(path, [1], step=1)
        assert read_ledger(path).segments == (segment(1, 0, 0, 0, 0), segment(2, 0, 1, 1, 1))


def test_a_tail_of_zeros_is_passed_over(tmp_path):
    path = tmp_path / "usage.ledger"
    write_steps(path, [0, 0])
    path.write_bytes(path.read_bytes() + bytes(RECORD + 5))
    assert read_ledger(path).segments == (segment(1, 0, 0, 1, 0),)
    write_steps(path, [0], step=2)
    assert read_ledger(path).segments == (segment(1, 0, 0, 1, 0), segment(2, 0, 2, 2, 0))


def test_any_flipped_byte_is_found(tmp_path):
    path = tmp_path / "usage.ledger"
    write_steps(path, [0, 1, 2])
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(UsageLedgerError):
            read_ledger(path)


def test_a_record_of_another_run_does_not_fit(tmp_path):
    write_steps(tmp_path / "one", [0])
    with open_ledger(tmp_path / "two", plan=PLAN, run_id=bytes(16), step=0):
        pass
    record = (tmp_path / "one").read_bytes()[RECORD:]
    (tmp_path / "two").write_bytes((tmp_path / "two").read_bytes() + record)
    with pytest.raises(UsageLedgerError, match="is not what was written"):
        read_ledger(tmp_path / "two")


def test_a_ledger_is_not_continued_by_another_run(tmp_path):
    write_steps(tmp_path / "usage.ledger", [0])
    with (
        pytest.raises(UsageLedgerError, match="belongs to run"),
        open_ledger(tmp_path / "usage.ledger", plan=PLAN, run_id=bytes(16), step=0),
    ):
        pass


def test_weights_that_outlive_their_ledger_are_refused(tmp_path):
    write_steps(tmp_path / "usage.ledger", [0, 0])
    with pytest.raises(UsageLedgerError, match="covers 2 steps, the weights were trained for 3"):
        write_steps(tmp_path / "usage.ledger", [0], step=3)


def test_a_missing_ledger_is_the_callers_mistake(tmp_path):
    with pytest.raises(RunMissingError):
        read_ledger(tmp_path / "usage.ledger")


def test_a_fingerprint_does_not_depend_on_order_or_batches():
    rows = np.array([3, 2**40, 17, 0])
    parts = (fingerprint_of(rows[:1]) + fingerprint_of(rows[1:])) % 2**64
    assert fingerprint_of(rows[::-1]) == fingerprint_of(rows) == parts
    assert fingerprint_of(rows) != fingerprint_of(rows + 1)


class FullDisk(FileIO):
    """A file on a device that has room for so many bytes more."""

    room = 0

    def write(self, content):
        written = super().write(bytes(content)[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 1, RECORD - 1])
def test_a_full_disk_leaves_what_was_durable_and_loses_nothing_in_memory(tmp_path, room):
    path = tmp_path / "usage.ledger"
    write_steps(path, [0])
    with FullDisk(path, "r+b") as stream:
        stream.seek(0, 2)
        ledger = LedgerWriter(stream, plan=PLAN, run_id=RUN, attempt=2, step=1)
        ledger.record(0, PLAN.rows_of_step(1))
        stream.room = room
        with pytest.raises(DiskFullError):
            ledger.flush()
        assert read_ledger(path).segments == (segment(1, 0, 0, 0, 0),)
        stream.room = RECORD
        ledger.flush()
    assert read_ledger(path).segments == (segment(1, 0, 0, 0, 0), segment(2, 0, 1, 1, 0))
