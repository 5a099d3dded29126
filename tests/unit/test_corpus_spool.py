"""Spools bring rows from one stage to the next, whole or not at all."""

import polars as pl
import pytest

from demur.corpus.errors import WorkDamagedError
from demur.corpus.spool import open_spool, read_slot

SCHEMA = {"number": pl.Int64, "text": pl.String, "mentions": pl.List(pl.Binary)}


def frame(*numbers):
    rows = [(number, f"text {number}", [bytes([number])]) for number in numbers]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def write(path, *parts):
    with open_spool(path) as spool:
        for slot, part in parts:
            spool.append(slot, part)


def test_a_slot_is_read_in_the_order_of_spools_and_of_writing(tmp_path):
    write(tmp_path / "a", (1, frame(1)), (2, frame(9)), (1, frame(2, 3)))
    write(tmp_path / "b", (1, frame(4)))
    assert read_slot([tmp_path / "a", tmp_path / "b"], 1, SCHEMA).rows() == frame(1, 2, 3, 4).rows()


def test_a_slot_that_nobody_wrote_is_empty(tmp_path):
    write(tmp_path / "a", (1, frame(1)))
    write(tmp_path / "b")
    assert read_slot([tmp_path / "a", tmp_path / "b"], 0, SCHEMA).equals(frame())


def test_scattering_gives_each_row_to_the_slot_it_names_and_keeps_their_order(tmp_path):
    rows = frame(5, 1, 4, 2, 3).with_columns(pl.Series("slot", [0, 7, 0, 7, 0], dtype=pl.UInt32))
    with open_spool(tmp_path / "a") as spool:
        spool.scatter(rows, "slot")
    slots = [read_slot([tmp_path / "a"], slot, SCHEMA)["number"].to_list() for slot in (0, 7, 1)]
    assert slots == [[5, 4, 3], [1, 2], []]


def test_a_spool_whose_writing_fails_does_not_exist(tmp_path):
    def write_half():
        with open_spool(tmp_path / "a") as spool:
            spool.append(0, frame(1))
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [0, 5, 100, -1])
def test_a_truncated_spool_is_reported(tmp_path, length):
    write(tmp_path / "a", (0, frame(1, 2, 3)))
    content = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(content[:length])
    with pytest.raises(WorkDamagedError):
        read_slot([tmp_path / "a"], 0, SCHEMA)


def test_a_missing_spool_is_reported(tmp_path):
    with pytest.raises(WorkDamagedError) as caught:
        read_slot([tmp_path / "a"], 0, SCHEMA)
    assert str(caught.value) == "a of an unfinished build is missing or damaged (FileNotFoundError)"
