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
from types import ModuleType
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.identifiers import IdentifierClass, Span
from demur.filters.special_places import LANGUAGES, Kind
from demur.filters.special_tables import FILE
from demur.filters.symbols import alphabet_source
from demur.filters.text import Column, Part, Redacted, as_series, list_found
from demur.filters.trail import SPAN_COLUMNS, Trail
from demur.filters.words import text_parts

KINDS: Final = tuple(kind.name.lower() for kind in Kind)
"""The kinds of data that are told apart, under the names that detectors give them in findings."""
_ALL_LANGUAGES: Final = (1 << len(LANGUAGES)) - 1
_BY_BITS: Final = pl.Series(
    "kinds",
    [[kind for number, kind in enumerate(KINDS) if bits >> number & 1] for bits in range(1 << len(KINDS))],
    dtype=pl.List(pl.String),
)
# By the labels of the loops; nothing has the first.
_CHILD_LABELS: Final = (IdentifierClass.OTHER, IdentifierClass.PERSON, IdentifierClass.OTHER)


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
    for place, start, end, label in _find_children(column, languages).iter_rows():
        rows[place].append(Span(start, end, IdentifierClass(label.upper())))
    return rows


def cut_children(texts: Column, languages: Column | None = None) -> Redacted:
    """Replace the names, ages and schools of children by placeholders; a null stays null.

    A row is read again until nothing more is found in it, so that cutting twice changes nothing.
    """
    trail = trace_children(Trail.begin(as_series(texts)), languages)
    labels = trail.spans["label"]
    return Redacted(
        texts=trail.texts,
        counts={name: int((labels == name).sum()) for name in sorted({label.counted_as for label in _CHILD_LABELS})},
        cuts=trail.count(),
    )


def trace_children(trail: Trail, languages: Column | None) -> Trail:
    """Cut what `cut_children` cuts, and go on with a trail."""
    known = None if languages is None else as_series(languages)
    rows, found = pl.arange(len(trail.texts), dtype=pl.UInt32, eager=True), _find_children(trail.texts, known)
    while found.height:
        found = found.with_columns(rows.gather(found["place"]).alias("place"))
        trail, rows = trail.cut(found), found["place"].unique(maintain_order=True)
        found = _find_children(trail.texts.gather(rows), None if known is None else known.gather(rows))
    return trail


def _find_children(column: pl.Series, languages: Column | None) -> pl.DataFrame:
    """Find what `child_spans` finds, as a table (`demur.filters.trail.SPAN_COLUMNS`)."""
    tables = [pl.DataFrame(schema=SPAN_COLUMNS)]
    for part in _parts(column, languages):
        found = _scanner().find_children(part.data, part.offsets, part.languages)
        if len(found):
            tables.append(
                list_found(Part(first=part.first, data=part.data, offsets=part.offsets, found=found), _CHILD_LABELS)
            )
    return pl.concat(tables)


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


def _scanner() -> ModuleType:
    from demur.filters import special_scanner  # noqa: PLC0415 -- slow import

    return special_scanner


def _version() -> str:
    """Name the loops by a number that is raised with them, and by a digest the table and the alphabet they read."""
    read = (resources.files("demur.filters").joinpath(FILE).read_bytes(), alphabet_source())
    return f"special-1+{hashlib.sha256(repr(read).encode()).hexdigest()[:16]}"


FILTER_VERSION: str = _version()
"""Changes whenever a word or a loop that decides what is told changes; manifests record it (FIL-10)."""
