"""Where in the sources a request's name, handle or address stands: the pieces that a reviewer looks at.

Sources and not corpora are searched, because what is in force has left the corpora already. It stops after some rows
and some pieces, and says so.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from demur.filters.suppressions import Hit, Span, Suppressions, find, list_spans, mask
from demur.kernel.errors import ConfigurationError, InputError
from demur.kernel.words import Visibility
from demur.web.portal.services import PortalServices

MOST_CANDIDATES = 20
MOST_ROWS = 200_000
# A reviewer waits for it. Where it stops makes no difference to the person: all of it stays out, whatever is shown.
MOST_SECONDS = 1.0
_AROUND = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One item in which something was found, with the first place, and the same piece as it is with it cut out."""

    item: str
    source: str
    kind: str
    before: str
    found: str
    after: str
    cut: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What was found; `is_all` tells that every source was searched to its end."""

    found: tuple[Candidate, ...]
    is_all: bool


def find_candidates(
    services: PortalServices,
    spans: Sequence[tuple[int, bytes, bytes]],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Candidates:
    """Search the sources for the spans of one request, for about as long as somebody waits for a page.

    Args:
        clock: seconds that never go back.
    """
    until = clock() + MOST_SECONDS
    key = services.register.keyring.suppression_key
    wanted = list_spans([Span(words=words, hash=found, digest=digest) for words, found, digest in spans], key)
    found: list[Candidate] = []
    rows = 0
    for frame in _frames(services) if len(wanted) else ():
        rows += frame.height
        found += _search(frame, wanted, MOST_CANDIDATES - len(found))
        if len(found) >= MOST_CANDIDATES or rows >= MOST_ROWS or clock() >= until:
            return Candidates(found=tuple(found), is_all=False)
    return Candidates(found=tuple(found), is_all=True)


def _frames(services: PortalServices) -> Iterator[pl.DataFrame]:
    for source in services.sources.values():
        # A file that cannot be read hides what stands in it from a reviewer, and decides nothing.
        with contextlib.suppress(InputError, ConfigurationError, OSError):
            for split in source.splits():
                for batch in source.batches(split):
                    # Nothing else is ever used, so nobody here needs to read it.
                    public = batch.frame.filter(pl.col("visibility") == Visibility.PUBLIC.value)
                    yield public.select("item_key", "source", "kind", "text")


def _search(frame: pl.DataFrame, wanted: Suppressions, most: int) -> list[Candidate]:
    hits = find(frame["text"], wanted)
    places = [place for place, found in enumerate(hits) if found][:most]
    rows = frame[places].iter_rows(named=True) if places else ()
    return [_describe(row, hits[place][0], wanted) for place, row in zip(places, rows, strict=True)]


def _describe(row: dict[str, object], hit: Hit, wanted: Suppressions) -> Candidate:
    text = str(row["text"])
    start, end = max(0, hit.start - _AROUND), hit.end + _AROUND
    key = row["item_key"]
    return Candidate(
        item=key.hex() if isinstance(key, bytes) else "",
        source=str(row["source"]),
        kind=str(row["kind"] or ""),
        before=text[start : hit.start],
        found=text[hit.start : hit.end],
        after=text[hit.end : end],
        cut=mask(pl.Series([text[start:end]]), wanted).texts[0],
    )
