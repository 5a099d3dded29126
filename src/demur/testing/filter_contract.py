"""The tests that every text filter inherits."""
# ruff: noqa: S101 -- a contract is a class of tests

from abc import ABC, abstractmethod

import polars as pl

from demur.filters.filter import Filter

TEXTS = pl.Series(
    "text",
    [
        "Write to anna@example.org or call +49 30 123456.",
        "",
        None,
        "Nothing to see.",
        "\u202e👩‍👩‍👧 @lynx\x00",
        "ab" * 5000,
    ],
)
LANGUAGES = pl.Series("language", ["en", None, "de", "fr", "??", "mt"])


class FilterContract(ABC):
    """What a `Filter` promises; inherit, and say how to make one."""

    @abstractmethod
    def make_filter(self) -> Filter:
        """Make the filter under test."""

    def test_it_keeps_the_rows_and_the_nulls(self) -> None:
        """The filter neither drops, adds nor invents a text."""
        redacted = self.make_filter().apply(TEXTS, LANGUAGES)
        assert (len(redacted.texts), len(redacted.cuts)) == (len(TEXTS), len(TEXTS))
        assert redacted.texts.is_null().to_list() == TEXTS.is_null().to_list()

    def test_applying_it_twice_changes_nothing(self) -> None:
        """What is left holds nothing to cut."""
        once = self.make_filter().apply(TEXTS, LANGUAGES)
        twice = self.make_filter().apply(once.texts, LANGUAGES)
        assert (twice.texts.to_list(), twice.cuts.sum()) == (once.texts.to_list(), 0)

    def test_a_row_does_not_see_its_neighbours(self) -> None:
        """One row at a time gives what all rows together give."""
        whole = self.make_filter().apply(TEXTS, LANGUAGES)
        alone = [self.make_filter().apply(TEXTS[row : row + 1], LANGUAGES[row : row + 1]) for row in range(len(TEXTS))]
        assert pl.concat([one.texts for one in alone]).to_list() == whole.texts.to_list()
        assert [cut for one in alone for cut in one.cuts] == whole.cuts.to_list()

    def test_the_counts_are_sorted_and_sum_to_the_cuts(self) -> None:
        """Every cut is counted under one class."""
        redacted = self.make_filter().apply(TEXTS, LANGUAGES)
        assert list(redacted.counts) == sorted(redacted.counts)
        assert sum(redacted.counts.values()) == redacted.cuts.sum()

    def test_it_has_a_name_and_a_stable_version(self) -> None:
        """A manifest can record the filter."""
        first, second = self.make_filter(), self.make_filter()
        assert first.name
        assert first.version
        assert (first.name, first.version) == (second.name, second.version)
