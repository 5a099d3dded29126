"""An item id names one item: rows that say the same keep one, rows that differ keep none."""

import polars as pl

from demur.corpus.ingest import ITEM_PLACE_COLUMNS, SEGMENT_COLUMNS
from demur.corpus.repeats import CONFLICT_COLUMNS, ConflictTask, find_conflicts, separate_repeats
from demur.corpus.spool import open_spool, read_slot
from demur.corpus.workfolder import WorkFolder

COPY = "an earlier row has the same item id and says the same"
CONFLICT = "another row has the same item id and says something else, so none of them is used"


def rows(*given):
    """Make rows of (item, text, mentions, split number, line)."""
    columns = {
        "item_key": [item.encode().ljust(16) for item, *_ in given],
        "text": [text for _, text, *_ in given],
        "mentions": [mentions for _, _, mentions, *_ in given],
        "split_number": [split for *_, split, _ in given],
        "line": [line for *_, line in given],
    }
    missing = {name: [None] * len(given) for name in SEGMENT_COLUMNS if name not in columns}
    return pl.DataFrame({**columns, **missing}, schema_overrides=SEGMENT_COLUMNS).select(*SEGMENT_COLUMNS)


def conflicts(*items):
    return pl.DataFrame({"item_key": [item.encode().ljust(16) for item in items]}, schema=CONFLICT_COLUMNS)


def separate(given, *elsewhere):
    items, left_out = separate_repeats(given, conflicts(*elsewhere))
    return [(key.strip().decode(), line) for key, line in items.select("item_key", "line").rows()], left_out.rows()


def test_different_items_stay_sorted_by_key():
    assert separate(rows(("b", "x", [], 0, 1), ("a", "x", [], 0, 2))) == ([("a", 2), ("b", 1)], [])


def test_rows_that_say_the_same_keep_the_first_by_split_and_line():
    given = rows(("a", "x", [b"m"], 1, 1), ("a", "x", [b"m"], 0, 7), ("a", "x", [b"m"], 0, 3))
    assert separate(given) == ([("a", 3)], [(0, 7, "duplicate_item_id", COPY), (1, 1, "duplicate_item_id", COPY)])


def test_rows_that_differ_keep_none():
    given = rows(("a", "x", [], 0, 1), ("a", "y", [], 0, 2), ("b", "z", [], 0, 3))
    reason = "duplicate_item_id"
    assert separate(given) == ([("b", 3)], [(0, 1, reason, CONFLICT), (0, 2, reason, CONFLICT)])


def test_a_difference_in_one_mention_is_a_difference():
    assert separate(rows(("a", "x", [b"m"], 0, 1), ("a", "x", [b"n"], 0, 2)))[0] == []


def test_an_item_that_another_partition_holds_too_is_left_out():
    given = rows(("a", "x", [], 0, 1), ("b", "x", [], 0, 2))
    assert separate(given, "a", "c") == ([("b", 2)], [(0, 1, "duplicate_item_id", CONFLICT)])


def test_the_search_finds_items_that_came_in_under_several_partitions(tmp_path):
    work = WorkFolder(tmp_path)
    for split, given in enumerate(([(b"a", 0), (b"b", 1)], [(b"b", 3), (b"c", 2), (b"c", 2)])):
        with open_spool(work.item_keys(split)) as spool:
            spool.append(0, pl.DataFrame(given, schema=ITEM_PLACE_COLUMNS, orient="row"))
    assert find_conflicts(ConflictTask(bucket=0, splits=2, work=work)).keys == 1
    found = [
        read_slot([work.conflicts(0)], partition, CONFLICT_COLUMNS)["item_key"].to_list() for partition in range(4)
    ]
    assert found == [[], [b"b"], [], [b"b"]]
