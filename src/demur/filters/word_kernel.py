"""Compiled loops over UTF-8 buffers: hash words, look spans up, take MinHash signatures.

Imports numba, and is imported only when there is something to do. Integers only; the interpreter's lock is released.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit, uint32, uint64

from demur.filters.hashing import GOLDEN, MIX_FIRST, MIX_SECOND, SIP_INITIAL

Bytes: TypeAlias = npt.NDArray[np.uint8]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]
State: TypeAlias = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
Text: TypeAlias = tuple[Bytes, Places]
"""UTF-8 bytes and the offsets of the rows in them."""
Folds: TypeAlias = tuple[npt.NDArray[np.int32], npt.NDArray[np.int8], Bytes]
"""The three arrays of a `demur.filters.words.WordTable`."""
Key: TypeAlias = tuple[np.uint64, np.uint64]
Permutations: TypeAlias = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]

# numba turns uint64 with a signed number into a float: every constant below is unsigned.
_GOLDEN, _FIRST, _SECOND = np.uint64(GOLDEN), np.uint64(MIX_FIRST), np.uint64(MIX_SECOND)
_SIP_0, _SIP_1, _SIP_2, _SIP_3 = (np.uint64(value) for value in SIP_INITIAL)
_ONE, _SIX, _SEVEN, _EIGHT, _LOW_BYTE = np.uint64(1), np.uint64(6), np.uint64(7), np.uint64(8), np.uint64(0xFF)
_SIXTY_FOUR, _WORD_BITS = np.uint64(64), np.uint64(63)
_S29, _S31, _S32, _S56 = np.uint64(29), np.uint64(31), np.uint64(32), np.uint64(56)
_R13, _R16, _R17, _R21 = np.uint64(13), np.uint64(16), np.uint64(17), np.uint64(21)
_BLOOM_SHIFT_1, _BLOOM_SHIFT_2 = np.uint64(6), np.uint64(12)

# RFC 3629 section 3: the first byte tells how many follow.
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0x80, 0xE0, 0xF0

BANDS, ROWS = 14, 8
SHINGLE_WORDS, FEWEST_WORDS = 3, 5


@njit(inline="always")
def _rotate(value: np.uint64, bits: np.uint64) -> np.uint64:
    return (value << bits) | (value >> (_SIXTY_FOUR - bits))


@njit(inline="always")
def _sip_start(key: Key) -> State:
    return _SIP_0 ^ key[0], _SIP_1 ^ key[1], _SIP_2 ^ key[0], _SIP_3 ^ key[1]


@njit(inline="always")
def _sip_round(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> State:
    a = a + b
    b = _rotate(b, _R13) ^ a
    a = _rotate(a, _S32)
    c = c + d
    d = _rotate(d, _R16) ^ c
    a = a + d
    d = _rotate(d, _R21) ^ a
    c = c + b
    b = _rotate(b, _R17) ^ c
    c = _rotate(c, _S32)
    return a, b, c, d


@njit(inline="always")
def _chain(state: np.uint64, word_hash: np.uint64) -> np.uint64:
    mixed = ((state + _GOLDEN) * _FIRST) ^ word_hash
    mixed = (mixed ^ (mixed >> _S31)) * _SECOND
    return mixed ^ (mixed >> _S29)


@njit(inline="always")
def _finish(state: State, block: np.uint64, length: int) -> np.uint64:
    a, b, c, d = state
    last = block | ((uint64(length) & _LOW_BYTE) << _S56)
    a, b, c, d = _sip_round(a, b, c, d ^ last)
    a ^= last
    c ^= _LOW_BYTE
    a, b, c, d = _sip_round(a, b, c, d)
    a, b, c, d = _sip_round(a, b, c, d)
    a, b, c, d = _sip_round(a, b, c, d)
    return a ^ b ^ c ^ d


@njit(inline="always")
def _decode(data: Bytes, place: int) -> tuple[np.int64, int]:
    """Read one code point of valid UTF-8; return it and its length in bytes."""
    first = np.int64(data[place])
    if first < _TWO_BYTES:
        return first, 1
    if first < _THREE_BYTES:
        return ((first & 0x1F) << 6) | (data[place + 1] & 0x3F), 2
    if first < _FOUR_BYTES:
        return ((first & 0x0F) << 12) | (np.int64(data[place + 1] & 0x3F) << 6) | (data[place + 2] & 0x3F), 3
    high = ((first & 0x07) << 18) | (np.int64(data[place + 1] & 0x3F) << 12)
    return high | (np.int64(data[place + 2] & 0x3F) << 6) | (data[place + 3] & 0x3F), 4


@njit(inline="always")
def _widest(offsets: Places) -> int:
    widest = 0
    for row in range(len(offsets) - 1):
        widest = max(widest, offsets[row + 1] - offsets[row])
    return widest


@njit(cache=True, nogil=True)
def hash_words(data: Bytes, start: int, end: int, folds: Folds, key: Key, hashes: Hashes) -> int:
    """Hash the words of one row into `hashes`; return how many there are."""
    starts, lengths, folded = folds
    count, length, block = 0, 0, uint64(0)
    a, b, c, d = _sip_start(key)
    place = start
    while place < end:
        code, size = _decode(data, place)
        place += size
        added = np.int64(lengths[code])
        if added > 0:
            first = np.int64(starts[code])
            for index in range(first, first + added):
                block |= uint64(folded[index]) << (_EIGHT * (uint64(length) & _SEVEN))
                length += 1
                if length & 7 == 0:
                    a, b, c, d = _sip_round(a, b, c, d ^ block)
                    a ^= block
                    block = uint64(0)
        elif added == 0 and length > 0:
            hashes[count] = _finish((a, b, c, d), block, length)
            count += 1
            length, block = 0, uint64(0)
            a, b, c, d = _sip_start(key)
    if length > 0:
        hashes[count] = _finish((a, b, c, d), block, length)
        count += 1
    return count


@njit(cache=True, nogil=True)
def hash_bytes(data: Bytes, start: int, end: int, key: Key) -> np.uint64:
    """Hash the bytes of one row as they are."""
    length, block = 0, uint64(0)
    a, b, c, d = _sip_start(key)
    for place in range(start, end):
        block |= uint64(data[place]) << (_EIGHT * (uint64(length) & _SEVEN))
        length += 1
        if length & 7 == 0:
            a, b, c, d = _sip_round(a, b, c, d ^ block)
            a ^= block
            block = uint64(0)
    return _finish((a, b, c, d), block, length)


@njit(cache=True, nogil=True)
def fill_bloom(entries: Hashes, bloom: Hashes) -> None:
    """Set three bits in one word of the Bloom filter for every entry: one cache line a question."""
    mask = uint64(len(bloom) - 1)
    for entry in entries:
        bloom[(entry >> _S32) & mask] |= _bloom_bits(entry)


@njit(inline="always")
def _bloom_bits(entry: np.uint64) -> np.uint64:
    low = _ONE << (entry & _WORD_BITS)
    middle = _ONE << ((entry >> _BLOOM_SHIFT_1) & _WORD_BITS)
    return low | middle | (_ONE << ((entry >> _BLOOM_SHIFT_2) & _WORD_BITS))


@njit(inline="always")
def _holds(entries: Hashes, wanted: np.uint64) -> bool:
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) >> 1
        if entries[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < len(entries) and entries[low] == wanted


@njit(cache=True, nogil=True)
def flag_rows(text: Text, folds: Folds, key: Key, entries: Hashes, bloom: Hashes, longest: int, flags: Bytes) -> None:
    """Flag the rows in which a span of up to `longest` words has a hash among the sorted entries."""
    data, offsets = text
    hashes = np.empty(_widest(offsets) // 2 + 2, dtype=np.uint64)
    mask = uint64(len(bloom) - 1)
    for row in range(len(offsets) - 1):
        count = hash_words(data, offsets[row], offsets[row + 1], folds, key, hashes)
        for first in range(count):
            state = uint64(0)
            for index in range(first, min(first + longest, count)):
                state = _chain(state, hashes[index])
                bits = _bloom_bits(state)
                if bloom[(state >> _S32) & mask] & bits == bits and _holds(entries, state):
                    flags[row] = 1
                    break
            if flags[row]:
                break


@njit(cache=True, nogil=True)
def sign_rows(
    text: Text,
    folds: Folds,
    key: Key,
    permutations: Permutations,
    bands: Hashes,
    exact: Hashes,
    is_short: npt.NDArray[np.bool_],
) -> None:
    """Write every row's band hashes and exact hash; a row of few words is one shingle, so it matches only its equal."""
    data, offsets = text
    hashes = np.empty(_widest(offsets) // 2 + 2, dtype=np.uint64)
    multipliers, addends = permutations
    minima = np.empty(len(multipliers), dtype=np.uint32)
    for row in range(len(offsets) - 1):
        count = hash_words(data, offsets[row], offsets[row + 1], folds, key, hashes)
        whole = uint64(count)
        for index in range(count):
            whole = _chain(whole, hashes[index])
        if count == 0:
            whole = hash_bytes(data, offsets[row], offsets[row + 1], key)
        exact[row] = whole
        minima[:] = 0xFFFFFFFF
        if count < FEWEST_WORDS:
            is_short[row] = True
            _lower(minima, uint32(whole >> _S32), multipliers, addends)
        else:
            for index in range(count - SHINGLE_WORDS + 1):
                state = _chain(_chain(_chain(uint64(0), hashes[index]), hashes[index + 1]), hashes[index + 2])
                _lower(minima, uint32(state >> _S32), multipliers, addends)
        for band in range(BANDS):
            state = whole if count < FEWEST_WORDS else uint64(band)
            for index in range(band * ROWS, (band + 1) * ROWS):
                state = _chain(state, uint64(minima[index]))
            bands[row, band] = state


@njit(inline="always")
def _lower(
    minima: npt.NDArray[np.uint32],
    shingle: np.uint32,
    multipliers: npt.NDArray[np.uint32],
    addends: npt.NDArray[np.uint32],
) -> None:
    for index in range(len(minima)):
        permuted = uint32(multipliers[index] * shingle + addends[index])
        minima[index] = min(minima[index], permuted)
