"""Copies of objected texts inside what others publish: where they stand, whose they are, and the text without them.

What is compared are letters (`demur.filters.letters`), so case, accents, spaces, signs, emoji, zero-width characters
and look-alikes hide nothing. A run is as many words of one objected text as follow one another in an item as well. Runs
are found by the windows that begin at a word of the objected text (`demur.filters.fingerprints`), and lengthened to
both sides as far as the words agree: four words with sixteen letters suffice. Runs count for an item and a text

- when the whole text stands there,
- when one run has twelve words: a sentence out of a long post, or
- when half of the text's shingles of four words, and eight words, stand there: a copy with changes.

All runs of a text that counts are cut, each from the beginning of a word to the end of one (GDPR Art. 21(1),
requirement SCO-6). A text that others published before its author did is nobody's (requirement SCO-7).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from demur.filters import letters
from demur.filters.fingerprints import (
    MIN_WORDS,
    MOST_TEXTS,
    SHINGLE_WORDS,
    Fingerprints,
    index_texts,
    index_texts_reference,
)
from demur.filters.identifiers import PLACEHOLDER_PATTERN
from demur.filters.trail import SPAN_COLUMNS
from demur.filters.words import is_compiler_present, text_buffer, words

__all__ = [
    "COPIES_VERSION",
    "MATCH_COLUMNS",
    "Fingerprints",
    "drop_older",
    "find_copies",
    "find_copies_reference",
    "index_texts",
    "index_texts_reference",
    "quoted_spans",
]

NEAR_SHARE: Final = 0.5
MIN_RUN: Final = 8
"""The fewest words of a text that make a copy with changes."""
VERBATIM_RUN: Final = 12
"""The words in a row that are a copy by themselves."""
COPIES_VERSION: Final = (
    f"copies-1-words{MIN_WORDS}-shingle{SHINGLE_WORDS}-near{NEAR_SHARE}x{MIN_RUN}-verbatim{VERBATIM_RUN}"
    f"-most{MOST_TEXTS}+{letters.letters_version()}"
)

MATCH_COLUMNS: Final = {
    "place": pl.UInt32,
    "number": pl.UInt32,
    "share": pl.Float64,
    "start": pl.UInt32,
    "end": pl.UInt32,
    "is_whole": pl.Boolean,
}
_RUN_COLUMNS: Final = ("place", "text", "first", "last", "start", "end")
_LOW_32 = 0xFFFFFFFF
_MORE_THAN_WORDS = 1 << 32
_FEWEST_ROOM = 1 << 12


# ----------------------------------------------------------------------------------------------------------------- find
def find_copies(texts: pl.Series, index: Fingerprints, own: pl.Series | None = None) -> pl.DataFrame:
    """Find the copies of indexed texts in a column: one row, `MATCH_COLUMNS`, for each run that counts.

    ``share`` is how much of the objected text stands in the item in all, ``start`` and ``end`` are bytes of its UTF-8,
    and ``is_whole`` says that the run is the whole objected text. The result of a row depends on its text alone.

    Args:
        texts: the texts of the items; a null holds no copy.
        index: the objected texts.
        own: for each row the number of the objected text that it is itself, or null; that one is passed over.
    """
    find = _find_runs if len(texts) and len(index) and is_compiler_present() else _find_runs_plainly
    return _matches(find(texts, index), index, own)


def find_copies_reference(texts: pl.Series, index: Fingerprints, own: pl.Series | None = None) -> pl.DataFrame:
    """Find copies without the kernel: what `find_copies` must equal on any texts."""
    return _matches(_find_runs_plainly(texts, index), index, own)


def _matches(runs: pl.DataFrame, index: Fingerprints, own: pl.Series | None) -> pl.DataFrame:
    """Keep the runs of the texts that count for an item."""
    sizes, numbers = pl.lit(pl.Series(index.word_counts)), pl.lit(pl.Series(index.numbers))
    numbered = runs.with_columns(size=sizes.gather(pl.col("text")), number=numbers.gather(pl.col("text")))
    if own is not None:
        is_own = pl.lit(own.cast(pl.UInt32)).gather(pl.col("place")).eq_missing(pl.col("number"))
        numbered = numbered.filter(~is_own)
    length = pl.col("last") - pl.col("first")
    counted = (
        numbered.sort("place", "text", "first", "last")
        .with_columns(pair=pl.struct("place", "text").rle_id().cast(pl.Int64), is_whole=length == pl.col("size"))
        .with_columns(words=_new_words(0), shingles=_new_words(SHINGLE_WORDS - 1))
        .with_columns(found=pl.col("shingles").sum().over("pair"), all=pl.col("size") - SHINGLE_WORDS + 1)
        .filter(
            pl.col("is_whole").any().over("pair")
            | (length.max().over("pair") >= VERBATIM_RUN)
            | ((pl.col("found") >= NEAR_SHARE * pl.col("all")) & (pl.col("words").sum().over("pair") >= MIN_RUN))
        )
        .group_by("place", "number", "found", "all", "start", "end")
        .agg(pl.col("is_whole").any())
        .sort("place", "start", "end", "number")
    )
    # Not by Polars: where a column has one value it multiplies by the inverse, and the last bit depends on neighbours.
    share = pl.Series(counted["found"].to_numpy() / counted["all"].to_numpy(), dtype=pl.Float64)
    return counted.with_columns(share=share).select(pl.col(name).cast(kind) for name, kind in MATCH_COLUMNS.items())


def _new_words(fewer: int) -> pl.Expr:
    """Count what a run, without its last words, adds to the runs before it of the same pair; one cumulation for all."""
    end = pl.col("last") - fewer
    base = pl.col("pair") * _MORE_THAN_WORDS
    reached = (base + end).cum_max().shift(1, fill_value=0) - base
    return (end - pl.max_horizontal("first", reached)).clip(0)


def _runs(rows: Sequence[Sequence[int]] | np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> pl.DataFrame:
    return pl.DataFrame(np.array(rows, dtype=np.int64).reshape(-1, len(_RUN_COLUMNS)), schema=_RUN_COLUMNS)


def _find_runs(texts: pl.Series, index: Fingerprints) -> pl.DataFrame:
    """Let the kernel read the rows; where what it finds does not fit in, it goes on with more room."""
    from demur.filters import copy_kernel  # noqa: PLC0415 -- slow import

    buffer = text_buffer(texts)
    fixed = (
        (buffer.data, buffer.offsets),
        letters.reading(letters.ITEM_MARK, int(index.offsets.max())),
        (index.bloom, index.starts, index.keys, index.checks, index.key_anchors, np.uint64(64 - index.bucket_depth)),
        (index.firsts, index.offsets, index.prefixes, index.flags, index.landmarks),
        (VERBATIM_RUN, MIN_RUN, NEAR_SHARE),
    )
    parts, begun, room = [_runs([])], 0, _FEWEST_ROOM
    while begun < len(texts):
        found = np.empty((room, len(_RUN_COLUMNS)), dtype=np.int64)
        begun, count = copy_kernel.find_runs(*fixed, (begun, 0), found)
        parts.append(_runs(found[:count]))
        room *= 2
    return pl.concat(parts)


def _find_runs_plainly(texts: pl.Series, index: Fingerprints) -> pl.DataFrame:
    seeds = _seeds_by_window(index)
    rows = enumerate(texts.to_list() if seeds else [])
    return _runs([(row, *run) for row, text in rows if text for run in _runs_of(text, index, seeds)])


def _seeds_by_window(index: Fingerprints) -> dict[tuple[int, int], list[int]]:
    """List the anchors of every bucket and key."""
    seeds: dict[tuple[int, int], list[int]] = {}
    starts = index.starts.astype(np.int64)
    buckets = np.repeat(np.arange(len(index.bloom)), starts[1:] - starts[:-1])
    for *window, anchor in zip(buckets.tolist(), index.keys.tolist(), index.key_anchors.tolist(), strict=True):
        seeds.setdefault((window[0], window[1]), []).append(anchor)
    return seeds


def _runs_of(
    text: str, index: Fingerprints, seeds: dict[tuple[int, int], list[int]]
) -> Iterator[tuple[int, int, int, int, int]]:
    read = letters.read_letters(text, letters.ITEM_MARK)
    hashes = letters.prefix_hashes(read.content)
    found: set[tuple[int, int, int]] = set()
    for place in letters.probed_places(read):
        window = letters.window_hash(read.content, hashes, place)
        for anchor in () if window is None else seeds.get((window >> (64 - index.bucket_depth), window & _LOW_32), ()):
            number = int(np.searchsorted(index.firsts, anchor, side="right")) - 1
            first, last = int(index.firsts[number]), int(index.firsts[number + 1]) - 1
            low = _lowest(anchor, first, place, index, hashes)
            at = place - _stretch(index, low, anchor)[0]
            high = _highest(low, last, at, index, hashes)
            if high - anchor >= SHINGLE_WORDS and (number, low, at) not in found:
                found.add((number, low, at))
                end = at + _stretch(index, low, high)[0]
                yield number, low - first, high - first, *letters.whole_words(read, at, end)


def _lowest(anchor: int, first: int, place: int, index: Fingerprints, hashes: list[int]) -> int:
    while anchor > first:
        place -= _stretch(index, anchor - 1, anchor)[0]
        if place < 0 or not _agrees(index, anchor - 1, anchor, place, hashes):
            break
        anchor -= 1
    return anchor


def _highest(anchor: int, last: int, place: int, index: Fingerprints, hashes: list[int]) -> int:
    while anchor < last and _agrees(index, anchor, anchor + 1, place, hashes):
        place += _stretch(index, anchor, anchor + 1)[0]
        anchor += 1
    return anchor


def _agrees(index: Fingerprints, low: int, high: int, place: int, hashes: list[int]) -> bool:
    size, wanted = _stretch(index, low, high)
    end = place + size
    return end < len(hashes) and letters.stretch_hash(hashes, place, end) & _LOW_32 == wanted


def _stretch(index: Fingerprints, low: int, high: int) -> tuple[int, int]:
    """Give the length of the letters between two anchors of a text, and the low half of their hash."""
    size = int(index.offsets[high]) - int(index.offsets[low])
    power = int(letters.base_powers(size)[size])
    return size, (int(index.prefixes[high]) - int(index.prefixes[low]) * power) & _LOW_32


# ---------------------------------------------------------------------------------------------------------------- older
def drop_older(
    matches: pl.DataFrame,
    published_of_items: pl.Series,
    published_of_texts: pl.Series,
    author_is_covered: pl.Series,
) -> frozenset[int]:
    """Name the objected texts that are common property: their matches do not count (requirement SCO-7).

    One is, when it stands whole in an item of somebody who is not covered, published strictly before it. An unknown
    date is never before another, and an author of whom nothing is known is taken as covered: in doubt, out.

    Args:
        matches: what `find_copies` found; results of several columns may be asked one by one and joined.
        published_of_items: when each item was published, by its place.
        published_of_texts: when each objected text was published, by its number.
        author_is_covered: whether an objection covers the item's author, by its place.
    """
    older = matches.filter("is_whole").filter(
        (
            pl.lit(published_of_items).gather(pl.col("place")) < pl.lit(published_of_texts).gather(pl.col("number"))
        ).fill_null(value=False)
        & ~pl.lit(author_is_covered).gather(pl.col("place")).fill_null(value=True)
    )
    return frozenset(older["number"].to_list())


# ------------------------------------------------------------------------------------------------------------------ cut
_QUOTES = "\"'«»‹›“”„‟‘’‚‛「」『』《》〈〉"
_BEFORE_QUOTED, _AFTER_QUOTED = " \t\u00a0\u202f", " \t\u00a0\u202f.,;:!?…。！？"


def quoted_spans(texts: pl.Series, copies: pl.DataFrame) -> pl.DataFrame:
    """Return what to cut for copies, as a table (`demur.filters.trail.SPAN_COLUMNS`): their spans in code points.

    Each takes in the quotation marks around it; those with no letter between them are one. A span that would part a
    character or a placeholder takes it in. What is cut leaves no trace but that something was (requirement FIL-11).

    Args:
        texts: the texts.
        copies: ``place``, ``start`` and ``end``, as `find_copies` gives them; they may overlap.
    """
    rows = copies.select("place", pl.struct("start", "end").alias("span")).group_by("place").agg("span").sort("place")
    places = rows["place"].to_list()
    spans = [
        (place, start, end, "quoted")
        for place, text, found in zip(places, texts.gather(places).to_list(), rows["span"].to_list(), strict=True)
        for start, end in _whole_spans(text, [(span["start"], span["end"]) for span in found])
    ]
    return pl.DataFrame(spans, schema=SPAN_COLUMNS, orient="row")


def _whole_spans(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    placeholders = [match.span() for match in PLACEHOLDER_PATTERN.finditer(text)]
    whole = [_with_placeholders(span, placeholders) for span in _in_characters(text, spans)]
    return _joined(text, [_with_quotes(text, start, end) for start, end in whole])


def _in_characters(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Turn places in UTF-8 into places in the text; a character that would be parted is taken in, with its marks."""
    content = np.frombuffer(text.encode(), dtype=np.uint8)
    # RFC 3629 section 3: every byte of a character but the first has the bits 10 in front.
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(content & 0xC0 != 0x80)])  # noqa: PLR2004 -- see above
    for start, end in spans:
        last = int(before[end])
        while last < len(text) and unicodedata.category(text[last])[0] == "M":
            last += 1
        yield int(before[min(start + 1, len(content))]) - 1, last


def _with_placeholders(span: tuple[int, int], placeholders: Sequence[tuple[int, int]]) -> tuple[int, int]:
    met = [span, *(found for found in placeholders if found[0] < span[1] and span[0] < found[1])]
    return min(start for start, _ in met), max(end for _, end in met)


def _with_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in quotation marks that stand on both sides."""
    while True:
        before, after = start, end
        while before > 0 and text[before - 1] in _BEFORE_QUOTED:
            before -= 1
        while after < len(text) and text[after] in _AFTER_QUOTED:
            after += 1
        if not (before > 0 and text[before - 1] in _QUOTES and after < len(text) and text[after] in _QUOTES):
            return start, end
        start, end = before - 1, after + 1


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort spans and join those that overlap or have no letter between them."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and (start <= joined[-1][1] or not words(text[joined[-1][1] : start])):
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
