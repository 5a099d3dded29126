"""Compiled loops over UTF-8 buffers: hash words, take MinHash signatures.

Imports numba, and is imported only when there is something to do. Integers only; the interpreter's lock is released.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit, uint32, uint64

from demur.filters.compiling import small
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


@small
def _rotate(value: np.uint64, bits: np.uint64) -> np.uint64:
    return (value << bits) | (value >> (_SIXTY_FOUR - bits))


@small
def _sip_start(key: Key) -> State:
    return _SIP_0 ^ key[0], _SIP_1 ^ key[1], _SIP_2 ^ key[0], _SIP_3 ^ key[1]


@small
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


@small
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


@njit(inline="always")
def plain_folds(folds: Folds) -> Bytes:
    """Give the folds of ASCII, 0 for what ends a word: each is one byte, and most text is made of them."""
    starts, lengths, folded = folds
    plain = np.zeros(_TWO_BYTES, dtype=np.uint8)
    for code in range(_TWO_BYTES):
        if lengths[code] > 0:
            plain[code] = folded[starts[code]]
    return plain


@njit(cache=True, nogil=True)
def hash_words(
    data: Bytes, bounds: tuple[int, int], folds: Folds, plain: Bytes, key: Key, hashes: Hashes, count: int
) -> int:
    """Hash the words of one row into `hashes`, behind those that are there; return how many there are then."""
    starts, lengths, folded = folds
    place, end = bounds
    length, block = 0, uint64(0)
    a, b, c, d = _sip_start(key)
    while place < end:
        first = data[place]
        if first < _TWO_BYTES and plain[first] != 0:
            place += 1
            block |= uint64(plain[first]) << (_EIGHT * (uint64(length) & _SEVEN))
            length += 1
            if length & 7 == 0:
                a, b, c, d = _sip_round(a, b, c, d ^ block)
                a ^= block
                block = uint64(0)
            continue
        code, size = _decode(data, place)
        place += size
        added = np.int64(lengths[code])
        source = np.int64(starts[code])
        for index in range(source, source + added):
            block |= uint64(folded[index]) << (_EIGHT * (uint64(length) & _SEVEN))
            length += 1
            if length & 7 == 0:
                a, b, c, d = _sip_round(a, b, c, d ^ block)
                a ^= block
                block = uint64(0)
        if added == 0 and length > 0:
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


@njit(inline="always")
def _bloom_bits(entry: np.uint64) -> np.uint64:
    low = _ONE << (entry & _WORD_BITS)
    middle = _ONE << ((entry >> _BLOOM_SHIFT_1) & _WORD_BITS)
    return low | middle | (_ONE << ((entry >> _BLOOM_SHIFT_2) & _WORD_BITS))


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
    plain = plain_folds(folds)
    multipliers, addends = permutations
    minima = np.empty(len(multipliers), dtype=np.uint32)
    for row in range(len(offsets) - 1):
        count = hash_words(data, (offsets[row], offsets[row + 1]), folds, plain, key, hashes, 0)
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
