"""Compiled look-up of many hashes in a table of very many: what suppressions are found by.

A table does not fit a core's caches, so a question costs the wait for memory and little else. Questions are therefore
asked in blocks: whoever makes one sends for its word of a Bloom filter, then all words are read, what they deny is
dropped, and the few that are left are looked up in short buckets of sorted hashes, sent for in the same way. No step
waits for the one before it.

Imports numba, and is imported only when there is something to do. Integers only; the interpreter's lock is released.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit, uint64

from demur.filters.prefetch import send_for
from demur.filters.word_kernel import Folds, Hashes, Key, Places, Text, _chain, _widest, hash_words, plain_folds

Starts: TypeAlias = npt.NDArray[np.uint32]
Table: TypeAlias = tuple[Hashes, Hashes, Starts]
"""Sorted hashes, their Bloom filter in words of 64 bits, and where each bucket of hashes begins."""
Found: TypeAlias = npt.NDArray[np.int64]
"""What was found: an array of (row, first word, words, place in the table)."""

ROW, FIRST, WORDS, ENTRY = range(4)
_BLOCK_WORDS = 2048
_BITS, _LAST_BIT, _HALF, _ONE = np.uint64(6), np.uint64(63), np.uint64(32), np.uint64(1)


@njit(inline="always")
def bloom_bits(entry: np.uint64) -> np.uint64:
    """Choose the four bits of a hash in its word of the Bloom filter, by the lower half of the hash."""
    first = _ONE << (entry & _LAST_BIT)
    second = _ONE << ((entry >> _BITS) & _LAST_BIT)
    third = _ONE << ((entry >> (_BITS + _BITS)) & _LAST_BIT)
    return first | second | third | (_ONE << ((entry >> (_BITS + _BITS + _BITS)) & _LAST_BIT))


@njit(inline="always")
def share_of(entry: np.uint64, parts: np.uint64) -> np.uint64:
    """Choose one of so many parts by the upper half of a hash; a greater hash has no lower part."""
    return ((entry >> _HALF) * parts) >> _HALF


@njit(cache=True, nogil=True)
def fill_filter(entries: Hashes, bloom: Hashes, starts: Starts) -> None:
    """Set the bits of every entry, and write where each bucket begins; both arrays hold zeros before."""
    words, buckets = uint64(len(bloom)), uint64(len(starts) - 1)
    for entry in entries:
        bloom[share_of(entry, words)] |= bloom_bits(entry)
        starts[share_of(entry, buckets) + _ONE] += np.uint32(1)
    for bucket in range(1, len(starts)):
        starts[bucket] += starts[bucket - 1]


@njit(cache=True, nogil=True)
def keep_listed(table: Table, asked: Hashes, amount: int, words: Hashes, kept: npt.NDArray[np.int32]) -> int:
    """Write the places of the hashes that stand in the table to `kept`; return how many there are.

    Args:
        table: what is looked in.
        asked: the hashes that are looked for, so many of them.
        words: room for as many words.
        kept: room for as many places, and one more.
    """
    entries, bloom, starts = table
    size, buckets = uint64(len(bloom)), uint64(len(starts) - 1)
    for index in range(amount):
        words[index] = bloom[share_of(asked[index], size)]
    left = uint64(0)
    for index in range(amount):
        # Written always and kept only if the filter says so: a branch would wait for memory, this does not.
        bits = bloom_bits(asked[index])
        kept[left] = index
        left += uint64(words[index] & bits == bits)
    for index in range(left):
        send_for(starts, share_of(asked[kept[index]], buckets))
    for index in range(left):
        send_for(entries, uint64(starts[share_of(asked[kept[index]], buckets)]))
    listed = 0
    for index in range(left):
        wanted = asked[kept[index]]
        if entries[first_place(table, wanted, buckets)] == wanted:
            kept[listed] = kept[index]
            listed += 1
    return listed


@njit(inline="always")
def first_place(table: Table, wanted: np.uint64, buckets: np.uint64) -> np.int64:
    """Find the first entry that is not less than a hash, or the last entry of its bucket."""
    entries, _, starts = table
    bucket = share_of(wanted, buckets)
    place, end = np.int64(starts[bucket]), np.int64(starts[bucket + _ONE])
    while place < end and entries[place] < wanted:
        place += 1
    return place if place < len(entries) else np.int64(len(entries) - 1)


@njit(cache=True, nogil=True)
def find_spans(text: Text, folds: Folds, key: Key, table: Table, lengths: npt.NDArray[np.bool_]) -> Found:
    """Find the spans of words whose hash stands in a table, by row and first word; ``lengths[n]``: are n words some?"""
    data, offsets = text
    longest, room = len(lengths) - 1, _BLOCK_WORDS + _widest(offsets) // 2 + 2
    plain, hashes, ends = plain_folds(folds), np.empty(room, np.uint64), np.empty(room, np.int64)
    rows, firsts = np.empty(room, np.int64), np.empty(room, np.int64)
    asked, words = np.empty(room * longest, np.uint64), np.empty(room * longest, np.uint64)
    spans, kept = np.empty((room * longest, 2), np.int32), np.empty(room * longest + 1, np.int32)
    found, count, row = np.empty((64, 4), np.int64), 0, 0
    while row < len(offsets) - 1:
        filled = 0
        while row < len(offsets) - 1 and filled < _BLOCK_WORDS:
            before = filled
            filled = hash_words(data, (offsets[row], offsets[row + 1]), folds, plain, key, hashes, before)
            rows[before:filled], firsts[before:filled], ends[before:filled] = row, before, filled
            row += 1
        amount = _list_spans(hashes, ends, filled, lengths, table[1], asked, spans)
        for index in kept[: keep_listed(table, asked, amount, words, kept)]:
            word = spans[index, 0]
            place = first_place(table, asked[index], uint64(len(table[2]) - 1))
            if count == len(found):
                found = _doubled(found)
            found[count, ROW], found[count, FIRST] = rows[word], word - firsts[word]
            found[count, WORDS], found[count, ENTRY] = spans[index, 1], place
            count += 1
    return found[:count]


@njit(cache=True, nogil=True)
def _list_spans(
    hashes: Hashes,
    ends: Places,
    filled: int,
    lengths: npt.NDArray[np.bool_],
    bloom: Hashes,
    asked: Hashes,
    spans: npt.NDArray[np.int32],
) -> int:
    """Write the hash of every span of wanted length, and where it is; return how many there are."""
    amount, size = 0, uint64(len(bloom))
    for first in range(filled):
        state = uint64(0)
        for index in range(first, min(first + len(lengths) - 1, ends[first])):
            state = _chain(state, hashes[index])
            send_for(bloom, share_of(state, size))
            asked[amount], spans[amount, 0], spans[amount, 1] = state, first, index - first + 1
            amount += lengths[index - first + 1]
    return amount


@njit(cache=True, nogil=True)
def _doubled(found: Found) -> Found:
    wider = np.empty((2 * len(found), found.shape[1]), np.int64)
    for row in range(len(found)):  # as one assignment numba would compile how to complain of unlike shapes: for seconds
        for column in range(found.shape[1]):
            wider[row, column] = found[row, column]
    return wider
