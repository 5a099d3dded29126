"""Doing what people without an account ask for before they object: counting the public items that name them.

One pass through the sources serves all searches that wait; `demur watch` does it beside its rounds.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from demur.cli.workspace import Workspace
from demur.filters.suppressions import find, join_suppressions
from demur.kernel.errors import ConfigurationError, InputError
from demur.kernel.words import Visibility
from demur.register.outbox import Worked
from demur.register.requests_searching import DueSearch, due_searches, finish_searches
from demur.register.store import Register
from demur.sources.open import open_source
from demur.sources.source import Source

# So many items of each source are read: somebody who asks must not keep a machine busy for hours.
MOST_ITEMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Searching:
    """Does the searches that wait in an open register, over the sources of the configuration."""

    workspace: Workspace
    register: Register

    def go_round(self) -> Worked:
        """Do what waits; nothing is read when nothing does.

        A source that is not at hand is left out: nobody who asks for a search may stop those who follow the register.

        Raises:
            RegisterUnavailableError, QueueFullError: it is done again in the next round.
        """
        due = due_searches(self.register)
        if due:
            found = count_mentions(self._sources(), due)
            finish_searches(self.register, found, at=self.workspace.clock.now())
        return Worked(done={}, failures=())

    def _sources(self) -> dict[str, Source]:
        opened = {}
        for spec in self.workspace.configuration.sources:
            with contextlib.suppress(ConfigurationError):
                opened[spec.name] = open_source(spec, keyring=self.workspace.keyring, root=self.workspace.root)
        return opened


def count_mentions(sources: Mapping[str, Source], due: Sequence[DueSearch]) -> dict[bytes, dict[str, int]]:
    """Count for each search the public items of each source in which something of it stands."""
    joined = due[0].wanted
    for one in due[1:]:
        joined = join_suppressions(joined, one.wanted)
    counts = {one.reference: Counter(dict.fromkeys(sources, 0)) for one in due}
    for name, source in sources.items():
        for texts in _readable(_texts(source)):
            named = texts.gather([place for place, hits in enumerate(find(texts, joined)) if hits])
            for one in due if named.len() else ():
                counts[one.reference][name] += sum(bool(hits) for hits in find(named, one.wanted))
    return {reference: dict(counted) for reference, counted in counts.items()}


def _readable(texts: Iterator[pl.Series]) -> Iterator[pl.Series]:
    """Yield texts as far as their source can be read."""
    with contextlib.suppress(InputError, ConfigurationError, OSError):
        yield from texts


def _texts(source: Source) -> Iterator[pl.Series]:
    left = MOST_ITEMS
    for split in source.splits():
        for batch in source.batches(split):
            public = batch.frame.filter(pl.col("visibility") == Visibility.PUBLIC.value)["text"].drop_nulls()
            yield public.head(left)
            left -= public.len()
            if left <= 0:
                return
