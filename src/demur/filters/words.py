"""Words of a text as the look-up tables see them: letters and digits without case, marks and look-alike spelling.

Suppressions and duplicates share this one reading. `words` is the plain reference; the kernels in `word_kernel` read
the same words out of UTF-8 buffers, by a table that is made from the same function.
"""

import importlib.util
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl

from demur.filters.folding import fold_word_character, is_dropped, is_own_fold

WORD_SEPARATOR, DROPPED = 0, -1
# Every character that has a fold: beyond the third plane only tags and variation selectors, which leave no trace.
_LISTED = (range(0x32400), range(0xE0000, 0xE0200))
_LAST_CODE = 0x10FFFF
_PART_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its folded form and its place in the original text, in code points."""

    start: int
    end: int
    form: str


def word_fold(character: str) -> str | None:
    """Return what a character adds to a word: its letters and digits, nothing (""), or the word's end (None)."""
    return fold_word_character(character) or ("" if is_dropped(character) else None)


class _WordFolds(dict[str, str | None]):
    """The folds met so far."""

    def __missing__(self, character: str) -> str | None:
        """Fold a character that was not met before."""
        self[character] = word_fold(character)
        return self[character]


_WORD_FOLDS = _WordFolds()


def words(text: str) -> list[Word]:
    """Read the words of a text; a mark or zero-width character neither starts nor ends one."""
    found: list[Word] = []
    pieces: list[str] = []
    start = end = 0
    for place, character in enumerate(text):
        folded = _WORD_FOLDS[character]
        if folded:
            if not pieces:
                start = place
            pieces.append(folded)
        if folded is None:
            if pieces:
                found.append(Word(start, end, "".join(pieces)))
            pieces = []
        elif pieces:
            end = place + 1
    return [*found, Word(start, end, "".join(pieces))] if pieces else found


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTable:
    """For every code point the UTF-8 bytes that it adds to a word: ``starts[code]`` and ``lengths[code]`` in `folded`.

    A length of 0 ends a word, a length of -1 leaves no trace.
    """

    starts: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int8]
    folded: npt.NDArray[np.uint8]


def word_table() -> WordTable:
    """Write `word_fold` down for all of Unicode."""
    starts = np.zeros(_LAST_CODE + 1, dtype=np.int32)
    lengths = np.zeros(_LAST_CODE + 1, dtype=np.int8)
    forms = _forms()
    contents = [form.encode() for form in forms.values()]
    sizes = np.fromiter(map(len, contents), dtype=np.int32, count=len(contents))
    codes = np.fromiter(forms, dtype=np.int32, count=len(forms))
    starts[codes] = np.cumsum(sizes) - sizes
    lengths[codes] = np.where(sizes == 0, DROPPED, sizes)
    return WordTable(starts=starts, lengths=lengths, folded=np.frombuffer(b"".join(contents), dtype=np.uint8))


def _forms() -> dict[int, str]:
    """Fold every character that is listed, but for those that end a word."""
    forms: dict[int, str] = {}
    for code in chain.from_iterable(_LISTED):
        character = chr(code)
        kind = unicodedata.category(character)
        # Most of Unicode are ideographs that fold to themselves: a quarter of a second saved in each process.
        if kind == "Lo" and is_own_fold(character):
            forms[code] = character
        elif kind[0] in "LNM" or kind == "Cf":
            form = word_fold(character)
            if form is not None:
                forms[code] = form
    return forms


@cache
def shared_word_table() -> WordTable:
    """Make the table of word characters once in a process."""
    return word_table()


@cache
def is_compiler_present() -> bool:
    """Tell whether numba is installed; without it the plain references do the work."""
    return importlib.util.find_spec("numba") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBuffer:
    """A column of texts as one run of UTF-8 bytes; row `i` is ``data[offsets[i]:offsets[i + 1]]``, a null is empty."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]


def text_parts(texts: pl.Series) -> Iterator[tuple[slice, TextBuffer]]:
    """Lay a column of texts out in parts of bounded size: which rows each holds, and the rows; none if all are null."""
    if texts.null_count() == len(texts):
        return
    whole, first = text_buffer(texts), 0
    while first < len(texts):
        limit = whole.offsets[first] + _PART_BYTES
        last = max(int(np.searchsorted(whole.offsets, limit, side="right")) - 1, first + 1)
        yield slice(first, last), TextBuffer(data=whole.data, offsets=whole.offsets[first : last + 1])
        first = last


def text_buffer(texts: pl.Series) -> TextBuffer:
    """Lay a column of texts out as one buffer."""
    whole = texts.cast(pl.String).fill_null("")
    joined = whole.str.join("").cast(pl.Binary)[0] if len(whole) else b""
    ends = whole.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    return TextBuffer(data=np.frombuffer(joined, dtype=np.uint8), offsets=np.concatenate([np.zeros(1, np.int64), ends]))
