"""Parquet: types of the file are read as what they are, and a damaged file stops nothing but itself."""

import random
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from demur.keys.keyring import create_keyring
from demur.keys.subjects import item_key, subject_key
from demur.sources.errors import ColumnTypeError, MissingColumnError, SplitUnreadableError
from demur.sources.open import open_source
from demur.sources.spec import SourceSpec

GOOD = {"item": ["i1"], "account": ["a1"], "text": ["Bonjour"]}


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return create_keyring(tmp_path_factory.mktemp("keys") / "keyring.json", platform="agora", seed=b"s" * 32)


@pytest.fixture
def make(tmp_path, keyring):
    def make_source(frame, **spec):
        if isinstance(frame, bytes):
            (tmp_path / "posts.parquet").write_bytes(frame)
        else:
            frame.write_parquet(tmp_path / "posts.parquet", row_group_size=50_000)
        return open_source(SourceSpec(name="posts", path="posts.parquet", **spec), keyring=keyring, root=tmp_path)

    return make_source


def only_batch(source):
    (batch,) = source.batches("posts.parquet")
    return batch


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (datetime(2025, 5, 1, 10), pl.Datetime("us")),  # noqa: DTZ001 -- a naive column is meant
        (datetime(2025, 5, 1, 10), pl.Datetime("ns")),  # noqa: DTZ001 -- a naive column is meant
        (datetime(2025, 5, 1, 10, tzinfo=UTC), pl.Datetime("ms", "UTC")),
        (datetime(2025, 5, 1, 12, tzinfo=timezone(timedelta(hours=2))), pl.Datetime("us", "Europe/Paris")),
        ("2025-05-01T12:00:00+02:00", pl.String),
    ],
)
def test_datetimes_without_a_zone_are_utc_and_others_keep_their_instant(make, value, dtype):
    frame = pl.DataFrame(GOOD).with_columns(created_at=pl.Series([value]).cast(dtype))
    assert only_batch(make(frame)).frame["created_at"].to_list() == [datetime(2025, 5, 1, 10, tzinfo=UTC)]


def test_a_day_counts_from_its_first_instant(make):
    frame = pl.DataFrame({**GOOD, "expires_at": [date(2025, 5, 1)]})
    assert only_batch(make(frame)).frame["expires_at"].to_list() == [datetime(2025, 5, 1, tzinfo=UTC)]


def test_ids_may_be_numbers_and_words_may_be_categories(make, keyring):
    frame = pl.DataFrame(
        {"item": [12], "account": [34], "text": ["x"], "kind": ["post"], "mentions": [[5, 6]], "deleted_at": [None]},
        schema_overrides={"kind": pl.Categorical, "deleted_at": pl.Null},
    )
    row = only_batch(make(frame)).frame.row(0, named=True)
    assert (row["item_key"], row["subject_key"]) == (item_key(keyring, "12"), subject_key(keyring, "34"))
    assert row["mentions"] == [subject_key(keyring, "5"), subject_key(keyring, "6")]
    assert (row["kind"], row["deleted_at"]) == ("post", None)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [("created_at", 1.5, "Float64"), ("text", [1], "List(Int64)"), ("mentions", [1.5], "List(Float64)")],
)
def test_a_column_of_a_foreign_type_stops_the_file(make, field, value, kind):
    with pytest.raises(ColumnTypeError) as caught:
        only_batch(make(pl.DataFrame({**GOOD, field: [value]})))
    assert str(caught.value).startswith(f"posts.parquet: the column of {field} is {kind}, expected ")


def test_a_number_for_a_time_is_a_bad_row_not_a_guess(make):
    batch = only_batch(make(pl.DataFrame({**GOOD, "created_at": [1_700_000_000]})))
    assert [row.reason for row in batch.rejected] == ["bad_instant"]


def test_rows_come_in_batches_and_lines_count_on(make):
    rows = 65_536 * 2 + 5
    frame = pl.DataFrame({"item": range(rows), "account": ["a"] * rows, "text": ["x"] * rows})
    batches = list(make(frame).batches("posts.parquet"))
    assert [batch.rows_read for batch in batches] == [65_536, 65_536, 5]
    assert [batch.frame["line"][0] for batch in batches] == [1, 65_537, 131_073]
    assert make(frame).read_line("posts.parquet", rows)["line"].to_list() == [rows]


def test_only_the_columns_that_are_needed_matter(make):
    frame = pl.DataFrame({**GOOD, "odd": [{"a": 1}]})
    assert only_batch(make(frame)).frame.height == 1


def test_a_missing_column_is_an_error_that_names_what_is_there(make):
    with pytest.raises(MissingColumnError) as caught:
        only_batch(make(pl.DataFrame({"id": ["i1"], "account": ["a1"], "text": ["x"]})))
    assert str(caught.value) == "posts.parquet: column item is missing; columns found: id, account, text"


def test_an_empty_table_has_no_batches(make):
    empty = pl.DataFrame(GOOD).clear()
    assert list(make(empty).batches("posts.parquet")) == []


def test_a_file_that_is_no_parquet_is_unreadable(make):
    with pytest.raises(SplitUnreadableError, match=r"posts\.parquet cannot be read as Parquet"):
        only_batch(make(b"PAR1 and then nothing"))


def test_a_truncated_file_is_unreadable(make, tmp_path):
    source = make(pl.DataFrame({name: values * 5000 for name, values in GOOD.items()}))
    whole = (tmp_path / "posts.parquet").read_bytes()
    (tmp_path / "posts.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SplitUnreadableError, match=r"posts\.parquet cannot be read as Parquet"):
        only_batch(source)


def test_a_damaged_page_makes_the_file_unreadable(make, tmp_path):
    frame = pl.DataFrame({name: [f"{value[0]}-{n}" for n in range(20_000)] for name, value in GOOD.items()})
    source = make(frame)
    damaged = bytearray((tmp_path / "posts.parquet").read_bytes())
    damaged[4:40] = bytes(36)
    (tmp_path / "posts.parquet").write_bytes(bytes(damaged))
    with pytest.raises(SplitUnreadableError, match=r"posts\.parquet cannot be read as Parquet"):
        only_batch(source)


def test_large_rows_come_in_smaller_batches(make):
    texts = [random.Random(number).randbytes(500_000).hex() for number in range(100)]
    frame = pl.DataFrame({"item": range(100), "account": ["a"] * 100, "text": texts})
    heights = [batch.rows_read for batch in make(frame).batches("posts.parquet")]
    assert sum(heights) == 100
    assert max(heights) < 80
