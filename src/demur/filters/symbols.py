"""The alphabet that the text filter reads: one byte a character, whatever the script, with a way back to the original.

A text is folded (`folding`); what is left of Latin keeps its ASCII code, the Cyrillic and Greek letters that look like
no Latin one have a code each, and everything else is a letter, a sign, or one of a few kinds that say something about
the characters beside them. Capitals have codes of their own, which patterns read as the small letters unless they ask.
"""

import unicodedata
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.folding import fold_character, folding_source

BARRIER: Final = 0x00
"""What nothing may cross: the ends of a row, a placeholder, a span already found."""
CONTROL: Final = 0x01
LETTER: Final = 0xFE
CAPITAL: Final = 0xEF
SIGN: Final = 0xFF
CURRENCY: Final = 0xFB
PHONE_SIGN: Final = 0xFA
DEGREE: Final = 0xF9
SECTION: Final = 0xF8

_CYRILLIC = "бгдзийлпфцчшщъыьэюяєґђћљњџќѓѣ"
_GREEK = "γδθλξπσφψω"
_LATIN_CODES = range(ord("a"), ord("z") + 1)
_CYRILLIC_CODES = range(0x80, 0x80 + len(_CYRILLIC))
_GREEK_CODES = range(0xB0, 0xB0 + len(_GREEK))
_SIGNS = {
    **dict.fromkeys("€£¥₴", CURRENCY),
    **dict.fromkeys("☎✆📞📱📲☏🤙", PHONE_SIGN),
    **dict.fromkeys("°‰", DEGREE),
    "§": SECTION,
}
_SPELLED = {
    "ß": "ss",
    "ẞ": "ss",
    "þ": "th",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "’": "'",
    "‘": "'",
    "′": "'",
}
_CODES: dict[str, int] = {
    **dict(zip(_CYRILLIC, _CYRILLIC_CODES, strict=True)),
    **dict(zip(_GREEK, _GREEK_CODES, strict=True)),
    **_SIGNS,
}
MOST_SYMBOLS: Final = 3
"""The most symbols that one character is folded to."""

PAGE_SIZE: Final = 256
PAGES: Final = 0x110000 // PAGE_SIZE


def symbols_of(character: str) -> bytes:
    """Write one character in the alphabet: nothing for a mark, several symbols for a ligature."""
    lower = character.lower()
    folded = "".join(_SPELLED.get(part, fold_character(part)) for part in lower).lower()
    found = bytes(map(_symbol, folded))[:MOST_SYMBOLS]
    is_capital = lower != character or unicodedata.category(character) in ("Lu", "Lt")
    return bytes([capital_of(found[0]), *found[1:]]) if found and is_capital else found


def capital_of(symbol: int) -> int:
    """Return the capital of a letter; another symbol is its own."""
    if symbol in _LATIN_CODES:
        return symbol - 0x20
    if symbol in _CYRILLIC_CODES:
        return symbol + 0x40
    if symbol in _GREEK_CODES:
        return symbol + 0x30
    return CAPITAL if symbol == LETTER else symbol


def _symbol(character: str) -> int:
    if "\x20" <= character <= "\x7e" or character == "\n":
        return ord(character)
    if (code := _CODES.get(character)) is not None:
        return code
    if character < "\x80":
        return CONTROL
    return LETTER if character.isalnum() else SIGN


def symbols(text: str) -> bytes:
    """Write a text in the alphabet: what a pattern or a word of a list is compared with."""
    return b"".join(map(symbols_of, text))


@cache
def fold_page(page: int) -> npt.NDArray[np.uint32]:
    """Fold 256 code points; an entry holds up to three symbols, the first in the lowest byte, and their number."""
    return np.array([_packed(code) for code in range(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)], dtype=np.uint32)


def _packed(code: int) -> int:
    found = symbols_of(chr(code))
    return int.from_bytes(found, "little") | len(found) << 24


_SMALL: Final = (*_LATIN_CODES, *(_CODES[one] for one in _CYRILLIC + _GREEK), LETTER)
CAPITALS: Final[dict[int, int]] = {small: capital_of(small) for small in _SMALL}
"""The capital of each small letter."""
DIGITS: Final = tuple(map(ord, "0123456789"))
LETTERS: Final = (*CAPITALS, *CAPITALS.values())

DIGIT_KIND, LETTER_KIND, HOST_KIND, LOCAL_KIND, HEX_KIND, CAPITAL_KIND, COUNTED_KIND = 1, 2, 4, 8, 16, 32, 64
WORD_KIND: Final = DIGIT_KIND | LETTER_KIND


def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.zeros(256, dtype=np.uint8)
    kinds[list(DIGITS)] |= DIGIT_KIND
    kinds[list(LETTERS)] |= LETTER_KIND
    kinds[list(CAPITALS.values())] |= CAPITAL_KIND
    kinds[list(map(ord, "_-"))] |= HOST_KIND
    # RFC 5322 section 3.2.3, without the slash and the question mark, which end a local part in running text.
    kinds[list(map(ord, "._%+'&~!#$*=^`{|}-"))] |= LOCAL_KIND
    kinds[list(map(ord, "0123456789abcdefABCDEF"))] |= HEX_KIND
    kinds[list(map(ord, "@./:*[({"))] |= COUNTED_KIND
    return kinds


KINDS: npt.NDArray[np.uint8] = _kinds()
"""What a symbol may be part of, as bits; the compiled loops take it as an argument."""


def alphabet_source() -> str:
    """Write down what a text's symbols depend on, for the version of the filter."""
    return repr((folding_source(), sorted(_CODES.items()), sorted(_SPELLED.items()), KINDS.tolist()))
