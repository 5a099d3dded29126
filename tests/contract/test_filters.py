"""The built-in filter keeps the contract of filters."""

from demur.filters.filter import TEXT_FILTERS, Filter, IdentifierFilter, apply_filters
from demur.testing.filter_contract import LANGUAGES, TEXTS, FilterContract


class TestIdentifierFilter(FilterContract):
    def make_filter(self) -> Filter:
        return IdentifierFilter()


def test_the_built_in_chain_gives_what_its_filters_give():
    alone = IdentifierFilter().apply(TEXTS, LANGUAGES)
    chained = apply_filters(TEXT_FILTERS, TEXTS, LANGUAGES)
    assert (chained.texts.to_list(), chained.cuts.to_list(), chained.counts) == (
        alone.texts.to_list(),
        alone.cuts.to_list(),
        alone.counts,
    )
