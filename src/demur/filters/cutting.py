"""Put placeholders where spans were found: for whoever chooses among spans before they are cut."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.text import Redacted


def replace_spans(texts: pl.Series, found: Sequence[Sequence[Span]]) -> Redacted:
    """Replace the spans of every row, from left to right and without overlap, by the placeholders of their classes.

    Gives what `redact` gives for all that `spans` finds.
    """
    changed = [row for row, spans in enumerate(found) if spans]
    counts = Counter(span.label.counted_as for row in changed for span in found[row])
    cut = [_replace(texts[row], found[row]) for row in changed]
    return Redacted(
        texts=texts.clone().scatter(changed, cut) if changed else texts,
        counts={label.counted_as: counts[label.counted_as] for label in sorted(IdentifierClass)},
        cuts=pl.Series("cuts", [len(spans) for spans in found], dtype=pl.UInt32),
    )


def _replace(text: str, spans: Sequence[Span]) -> str:
    pieces: list[str] = []
    place = 0
    for start, end, label in spans:
        pieces += (text[place:start], label.placeholder)
        place = end
    return "".join((*pieces, text[place:]))
