"""Compiled finder of the numbers of devices, and of places on earth.

Reads the symbols of one row and writes down what it found, from left to right. Imports numba.
"""

import numpy as np

from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner
from demur.filters.cue_kernel import nearest_cue
from demur.filters.cues import DEVICE_CUE, PLACE_CUE
from demur.filters.devices import Sign
from demur.filters.places import KINDS, Label, Part
from demur.filters.survey_kernel import next_word
from demur.filters.symbol_kernel import (
    DIGIT_IN,
    HIGH,
    LOW,
    SYMBOL,
    Row,
    Spans,
    Tables,
    Text,
    add_span,
    ends_of,
    step,
)
from demur.filters.symbols import DIGIT_KIND, LETTER_KIND, WORD_KIND

_DOT, _COLON, _HYPHEN, _PLUS, _UNDERSCORE, _COMMA, _ZERO = (ord(sign) for sign in ".:-+_,0")
_JOINING = (_DOT, _COLON, _HYPHEN)
_NINE = 9
_BEFORE_DIGIT = 18
_IS_DEVICE, _IS_LETTERED, _IS_DEVICE_CUED, _IS_IMEI, _IS_PLACE, _IS_PLACE_CUED = (np.int64(one) for one in Sign)


@inner
def find_devices(text: Text, row: Row, tables: Tables, spans: Spans) -> None:
    """Find hardware addresses, IMEI and advertising ids, and coordinates."""
    place = row[LOW]
    while place < row[HIGH]:
        end, label, start = np.int64(-1), np.int64(-1), place
        if text[DIGIT_IN, place] < _BEFORE_DIGIT:
            start = place - 1 if text[SYMBOL, place - 1] in (_PLUS, _HYPHEN) else place
            if start < place and _may_begin(text, tables, start):
                end, label = _device_end(text, tables, start)
            if end < 0 and _may_begin(text, tables, place):
                start = place
                end, label = _device_end(text, tables, place)
        if end > 0:
            add_span(row, spans, start, end, label)
        place = next_word(text, place, end)


@inner
def _may_begin(text: Text, tables: Tables, place: int) -> bool:
    symbol, before = text[SYMBOL, place], text[SYMBOL, place - 1]
    if tables[KINDS + before] & WORD_KIND != 0 or before == _UNDERSCORE:
        return False
    if symbol in (_PLUS, _HYPHEN):
        return tables[KINDS + text[SYMBOL, place + 1]] & DIGIT_KIND != 0
    if before in _JOINING and tables[KINDS + text[SYMBOL, place - 2]] & WORD_KIND != 0:
        return before == _COLON and tables[KINDS + text[SYMBOL, place - 2]] & LETTER_KIND != 0
    return tables[KINDS + symbol] & WORD_KIND != 0


@inner
def _device_end(text: Text, tables: Tables, start: int) -> tuple[int, int]:
    """Return where the longest number of a device or a place ends that begins here, and its label; -1 for none."""
    base = np.int64(tables[Part.DEVICES])
    state, place, end, label = np.int64(START), start, np.int64(-1), np.int64(-1)
    has_letter = has_digit = False
    while True:
        symbol = text[SYMBOL, place]
        state = step(tables, base, state, symbol)
        if state == DEAD:
            return end, label
        kind = tables[KINDS + symbol]
        has_letter, has_digit = has_letter or kind & LETTER_KIND != 0, has_digit or kind & DIGIT_KIND != 0
        place += 1
        first, last = ends_of(tables, base, state)
        if last == first or not has_digit or _goes_on(text, tables, place):
            continue
        for index in range(first, last):
            sign = np.int64(tables[tables[Part.DEVICE_SIGNS] + tables[index]])
            if _has_evidence(text, tables, start, place, _IS_DEVICE if sign == _IS_LETTERED and has_letter else sign):
                end = place
                label = np.int64(Label.LOCATION if sign in (_IS_PLACE, _IS_PLACE_CUED) else Label.OTHER)


@inner
def _has_evidence(text: Text, tables: Tables, start: int, end: int, sign: int) -> bool:
    """Tell whether what a form needs is there: a word beside it, a check digit."""
    if sign in (_IS_DEVICE, _IS_PLACE):
        return True
    wanted = np.int64(PLACE_CUE if sign == _IS_PLACE_CUED else DEVICE_CUE)
    if nearest_cue(text, tables, start, end, np.int64(1) << wanted) != wanted:
        return False
    return sign != _IS_IMEI or _keeps_luhn(text, tables, start, end)


@inner
def _goes_on(text: Text, tables: Tables, place: int) -> bool:
    after = text[SYMBOL, place]
    is_joined = after in (_DOT, _COLON, _HYPHEN, _COMMA) and tables[KINDS + text[SYMBOL, place + 1]] & DIGIT_KIND != 0
    return is_joined or after == _UNDERSCORE or tables[KINDS + after] & WORD_KIND != 0


@inner
def _keeps_luhn(text: Text, tables: Tables, start: int, end: int) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1 annex B; 3GPP TS 23.003 annex B)."""
    total, is_doubled = np.int64(0), False
    for place in range(end - 1, start - 1, -1):
        if tables[KINDS + text[SYMBOL, place]] & DIGIT_KIND == 0:
            continue
        value = np.int64(text[SYMBOL, place]) - _ZERO
        value = value * 2 if is_doubled else value
        total += value - _NINE if value > _NINE else value
        is_doubled = not is_doubled
    return total % 10 == 0
