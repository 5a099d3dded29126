"""The contract of a `Source`, as a class of tests that the author of a source inherits.

The author writes ``class TestMySource(SourceContract)`` with one method, ``make_source``, that returns a source with at
least one split and one usable row. A second method, ``plain_ids``, returns account and item ids that its files hold, so
that the contract can show that none of them comes out.
"""
# ruff: noqa: S101 -- a contract is a class of tests

import re
from collections.abc import Iterator

import polars as pl
import pytest

from demur.exchange.columns import ITEM_COLUMNS
from demur.kernel.errors import InputError
from demur.policy.signals.preference import combine, read_kept
from demur.sources.source import Source, SourceBatch

_KEY_BYTES = 16
_KEYS = [name for name, dtype in ITEM_COLUMNS.items() if dtype == pl.Binary]
_KEY_LISTS = [name for name, dtype in ITEM_COLUMNS.items() if dtype == pl.List(pl.Binary)]
# Texts of the item itself, which may hold anything, and where it was read.
_TEXTS = ("text", "preview_text", "media", "split", "source")


class SourceContract:
    """What every source must keep; override `make_source` and `plain_ids`."""

    def make_source(self) -> Source:
        """Return the source under test; calling twice returns equal sources."""
        raise NotImplementedError

    def plain_ids(self) -> list[str]:
        """Return ids of accounts and items, and addresses of items, as the files hold them."""
        raise NotImplementedError

    def test_splits_are_sorted_relative_and_the_same_each_time(self) -> None:
        """A build numbers the splits, so their order is a promise."""
        splits = self.make_source().splits()
        assert splits
        assert splits == sorted(set(splits))
        assert not [split for split in splits if split.startswith("/") or "\\" in split]
        assert self.make_source().splits() == splits

    def test_a_digest_is_sha256_in_hexadecimal_and_the_same_each_time(self) -> None:
        """A manifest names what was read by its digest."""
        source = self.make_source()
        for split in source.splits():
            digest = source.digest(split)
            assert re.fullmatch("[0-9a-f]{64}", digest)
            assert self.make_source().digest(split) == digest

    def test_batches_have_the_columns_of_items(self) -> None:
        """Builder and rules read these columns and no others."""
        for split, batch in self._read():
            assert batch.frame.schema == pl.Schema(ITEM_COLUMNS)
            assert batch.frame["source"].to_list() == [self.make_source().name] * batch.frame.height
            assert batch.frame["split"].to_list() == [split] * batch.frame.height

    def test_reading_twice_yields_equal_batches(self) -> None:
        """A build that is resumed reads again what it had read."""
        for (_, one), (_, two) in zip(self._read(), self._read(), strict=True):
            assert one.frame.equals(two.frame)
            assert (one.rows_read, one.rejected) == (two.rows_read, two.rejected)

    def test_rows_read_are_rows_used_and_rows_rejected(self) -> None:
        """Nothing is dropped unseen."""
        batches = self._read()
        assert [batch.rows_read for _, batch in batches] == [
            batch.frame.height + len(batch.rejected) for _, batch in batches
        ]
        assert sum(batch.frame.height for _, batch in batches) > 0

    def test_a_row_is_used_or_rejected_at_a_line_of_its_own(self) -> None:
        """File and line are how a row is found again."""
        lines: list[tuple[str, int]] = []
        for split, batch in self._read():
            lines.extend((split, line) for line in batch.frame["line"].to_list())
            lines.extend((row.split, row.line) for row in batch.rejected)
            assert batch.frame["line"].is_sorted()
        assert len(set(lines)) == len(lines)
        assert min(line for _, line in lines) >= 1

    def test_keys_are_sixteen_bytes_and_every_item_has_one(self) -> None:
        """A key that is missing would join with nothing, or with everything."""
        for _, batch in self._read():
            assert batch.frame["item_key"].null_count() == 0
            lists = [batch.frame[name].explode() for name in _KEY_LISTS]
            for keys in (*(batch.frame[name] for name in _KEYS), *lists):
                assert set(keys.drop_nulls().bin.size()) <= {_KEY_BYTES}

    def test_no_plain_id_comes_out(self) -> None:
        """Beyond the source a person is a keyed digest."""
        ids = self.plain_ids()
        assert ids
        out: set[object] = set()
        for _, batch in self._read():
            keyed = batch.frame.drop(_TEXTS)
            out.update(value for column in keyed.iter_columns() for value in _values(column.to_list()))
            out.update(word for row in batch.rejected for word in row.message.split())
        assert not out & {*ids, *(plain.encode() for plain in ids)}

    def test_kept_signals_say_the_preference_of_their_item(self) -> None:
        """A decision must be repeatable from what is kept, long after the item was fetched."""
        for _, batch in self._read():
            for kept, preference in batch.frame.select("signals", "preference").iter_rows():
                assert preference == combine(read_kept(signal) for signal in kept or ())

    def test_a_line_is_read_as_its_batch_has_it(self) -> None:
        """An explanation starts from the row that was decided."""
        source = self.make_source()
        for split, batch in self._read():
            for row in batch.frame.head(3).iter_slices(1):
                assert source.read_line(split, row["line"].item()).equals(row)

    def test_a_line_without_a_usable_row_is_refused(self) -> None:
        """Line 0 is no line."""
        source = self.make_source()
        with pytest.raises(InputError):
            source.read_line(source.splits()[0], 0)

    def test_a_split_that_is_not_there_is_refused(self) -> None:
        """Also for its digest: an unknown file has none."""
        source = self.make_source()
        with pytest.raises(InputError):
            list(source.batches("no/such/split"))
        with pytest.raises(InputError):
            source.digest("no/such/split")

    def _read(self) -> list[tuple[str, SourceBatch]]:
        source = self.make_source()
        return [(split, batch) for split in source.splits() for batch in source.batches(split)]


def _values(value: object) -> Iterator[object]:
    """Yield what a value holds at any depth; the text of a finding stands in the item's text, so it is passed over."""
    if isinstance(value, dict):
        yield from (inner for key, member in value.items() if key != "text" for inner in _values(member))
    elif isinstance(value, list):
        yield from (inner for member in value for inner in _values(member))
    else:
        yield value
