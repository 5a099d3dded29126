"""Compiled loops that look for secrets found elsewhere: the fast form of `consistency`.

Imports numba, and is imported only when there is something to do. Integers only; the interpreter's lock is released.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit, uint64

from demur.filters.letter_kernel import Counts, Reading, hash_letters, hash_window, read_row, room_for, trace_row
from demur.filters.lookup_kernel import Found, Table, _doubled, first_place, keep_listed, share_of
from demur.filters.prefetch import send_for
from demur.filters.word_kernel import Bytes, Hashes, Text, _decode

Rules: TypeAlias = npt.NDArray[np.uint16]
"""What is asked of a mention of each secret: its label, `TIGHT`, and how many words it has, 0 for any number."""
Wanted: TypeAlias = npt.NDArray[np.bool_]
"""Which numbers of letters a secret has."""
Placeholders: TypeAlias = tuple[Bytes, Counts]
"""All placeholders one after the other, and where each begins."""

LABEL_MASK, TIGHT, WORDS_SHIFT = 0x0F, 0x10, 5
MOST_WORDS = 24
"""A mention has no more words; that bounds the time for a row of single letters."""
_BLOCK = 4096
_BRACKET = 0x5B
# Unicode's White_Space: where words are parted and not joined.
_SPACE, _FIRST_QUAD, _HAIR_SPACE = 0x20, 0x2000, 0x200A
_OTHER_SPACES = (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_ROW, _FIRST, _LAST, _ENTRY = range(4)
_FROM, _TO, _LABEL = 1, 2, 3


@njit(cache=True, nogil=True)
def hash_forms(text: Text, reading: Reading, hashes: Hashes, letters: Counts, words: Counts) -> None:
    """Write the hash of the letters of each row, how many bytes of letters it has, and how many words."""
    data, starts = text
    _, values, powers, _, _ = reading[2]
    for row in range(len(hashes)):
        bounds = (starts[row], starts[row + 1])
        room = room_for(bounds[0], bounds[1])
        written, begins, prefixes = np.empty(room, np.uint8), np.empty(room, np.int64), np.empty(room, np.uint64)
        letters[row], words[row], _ = read_row(data, bounds, reading, (written, begins), (0, 0))
        hash_letters(written, letters[row], values, powers[1], prefixes)
        hashes[row] = hash_window(prefixes, 0, letters[row], uint64(0))


@njit(cache=True, nogil=True)
def find_mentions(
    text: Text, reading: Reading, table: Table, rules: Rules, wanted: Wanted, placeholders: Placeholders
) -> Found:
    """Find where rows mention a secret: an array of (row, first byte, byte after the last, label), without overlap."""
    data, starts = text
    _, values, powers, _, _ = reading[2]
    room = 1
    for row in range(len(starts) - 1):
        room = max(room, room_for(starts[row], starts[row + 1]))
    letters, words, prefixes = np.empty(room, np.uint8), np.empty(room, np.int64), np.empty(room, np.uint64)
    asked, fetched = np.empty(_BLOCK + MOST_WORDS, np.uint64), np.empty(_BLOCK + MOST_WORDS, np.uint64)
    spans, kept = np.empty((_BLOCK + MOST_WORDS, 3), np.int64), np.empty(_BLOCK + MOST_WORDS + 1, np.int32)
    listed, count, amount = np.empty((64, 4), np.int64), 0, 0
    for row in range(len(starts) - 1):
        length, ended, _ = read_row(data, (starts[row], starts[row + 1]), reading, (letters, words), (0, 0))
        hash_letters(letters, length, values, powers[1], prefixes)
        for first in range(ended):
            start = words[first]
            for last in range(first + 1, min(first + MOST_WORDS, ended) + 1):
                size = words[last] - start
                if size >= len(wanted):
                    break
                asked[amount] = hash_window(prefixes, start, words[last], powers[size])
                send_for(table[1], share_of(asked[amount], uint64(len(table[1]))))
                spans[amount, _ROW], spans[amount, _FIRST], spans[amount, _LAST] = row, first, last
                amount += wanted[size]
            if amount >= _BLOCK:
                listed, count = _note(table, asked, spans, amount, fetched, kept, listed, count)
                amount = 0
    listed, count = _note(table, asked, spans, amount, fetched, kept, listed, count)
    return _settle(text, reading, table[0], rules, placeholders, listed[:count])


@njit(cache=True, nogil=True)
def _note(
    table: Table,
    asked: Hashes,
    spans: Found,
    amount: int,
    fetched: Hashes,
    kept: npt.NDArray[np.int32],
    listed: Found,
    count: int,
) -> tuple[Found, int]:
    """Write down the spans whose hash stands in the table."""
    for index in kept[: keep_listed(table, asked, amount, fetched, kept)]:
        if count == len(listed):
            listed = _doubled(listed)
        for column in range(_ENTRY):
            listed[count, column] = spans[index, column]
        listed[count, _ENTRY] = first_place(table, asked[index], uint64(len(table[2]) - 1))
        count += 1
    return listed, count


@njit(cache=True, nogil=True)
def _settle(
    text: Text, reading: Reading, entries: Hashes, rules: Rules, placeholders: Placeholders, listed: Found
) -> Found:
    """Keep of each row what the rules allow, from left to right and the longest first."""
    data, starts = text
    found, count, index = np.empty((len(listed), 4), np.int64), 0, 0
    while index < len(listed):
        row, after = listed[index, _ROW], index
        while after < len(listed) and listed[after, _ROW] == row:
            after += 1
        places = _byte_places(data, starts[row], starts[row + 1], reading)
        done = 0
        while index < after:
            first, best = listed[index, _FIRST], -1
            start = places[first, 0]
            while index < after and listed[index, _FIRST] == first:
                end = places[listed[index, _LAST] - 1, 1]
                label = _allowed(text, (start, end), listed[index], entries, rules, placeholders)
                if first >= done and label >= 0:
                    found[count, _ROW], found[count, _FROM] = row, start
                    found[count, _TO], found[count, _LABEL] = end, label
                    best = listed[index, _LAST]
                index += 1
            if best >= 0:
                count, done = count + 1, best
    return found[:count]


@njit(cache=True, nogil=True)
def _byte_places(data: Bytes, start: int, end: int, reading: Reading) -> Found:
    """Give the first byte of each word of a row, and the byte after its last."""
    _, (begins, ends, is_first), length = trace_row(data, start, end, reading)
    places, count = np.empty((length + 1, 2), np.int64), 0
    for place in range(length):
        if is_first[place]:
            places[count, 0] = start + begins[place]
            count += 1
        places[count - 1, 1] = start + ends[place]
    return places


@njit(cache=True, nogil=True)
def _allowed(
    text: Text, span: tuple[int, int], noted: Found, entries: Hashes, rules: Rules, placeholders: Placeholders
) -> np.int64:
    """Return the label of the first secret of this hash that a span may be a mention of, -1 for none."""
    data, starts = text
    row = noted[_ROW]
    if _meets_placeholder(data, span, (starts[row], starts[row + 1]), placeholders):
        return np.int64(-1)
    words, place = noted[_LAST] - noted[_FIRST], noted[_ENTRY]
    is_tight = not _holds_space(data, span)
    while place < len(entries) and entries[place] == entries[noted[_ENTRY]]:
        rule = np.int64(rules[place])
        asked = rule >> WORDS_SHIFT
        if asked in (0, words) and (is_tight or not rule & TIGHT):
            return rule & LABEL_MASK
        place += 1
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _holds_space(data: Bytes, span: tuple[int, int]) -> bool:
    place, end = span
    while place < end:
        code, size = _decode(data, place)
        if code <= _SPACE or _FIRST_QUAD <= code <= _HAIR_SPACE or code in _OTHER_SPACES:
            return True
        place += size
    return False


@njit(cache=True, nogil=True)
def _meets_placeholder(data: Bytes, span: tuple[int, int], bounds: tuple[int, int], placeholders: Placeholders) -> bool:
    """Tell whether a placeholder begins in a span, or right before it."""
    content, begins = placeholders
    for place in range(max(span[0] - 1, bounds[0]), span[1]):
        for index in range(len(begins) - 1 if data[place] == _BRACKET else 0):
            size, same = begins[index + 1] - begins[index], 0
            while same < size and place + same < bounds[1] and data[place + same] == content[begins[index] + same]:
                same += 1
            if same == size:
                return True
    return False
