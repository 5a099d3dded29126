"""Compiled loops between UTF-8 and the alphabet of `symbols`, and the one step that all automata take.

Imports numba, and is imported only when there is something to read. Integers only; the interpreter's lock is released.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.automata import DEAD, ENDS, NUMBERS, START, TABLE, WIDTH
from demur.filters.compiling import inner, outer
from demur.filters.symbols import BARRIER

Bytes: TypeAlias = npt.NDArray[np.uint8]
Places: TypeAlias = npt.NDArray[np.int64]
Origins: TypeAlias = npt.NDArray[np.int32]
Text: TypeAlias = npt.NDArray[np.uint8]
"""Rows of symbols and what is known of each place, as planes: `SYMBOL`, `CUE_START`, `CUE_END`; and of each beginning
of a word, how far it is to the next one and to the next digit: `NEXT`, `DIGIT_IN`."""
Tables: TypeAlias = npt.NDArray[np.int32]
"""All automata and lists one after the other; `demur.filters.places` says where each begins."""
Row: TypeAlias = npt.NDArray[np.int64]
"""The row that is read: its first place, its barrier, its language, and how many spans were found so far."""
Spans: TypeAlias = npt.NDArray[np.int64]
"""What was found: an array of (start, end, label), in symbols."""

Found: TypeAlias = npt.NDArray[np.int64]
"""The same, led back to bytes: an array of (row, first byte, byte after the last, label), in the order of the text."""


SYMBOL, CUE_START, CUE_END, NEXT, DIGIT_IN, PLANES = range(6)
ROW, FROM, TO, LABEL = range(4)
LOW, HIGH, LANGUAGE, COUNT = range(4)

# RFC 3629 section 3: the first byte tells how many follow, and the others are told by their first two bits.
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0xC0, 0xE0, 0xF0
_FOLLOWS, _FIRST_BITS = 0x80, 0xC0
_PAGE_BITS, _PAGE_MASK = 8, 0xFF


@inner
def _code_point(data: Bytes, place: int) -> tuple[int, int]:
    """Read one code point of valid UTF-8; return it and the place after it."""
    first = np.int64(data[place])
    if first < _TWO_BYTES:
        return first, place + 1
    if first < _THREE_BYTES:
        return (first & 0x1F) << 6 | _low_bits(data, place + 1), place + 2
    if first < _FOUR_BYTES:
        return (first & 0x0F) << 12 | _low_bits(data, place + 1) << 6 | _low_bits(data, place + 2), place + 3
    low = _low_bits(data, place + 2) << 6 | _low_bits(data, place + 3)
    return (first & 0x07) << 18 | _low_bits(data, place + 1) << 12 | low, place + 4


@inner
def _low_bits(data: Bytes, place: int) -> int:
    return np.int64(data[place]) & 0x3F


@outer
def mark_pages(data: Bytes, begin: int, end: int, is_used: npt.NDArray[np.bool_]) -> None:
    """Mark the pages of code points that occur between two places."""
    place = begin
    while place < end:
        code, place = _code_point(data, place)
        is_used[code >> _PAGE_BITS] = True


@outer
def fold_rows(
    data: Bytes,
    offsets: Places,
    pages: npt.NDArray[np.int32],
    entries: npt.NDArray[np.uint32],
    text: Text,
    origins: Origins,
    starts: Places,
) -> None:
    """Fold rows one after the other, with a barrier before, between and after them.

    Row ``i`` is ``text[SYMBOL, starts[i]:starts[i + 1] - 1]``; `origins` leads from a symbol to the first byte of its
    character, counted from ``offsets[0]``, and from a row's last barrier to the row's end.
    """
    base = offsets[0]
    ascii_page = np.int64(pages[0]) << _PAGE_BITS
    text[SYMBOL, 0] = BARRIER
    count = 1
    for row in range(offsets.size - 1):
        starts[row] = count
        place = offsets[row]
        while place < offsets[row + 1]:
            origin = place - base
            if data[place] < _FOLLOWS:
                # ASCII, which is folded to one symbol each.
                text[SYMBOL, count] = entries[ascii_page | data[place]] & np.uint32(0xFF)
                origins[count] = origin
                count += 1
                place += 1
                continue
            code, place = _code_point(data, place)
            entry = entries[pages[code >> _PAGE_BITS] << _PAGE_BITS | (code & _PAGE_MASK)]
            for _ in range(entry >> np.uint32(24)):
                text[SYMBOL, count] = entry & np.uint32(0xFF)
                origins[count] = origin
                entry >>= np.uint32(8)
                count += 1
        text[SYMBOL, count] = BARRIER
        origins[count] = place - base
        count += 1
    starts[offsets.size - 1] = count


@inner
def step(tables: Tables, base: int, state: int, symbol: int) -> int:
    """Return the state that follows."""
    return np.int64(tables[base + TABLE + state * tables[base + WIDTH] + tables[base + symbol]])


@inner
def ends_of(tables: Tables, base: int, state: int) -> tuple[int, int]:
    """Return the first place of the table that holds a pattern which ends in a state, and the place after the last."""
    ends = base + tables[base + ENDS] + state
    numbers = base + tables[base + NUMBERS]
    return np.int64(numbers + tables[ends]), np.int64(numbers + tables[ends + 1])


@inner
def is_end(tables: Tables, base: int, state: int) -> bool:
    """Tell whether a pattern ends in a state."""
    ends = base + tables[base + ENDS] + state
    return tables[ends + 1] > tables[ends]


@inner
def longest_end(tables: Tables, base: int, text: Text, place: int) -> int:
    """Read symbols from a place; return where the longest match ends, -1 for none."""
    state, end = np.int64(START), np.int64(-1)
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return end
        place += 1
        if is_end(tables, base, state):
            end = place


@inner
def longest_start(tables: Tables, base: int, text: Text, place: int, lowest: int) -> int:
    """Read backwards from before a place, not beyond `lowest`; return where the longest match begins, -1 for none."""
    state, start = np.int64(START), np.int64(-1)
    while place > lowest:
        state = step(tables, base, state, text[SYMBOL, place - 1])
        if state == DEAD:
            break
        place -= 1
        if is_end(tables, base, state):
            start = place
    return start


@inner
def end_state(tables: Tables, base: int, text: Text, start: int, end: int) -> int:
    """Return the state in which an automaton ends that reads exactly these symbols, `DEAD` if no pattern ends there."""
    state = np.int64(START)
    for place in range(start, end):
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return np.int64(DEAD)
    return state if is_end(tables, base, state) else np.int64(DEAD)


@inner
def holds_pattern(tables: Tables, base: int, state: int, number: int) -> bool:
    """Tell whether a pattern is among those that end in a state."""
    first, last = ends_of(tables, base, state)
    is_among = False
    for index in range(first, last):
        is_among = is_among or tables[index] == number
    return is_among


@inner
def add_span(row: Row, spans: Spans, start: int, end: int, label: int) -> None:
    """Write a span down behind those that were found in the rows so far."""
    spans[row[COUNT], 0] = start
    spans[row[COUNT], 1] = end
    spans[row[COUNT], 2] = label
    row[COUNT] += 1


@outer
def count_code_points(data: Bytes, offsets: Places, found: Found, column: int) -> Places:
    """Turn the places in a column of what was found from bytes of the buffer into code points of their rows."""
    counted = np.empty(len(found), np.int64)
    row, byte, point = np.int64(-1), np.int64(0), np.int64(0)
    for index in range(len(found)):
        if found[index, ROW] != row:
            row, point = found[index, ROW], np.int64(0)
            byte = offsets[row]
        while byte < found[index, column]:
            point += data[byte] & _FIRST_BITS != _FOLLOWS
            byte += 1
        counted[index] = point
    return counted


@outer
def write_rows(
    data: Bytes,
    offsets: Places,
    rows: Places,
    found: Found,
    words: Bytes,
    word_offsets: Places,
    written: Bytes,
    bounds: Places,
) -> None:
    """Write some rows, with the word of its label in the place of each span, and where each row begins.

    Both `rows` and `found` are in the order of the text.
    """
    size, index = np.int64(0), np.int64(0)
    for place in range(len(rows)):
        row = rows[place]
        bounds[place] = size
        done = offsets[row]
        while index < len(found) and found[index, ROW] < row:
            index += 1
        while index < len(found) and found[index, ROW] == row:
            label = found[index, LABEL]
            size = _copy(data, done, found[index, FROM], written, size)
            size = _copy(words, word_offsets[label], word_offsets[label + 1], written, size)
            done = found[index, TO]
            index += 1
        size = _copy(data, done, offsets[row + 1], written, size)
    bounds[len(rows)] = size


@outer
def lead_back(offsets: Places, rows: Places, found: Found, word_offsets: Places, bounds: Places, later: Found) -> None:
    """Turn what was found in rows that `write_rows` wrote, where no span holds a word of theirs, to places in `data`.

    The rows of `later` are numbered as they were written; both lists are in the order of the text.
    """
    index, shift, last = np.int64(0), np.int64(0), np.int64(-1)
    for number in range(len(later)):
        row = rows[later[number, ROW]]
        if row != last:
            shift, last = offsets[row] - bounds[later[number, ROW]], row
            while index < len(found) and found[index, ROW] < row:
                index += 1
        while index < len(found) and found[index, ROW] == row and found[index, FROM] <= later[number, FROM] + shift:
            label = found[index, LABEL]
            shift += found[index, TO] - found[index, FROM] - (word_offsets[label + 1] - word_offsets[label])
            index += 1
        later[number, ROW] = row
        later[number, FROM] += shift
        later[number, TO] += shift


@inner
def _copy(source: Bytes, start: int, end: int, target: Bytes, size: int) -> int:
    for place in range(start, end):
        target[size] = source[place]
        size += 1
    return size
