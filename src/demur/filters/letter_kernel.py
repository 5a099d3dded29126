"""Compiled loops that read texts as bare letters and hash them: the fast form of `letters`.

Beside `word_kernel` and `copy_kernel` the only module of the filters that imports numba, and imported only when there
is something to do. Integers only; the interpreter's lock is released.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import int64, njit, uint32

from demur.filters.word_kernel import Bytes, Folds, Hashes, Text, _chain, _decode

Counts: TypeAlias = npt.NDArray[np.int64]
Parts: TypeAlias = npt.NDArray[np.uint32]
Flags: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = tuple[Counts, Counts, Flags]
"""Where the character of each letter begins and ends, and whether the letter begins a word."""
Alphabet: TypeAlias = tuple[Bytes, Hashes, Hashes, Bytes, Bytes]
"""Folds of ASCII, values of bytes, powers of the base, weights of bytes, shares of code points: see `letters`."""
Mark: TypeAlias = tuple[Bytes, np.uint8]
"""The placeholder of a cut, and the byte that stands for it among the letters."""
Reading: TypeAlias = tuple[Folds, Mark, Alphabet]
"""All that tells how to read letters."""

WINDOW, WORD_SHARES, FEWEST_WORDS = 16, 12, 4
ASCII_END, MARKS = 0x80, 0xFE

# The fold that is longest beside its character: U+FDFA, 3 bytes, folds to 30.
_LONGEST_FOLD = 10
_ZERO, _SHARE_BITS, _BRACKET = np.uint64(0), 5, 0x5B


@njit(inline="always")
def room_for(start: int, end: int) -> int:
    """Give the most bytes of letters that a row can have, and one more."""
    return (end - start) * _LONGEST_FOLD + 1


@njit(cache=True, nogil=True)
def _is_mark(data: Bytes, place: int, end: int, mark: Bytes) -> bool:
    index = 0
    while index < len(mark) and place + index < end and data[place + index] == mark[index]:
        index += 1
    return index == len(mark)


@njit(cache=True, nogil=True)
def read_row(
    data: Bytes, bounds: tuple[int, int], reading: Reading, written: tuple[Bytes, Counts], filled: tuple[int, int]
) -> tuple[int, int, bool]:
    """Write the letters of one row and where each word begins, behind what is there; tell also whether all is ASCII."""
    place, end = bounds
    (starts, lengths, folded), mark, (plain, _, _, _, _) = reading
    letters, words = written
    count, amount = filled
    is_open, seen = False, np.uint8(0)
    while place < end:
        first = data[place]
        if first < ASCII_END and first != _BRACKET:
            # Written always and kept only if it is a letter: a branch would be guessed wrong at every word's end.
            letters[count], words[amount] = plain[first], count
            is_letter = plain[first] != 0
            amount += is_letter and not is_open
            count += is_letter
            is_open = is_letter
            place += 1
        elif first == _BRACKET:
            is_cut = _is_mark(data, place, end, mark[0])
            letters[count], words[amount] = mark[1], count
            amount, count, is_open = amount + is_cut, count + is_cut, False
            seen |= mark[1] if is_cut else np.uint8(0)
            place += len(mark[0]) if is_cut else 1
        else:
            code, size = _decode(data, place)
            place += size
            source, added = int64(starts[code]), int64(lengths[code])
            words[amount] = count
            amount += added > 0 and not is_open
            is_open = added > 0 or (added < 0 and is_open)
            for index in range(source, source + added):
                letters[count] = folded[index]
                seen |= folded[index]
                count += 1
    words[amount] = count
    return count, amount, bool(seen < ASCII_END)


@njit(cache=True, nogil=True)
def trace_row(data: Bytes, start: int, end: int, reading: Reading) -> tuple[Bytes, Places, int]:
    """Read the letters of one row, where the character of each begins and ends, and whether it begins a word."""
    (starts, lengths, folded), mark, _ = reading
    room = room_for(start, end)
    letters, is_first = np.empty(room, np.uint8), np.empty(room, np.bool_)
    begins, ends = np.empty(room, np.int64), np.empty(room, np.int64)
    count, place, is_open = 0, start, False
    while place < end:
        if data[place] == _BRACKET and _is_mark(data, place, end, mark[0]):
            letters[count], begins[count], is_first[count] = mark[1], place - start, True
            place += len(mark[0])
            ends[count] = place - start
            count, is_open = count + 1, False
            continue
        code, size = _decode(data, place)
        place += size
        source, added = int64(starts[code]), int64(lengths[code])
        for index in range(source, source + added):
            letters[count], begins[count], ends[count] = folded[index], place - size - start, place - start
            is_first[count] = not is_open
            is_open = True
            count += 1
        if added == 0:
            is_open = False
        elif added < 0 and is_open:
            ends[count - 1] = place - start
    return letters, (begins, ends, is_first), count


@njit(cache=True, nogil=True)
def letter_at(letters: Bytes, place: int) -> tuple[np.int64, int]:
    """Read one letter and its length in bytes; a mark reads as 0."""
    if letters[place] >= MARKS:
        return int64(0), 1
    return _decode(letters, place)


@njit(cache=True, nogil=True)
def letter_after(letters: Bytes, place: int, end: int) -> int:
    """Return where the next letter begins."""
    place += 1
    while place < end and letters[place] & 0xC0 == ASCII_END:
        place += 1
    return place


@njit(cache=True, nogil=True)
def share_at(letters: Bytes, place: int, shares: Bytes) -> int:
    """Tell how many twelfths of a word a letter is."""
    share: int = int64(shares[letter_at(letters, place)[0] >> _SHARE_BITS])
    return share


@njit(cache=True, nogil=True)
def hash_letters(letters: Bytes, length: int, values: Hashes, base: np.uint64, hashes: Hashes) -> None:
    """Hash every beginning of the letters."""
    state = _ZERO
    hashes[0] = state
    for place in range(length):
        state = state * base + values[letters[place]]
        hashes[place + 1] = state


@njit(inline="always")
def hash_window(hashes: Hashes, start: int, end: int, power: np.uint64) -> np.uint64:
    """Hash a window out of the hashes of beginnings."""
    return _chain(_ZERO, hashes[end] - hashes[start] * power)


@njit(cache=True, nogil=True)
def window_end(letters: Bytes, place: int, length: int, weights: Bytes) -> int:
    """Return where the window that begins at a letter ends, a place behind the end when the letters do not suffice."""
    weight = 0
    while place < length and weight < WINDOW:
        weight += int64(weights[letters[place]])
        place = letter_after(letters, place, length)
    return place if weight >= WINDOW else length + 1


# -------------------------------------------------------------------------------------------------------------- anchors
@njit(cache=True, nogil=True)
def _read_words(data: Bytes, start: int, end: int, reading: Reading) -> tuple[Bytes, Flags, int]:
    """Read the letters of one row; a word that is longer than twelve letters, or than one in its script, is split."""
    letters, places, length = trace_row(data, start, end, reading)
    is_first, shares = places[2], reading[2][4]
    filled, place = 0, 0
    while place < length:
        share = share_at(letters, place, shares)
        if filled + share > WORD_SHARES:
            is_first[place] = True
        filled = share if is_first[place] else filled + share
        place = letter_after(letters, place, length)
    return letters, is_first, length


@njit(cache=True, nogil=True)
def count_anchors(text: Text, reading: Reading, counts: Counts) -> None:
    """Write how many anchors every row has: one for each word and one for the end."""
    data, starts = text
    for row in range(len(counts)):
        _, is_first, length = _read_words(data, starts[row], starts[row + 1], reading)
        counts[row] = 1
        for place in range(length):
            counts[row] += is_first[place]


@njit(cache=True, nogil=True)
def write_anchors(
    text: Text, reading: Reading, anchors: tuple[Parts, Parts, Hashes, Flags], wholes: Hashes, different: Counts
) -> None:
    """Write what there is to know of every anchor, and of every row.

    Of an anchor that is its offset, the hash of what is before it and the hash of its window, if there is one; of a row
    the hash of all letters and how many words are different, up to four.
    """
    data, starts = text
    _, values, powers, weights, _ = reading[2]
    offsets, prefixes, windows, has_window = anchors
    at = 0
    for row in range(len(wholes)):
        letters, is_first, length = _read_words(data, starts[row], starts[row + 1], reading)
        hashes = np.empty(length + 1, np.uint64)
        hash_letters(letters, length, values, powers[1], hashes)
        begun = at
        for place in range(length + 1):
            if place < length and not is_first[place]:
                continue
            end = window_end(letters, place, length, weights)
            offsets[at], prefixes[at], has_window[at] = place, uint32(hashes[place]), end <= length
            if end <= length:
                windows[at] = hash_window(hashes, place, end, powers[end - place])
            at += 1
        wholes[row] = hashes[length]
        different[row] = _count_different(offsets[begun:at], hashes, powers)


@njit(cache=True, nogil=True)
def _count_different(offsets: Parts, hashes: Hashes, powers: Hashes) -> int:
    seen = np.zeros(FEWEST_WORDS, np.uint64)
    count, word = 0, 0
    while word < len(offsets) - 1 and count < FEWEST_WORDS:
        start, end = int64(offsets[word]), int64(offsets[word + 1])
        seen[count] = hash_window(hashes, start, end, powers[end - start])
        index = 0
        while seen[index] != seen[count]:
            index += 1
        count += index == count
        word += 1
    return count
