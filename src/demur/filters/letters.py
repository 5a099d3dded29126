"""Texts as bare letters, and the windows and anchors by which copies are found: the plain form of `copy_kernel`.

The letters of a text are its folded letters and digits in one row, without what stands between them: case, accents,
spaces, signs, emoji and zero-width characters make no difference, nor do words that were joined or parted.
A prefix hash is a polynomial modulo 2**64, so that the hash of any stretch of letters is one subtraction away.
An anchor is where a word of a text begins, or its end; a window is a stretch of sixteen letters. Kana and ideographs
count twice, so there eight of them are a window.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.hashing import GOLDEN, chain
from demur.filters.identifiers import QUOTED
from demur.filters.words import shared_word_table, word_fold

Bytes: TypeAlias = npt.NDArray[np.uint8]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Reading: TypeAlias = tuple[
    tuple[npt.NDArray[np.int32], npt.NDArray[np.int8], Bytes],
    tuple[Bytes, np.uint8],
    tuple[Bytes, Hashes, Hashes, Bytes, Bytes],
]

WINDOW_LETTERS: Final = 16
WORD_LETTERS: Final = 12
TEXT_MARK, ITEM_MARK = 0xFE, 0xFF
"""No letter, and never equal: what stands for a cut in an objected text and in an item."""

_MASK = (1 << 64) - 1
_LOW_32 = 0xFFFFFFFF
_BASE = GOLDEN
_MARKS = (TEXT_MARK, ITEM_MARK)
_KANA_AND_IDEOGRAPHS = (*range(0xE3, 0xEA), 0xF0)
# Thai and Lao, Burmese, Khmer: some four letters a word. Kana and ideographs: some two.
_UNSPACED = (
    (0x0E00, 0x0EFF, 3),
    (0x1000, 0x109F, 3),
    (0x1780, 0x17FF, 3),
    (0x2E80, 0x9FFF, 6),
    (0xF900, 0xFAFF, 6),
    (0x20000, 0x3FFFF, 6),
)
_LAST_CODE, _SHARE_BITS, _THREE_BYTES = 0x10FFFF, 5, 0xE0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The letters of a text as UTF-8; for each byte where its character begins and ends, and if it begins a word."""

    content: bytes
    begins: list[int]
    ends: list[int]
    is_first: list[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The beginning of a word or the end of a text; `window` is the hash of what follows, if enough follows."""

    offset: int
    prefix: int
    window: int | None


def read_letters(text: str, mark: int) -> Letters:
    """Read the letters of a text; a placeholder that stands for a cut is one letter of its own, `mark`."""
    read = Letters(content=b"", begins=[], ends=[], is_first=[])
    content, place, is_open = bytearray(), 0, False
    for piece in _pieces(text):
        size = len(piece.encode())
        form = bytes([mark]) if piece == QUOTED else _fold(piece)
        if form:
            content += form
            read.begins.extend([place] * len(form))
            read.ends.extend([place + size] * len(form))
            read.is_first.extend([piece == QUOTED or not is_open, *[False] * (len(form) - 1)])
        elif form is not None and is_open:
            read.ends[-1] = place + size
        is_open = piece != QUOTED and (is_open if form == b"" else form is not None)
        place += size
    return Letters(content=bytes(content), begins=read.begins, ends=read.ends, is_first=read.is_first)


def _pieces(text: str) -> Iterable[str]:
    for index, part in enumerate(text.split(QUOTED)):
        yield from ([QUOTED] if index else [])
        yield from part


@cache
def _fold(character: str) -> bytes | None:
    form = word_fold(character)
    return None if form is None else form.encode()


# -------------------------------------------------------------------------------------------------------------- hashing
@cache
def letter_values() -> npt.NDArray[np.uint64]:
    """Give every byte a number of 64 bits, from a fixed chain."""
    return np.array([chain(0, byte + 1) for byte in range(256)], dtype=np.uint64)


@cache
def letter_weights() -> npt.NDArray[np.uint8]:
    """Give every byte what it adds to a window: the first byte of a letter its weight, the others nothing."""
    weights = np.ones(256, dtype=np.uint8)
    weights[0x80:0xC0] = 0
    weights[list(_KANA_AND_IDEOGRAPHS)] = 2
    return weights


@cache
def plain_letters() -> npt.NDArray[np.uint8]:
    """Give the folds of ASCII, 0 for what is no letter."""
    table = shared_word_table()
    return np.where(table.lengths[:128] > 0, table.folded[table.starts[:128]], 0).astype(np.uint8)


def base_powers(most: int) -> npt.NDArray[np.uint64]:
    """Give the powers of the base from 0 to `most`."""
    powers = np.full(max(most, 4 * WINDOW_LETTERS) + 1, _BASE, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def reading(mark: int, most: int = 0) -> Reading:
    """Give the kernels what tells them how to read letters, with the powers of the base up to `most`.

    Args:
        mark: the byte that stands for a cut, `TEXT_MARK` or `ITEM_MARK`.
        most: the longest stretch of letters that is asked for, in bytes.
    """
    table = shared_word_table()
    placeholder = np.frombuffer(QUOTED.encode(), dtype=np.uint8), np.uint8(mark)
    alphabet = plain_letters(), letter_values(), base_powers(most), letter_weights(), letter_shares()
    return (table.starts, table.lengths, table.folded), placeholder, alphabet


def prefix_hashes(content: bytes) -> list[int]:
    """Hash every beginning of the letters, the empty one first."""
    values, hashes = letter_values().tolist(), [0]
    for byte in content:
        hashes.append((hashes[-1] * _BASE + values[byte]) & _MASK)
    return hashes


def stretch_hash(hashes: list[int], start: int, end: int) -> int:
    """Hash the letters from `start` to `end`."""
    return (hashes[end] - hashes[start] * pow(_BASE, end - start, 1 << 64)) & _MASK


def window_hash(content: bytes, hashes: list[int], start: int) -> int | None:
    """Hash the window that begins at a letter; None when fewer letters follow."""
    weights, place, weight = letter_weights(), start, 0
    while place < len(content) and (weight < WINDOW_LETTERS or not weights[content[place]]):
        weight += int(weights[content[place]])
        place += 1
    return chain(0, stretch_hash(hashes, start, place)) if weight >= WINDOW_LETTERS else None


def probed_places(read: Letters) -> list[int]:
    """List the letters of an item at which a window is looked for.

    That is where a word begins; in a word of more than twelve letters, and in scripts that set no spaces, every letter:
    there words may have been joined.
    """
    found = places_of_letters(read.content)
    starts = [index for index, (place, _) in enumerate(found) if read.is_first[place]]
    places: list[int] = []
    for first, last in pairwise([*starts, len(found)]):
        word = found[first:last]
        is_long = len(word) > WORD_LETTERS or any(read.content[place] >= _THREE_BYTES for place, _ in word)
        places += [place for place, _ in (word if is_long else word[:1])]
    return places


# -------------------------------------------------------------------------------------------------------------- anchors
def anchors(text: str) -> tuple[list[Anchor], int, int]:
    """Give the anchors of a text, the hash of all its letters, and how many of its words are different."""
    read = read_letters(text, TEXT_MARK)
    hashes = prefix_hashes(read.content)
    starts = [*_word_starts(read), len(read.content)]
    found = [
        Anchor(offset=place, prefix=hashes[place] & _LOW_32, window=window_hash(read.content, hashes, place))
        for place in starts
    ]
    return found, hashes[-1], len({read.content[start:end] for start, end in pairwise(starts)})


def _word_starts(read: Letters) -> list[int]:
    """Split words that are longer than twelve letters, or than what is a word in their script."""
    found, length = [], 0
    for place, letter in places_of_letters(read.content):
        share = share_of_word(letter)
        if read.is_first[place] or length + share > WORD_LETTERS:
            found.append(place)
            length = 0
        length += share
    return found


def places_of_letters(content: bytes) -> list[tuple[int, str]]:
    """List the letters and where each begins; a mark reads as an empty letter."""
    starts = [place for place, byte in enumerate(content) if letter_weights()[byte]]
    return [
        (start, "" if content[start] in _MARKS else content[start:end].decode())
        for start, end in pairwise([*starts, len(content)])
    ]


@cache
def letter_shares() -> npt.NDArray[np.uint8]:
    """Give every 32 code points how many twelfths of a word a letter is; more than one where no spaces are set."""
    shares = np.ones((_LAST_CODE >> _SHARE_BITS) + 1, dtype=np.uint8)
    for first, last, share in _UNSPACED:
        shares[first >> _SHARE_BITS : (last >> _SHARE_BITS) + 1] = share
    return shares


def share_of_word(letter: str) -> int:
    """Tell how many twelfths of a word a letter is."""
    return int(letter_shares()[ord(letter) >> _SHARE_BITS]) if letter else 1


def whole_words(read: Letters, start: int, end: int) -> tuple[int, int]:
    """Turn places among the letters into places in the text, and take words in whole where spaces are set."""
    found = places_of_letters(read.content)
    starts = [place for place, _ in found]
    shares = [share_of_word(letter) for _, letter in found]

    def is_within(index: int) -> bool:
        return not read.is_first[starts[index]] and shares[index] == shares[index - 1] == 1

    first, last = bisect_left(starts, start), bisect_left(starts, end)
    while first > 0 and is_within(first):
        first -= 1
    while last < len(starts) and is_within(last):
        last += 1
    return read.begins[starts[first]], read.ends[starts[last] - 1 if last < len(starts) else -1]


def letters_version() -> str:
    """Name the reading: another Unicode folds other letters."""
    return f"letters-1-{WINDOW_LETTERS}-{WORD_LETTERS}-unicode{unicodedata.unidata_version}"
