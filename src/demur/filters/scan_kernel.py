"""The compiled loop that reads rows of symbols and writes down the identifiers in them.

A row is read again until nothing more is found, with a barrier over what was found before: so a text that was redacted
holds nothing for a second pass. Imports numba.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.address_kernel import TOKEN_SIZE, Tokens, find_addresses
from demur.filters.code_kernel import find_birth_dates, find_ibans, find_lettered_ids, find_plates, hide_dates
from demur.filters.compiling import inner, outer
from demur.filters.cue_kernel import mark_cues
from demur.filters.cues import BIRTH_CUE
from demur.filters.device_kernel import find_devices
from demur.filters.number_kernel import WINDOW_SIZE, Groups, Window, find_numbers, read_letter_o
from demur.filters.online_kernel import (
    FEWEST_SPOKEN,
    find_bare_handles,
    find_bare_links,
    find_handles,
    find_ip_addresses,
    find_ipv6_addresses,
    find_links,
    find_mails,
    find_spoken_numbers,
    find_worded_mails,
)
from demur.filters.places import Part
from demur.filters.survey_kernel import (
    ASTERISKS,
    AT_WORDS,
    ATS,
    BRACKETS,
    COLONS,
    CUE_KINDS,
    DIGIT_NAMES,
    DIGITS,
    DOTS,
    LINK_WORDS,
    NETWORKS,
    SIGN_COUNTS,
    SLASHES,
    Signs,
    survey,
)
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
    longest_end,
)
from demur.filters.symbols import BARRIER

Room: TypeAlias = tuple[Groups, Window, Tokens]
"""Where finders write down what they read of a row."""

_MOST_ROUNDS = 16
_BRACKET = ord("[")
_FEWEST_DIGITS, _FEWEST_OF_NUMBER, _DOTS_OF_OCTETS = 2, 4, 3


@outer
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
    row, window, signs = np.zeros(4, np.int64), np.zeros(WINDOW_SIZE, np.int64), np.zeros(SIGN_COUNTS, np.int64)
    groups = np.empty((text.shape[1] // 2 + 2, 2), np.int64)
    tokens = np.empty((text.shape[1] + 8, TOKEN_SIZE), np.int32)
    for index in range(starts.size - 1):
        row[LOW], row[HIGH], row[LANGUAGE] = starts[index], starts[index + 1] - 1, languages[index]
        before = row[COUNT]
        _hide_placeholders(text, row, tables)
        for _ in range(_MOST_ROUNDS):
            first = row[COUNT]
            survey(text, row, tables, signs)
            _scan_online(text, row, tables, origins, signs, spans)
            if row[COUNT] > first:
                survey(text, row, tables, signs)
            if signs[DIGITS] >= _FEWEST_DIGITS:
                signs[CUE_KINDS] = mark_cues(text, row, tables)
                _scan_numbers(text, row, tables, origins, signs, (groups, window, tokens), spans)
            elif signs[DIGITS] > 0:
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
def _scan_online(text: Text, row: Row, tables: Tables, origins: Origins, signs: Signs, spans: Spans) -> None:
    first = row[COUNT]
    if signs[LINK_WORDS] > 0:
        find_links(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[ATS] > 0:
        find_mails(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[AT_WORDS] + signs[ATS] > 0:
        find_worded_mails(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if (signs[SLASHES] > 0 and signs[DOTS] > 0) or signs[BRACKETS] > 0:
        find_bare_links(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[ATS] > 0:
        find_handles(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[COLONS] > 1:
        find_ipv6_addresses(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[NETWORKS] > 0:
        find_bare_handles(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[DIGIT_NAMES] >= FEWEST_SPOKEN:
        find_spoken_numbers(text, row, tables, spans)
        _cut(text, row, origins, spans, first)


@inner
def _scan_numbers(
    text: Text, row: Row, tables: Tables, origins: Origins, signs: Signs, room: Room, spans: Spans
) -> None:
    groups, window, tokens = room
    first = row[COUNT]
    is_long = signs[DIGITS] >= _FEWEST_OF_NUMBER
    if is_long:
        find_ibans(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
        find_devices(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
        if signs[DOTS] >= _DOTS_OF_OCTETS or signs[BRACKETS] > 0:
            find_ip_addresses(text, row, tables, spans)
            first = _cut(text, row, origins, spans, first)
        find_lettered_ids(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    if signs[CUE_KINDS] >> BIRTH_CUE & 1 != 0 or signs[ASTERISKS] > 0:
        find_birth_dates(text, row, tables, spans)
        first = _cut(text, row, origins, spans, first)
    hide_dates(text, row, tables)
    find_addresses(text, row, tables, tokens, spans)
    first = _cut(text, row, origins, spans, first)
    if is_long:
        read_letter_o(text, row, tables)
        find_numbers(text, row, tables, groups, window, spans)
        first = _cut(text, row, origins, spans, first)
    find_plates(text, row, tables, signs[CUE_KINDS], spans)
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
