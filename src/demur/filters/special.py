"""Find what texts tell of health, belief, opinion, union, sexuality, origin and crimes, and cut what tells of children.

GDPR Art. 9(1) and 10 protect these data, those that people tell of themselves and those that others tell of them. A
sentence counts when it holds a term of such data and a person whom it is said of; a term alone does not, so that news,
museums and campaigns stay. The words of 24 languages are in `special_words.toml`. Nothing is cut for them: the rules
on content decide about the whole item. A child's name, age and school are cut (recital 38). They have placeholders of
identifiers: a name that of names, an age or school that of `OTHER`, since no class of its own would help a reader.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from types import ModuleType
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.special_places import LANGUAGES, Kind
from demur.filters.special_tables import FILE
from demur.filters.symbols import alphabet_source
from demur.filters.text import Column, Redacted, as_series
from demur.filters.words import text_parts

KINDS: Final = tuple(kind.name.lower() for kind in Kind)
"""The kinds of data that are told apart, under the names that detectors give them in findings."""
_ALL_LANGUAGES: Final = (1 << len(LANGUAGES)) - 1
_BY_BITS: Final = pl.Series(
    "kinds",
    [[kind for number, kind in enumerate(KINDS) if bits >> number & 1] for bits in range(1 << len(KINDS))],
    dtype=pl.List(pl.String),
)
_ROW, _FROM, _TO, _LABEL = range(4)
# By the labels of the loops; nothing has the first.
_CHILD_LABELS: Final = (IdentifierClass.OTHER, IdentifierClass.PERSON, IdentifierClass.OTHER)
_PERSON, _OTHER = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What the texts of a column tell, a list of `KINDS` for each row: `own` of their author, `others` of others."""

    own: pl.Series
    others: pl.Series


def statements(texts: Column, languages: Column | None = None) -> Statements:
    """Say which special data each row tells, and whose; a null tells nothing.

    The result of a row depends on its text and its language (ISO 639-1) alone. A row without a language, or in one
    that is none of the 24, is read in all of them.
    """
    column = as_series(texts)
    bits = np.zeros((len(column), 2), dtype=np.int64)
    for part in _parts(column, languages):
        bits[part.first : part.first + part.offsets.size - 1] = _scanner().judge(
            part.data, part.offsets, part.languages
        )
    own, others = (_BY_BITS.gather(bits[:, side]).alias(name) for side, name in enumerate(("own", "others")))
    return Statements(own=own, others=others)


def child_spans(texts: Column, languages: Column | None = None) -> list[list[Span]]:
    """Find the names, ages and schools of children in every row, from left to right and without overlap."""
    column = as_series(texts)
    rows: list[list[Span]] = [[] for _ in range(len(column))]
    for part in _parts(column, languages):
        found = _scanner().find_children(part.data, part.offsets, part.languages)
        starts, ends = (_kernel().count_code_points(part.data, part.offsets, found, one) for one in (_FROM, _TO))
        labels = map(_CHILD_LABELS.__getitem__, found[:, _LABEL].tolist())
        spans = map(Span, starts.tolist(), ends.tolist(), labels)
        for row, span in zip((part.first + found[:, _ROW]).tolist(), spans, strict=True):
            rows[row].append(span)
    return rows


def cut_children(texts: Column, languages: Column | None = None) -> Redacted:
    """Replace the names, ages and schools of children by placeholders; a null stays null.

    A row is read again until nothing more is found in it, so that cutting twice changes nothing.
    """
    column = as_series(texts)
    known = None if languages is None else as_series(languages)
    cuts = np.zeros(len(column), dtype=np.uint32)
    counted = np.zeros(len(_CHILD_LABELS), dtype=np.int64)
    rows, found = np.arange(len(column)), _cut_once(column, known)
    while len(found.places):
        rows = rows[found.places]
        column = column.clone().scatter(rows, found.written)
        cuts[rows] += found.amounts
        counted += found.counted
        found = _cut_once(column.gather(rows), None if known is None else known.gather(rows))
    counts = {IdentifierClass.OTHER.counted_as: counted[_OTHER], IdentifierClass.PERSON.counted_as: counted[_PERSON]}
    return Redacted(
        texts=column, counts={name: int(count) for name, count in counts.items()}, cuts=pl.Series("cuts", cuts)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """The rows in which something was cut, what they are now, how much was cut in each, and how much of each label."""

    places: list[int]
    written: list[str]
    amounts: npt.NDArray[np.uint32]
    counted: npt.NDArray[np.int64]


def _cut_once(column: pl.Series, languages: pl.Series | None) -> _Cut:
    places: list[int] = []
    written: list[str] = []
    amounts: list[int] = []
    counted = np.zeros(len(_CHILD_LABELS), dtype=np.int64)
    for part in _parts(column, languages):
        found = _scanner().find_children(part.data, part.offsets, part.languages)
        changed, several = np.unique(found[:, _ROW], return_counts=True)
        counted += np.bincount(found[:, _LABEL], minlength=len(_CHILD_LABELS))
        places += (part.first + changed).tolist()
        written += _cut_rows(part, found)
        amounts += several.tolist()
    return _Cut(places=places, written=written, amounts=np.array(amounts, dtype=np.uint32), counted=counted)


# ---------------------------------------------------------------------------------------------------------------- parts
@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some rows of a column that are read at once: the first of them, their bytes, and their languages as bits."""

    first: int
    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    languages: npt.NDArray[np.int64]


def _parts(column: pl.Series, languages: Column | None) -> Iterator[_Part]:
    known = _language_bits(len(column), languages)
    for rows, buffer in text_parts(column):
        yield _Part(first=rows.start, data=buffer.data, offsets=buffer.offsets, languages=known[rows])


def _language_bits(rows: int, languages: Column | None) -> npt.NDArray[np.int64]:
    if languages is None:
        return np.full(rows, _ALL_LANGUAGES, dtype=np.int64)
    column = as_series(languages).cast(pl.String).str.to_lowercase().str.slice(0, 2)
    bits = {language: 1 << number for number, language in enumerate(LANGUAGES)}
    known = column.replace_strict(bits, default=_ALL_LANGUAGES, return_dtype=pl.Int64).fill_null(_ALL_LANGUAGES)
    # A copy: what cannot be written is another type to numba, which would compile everything once more.
    return np.array(known, dtype=np.int64)


def _cut_rows(part: _Part, found: npt.NDArray[np.int64]) -> list[str]:
    """Write the rows that hold a find, in their order."""
    placeholders = [label.placeholder.encode() for label in _CHILD_LABELS]
    rows = np.unique(found[:, _ROW])
    size = int(part.offsets[-1] - part.offsets[0]) + len(found) * max(map(len, placeholders))
    written, offsets = np.empty(size, dtype=np.uint8), np.empty(len(rows) + 1, dtype=np.int64)
    words = np.frombuffer(b"".join(placeholders), dtype=np.uint8)
    word_offsets = np.cumsum([0, *map(len, placeholders)])
    _kernel().write_rows(part.data, part.offsets, rows, found, words, word_offsets, written, offsets)
    content, bounds = written.tobytes(), offsets.tolist()
    return [content[start:end].decode() for start, end in pairwise(bounds)]


def _scanner() -> ModuleType:
    from demur.filters import special_scanner  # noqa: PLC0415 -- slow import

    return special_scanner


def _kernel() -> ModuleType:
    from demur.filters import symbol_kernel  # noqa: PLC0415 -- slow import

    return symbol_kernel


def _version() -> str:
    """Name the loops by a number that is raised with them, and by a digest the table and the alphabet they read."""
    read = (resources.files("demur.filters").joinpath(FILE).read_bytes(), alphabet_source())
    return f"special-1+{hashlib.sha256(repr(read).encode()).hexdigest()[:16]}"


FILTER_VERSION: str = _version()
"""Changes whenever a word or a loop that decides what is told changes; manifests record it (FIL-10)."""
