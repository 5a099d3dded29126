"""Compiled survey of a row: what occurs in it, and where its words begin, so that finders skip what cannot matter.

Imports numba.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.automata import DEAD, START
from demur.filters.compiling import inner
from demur.filters.online import Trigger
from demur.filters.places import KINDS, Part
from demur.filters.symbol_kernel import (
    DIGIT_IN,
    HIGH,
    LOW,
    NEXT,
    SYMBOL,
    Row,
    Tables,
    Text,
    ends_of,
    is_end,
    step,
)
from demur.filters.symbols import COUNTED_KIND, DIGIT_KIND, PHONE_SIGN, SECTION, WORD_KIND

Signs: TypeAlias = npt.NDArray[np.int64]
"""How often a row holds what the finders cannot do without, and at `CUE_KINDS` which kinds of cues, as bits."""

DIGITS, ATS, SLASHES, COLONS, DOTS, ASTERISKS, BRACKETS, LINK_WORDS, NETWORKS, DIGIT_NAMES, AT_WORDS = range(11)
CUE_KINDS, SIGN_COUNTS = 11, 12
FAR = 255
"""The greatest distance that a plane of a text can tell."""
_AT, _DOT, _COLON, _SLASH, _ASTERISK, _BRACKET, _OPEN, _BRACE, _SPACE = (ord(sign) for sign in "@.:/*[({ ")
_OF_TRIGGER = (LINK_WORDS, NETWORKS, DIGIT_NAMES, AT_WORDS, AT_WORDS)
_SHORT_AT = int(Trigger.SHORT_AT)


@inner
def survey(text: Text, row: Row, tables: Tables, signs: Signs) -> None:
    """Count what occurs, and write down for each word how far it is to the next one and to the next digit.

    What counts as a word's beginning are also the signs that mean something by themselves, the row's first place, and
    a place here and there in a long word, so that distances stay small.
    """
    signs[:CUE_KINDS] = 0
    following, digit = row[HIGH], row[HIGH] + FAR
    for place in range(row[HIGH] - 1, row[LOW] - 1, -1):
        symbol = text[SYMBOL, place]
        kind = tables[KINDS + symbol]
        if kind & DIGIT_KIND != 0:
            signs[DIGITS] += 1
            digit = place
        elif kind & COUNTED_KIND != 0:
            signs[ATS] += symbol == _AT
            signs[DOTS] += symbol == _DOT
            signs[SLASHES] += symbol == _SLASH
            signs[COLONS] += symbol == _COLON
            signs[ASTERISKS] += symbol == _ASTERISK
            signs[BRACKETS] += symbol in (_BRACKET, _OPEN, _BRACE)
        is_word = kind & WORD_KIND != 0 and tables[KINDS + text[SYMBOL, place - 1]] & WORD_KIND == 0
        if is_word or symbol in (PHONE_SIGN, SECTION) or place == row[LOW] or following - place == FAR:
            text[NEXT, place] = following - place
            text[DIGIT_IN, place] = min(digit - place, FAR)
            following = place
        if is_word and kind & DIGIT_KIND == 0:
            _count_triggers(text, tables, signs, place)


@inner
def _count_triggers(text: Text, tables: Tables, signs: Signs, start: int) -> None:
    base = np.int64(tables[Part.TRIGGERS])
    state, place, found = np.int64(START), start, np.int64(DEAD)
    while state != DEAD:
        state = step(tables, base, state, text[SYMBOL, place])
        place += 1
        found = state if is_end(tables, base, state) else found
    first, last = ends_of(tables, base, found)
    for index in range(first, last):
        trigger = np.int64(tables[index])
        # In speech these words are everywhere; in brackets they are signs.
        signs[_OF_TRIGGER[trigger]] += trigger != _SHORT_AT or text[SYMBOL, start - 1] != _SPACE


@inner
def next_word(text: Text, place: int, end: int) -> int:
    """Return where the next word begins behind one, and not before the end of what was found there, if anything."""
    place += text[NEXT, place]
    while place < end:
        place += text[NEXT, place]
    return place
