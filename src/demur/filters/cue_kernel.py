"""Compiled search for cue words: which begin and end where in a row, and which is nearest to a number.

Imports numba.
"""

import numpy as np

from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner
from demur.filters.cues import CARD_CUE, IDENTITY_CUE, NO_CUE, OTHER_CUE, PHONE_CUE, WHOLE_WORD
from demur.filters.places import KINDS, Part
from demur.filters.survey_kernel import next_word
from demur.filters.symbol_kernel import (
    CUE_END,
    CUE_START,
    DIGIT_IN,
    HIGH,
    LOW,
    SYMBOL,
    Row,
    Tables,
    Text,
    ends_of,
    step,
)
from demur.filters.symbols import BARRIER, DIGIT_KIND, WORD_KIND

_KIND = 0x3F
_SPACE, _NEWLINE = ord(" "), ord("\n")
_CONTEXT, _LONG_NUMBER, _REACH = 48, 5, 96
NUMBER_CUES = 1 << PHONE_CUE | 1 << CARD_CUE | 1 << IDENTITY_CUE | 1 << OTHER_CUE
"""The kinds of cues, as bits, that say something about a number."""


@inner
def mark_cues(text: Text, row: Row, tables: Tables) -> int:
    """Write down for each place which cue word begins and which ends there; of two that end together the longer one.

    Returns the kinds that occur, as bits.
    """
    kinds = np.int64(0)
    text[CUE_START : CUE_END + 1, row[LOW] : row[HIGH] + 1] = NO_CUE
    place, digit = row[LOW], row[LOW] - _REACH
    while place < row[HIGH]:
        until = np.int64(text[DIGIT_IN, place])
        symbol, before = text[SYMBOL, place], text[SYMBOL, place - 1]
        is_inside = tables[KINDS + symbol] & WORD_KIND != 0 and tables[KINDS + before] & WORD_KIND != 0
        # A word counts for a number within a few words; others are not looked at.
        is_near = until < _REACH or place - digit < _CONTEXT
        if is_near and not is_inside and symbol not in (BARRIER, _SPACE):
            end, kind = _cue_end(text, tables, place)
            if end > 0:
                kinds |= np.int64(1) << kind
                text[CUE_START, place] = kind
                if text[CUE_END, end] == NO_CUE:
                    text[CUE_END, end] = kind
        following = next_word(text, place, np.int64(-1))
        if place + until < following:
            digit = following
        place = following
    return kinds


@inner
def _cue_end(text: Text, tables: Tables, place: int) -> tuple[int, int]:
    base = np.int64(tables[Part.CUES])
    state, end, kind = np.int64(START), np.int64(-1), np.int64(NO_CUE)
    while True:
        state = step(tables, base, state, text[SYMBOL, place])
        if state == DEAD:
            return end, kind
        place += 1
        first, last = ends_of(tables, base, state)
        for index in range(first, last):
            found = np.int64(tables[tables[Part.CUE_KINDS] + tables[index]])
            if found & WHOLE_WORD == 0 or tables[KINDS + text[SYMBOL, place]] & WORD_KIND == 0:
                end, kind = place, found & _KIND
                break


@inner
def cue_before(text: Text, tables: Tables, place: int, wanted: int) -> int:
    """Say what the last cue word before a place says, of the wanted kinds.

    Words beyond a long number, a barrier or a line belong elsewhere.
    """
    digits = 0
    for at in range(place, place - _CONTEXT, -1):
        cue = np.int64(text[CUE_END, at])
        if cue != NO_CUE and wanted >> cue & 1:
            return cue
        before = text[SYMBOL, at - 1]
        digits = digits + 1 if tables[KINDS + before] & DIGIT_KIND != 0 else 0
        if before in (BARRIER, _NEWLINE) or digits == _LONG_NUMBER:
            break
    return np.int64(NO_CUE)


@inner
def cue_after(text: Text, tables: Tables, place: int, wanted: int) -> int:
    """Say what the first cue word after a place says, of the wanted kinds."""
    digits = 0
    for at in range(place, place + _CONTEXT // 2):
        symbol = text[SYMBOL, at]
        if symbol in (BARRIER, _NEWLINE):
            break
        cue = np.int64(text[CUE_START, at])
        if cue != NO_CUE and wanted >> cue & 1:
            return cue
        digits = digits + 1 if tables[KINDS + symbol] & DIGIT_KIND != 0 else 0
        if digits == _LONG_NUMBER:
            break
    return np.int64(NO_CUE)


@inner
def nearest_cue(text: Text, tables: Tables, start: int, end: int, wanted: int) -> int:
    """Say what the cue word nearest to a number says it is; words before it count first."""
    cue = cue_before(text, tables, start, wanted)
    return cue if cue != NO_CUE else cue_after(text, tables, end, wanted)
