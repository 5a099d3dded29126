"""The extension point for filters: what cuts something out of texts before they may train a model."""

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from demur.filters.text import FILTER_VERSION, Redacted, redact


class Filter(Protocol):
    """Cuts texts; its result for a row depends on that row's text and language alone.

    An implementation is pure and safe to call from several threads, and applying it to its own result changes nothing.
    """

    @property
    def name(self) -> str:
        """Name the filter in manifests."""
        ...

    @property
    def version(self) -> str:
        """Change whenever the same text could give another result (FIL-10)."""
        ...

    def apply(self, texts: pl.Series, languages: pl.Series | None) -> Redacted:
        """Cut the texts; a null stays null, and the rows keep their order and number."""
        ...


@dataclass(frozen=True, slots=True)
class IdentifierFilter:
    """Cuts what `IdentifierClass` lists: names, addresses, phones, cards, accounts, identity numbers and more."""

    name: str = "identifiers"
    version: str = FILTER_VERSION

    def apply(self, texts: pl.Series, languages: pl.Series | None) -> Redacted:
        """Replace each identifier by the placeholder of its class."""
        return redact(texts, languages)
