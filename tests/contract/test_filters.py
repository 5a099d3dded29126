"""The built-in filter keeps the contract of filters."""

from demur.filters.filter import Filter, IdentifierFilter
from demur.testing.filter_contract import FilterContract


class TestIdentifierFilter(FilterContract):
    def make_filter(self) -> Filter:
        return IdentifierFilter()
