"""The alphabet that the text filter reads: one byte a character, whatever the script, with a way back to the original.

A text is folded (`folding`) and put into lower case; what is left of Latin keeps its ASCII code, the Cyrillic and Greek
letters that look like no Latin one have a code each, and everything else is a letter, a sign, or one of a few kinds
that say something about the characters beside them.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from demur.filters.folding import fold_character

BARRIER: Final = 0x00
"""What nothing may cross: the ends of a row, a placeholder, a span already found."""
CONTROL: Final = 0x01
LETTER: Final = 0xFE
SIGN: Final = 0xFF
CURRENCY: Final = 0xFB
PHONE_SIGN: Final = 0xFA

_CYRILLIC = "бгдзийлпфцчшщъыьэюяєґђћљњџќѓѣ"
_GREEK = "γδθλξπσφψω"
_SIGNS = {"€": CURRENCY, "£": CURRENCY, "¥": CURRENCY, "₴": CURRENCY, **dict.fromkeys("☎✆📞📱📲☏🤙", PHONE_SIGN)}
_SPELLED = {"ß": "ss", "ẞ": "ss", "þ": "th", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'"}
_CODES: dict[str, int] = {
    **{letter: 0x80 + place for place, letter in enumerate(_CYRILLIC)},
    **{letter: 0xB0 + place for place, letter in enumerate(_GREEK)},
    **_SIGNS,
}
MOST_SYMBOLS: Final = 3
"""The most symbols that one character is folded to."""

PAGE_SIZE: Final = 256
PAGES: Final = 0x110000 // PAGE_SIZE


def symbols_of(character: str) -> bytes:
    """Write one character in the alphabet: nothing for a mark, several symbols for a ligature."""
    folded = "".join(_SPELLED.get(part, fold_character(part)) for part in character.lower()).lower()
    return bytes(map(_symbol, folded))[:MOST_SYMBOLS]


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


@lru_cache(maxsize=None)
def fold_page(page: int) -> npt.NDArray[np.uint32]:
    """Fold 256 code points; an entry holds up to three symbols, the first in the lowest byte, and their number above."""
    return np.array([_packed(code) for code in range(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)], dtype=np.uint32)


def _packed(code: int) -> int:
    found = symbols_of(chr(code))
    return int.from_bytes(found, "little") | len(found) << 24


def _alphabet() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    letters, digits = np.zeros(256, dtype=np.bool_), np.zeros(256, dtype=np.bool_)
    letters[[*map(ord, "abcdefghijklmnopqrstuvwxyz"), *(_CODES[one] for one in _CYRILLIC + _GREEK), LETTER]] = True
    digits[list(map(ord, "0123456789"))] = True
    return letters, digits


IS_LETTER, IS_DIGIT = _alphabet()
IS_WORD: npt.NDArray[np.bool_] = IS_LETTER | IS_DIGIT

DIGIT_KIND, LETTER_KIND, HOST_KIND, LOCAL_KIND, HEX_KIND = 1, 2, 4, 8, 16
WORD_KIND: Final = DIGIT_KIND | LETTER_KIND


def _kinds() -> npt.NDArray[np.uint8]:
    kinds = IS_DIGIT * DIGIT_KIND | IS_LETTER * LETTER_KIND
    kinds[list(map(ord, "_-"))] |= HOST_KIND
    # RFC 5322 section 3.2.3, without the slash and the question mark, which end a local part in running text.
    kinds[list(map(ord, "._%+'&~!#$*=^`{|}-"))] |= LOCAL_KIND
    kinds[list(map(ord, "0123456789abcdef"))] |= HEX_KIND
    return kinds.astype(np.uint8)


KINDS: npt.NDArray[np.uint8] = _kinds()
"""What a symbol may be part of, as bits; the compiled loops take it as an argument."""
