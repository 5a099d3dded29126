"""Compiled loops over UTF-8 buffers: read tokens, hash their features, find the best tags.

Imports numba, and is imported only when there is something to do. Integers only, so that every processor gives the
same spans; the interpreter's lock is released. `reference` says the same in plain Python.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
from numba import njit

from demur.filters.compiling import inner as _inner
from demur.filters.compiling import outer
from demur.filters.names import layout, network
from demur.filters.word_kernel import Bytes, Places, _decode

int64: Any = numba.int64  # its stubs know numbers of Python alone
uint32: Any = numba.uint32
uint64: Any = numba.uint64

Whole: TypeAlias = Any
"""A whole number: int to the reader, np.int64 once compiled."""
Codes: TypeAlias = npt.NDArray[np.int32]
Atoms: TypeAlias = npt.NDArray[np.uint32]
Parts: TypeAlias = npt.NDArray[np.uint64]
Alphabet: TypeAlias = tuple[Bytes, Codes, Codes]
"""For each code point below `TABLE_END`: its kind, its lower case, and its base letter in lower case."""
Lexicon: TypeAlias = tuple[Atoms, Atoms, Atoms, Atoms]
"""Open-addressed hashes of words, their entries, bits of words that are in no name, and of each language's words."""
Weights: TypeAlias = tuple[Parts, Codes, Codes]
"""Rows of weights by hashed feature, as `_add_rows` reads them; those of two neighbouring tags; what OUTSIDE gets by
language and `layout.Evidence`."""
Model: TypeAlias = tuple[Alphabet, Lexicon, Weights, network.Network]
Scores: TypeAlias = tuple[Codes, Codes, Codes, Atoms, Parts]
"""Room for emissions, best ways from the beginning, tags with margins, and one token's slots and parts."""
Room: TypeAlias = tuple[Places, Atoms, Scores, network.Room, Places]
"""Room for the tokens, atoms and scores of one sequence, for the network, and for the words of each language."""

_SIGN, _LOWER, _UPPER, _LETTER = (
    int(layout.Kind.SIGN),
    int(layout.Kind.LOWER),
    int(layout.Kind.UPPER),
    int(layout.Kind.LETTER),
)
_DIGIT, _MARK, _SPACE, _NEWLINE = (
    int(layout.Kind.DIGIT),
    int(layout.Kind.MARK),
    int(layout.Kind.SPACE),
    int(layout.Kind.NEWLINE),
)
_TABLE_END, _SEQUENCE_BYTES, _TOKEN_BYTES = layout.TABLE_END, layout.SEQUENCE_BYTES, layout.TOKEN_BYTES
_FNV_PRIME, _FNV_START, _MASK_32 = layout.FNV_PRIME, layout.FNV_START, layout.MASK_32
_GOLDEN, _MIX = np.uint64(layout.GOLDEN), np.uint64(layout.MIX)
_S32, _COARSE = np.uint64(32), np.uint64(layout.COARSE_SHIFT)
_PLACE = np.uint64(0x9E3779B1)
_ONE, _TWO = np.uint64(1), np.uint64(2)
_FOUR, _EIGHT, _SIXTEEN, _WIDE = np.uint64(4), np.uint64(8), np.uint64(16), np.uint64(layout.WIDE)
_LANES, _LOW_LANE = np.uint64(0x00FF00FF00FF00FF), np.uint64(0xFFFF)
_FIRST = np.array([first for first, _ in layout.FEATURE_PARTS], np.int64)
_SECOND = np.array([second for _, second in layout.FEATURE_PARTS], np.int64)

A_WORD, A_PLAIN, A_P3, A_P4 = 0, 1, 2, 3
A_S1, A_S2, A_S3, A_S4, A_SHAPE = 4, 5, 6, 7, 8
A_CASE, A_START, A_LISTS, A_COARSE, A_FINE, A_KNOWN = 9, 10, 11, 12, 13, 14
ATOMS, FEATURES, TAGS, ROW = layout.ATOMS, layout.FEATURES, layout.TAGS, layout.ROW
_C_LOWER, _C_TITLE, _C_CAPS, _C_INITIAL, _C_MIXED, _C_CASELESS, _C_NUMBER, _C_DIGITS, _C_HANDLE, _C_LINK, _C_OUT = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    15,
)
_EMPTY_WORD = layout.EMPTY_WORD
_FAR = -(1 << 28)
_NAME_BITS, _COMMON, _VOCABULARY = 3, 1, 2
_LANGUAGE = layout.GOLDEN_32
_GUESSED_WORDS, _GUESS_LEAD, _GUESS_ENGLISH = layout.GUESSED_WORDS, layout.GUESS_LEAD, layout.GUESS_ENGLISH
_ENGLISH = layout.ENGLISH
_AT, _DOT, _UNDERSCORE, _OPENS, _CLOSES, _HASH = 0x40, 0x2E, 0x5F, 0x5B, 0x5D, 0x23
_GIVEN, _SURNAME, _TOWN, _COMMON_GIVEN = 1, 2, 4, 16
_HASHTAG_PARTS, _CERTAIN = layout.HASHTAG_PARTS, layout.CERTAIN
_LONGEST_PLACEHOLDER = layout.LONGEST_PLACEHOLDER


# --------------------------------------------------------------------------------------------------------------- tokens
@njit(inline="always")
def _kind(code: Whole, alphabet: Alphabet) -> Whole:
    if code >= _TABLE_END:
        return _MARK if code == 0xFEFF or 0xFE00 <= code <= 0xFE0F else _SIGN
    return int64(alphabet[0][code])


@njit(inline="always")
def _is_word(kind: Whole) -> bool:
    return bool(_LOWER <= kind <= _MARK)


@njit(inline="always")
def _hash_code(state: Whole, code: Whole) -> Whole:
    return ((state ^ code) * _FNV_PRIME) & _MASK_32


@_inner
def _is_link(data: Bytes, place: Whole, end: Whole) -> bool:
    """Tell whether `http://`, `https://` or `www.` begins here, in any case."""
    if end - place < 5:
        return False
    first, second = data[place] | 0x20, data[place + 1] | 0x20
    if first == 0x77 and second == 0x77:
        return bool(data[place + 2] | 0x20 == 0x77 and data[place + 3] == _DOT)
    if first != 0x68 or second != 0x74 or data[place + 2] | 0x20 != 0x74 or data[place + 3] | 0x20 != 0x70:
        return False
    return bool(data[place + 4] == 0x3A or data[place + 4] | 0x20 == 0x73)


@njit(inline="always")
def _is_handle_byte(byte: Whole) -> bool:
    return bool(0x30 <= byte <= 0x39 or 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A or byte == _UNDERSCORE)


@_inner
def _placeholder_end(data: Bytes, place: Whole, end: Whole) -> Whole:
    """Return where the placeholder ends whose bracket opens here, or -1."""
    stop = place + 1
    while stop < end and stop - place <= _LONGEST_PLACEHOLDER and 0x41 <= data[stop] <= 0x5A:
        stop += 1
    if stop < end and stop > place + 1 and data[stop] == _CLOSES:
        return stop + 1
    return int64(-1)


@_inner
def sequence_end(data: Bytes, start: Whole, end: Whole, alphabet: Alphabet) -> Whole:
    """Return where the sequence that begins at `start` ends: after a newline, or at the last gap that fits."""
    if end - start > _SEQUENCE_BYTES:
        limit = start + _SEQUENCE_BYTES
        while data[limit] & 0xC0 == 0x80:
            limit -= 1
    else:
        limit = end
    place, gap = start, limit
    while place < limit:
        code, size = _decode(data, place)
        kind = _kind(code, alphabet)
        place += size
        if kind == _NEWLINE:
            return place
        if kind == _SPACE:
            gap = place
    return limit if limit == end else gap


@_inner
def _token_end(data: Bytes, place: Whole, end: Whole, alphabet: Alphabet, is_joined: Whole) -> tuple[Whole, Whole]:
    """Return where the token ends that begins at `place`; its case if handle, placeholder or link, else -1."""
    code, size = _decode(data, place)
    kind = _kind(code, alphabet)
    stop = place + size
    if code == _AT and is_joined == 0 and stop < end and _is_handle_byte(data[stop]):
        while stop < end and stop - place < _TOKEN_BYTES and _is_handle_byte(data[stop]):
            stop += 1
        return stop, _C_HANDLE
    if code == _OPENS:
        after = _placeholder_end(data, place, end)
        if after > 0:
            return after, _C_HANDLE
    if is_joined == 0 and _is_link(data, place, end):
        while stop < end:
            following, width = _decode(data, stop)
            if _kind(following, alphabet) >= _SPACE:
                break
            stop += width
        return stop, _C_LINK
    if _is_word(kind) and kind != _MARK:
        while stop < end and stop - place < _TOKEN_BYTES:
            following, width = _decode(data, stop)
            if not _is_word(_kind(following, alphabet)):
                break
            stop += width
    return stop, -1


@_inner
def read_tokens(data: Bytes, start: Whole, end: Whole, alphabet: Alphabet, tokens: Places, atoms: Atoms) -> Whole:
    """Write the tokens of one sequence and the atoms of their words; return how many there are.

    The first and the last two rows of `atoms` are left for the sentinels: token i is in row i + 2.
    """
    count, place, is_joined = 0, start, int64(0)
    while place < end:
        code, size = _decode(data, place)
        kind = _kind(code, alphabet)
        if kind >= _SPACE:
            is_joined = int64(0)
            place += size
            continue
        stop, case = _token_end(data, place, end, alphabet, is_joined)
        _write_atoms(data, place, stop, case, alphabet, atoms[count + 2])
        tokens[count, 0], tokens[count, 1] = place, stop
        is_joined = int64(1) if case < 0 and _is_word(kind) and kind != _MARK else int64(0)
        count += 1
        place = stop
    return count


@_inner
def _write_atoms(data: Bytes, start: Whole, end: Whole, case: Whole, alphabet: Alphabet, row: Atoms) -> None:
    """Write the atoms that a token has by itself."""
    for column in range(len(row)):
        row[column] = uint32(0)
    if case >= 0:
        for column in range(A_SHAPE + 1):
            row[column] = uint32(_EMPTY_WORD + case)
        row[A_CASE] = uint32(case)
        return
    word, plain, shape, last_shape = _FNV_START, _FNV_START, _FNV_START, -1
    prefix_3, prefix_4, letters, uppers, lowers, digits, cased_first = 0, 0, 0, 0, 0, 0, 0
    tail_1, tail_2, tail_3, tail_4 = 0, 0, 0, 0
    place = start
    while place < end:
        code, size = _decode(data, place)
        place += size
        kind = _kind(code, alphabet)
        if kind == _MARK:
            continue
        if code < _TABLE_END:
            word = _hash_code(word, int64(alphabet[1][code]))
            base = int64(alphabet[2][code])
        else:
            word = _hash_code(word, code)
            base = code
        plain = _hash_code(plain, base)
        if kind != last_shape:
            shape = _hash_code(shape, kind)
            last_shape = kind
        letters += 1
        if letters == 1 and kind == _UPPER:
            cased_first = 1
        uppers += kind == _UPPER
        lowers += kind == _LOWER
        digits += kind == _DIGIT
        if letters == 3:
            prefix_3 = plain
        elif letters == 4:
            prefix_4 = plain
        tail_4, tail_3, tail_2, tail_1 = tail_3, tail_2, tail_1, base
    row[A_WORD], row[A_PLAIN], row[A_SHAPE] = uint32(word), uint32(plain), uint32(shape)
    row[A_P3], row[A_P4] = uint32(prefix_3), uint32(prefix_4)
    ending = _hash_code(_FNV_START, tail_1)
    row[A_S1] = uint32(ending)
    ending = _hash_code(ending, tail_2)
    row[A_S2] = uint32(ending)
    ending = _hash_code(ending, tail_3)
    row[A_S3] = uint32(ending)
    row[A_S4] = uint32(_hash_code(ending, tail_4))
    row[A_CASE] = uint32(_case(letters, uppers, lowers, digits, cased_first, last_shape))


@_inner
def _case(letters: Whole, uppers: Whole, lowers: Whole, digits: Whole, starts_upper: Whole, last: Whole) -> Whole:
    if letters == 0 or (letters == 1 and last == _SIGN):
        return 0
    if digits > 0:
        return _C_NUMBER if digits == letters else _C_DIGITS
    if uppers == 0:
        return _C_LOWER if lowers > 0 else _C_CASELESS
    if letters == 1:
        return _C_INITIAL
    if uppers == letters:
        return _C_CAPS
    return _C_TITLE if uppers == 1 and starts_upper == 1 else _C_MIXED


@outer
def fill_lexicon(keys: Atoms, values: Atoms, places: Atoms, entries: Atoms) -> None:
    """Put every word into the first free place from its hash on."""
    mask = len(places) - 1
    for index in range(len(keys)):
        slot = int64(keys[index]) & mask
        while entries[slot] != 0:
            slot = (slot + 1) & mask
        places[slot], entries[slot] = keys[index], values[index]


@_inner
def _entry(lexicon: Lexicon, word: Whole) -> Whole:
    """Return the entry of a word; 0 is none."""
    keys, values = lexicon[0], lexicon[1]
    mask = len(keys) - 1
    slot = word & mask
    while values[slot] != 0:
        if keys[slot] == word:
            return int64(values[slot])
        slot = (slot + 1) & mask
    return 0


@njit(inline="always")
def _bit(bits: Atoms, place: Whole) -> bool:
    return bool((bits[place >> 5] >> uint32(place & 31)) & uint32(1))


@njit(inline="always")
def _is_among(bits: Atoms, word: Whole) -> bool:
    mask = (len(bits) << 5) - 1
    return _bit(bits, word & mask) and _bit(bits, ((word * 0x5BD1E995) & _MASK_32) >> 8 & mask)


@njit(inline="always")
def in_language(word: Whole, language: Whole) -> Whole:
    """Return the hash of a word as one of a language."""
    return ((word ^ language * _LANGUAGE) * _FNV_PRIME) & _MASK_32


@_inner
def guess_language(atoms: Atoms, count: Whole, bits: Atoms, english: Atoms, votes: Places) -> Whole:
    """Return the language whose list holds most of the first words in lower case, or 0 where none leads."""
    for language in range(len(votes)):
        votes[language] = 0
    seen = 0
    for row in range(2, count + 2):
        if int64(atoms[row, A_CASE]) != _C_LOWER:
            continue
        seen += 1
        if seen > _GUESSED_WORDS:
            break
        word = int64(atoms[row, A_WORD])
        for language in range(1, len(votes)):
            votes[language] += _is_among(bits, in_language(word, language))
        for place in range(len(english)):
            if int64(english[place]) == word:
                votes[_ENGLISH] += _GUESS_ENGLISH
    best, second = 0, 0
    for language in range(1, len(votes)):
        if votes[language] > votes[best]:
            best, second = language, best
        elif votes[language] > votes[second]:
            second = language
    return best if votes[best] - votes[second] >= _GUESS_LEAD else 0


@_inner
def complete_atoms(atoms: Atoms, count: Whole, language: Whole, lexicon: Lexicon) -> Whole:
    """Add what the lexicon and the neighbours say; set the sentinels; return the profile of the sequence."""
    for row in (0, 1, count + 2, count + 3):
        for column in range(A_SHAPE + 1, atoms.shape[1]):
            atoms[row, column] = uint32(0)
        for column in range(A_SHAPE + 1):
            atoms[row, column] = uint32(_EMPTY_WORD)
        atoms[row, A_CASE] = uint32(_C_OUT)
    lowers, titles, capitals, start = 0, 0, 0, int64(1)
    for row in range(2, count + 2):
        case = int64(atoms[row, A_CASE])
        word = int64(atoms[row, A_WORD])
        atoms[row, A_START] = uint32(start)
        if _C_LOWER <= case <= _C_CASELESS:
            entry = _entry(lexicon, word)
            atoms[row, A_LISTS] = uint32(entry & 0xFF)
            atoms[row, A_COARSE] = uint32(entry >> 8 & 0x1FF)
            atoms[row, A_FINE] = uint32(entry >> 17 & 0xFFF)
            known = int64(_is_among(lexicon[2], word))
            if language > 0 and _is_among(lexicon[3], in_language(word, language)):
                known |= _VOCABULARY
            atoms[row, A_KNOWN] = uint32(known)
            lowers += case == _C_LOWER
            titles += case == _C_TITLE or case == _C_INITIAL
            capitals += case == _C_CAPS
            start = int64(0)
        elif case == 0 or case >= _C_HANDLE:
            start = _start_after(atoms, row, start)
        else:
            start = int64(0)
    if titles + capitals == 0:
        return 0
    if 2 * capitals > lowers + titles + capitals:
        return 1
    if 10 * titles > 6 * (lowers + titles + capitals) and titles > 2:
        return 2
    return 4 if titles == 1 and capitals == 0 else 3


@_inner
def _start_after(atoms: Atoms, row: Whole, start: Whole) -> Whole:
    """Tell whether a sentence begins after the sign in this row."""
    if start == 1:
        return 1
    word = int64(atoms[row, A_WORD])
    if word == _hash_code(_FNV_START, _DOT):
        return start if int64(atoms[row - 1, A_CASE]) == _C_INITIAL else 2
    for ending in (0x21, 0x3F, 0x3A, 0x2026, 0x2022, 0x7C):
        if word == _hash_code(_FNV_START, ending):
            return 2
    return start


@_inner
def _may_be_name(row: Atoms) -> bool:
    case = int64(row[A_CASE])
    if _C_TITLE <= case <= _C_MIXED:
        return True
    if case != _C_LOWER and case != _C_CASELESS:
        return False
    return bool(int64(row[A_KNOWN]) & _COMMON == 0 or (int64(row[A_LISTS]) & _NAME_BITS) != 0)


@njit(inline="always")
def _evidence(row: Atoms) -> Whole:
    """Return the column of what is added to OUTSIDE: `layout.Evidence`."""
    if int64(row[A_LISTS]) & _NAME_BITS != 0:
        return 0
    return 2 if int64(row[A_KNOWN]) & _VOCABULARY != 0 else 1


@njit(inline="always")
def is_scored(atoms: Atoms, row: Whole) -> bool:
    """Tell whether a token may be of a name: capitalised, unknown or listed, or between two such tokens."""
    if int64(atoms[row, A_CASE]) >= _C_HANDLE:
        return False
    return bool(_may_be_name(atoms[row]) or (_may_be_name(atoms[row - 1]) and _may_be_name(atoms[row + 1])))


# ------------------------------------------------------------------------------------------------------------- features
@_inner
def _gather(atoms: Atoms, row: Whole, profile: Whole, language: Whole, parts: Parts) -> None:
    """Write the parts of one token's features: the atoms of five tokens, then what `layout.Part` names."""
    columns = atoms.shape[1]
    for distance in range(5):
        for column in range(columns):
            parts[distance * columns + column] = atoms[row - 2 + distance, column]
    before, own, after = ATOMS, 2 * ATOMS, 3 * ATOMS
    case, case_b, case_n = parts[own + A_CASE], parts[before + A_CASE], parts[after + A_CASE]
    lists, lists_b, lists_n = parts[own + A_LISTS], parts[before + A_LISTS], parts[after + A_LISTS]
    fine, fine_b, fine_n = parts[own + A_FINE], parts[before + A_FINE], parts[after + A_FINE]
    coarse_b, coarse_n = parts[before + A_COARSE], parts[after + A_COARSE]
    extra = parts[5 * ATOMS :]
    extra[0] = uint64(0)
    extra[1] = case * _FOUR + parts[own + A_START]
    extra[2] = extra[1] * _EIGHT + uint64(profile)
    extra[3] = (case_b * _SIXTEEN + case) * _SIXTEEN + case_n
    extra[4] = parts[A_CASE] * _SIXTEEN + case_b
    extra[5] = case * _SIXTEEN + case_n
    extra[6] = lists_b * _WIDE + lists
    extra[7] = lists * _WIDE + lists_n
    extra[8] = extra[6] * _WIDE + lists_n
    extra[9] = fine_b * _WIDE + fine
    extra[10] = fine * _WIDE + fine_n
    extra[11] = coarse_b * _WIDE + fine
    extra[12] = fine * _WIDE + coarse_n
    extra[13] = parts[A_COARSE] * _WIDE + coarse_b
    extra[14] = coarse_n * _WIDE + parts[4 * ATOMS + A_COARSE]
    extra[15] = uint64(language)
    extra[16] = extra[15] * _SIXTEEN + case
    extra[17] = lists * _SIXTEEN + case
    extra[18] = (fine >> _COARSE) * _WIDE + (fine_n >> _COARSE)
    extra[19] = (fine_b >> _COARSE) * _WIDE + (fine >> _COARSE)
    extra[20] = extra[2] * _SIXTEEN + case_n
    extra[21] = extra[2] * _SIXTEEN + case_b
    extra[22] = fine * _SIXTEEN + case
    word = parts[own + A_KNOWN] >> _ONE
    extra[23] = (parts[before + A_KNOWN] >> _ONE) * _FOUR + word * _TWO + (parts[after + A_KNOWN] >> _ONE)
    extra[24] = lists * _TWO + word
    extra[25] = (extra[23] * _TWO + (parts[A_KNOWN] >> _ONE)) * _TWO + (parts[4 * ATOMS + A_KNOWN] >> _ONE)
    extra[26] = case * _TWO + word


@_inner
def hash_features(
    atoms: Atoms, row: Whole, profile: Whole, language: Whole, parts: Parts, slots: Atoms, mask: np.uint64
) -> None:
    """Write the slots of one token's features."""
    _gather(atoms, row, profile, language, parts)
    for feature in range(len(slots)):
        state = (parts[_FIRST[feature]] + uint64(feature + 1) * _PLACE) * _GOLDEN
        state = ((state ^ (state >> _S32)) + parts[_SECOND[feature]]) * _MIX
        slots[feature] = uint32((state >> _S32) & mask)


@_inner
def _add_rows(table: Parts, slots: Atoms, scores: Codes) -> None:
    """Add the weights of a token's features: a row is a word of eight bytes, each 128 above its weight.

    Two sums of four lanes of 16 bits hold 257 such bytes without touching each other.
    """
    even, odd = uint64(0), uint64(0)
    for index in range(len(slots)):
        row = table[slots[index]]
        even += row & _LANES
        odd += (row >> _EIGHT) & _LANES
    above = 128 * len(slots)
    for pair in range(ROW // 2):
        shift = uint64(16 * pair)
        scores[2 * pair] = int64((even >> shift) & _LOW_LANE) - above
        scores[2 * pair + 1] = int64((odd >> shift) & _LOW_LANE) - above


# ----------------------------------------------------------------------------------------------------------------- tags
@_inner
def tag_sequence(
    atoms: Atoms,
    count: Whole,
    profile: Whole,
    language: Whole,
    weights: Weights,
    room: Scores,
) -> None:
    """Score the tokens of one sequence and find the best tags."""
    emissions, _, _, slots, parts = room
    table, transitions, outside = weights
    mask = uint64(len(table) - 1)
    for index in range(count):
        if is_scored(atoms, index + 2):
            hash_features(atoms, index + 2, profile, language, parts, slots, mask)
            _add_rows(table, slots, emissions[index])
            emissions[index, 0] += outside[language, _evidence(atoms[index + 2])]
        else:
            emissions[index, 0] = 0
            for tag in range(1, TAGS):
                emissions[index, tag] = _FAR
    find_tags(room, count, transitions)


@_inner
def find_tags(room: Scores, count: Whole, transitions: Codes) -> None:
    """Find the best tags of one sequence; leave them and their margins in the third array of `room`.

    A margin is what the best way through the sequence scores above the best one that gives this token no tag of the
    same kind: max-product from both ends, in integers.
    """
    emissions, before, tags, _, _ = room
    _forward(emissions, before, count, transitions)
    _backward(emissions, before, tags, count, transitions)


@_inner
def _forward(emissions: Codes, before: Codes, count: Whole, transitions: Codes) -> None:
    size = len(transitions) - 1  # not a constant: the compiler would unroll every loop
    for tag in range(size):
        before[0, tag] = emissions[0, tag] + transitions[size, tag]
    for index in range(1, count):
        last = 1 if emissions[index, 1] == _FAR else size
        for tag in range(last, size):
            before[index, tag] = _FAR
        for tag in range(last):
            best = before[index - 1, 0] + transitions[0, tag]
            for previous in range(1, size):
                score = before[index - 1, previous] + transitions[previous, tag]
                if score > best:
                    best = score
            score = best + emissions[index, tag]
            before[index, tag] = score if score > _FAR else _FAR


@_inner
def _choose(before: Codes, after: Codes, transitions: Codes, following: Whole) -> Whole:
    """Return the tag of the best way, given the tag that follows it, or -1 at the end: so ties are resolved once."""
    chosen, highest = 0, _FAR * 4
    for tag in range(len(transitions) - 1):
        score = before[tag] + (after[tag] if following < 0 else transitions[tag, following])
        if score > highest:
            chosen, highest = tag, score
    return chosen


@_inner
def _backward(emissions: Codes, before: Codes, tags: Codes, count: Whole, transitions: Codes) -> None:
    size = len(transitions) - 1
    after, moved = before[-1], before[-2]  # rows that no token has
    for tag in range(size):
        after[tag] = 0
    chosen = int64(-1)
    for index in range(count - 1, -1, -1):
        chosen = _choose(before[index], after, transitions, chosen)
        best, other = _FAR * 2, _FAR * 2
        for tag in range(size):
            score = before[index, tag] + after[tag]
            if score > best:
                best = score
            if (tag + 1) >> 1 != (chosen + 1) >> 1 and score > other:
                other = score
        tags[index, 0], tags[index, 1] = chosen, best - other
        last = 1 if emissions[index, 1] == _FAR else size
        for tag in range(size):
            highest = transitions[tag, 0] + emissions[index, 0] + after[0]
            for following in range(1, last):
                score = transitions[tag, following] + emissions[index, following] + after[following]
                if score > highest:
                    highest = score
            moved[tag] = highest if highest > _FAR else _FAR
        for tag in range(size):
            after[tag] = moved[tag]


# ------------------------------------------------------------------------------------------------------------- hashtags
@_inner
def _is_word_of(word: Whole, language: Whole, lexicon: Lexicon) -> bool:
    """Tell whether a word is in no name of the training texts, or in the words of a language or of English."""
    if _is_among(lexicon[2], word) or _is_among(lexicon[3], in_language(word, _ENGLISH)):
        return True
    return bool(language > 0 and _is_among(lexicon[3], in_language(word, language)))


@_inner
def _is_hashtag_of_person(
    data: Bytes, start: Whole, end: Whole, language: Whole, alphabet: Alphabet, lexicon: Lexicon
) -> bool:
    """Tell whether a word of several parts, each with a capital, is a given name and a surname: `HeatherWhitfield`.

    At most one of the two may be a word; where one is, the given name must be a common one, and no town.
    """
    parts, letters, first, is_word, word = 0, 0, int64(0), False, int64(_FNV_START)
    place = start
    while place < end:
        code, size = _decode(data, place)
        place += size
        kind = _kind(code, alphabet)
        if kind == _UPPER:
            if parts > 0 and letters < 2:
                return False
            if parts == 1:
                first, is_word = _entry(lexicon, word), _is_word_of(word, language, lexicon)
                if first & _GIVEN == 0:
                    return False
            elif parts > 1 and _entry(lexicon, word) & _NAME_BITS == 0:
                return False
            parts, letters, word = parts + 1, 0, int64(_FNV_START)
        elif kind != _LOWER or parts == 0:
            return False
        letters += 1
        word = _hash_code(word, int64(alphabet[1][code]))
    if parts < 2 or parts > _HASHTAG_PARTS or letters < 2 or _entry(lexicon, word) & _SURNAME == 0:
        return False
    is_surname_word = _is_word_of(word, language, lexicon)
    is_usual = first & _COMMON_GIVEN != 0 and first & _TOWN == 0
    return bool(not (is_word and is_surname_word) and (is_usual or not (is_word or is_surname_word)))


@_inner
def _tag_hashtags(
    data: Bytes,
    tokens: Places,
    atoms: Atoms,
    tags: Codes,
    count: Whole,
    language: Whole,
    alphabet: Alphabet,
    lexicon: Lexicon,
) -> None:
    """Tag the hashtags that are a person's name, with their sign."""
    for index in range(1, count):
        start = tokens[index, 0]
        if int64(atoms[index + 2, A_CASE]) != _C_MIXED or data[start - 1] != _HASH or tokens[index - 1, 1] != start:
            continue
        if _is_hashtag_of_person(data, start, tokens[index, 1], language, alphabet, lexicon):
            tags[index - 1, 0], tags[index, 0] = 1, 2
            tags[index - 1, 1], tags[index, 1] = _CERTAIN, _CERTAIN


@_inner
def _take_spans(
    tokens: Places, tags: Codes, count: Whole, row: Whole, start: Whole, found: Places, amount: Whole
) -> Whole:
    """Write the spans of persons and places of one sequence; return how many there are now."""
    index = 0
    while index < count:
        tag = tags[index, 0]
        if tag == 0 or tag >= TAGS - 2:
            index += 1
            continue
        inside, margin, last = ((tag - 1) | 1) + 1, tags[index, 1], index
        while last + 1 < count and tags[last + 1, 0] == inside:
            last += 1
            if tags[last, 1] < margin:
                margin = tags[last, 1]
        if amount < len(found):
            found[amount, 0], found[amount, 1] = row, tokens[index, 0] - start
            found[amount, 2], found[amount, 3] = tokens[last, 1] - start, (tag - 1) >> 1
            found[amount, 4] = margin
        amount += 1
        index = last + 1
    return amount


@outer
def tag_rows(data: Bytes, offsets: Places, languages: Bytes, model: Model, room: Room, found: Places) -> Whole:
    """Write row, first byte, byte after the last, label and margin of every span; return how many there are.

    Where they are more than `found` has room for, the rest is counted and not written.
    """
    alphabet, lexicon, weights, second = model
    tokens, atoms, scores, room_of_second, votes = room
    amount = int64(0)
    for row in range(len(offsets) - 1):
        place, end = offsets[row], offsets[row + 1]
        while place < end:
            stop = sequence_end(data, place, end, alphabet)
            count = read_tokens(data, place, stop, alphabet, tokens, atoms)
            if count > 0:
                language = int64(languages[row])
                if language == 0:
                    language = guess_language(atoms, count, lexicon[3], second[5], votes)
                profile = complete_atoms(atoms, count, language, lexicon)
                tag_sequence(atoms, count, profile, language, weights, scores)
                if network.is_doubtful(atoms, scores[2], count, language, second):
                    network.add_scores(atoms, count, profile, scores[2], scores[0], second, room_of_second)
                    find_tags(scores, count, weights[1])
                _tag_hashtags(data, tokens, atoms, scores[2], count, language, alphabet, lexicon)
                amount = _take_spans(tokens, scores[2], count, row, offsets[row], found, amount)
            place = stop
    return amount


def _fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array as one that is read only: whatever the caller has, the kernel is compiled once."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def tag(data: Bytes, offsets: Places, languages: Bytes, model: Model, found: Places) -> int:
    """Call `tag_rows` with room of its own, so that threads do not meet."""
    tokens = _SEQUENCE_BYTES + 4
    scores = (
        np.zeros((tokens, ROW), np.int32),
        np.zeros((tokens + 2, ROW), np.int32),
        np.zeros((tokens, 2), np.int32),
        np.zeros(FEATURES, np.uint32),
        np.zeros(layout.PARTS, np.uint64),
    )
    votes = np.zeros(1 + len(layout.LANGUAGES), np.int64)
    atoms = np.zeros((tokens + 4, ATOMS), np.uint32)
    room = (np.empty((tokens, 2), np.int64), atoms, scores, network.new_room(), votes)
    return int(tag_rows(_fixed(data), _fixed(offsets), _fixed(languages), model, room, found))
