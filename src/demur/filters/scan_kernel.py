"""The compiled loop that reads rows of symbols and writes down the identifiers in them.

A row is read again until nothing more is found, with a barrier over what was found before: so a text that was redacted
holds nothing for a second pass. Imports numba.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from demur.filters.address_kernel import TOKEN_SIZE, Tokens, find_addresses
from demur.filters.code_kernel import find_birth_dates, find_ibans, find_lettered_ids, find_plates, hide_dates
from demur.filters.cue_kernel import mark_cues
from demur.filters.number_kernel import WINDOW_SIZE, Groups, Window, find_numbers
from demur.filters.online_kernel import (
    find_bare_links,
    find_handles,
    find_ip_addresses,
    find_ipv6_addresses,
    find_links,
    find_mails,
    find_worded_mails,
)
from demur.filters.places import KINDS, Part
from demur.filters.symbol_kernel import (
    COUNT,
    HIGH,
    LANGUAGE,
    LOW,
    SYMBOL,
    Origins,
    Places,
    Row,
    Spans,
    Tables,
    Text,
    inner,
    longest_end,
)
from demur.filters.symbols import BARRIER, DIGIT_KIND

_MOST_ROUNDS = 16
_AT, _DOT, _COLON, _SLASH, _BRACKET = (ord(sign) for sign in "@.:/[")
_FEWEST_DIGITS = 4
# What no identifier of a kind can do without.
_DIGITS, _ATS, _LINK_SIGNS, _DOTS, _SIGN_COUNTS = range(5)


@njit(cache=True, nogil=True)
def scan_rows(
    text: Text,
    origins: Origins,
    starts: Places,
    languages: npt.NDArray[np.int8],
    tables: Tables,
    spans: Spans,
    span_counts: Places,
) -> int:
    """Read rows one after the other; write their spans and how many each has, and return how many there are."""
    row, window, signs = np.zeros(4, np.int64), np.zeros(WINDOW_SIZE, np.int64), np.zeros(_SIGN_COUNTS, np.int64)
    groups = np.empty((text.shape[1] // 2 + 2, 2), np.int64)
    tokens = np.empty((text.shape[1] + 8, TOKEN_SIZE), np.int32)
    for index in range(starts.size - 1):
        row[LOW], row[HIGH], row[LANGUAGE] = starts[index], starts[index + 1] - 1, languages[index]
        before = row[COUNT]
        _hide_placeholders(text, row, tables)
        is_cued = False
        for _ in range(_MOST_ROUNDS):
            first = row[COUNT]
            _count_signs(text, row, tables, signs)
            _scan_online(text, row, tables, origins, signs, spans)
            if row[COUNT] > first:
                _count_signs(text, row, tables, signs)
            if signs[_DIGITS] >= _FEWEST_DIGITS:
                if not is_cued:
                    mark_cues(text, row, tables)
                    is_cued = True
                _scan_numbers(text, row, tables, origins, groups, window, tokens, spans)
            elif signs[_DIGITS] > 0:
                between = row[COUNT]
                find_addresses(text, row, tables, tokens, spans)
                _cut(text, row, origins, spans, between)
            if row[COUNT] == first:
                break
        span_counts[index] = row[COUNT] - before
    return row[COUNT]


@inner
def _hide_placeholders(text: Text, row: Row, tables: Tables) -> None:
    """Put barriers over placeholders: what was cut is no context for what is left."""
    place = row[LOW]
    while place < row[HIGH]:
        end = np.int64(-1)
        if text[SYMBOL, place] == _BRACKET:
            end = longest_end(tables, np.int64(tables[Part.PLACEHOLDERS]), text, place)
        if end > 0:
            text[SYMBOL, place:end] = BARRIER
        place = max(end, place + 1)


@inner
def _count_signs(text: Text, row: Row, tables: Tables, signs: Places) -> None:
    signs[:] = 0
    for place in range(row[LOW], row[HIGH]):
        symbol = text[SYMBOL, place]
        signs[_DIGITS] += tables[KINDS + symbol] & DIGIT_KIND != 0
        signs[_ATS] += symbol == _AT
        signs[_LINK_SIGNS] += symbol in (_SLASH, _COLON)
        signs[_DOTS] += symbol == _DOT


@inner
def _scan_online(text: Text, row: Row, tables: Tables, origins: Origins, signs: Places, spans: Spans) -> None:
    first = row[COUNT]
    if signs[_LINK_SIGNS] > 0 or signs[_DOTS] > 1:
        find_links(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[_ATS] > 0:
        find_mails(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    find_worded_mails(text, row, tables, spans)
    first = _cut(text, row, origins, spans, first)
    if signs[_LINK_SIGNS] > 0 and signs[_DOTS] > 0:
        find_bare_links(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[_ATS] > 0:
        find_handles(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[_LINK_SIGNS] > 1:
        find_ipv6_addresses(text, row, tables, spans)
        _cut(text, row, origins, spans, first)


@inner
def _scan_numbers(
    text: Text,
    row: Row,
    tables: Tables,
    origins: Origins,
    groups: Groups,
    window: Window,
    tokens: Tokens,
    spans: Spans,
) -> None:
    first = row[COUNT]
    find_ibans(text, row, tables, spans)
    first = _cut(text, row, origins, spans, first)
    find_ip_addresses(text, row, tables, spans)
    first = _cut(text, row, origins, spans, first)
    find_lettered_ids(text, row, tables, spans)
    first = _cut(text, row, origins, spans, first)
    find_birth_dates(text, row, tables, spans)
    first = _cut(text, row, origins, spans, first)
    hide_dates(text, row, tables)
    find_addresses(text, row, tables, tokens, spans)
    first = _cut(text, row, origins, spans, first)
    find_numbers(text, row, tables, groups, window, spans)
    first = _cut(text, row, origins, spans, first)
    find_plates(text, row, tables, spans)
    _cut(text, row, origins, spans, first)


@inner
def _cut(text: Text, row: Row, origins: Origins, spans: Spans, first: int) -> int:
    """Widen what was found to whole characters, for half a ligature cannot be cut, and put barriers over it.

    Returns the number of the next span.
    """
    for index in range(first, row[COUNT]):
        start, end = spans[index, 0], spans[index, 1]
        while start > row[LOW] and origins[start - 1] == origins[start]:
            start -= 1
        while end < row[HIGH] and origins[end - 1] == origins[end]:
            end += 1
        spans[index, 0], spans[index, 1] = start, end
        text[SYMBOL, start:end] = BARRIER
    return row[COUNT]
