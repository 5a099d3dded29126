"""Compiled loops that find runs of objected texts in items: the fast form of what `copies` says.

Rows are read in blocks, and each step is done for a whole block: the index is larger than the caches, and so the
processor waits for many of its places at once. Imports numba, and is imported only when there is something to do.
"""

from typing import TypeAlias

import numpy as np
from numba import int64, njit, uint32, uint64

from demur.filters.letter_kernel import (
    ASCII_END,
    WINDOW,
    Alphabet,
    Counts,
    Flags,
    Parts,
    Reading,
    hash_letters,
    hash_window,
    letter_after,
    read_row,
    room_for,
    share_at,
    trace_row,
    window_end,
)
from demur.filters.word_kernel import Bytes, Hashes, Text, _bloom_bits

Seeds: TypeAlias = tuple[Hashes, Parts, Parts, Parts, Parts, np.uint64]
"""Bloom words and starts of the buckets; keys, checks and anchors of the seeds; the bits of a hash below its bucket."""
Anchors: TypeAlias = tuple[Parts, Parts, Parts, Bytes, Parts]
"""First anchor of each text; offset, prefix hash and flags of each anchor; the text of every 32nd anchor."""
Rule: TypeAlias = tuple[int, int, float]
"""The words in a row that suffice, the fewest words of a copy with changes, and its share of shingles."""
Block: TypeAlias = tuple[Bytes, Hashes, Counts, Counts]
"""Letters of several rows, the hashes of their beginnings, the starts of words; and, one place on, for each row the end
of its letters, the end of its words and whether all is ASCII."""
Item: TypeAlias = tuple[Hashes, Hashes, int, int, int]
"""The hashes of a block's beginnings, the powers of the base, where the letters of a row begin and end, and the row."""

IS_SEED, IS_FIRST = 1, 2
RUN_WORDS, LONG_WORD, _LANDMARK_BITS = 4, 12, 5

_ONE, _CHECK_SIZE, _CHECK_BITS, _THREE_BYTES = np.uint64(1), 0xFF, 8, 0xE0
_BLOCK_LETTERS, _BLOCK_ROWS, _MANY_RUNS = 1 << 15, 1 << 12, 256


@njit(cache=True, nogil=True)
def find_runs(
    text: Text, reading: Reading, seeds: Seeds, anchors: Anchors, rule: Rule, state: tuple[int, int], found: Counts
) -> tuple[int, int]:
    """Write runs; `state`, also what is returned, is the row to go on with and how many runs are written.

    A run is row, text, first word, word after the last, first byte and byte after the last.
    """
    data, starts = text
    row, count = state
    powers = reading[2][2]
    block, hits, windows = _new_block(starts)
    while row < len(starts) - 1:
        taken = _read_block(text, row, reading, block)
        amount = _list_windows(block, taken, reading[2], hits, windows)
        amount = _ask_bloom(amount, seeds, hits, windows)
        amount = _confirm(amount, block, powers, seeds, hits, windows)
        first, rows = 0, block[3]
        for index in range(taken):
            last, ended = first, rows[index + 1, 0]
            while last < amount and hits[last] < ended:
                last += 1
            if last > first:
                item = (block[1], powers, rows[index, 0], ended, row + index)
                after = _lengthen(hits[first:last], windows[first:last], item, seeds, anchors, found, count)
                if after < 0:
                    return row + index, count
                after = _drop_hopeless(found, count, after, anchors[0], rule)
                if after > count:
                    _locate(data, starts[row + index], starts[row + index + 1], reading, found[count:after])
                count = after
            first = last
        row += taken
    return row, count


# --------------------------------------------------------------------------------------------------------------- blocks
@njit(cache=True, nogil=True)
def _new_block(starts: Counts) -> tuple[Block, Counts, Hashes]:
    """Make room for the letters of the widest row, and for a block of usual rows."""
    room = _BLOCK_LETTERS
    for row in range(len(starts) - 1):
        room = max(room, room_for(starts[row], starts[row + 1]))
    rows = np.zeros((_BLOCK_ROWS + 1, 3), np.int64)
    block = (np.empty(room, np.uint8), np.empty(room, np.uint64), np.empty(room, np.int64), rows)
    return block, np.empty(room, np.int64), np.empty(room, np.uint64)


@njit(cache=True, nogil=True)
def _read_block(text: Text, row: int, reading: Reading, block: Block) -> int:
    """Read as many rows as there is room for; return how many."""
    data, starts = text
    letters, hashes, words, rows = block
    count, amount, taken = rows[0, 0], rows[0, 1], 0
    while row < len(starts) - 1 and taken < _BLOCK_ROWS:
        bounds = (starts[row], starts[row + 1])
        if count + room_for(bounds[0], bounds[1]) > len(letters):
            break
        count, amount, is_narrow = read_row(data, bounds, reading, (letters, words), (count, amount))
        row, taken = row + 1, taken + 1
        rows[taken, 0], rows[taken, 1], rows[taken, 2] = count, amount, is_narrow
    hash_letters(letters, count, reading[2][1], reading[2][2][1], hashes)
    return taken


@njit(cache=True, nogil=True)
def _list_windows(block: Block, taken: int, alphabet: Alphabet, hits: Counts, windows: Hashes) -> int:
    """Write where windows are looked for and their hashes: at every word, and within long words at every letter."""
    letters, hashes, words, rows = block
    powers, weights = alphabet[2], alphabet[3]
    word, amount = 0, 0
    for row in range(taken):
        length, last_word, is_narrow = rows[row + 1, 0], rows[row + 1, 1], rows[row + 1, 2] != 0
        while word < last_word:
            place, after = words[word], words[word + 1]
            word += 1
            if is_narrow:
                last = after if after - place > LONG_WORD else place + 1
                last = last if last + WINDOW <= length + 1 else length + 1 - WINDOW
                for start in range(place, last):
                    hits[amount] = start
                    windows[amount] = hash_window(hashes, start, start + WINDOW, powers[WINDOW])
                    amount += 1
                continue
            last = after if _is_long(letters, place, after) else place + 1
            while place < last:
                end = window_end(letters, place, length, weights)
                if end > length:
                    break
                hits[amount] = place
                windows[amount] = hash_window(hashes, place, end, powers[end - place])
                amount += 1
                place = letter_after(letters, place, last)
    return amount


@njit(cache=True, nogil=True)
def _is_long(letters: Bytes, place: int, end: int) -> bool:
    """Tell whether a word has more than twelve letters, or one of three bytes, which may be of an unspaced script."""
    count = 0
    while place < end and count <= LONG_WORD and letters[place] < _THREE_BYTES:
        count += letters[place] & 0xC0 != ASCII_END
        place += 1
    return place < end or count > LONG_WORD


@njit(cache=True, nogil=True)
def _ask_bloom(amount: int, seeds: Seeds, hits: Counts, windows: Hashes) -> int:
    """Keep the windows that the filter knows; return how many."""
    bloom, shift = seeds[0], seeds[5]
    kept = 0
    for hit in range(amount):
        window = windows[hit]
        bits = _bloom_bits(window)
        # Written always and kept only if known: a branch would make the processor wait for each word of the filter.
        hits[kept], windows[kept] = hits[hit], window
        kept += bloom[window >> shift] & bits == bits
    return kept


@njit(cache=True, nogil=True)
def _confirm(amount: int, block: Block, powers: Hashes, seeds: Seeds, hits: Counts, windows: Hashes) -> int:
    """Keep the hits at which the whole shingle of a seed stands; return how many: most have only a window in common."""
    _, starts, keys, checks, _, shift = seeds
    hashes, length = block[1], len(block[1]) - 1
    touched = np.uint32(0)
    for hit in range(amount):
        seed = int64(starts[windows[hit] >> shift])
        touched ^= keys[seed] ^ checks[seed] if seed < len(keys) else _ONE
    kept = 0
    for hit in range(amount):
        window = windows[hit]
        for seed in range(int64(starts[window >> shift]), int64(starts[(window >> shift) + _ONE])):
            if keys[seed] == uint32(window) and _is_checked(checks[seed], hits[hit], length, hashes, powers):
                hits[kept], windows[kept] = hits[hit], window
                kept += 1
                break
    # Written so that the compiler does not drop the loop that brings the seeds into the cache.
    windows[kept] = touched
    return kept


@njit(inline="always")
def _is_checked(check: np.uint32, place: int, length: int, hashes: Hashes, powers: Hashes) -> bool:
    size = int64(check) & _CHECK_SIZE
    end = place + size
    if end > length:
        return False
    here = hashes[end] - hashes[place] * powers[size]
    return bool((uint32(here) ^ check) >> _CHECK_BITS == 0)


# ----------------------------------------------------------------------------------------------------------------- runs
@njit(cache=True, nogil=True)
def _lengthen(
    hits: Counts, windows: Hashes, item: Item, seeds: Seeds, anchors: Anchors, found: Counts, count: int
) -> int:
    """Lengthen the seeds at every hit to runs of whole words; return how many runs there are, -1 if they do not fit."""
    hashes, powers, begun, ended, row = item
    _, starts, keys, checks, key_anchors, shift = seeds
    # Arrays, not tuples, go to the inner functions: numba counts references of whatever comes out of a tuple.
    firsts, offsets, prefixes, _, landmarks = anchors
    for hit in range(len(hits)):
        window = windows[hit]
        for seed in range(int64(starts[window >> shift]), int64(starts[(window >> shift) + _ONE])):
            if keys[seed] != uint32(window) or not _is_checked(checks[seed], hits[hit], ended, hashes, powers):
                continue
            low, at = _lowest(int64(key_anchors[seed]), hits[hit], begun, hits, hashes, powers, anchors)
            if low < 0:
                continue
            if count == len(found):
                return -1
            number = _text_of(low, firsts, landmarks)
            first, last = int64(firsts[number]), int64(firsts[number + 1]) - 1
            high = _highest(low, last, at, ended, offsets, prefixes, hashes, powers)
            size = int64(offsets[high]) - int64(offsets[low])
            found[count, 0], found[count, 1], found[count, 2] = row, number, low - first
            found[count, 3], found[count, 4], found[count, 5] = high - first, at - begun, at - begun + size
            count += 1
    return count


@njit(inline="always")
def _lowest(
    low: int, at: int, begun: int, hits: Counts, hashes: Hashes, powers: Hashes, anchors: Anchors
) -> tuple[int, int]:
    """Return the first anchor from which the letters agree, and its place; -1 for a run that is known already.

    A seed on the way has found the same run before, if its place was looked at.
    """
    _, offsets, prefixes, flags, _ = anchors
    is_known = False
    while flags[low] & IS_FIRST == 0 and not is_known:
        step = int64(offsets[low]) - int64(offsets[low - 1])
        if at - step < begun or _differs(step, at - step, prefixes[low - 1], prefixes[low], hashes, powers):
            break
        low, at = low - 1, at - step
        is_known = flags[low] & IS_SEED != 0 and _is_listed(hits, at)
    return -1 if is_known else low, at


@njit(inline="always")
def _differs(size: int, place: int, before: np.uint32, after: np.uint32, hashes: Hashes, powers: Hashes) -> bool:
    """Tell whether the letters at `place` are others than those of a text between two prefix hashes."""
    here = hashes[place + size] - hashes[place] * powers[size]
    return bool(uint32(here) != uint32(uint64(after) - uint64(before) * powers[size]))


@njit(inline="always")
def _text_of(anchor: int, firsts: Parts, landmarks: Parts) -> int:
    number: int = int64(landmarks[anchor >> _LANDMARK_BITS])
    while int64(firsts[number + 1]) <= anchor:
        number += 1
    return number


@njit(inline="always")
def _highest(
    low: int, last: int, at: int, ended: int, offsets: Parts, prefixes: Parts, hashes: Hashes, powers: Hashes
) -> int:
    """Return the last anchor up to which the letters agree."""
    high = low
    while high < last:
        middle = (high + last + 1) >> 1
        size = int64(offsets[middle]) - int64(offsets[low])
        if at + size > ended or _differs(size, at, prefixes[low], prefixes[middle], hashes, powers):
            last = middle - 1
        else:
            high = middle
    return high


@njit(inline="always")
def _is_listed(hits: Counts, place: int) -> bool:
    low, high = 0, len(hits)
    while low < high:
        middle = (low + high) >> 1
        if hits[middle] < place:
            low = middle + 1
        else:
            high = middle
    return bool(low < len(hits) and hits[low] == place)


@njit(cache=True, nogil=True)
def _drop_hopeless(found: Counts, begun: int, ended: int, firsts: Parts, rule: Rule) -> int:
    """Drop the runs of texts that cannot count for this item, whatever their runs have in common; return the new end.

    With very many runs nothing is dropped: it is only done so that few rows are left to be decided on exactly.
    """
    if ended - begun > _MANY_RUNS:
        return ended
    is_kept = np.empty(ended - begun, np.bool_)
    for run in range(begun, ended):
        words, shingles, is_sure = 0, 0, False
        size = int64(firsts[found[run, 1] + 1]) - int64(firsts[found[run, 1]]) - 1
        for other in range(begun, ended):
            if found[other, 1] == found[run, 1]:
                length = found[other, 3] - found[other, 2]
                words, shingles = words + length, shingles + length - RUN_WORDS + 1
                is_sure = is_sure or length == size or length >= rule[0]
        is_kept[run - begun] = is_sure or (words >= rule[1] and shingles >= rule[2] * (size - RUN_WORDS + 1))
    end = begun
    for run in range(begun, ended):
        if is_kept[run - begun]:
            for column in range(found.shape[1]):
                found[end, column] = found[run, column]
            end += 1
    return end


@njit(cache=True, nogil=True)
def _locate(data: Bytes, start: int, end: int, reading: Reading, found: Counts) -> None:
    """Turn places among the letters into places in the row, and take words in whole."""
    letters, places, length = trace_row(data, start, end, reading)
    begins, ends, is_first = places
    _part_unspaced(letters, is_first, length, reading[2][4])
    for place in range(1, length):
        begins[place] = begins[place] if is_first[place] else begins[place - 1]
    for place in range(length - 1, 0, -1):
        ends[place - 1] = ends[place - 1] if is_first[place] else ends[place]
    for run in range(len(found)):
        found[run, 4], found[run, 5] = begins[found[run, 4]], ends[found[run, 5] - 1]


@njit(cache=True, nogil=True)
def _part_unspaced(letters: Bytes, is_first: Flags, length: int, shares: Bytes) -> None:
    """Make each letter a word in scripts that set no spaces between words."""
    place, is_unspaced = 0, False
    while place < length:
        was_unspaced, is_unspaced = is_unspaced, share_at(letters, place, shares) > 1
        is_first[place] = is_first[place] or was_unspaced or is_unspaced
        place = letter_after(letters, place, length)
