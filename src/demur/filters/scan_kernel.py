"""The compiled loop that reads rows of symbols and writes down the identifiers in them.

A row is read again until nothing more is found, with a barrier over what was found before: so a text that was redacted
holds nothing for a second pass. Imports numba.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from demur.filters import number_kernel, online_kernel
from demur.filters.automata import DEAD, START
from demur.filters.cues import NO_CUE, OTHER_CUE, WHOLE_WORD
from demur.filters.number_kernel import Groups
from demur.filters.places import Label, Part
from demur.filters.symbol_kernel import Bytes, Origins, Places, Spans, Tables, ends_of, inner, longest_end, step
from demur.filters.symbols import BARRIER, DIGIT_KIND, WORD_KIND

_MOST_ROUNDS = 16
_KIND = 0x3F
_AT, _DOT, _COLON, _SLASH, _BRACKET, _SPACE = (ord(sign) for sign in "@.:/[ ")
_FEWEST_DIGITS = 4
_OCTET_MAXIMUM, _VERSION_MAXIMUM = 255, 99


@inner
def mark_cues(
    symbols: Bytes, kinds: Bytes, low: int, high: int, tables: Tables, where: Places, starts: Bytes, ends: Bytes
) -> None:
    """Write down for each place which cue word begins and which ends there; of two that end together the longer one."""
    starts[low : high + 1] = NO_CUE
    ends[low : high + 1] = NO_CUE
    for place in range(low, high):
        symbol = symbols[place]
        is_inside = kinds[symbol] & WORD_KIND != 0 and kinds[symbols[place - 1]] & WORD_KIND != 0
        if is_inside or symbol in (BARRIER, _SPACE):
            continue
        end, kind = _cue_end(symbols, kinds, place, tables, where[Part.CUES], where[Part.CUE_KINDS])
        if end > 0:
            starts[place] = kind
            if ends[end] == NO_CUE:
                ends[end] = kind


@inner
def _cue_end(
    symbols: Bytes, kinds: Bytes, place: int, tables: Tables, base: int, cue_kinds: int
) -> tuple[int, int]:
    state, end, kind = np.int64(START), -1, NO_CUE
    while True:
        state = step(tables, base, state, symbols[place])
        if state == DEAD:
            return end, kind
        place += 1
        first, last = ends_of(tables, base, state)
        for index in range(first, last):
            found = np.int64(tables[cue_kinds + tables[index]])
            if found & WHOLE_WORD == 0 or kinds[symbols[place]] & WORD_KIND == 0:
                end, kind = place, found & _KIND
                break


@inner
def hide_placeholders(symbols: Bytes, low: int, high: int, tables: Tables, base: int) -> None:
    """Put barriers over placeholders: what was cut is no context for what is left."""
    place = low
    while place < high:
        end = longest_end(tables, base, symbols, place) if symbols[place] == _BRACKET else -1
        if end > 0:
            symbols[place:end] = BARRIER
        place = max(end, place + 1)


@inner
def _cut(symbols: Bytes, origins: Origins, low: int, high: int, spans: Spans, first: int, count: int) -> None:
    """Widen what was found to whole characters, for half a ligature cannot be cut, and put barriers over it."""
    for index in range(first, count):
        start, end = spans[index, 0], spans[index, 1]
        while start > low and origins[start - 1] == origins[start]:
            start -= 1
        while end < high and origins[end - 1] == origins[end]:
            end += 1
        spans[index, 0], spans[index, 1] = start, end
        symbols[start:end] = BARRIER


@inner
def _count_signs(symbols: Bytes, kinds: Bytes, low: int, high: int) -> tuple[int, int, int, int]:
    """Count what no identifier of a kind can do without: digits, @, slashes and colons, dots."""
    digits = ats = links = dots = 0
    for place in range(low, high):
        symbol = symbols[place]
        digits += kinds[symbol] & DIGIT_KIND != 0
        ats += symbol == _AT
        links += symbol in (_SLASH, _COLON)
        dots += symbol == _DOT
    return digits, ats, links, dots


@inner
def _scan_online(
    symbols: Bytes, origins: Origins, kinds: Bytes, low: int, high: int, tables: Tables, where: Places, spans: Spans, count: int
) -> int:
    _, ats, links, dots = _count_signs(symbols, kinds, low, high)
    first = count
    if links > 0 or dots > 1:
        count = online_kernel.find_links(symbols, kinds, low, high, tables, where[Part.LINK], spans, count)
        _cut(symbols, origins, low, high, spans, first, count)
        first = count
    if ats > 0:
        count = online_kernel.find_mails(symbols, kinds, low, high, tables, where[Part.TOP_LEVEL], spans, count)
        _cut(symbols, origins, low, high, spans, first, count)
        first = count
    count = online_kernel.find_worded_mails(symbols, kinds, low, high, tables, where, spans, count)
    _cut(symbols, origins, low, high, spans, first, count)
    first = count
    if links > 0 and dots > 0:
        count = online_kernel.find_bare_links(symbols, kinds, low, high, tables, where[Part.BARE_LINK], spans, count)
        _cut(symbols, origins, low, high, spans, first, count)
        first = count
    if ats > 0:
        count = online_kernel.find_handles(symbols, kinds, low, high, tables, where[Part.MEASURE], spans, count)
        _cut(symbols, origins, low, high, spans, first, count)
        first = count
    if links > 1:
        count = online_kernel.find_ipv6_addresses(symbols, kinds, low, high, spans, count)
        _cut(symbols, origins, low, high, spans, first, count)
    return count


@inner
def _find_ip_addresses(
    symbols: Bytes,
    kinds: Bytes,
    low: int,
    high: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    tables: Tables,
    base: int,
    spans: Spans,
    count: int,
) -> int:
    """Find IPv4 addresses; four small numbers after a word such as "version" are none."""
    place = low
    while place < high:
        end = longest_end(tables, base, symbols, place) if _may_start_octets(symbols, kinds, place) else -1
        if end < 0 or _goes_on_as_word(symbols, kinds, end):
            place += 1
            continue
        greatest = online_kernel.greatest_octet(symbols, kinds, place, end)
        is_version = greatest <= _VERSION_MAXIMUM and (
            number_kernel.nearest_cue(symbols, kinds, cue_starts, cue_ends, place, end, number_kernel.NUMBER_CUES) == OTHER_CUE
        )
        if greatest <= _OCTET_MAXIMUM and not is_version:
            spans[count, 0], spans[count, 1], spans[count, 2] = place, end, Label.IP
            count += 1
        place = end
    return count


@inner
def _may_start_octets(symbols: Bytes, kinds: Bytes, place: int) -> bool:
    before = symbols[place - 1]
    if kinds[symbols[place]] & DIGIT_KIND == 0 or kinds[before] & WORD_KIND != 0 or before in (_DOT, ord("_")):
        return False
    return not (before in (ord(","), ord("-")) and kinds[symbols[place - 2]] & DIGIT_KIND != 0)


@inner
def _goes_on_as_word(symbols: Bytes, kinds: Bytes, end: int) -> bool:
    is_part = symbols[end] == _DOT and kinds[symbols[end + 1]] & DIGIT_KIND != 0
    return is_part or kinds[symbols[end]] & WORD_KIND != 0 or symbols[end] == ord("_")


@inner
def _scan_numbers(
    symbols: Bytes,
    origins: Origins,
    low: int,
    high: int,
    cue_starts: Bytes,
    cue_ends: Bytes,
    kinds: Bytes,
    tables: Tables,
    where: Places,
    language: int,
    groups: Groups,
    spans: Spans,
    count: int,
) -> int:
    first = count
    lengths = where[Part.IBAN_LENGTHS]
    count = number_kernel.find_ibans(symbols, kinds, tables, lengths, cue_ends, low, high, spans, count)
    _cut(symbols, origins, low, high, spans, first, count)
    first = count
    octets = where[Part.FOUR_OCTETS]
    count = _find_ip_addresses(symbols, kinds, low, high, cue_starts, cue_ends, tables, octets, spans, count)
    _cut(symbols, origins, low, high, spans, first, count)
    first = count
    count = number_kernel.find_lettered_ids(
        symbols, low, high, cue_starts, cue_ends, kinds, tables, where, language, spans, count
    )
    _cut(symbols, origins, low, high, spans, first, count)
    first = count
    count = number_kernel.find_birth_dates(
        symbols, low, high, cue_starts, cue_ends, kinds, tables, where[Part.BIRTH_DATES], spans, count
    )
    _cut(symbols, origins, low, high, spans, first, count)
    first = count
    number_kernel.hide_dates(symbols, kinds, low, high, tables, where[Part.DATES])
    count = number_kernel.find_numbers(
        symbols, low, high, cue_starts, cue_ends, kinds, tables, where, language, groups, spans, count
    )
    _cut(symbols, origins, low, high, spans, first, count)
    first = count
    count = number_kernel.find_plates(
        symbols, low, high, cue_starts, cue_ends, kinds, tables, where, language, spans, count
    )
    _cut(symbols, origins, low, high, spans, first, count)
    return count


@njit(cache=True, nogil=True)
def scan_rows(
    symbols: Bytes,
    origins: Origins,
    starts: Places,
    languages: npt.NDArray[np.int8],
    kinds: Bytes,
    tables: Tables,
    where: Places,
    cue_starts: Bytes,
    cue_ends: Bytes,
    groups: Groups,
    spans: Spans,
    span_counts: Places,
) -> int:
    """Read rows one after the other; write their spans and how many each has, and return how many there are."""
    count = np.int64(0)
    for row in range(starts.size - 1):
        low, high = starts[row], starts[row + 1] - 1
        before = count
        hide_placeholders(symbols, low, high, tables, where[Part.PLACEHOLDERS])
        is_cued = False
        for _ in range(_MOST_ROUNDS):
            first = count
            count = _scan_online(symbols, origins, kinds, low, high, tables, where, spans, count)
            digits, _, _, _ = _count_signs(symbols, kinds, low, high)
            if digits >= _FEWEST_DIGITS:
                if not is_cued:
                    mark_cues(symbols, kinds, low, high, tables, where, cue_starts, cue_ends)
                    is_cued = True
                count = _scan_numbers(
                    symbols,
                    origins,
                    low,
                    high,
                    cue_starts,
                    cue_ends,
                    kinds,
                    tables,
                    where,
                    np.int64(languages[row]),
                    groups,
                    spans,
                    count,
                )
            if count == first:
                break
        span_counts[row] = count - before
    return count
