"""One plain form for the many ways to write one character, so that spelling does not help an identifier to hide.

A character is folded by itself, never with its neighbours: the plain text is a concatenation of folds, and every place
in it leads back to one place in the original. Rules: Unicode NFKD, marks and format characters dropped, Cyrillic and
Greek look-alikes of Latin letters, all dashes, spaces and decimal digits made one (requirement FIL-2).
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_LOOK_ALIKES = {
    **dict(zip("авекмнорстухіјѕԁԛԝһӏ", "abekmhopctyxijsdqwhl", strict=True)),
    **dict(zip("αβεζηικμνορτυχ", "abezhikmnoptyx", strict=True)),
    **dict(zip("ıłøđħŧƒɡʟ", "ilodhtfgl", strict=True)),
    "æ": "ae",
    "œ": "oe",
}
_SIGNS = {
    **dict.fromkeys("‐‑‒–—―−⁃﹣－", "-"),
    **dict.fromkeys("。․·", "."),
    **dict.fromkeys("\u2028\u2029\u0085\x0b\x0c", "\n"),
    "∕": "/",
    "⁄": "/",
    "꞉": ":",
}
_DROPPED = frozenset({"Mn", "Me", "Cf"})


def is_dropped(character: str) -> bool:
    """Tell whether a character leaves no trace in a folded text: marks, zero-width and other format characters."""
    return unicodedata.category(character) in _DROPPED


def fold_character(character: str) -> str:
    """Return the plain form of one character: empty for a mark, several characters for a ligature."""
    if is_dropped(character):
        return ""
    return "".join(_fold_part(part) for part in unicodedata.normalize("NFKD", character) if not is_dropped(part))


def fold_word_character(character: str) -> str:
    """Return the letters and digits of one character, without case: empty for signs, spaces and marks."""
    if unicodedata.category(character)[0] not in "LN":
        return ""
    folded = "".join(fold_character(part) for part in character.casefold())
    return "".join(part for part in folded.casefold() if part.isalnum())


def is_own_fold(letter: str) -> bool:
    """Tell quickly of a letter without case (Unicode's Lo) that it folds to itself; False when it may not."""
    return unicodedata.is_normalized("NFKD", letter) and letter.casefold() == letter and letter not in _LOOK_ALIKES


def _fold_part(part: str) -> str:
    if part in _SIGNS:
        return _SIGNS[part]
    lower = part.lower()
    if lower in _LOOK_ALIKES:
        latin = _LOOK_ALIKES[lower]
        return latin if part == lower else latin.upper()
    if part == "ς":
        return "σ"
    digit = unicodedata.digit(part, None)
    if digit is not None:
        return str(digit)
    return " " if unicodedata.category(part) == "Zs" or part == "\t" else part


class _Folds(dict[int, str]):
    """The folds met so far; `str.translate` asks for the others."""

    def __missing__(self, code: int) -> str:
        """Fold a character that was not met before."""
        folded = fold_character(chr(code))
        self[code] = folded
        return folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Return the plain form of a text, the concatenation of the folds of its characters."""
    return text.translate(_FOLDS)


def origins(text: str) -> npt.NDArray[np.int64]:
    """Give for every place of ``fold(text)`` the place in `text` that it comes from, and the end of `text` at last."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    distinct, inverse = np.unique(codes, return_inverse=True)
    lengths = np.array([len(_FOLDS[int(code)]) for code in distinct], dtype=np.int64)
    if codes.size == 0:
        return np.zeros(1, dtype=np.int64)
    places = np.repeat(np.arange(codes.size, dtype=np.int64), lengths[inverse])
    return np.append(places, codes.size)


def folded_words(words: Sequence[str]) -> list[str]:
    """Fold the words of a pattern, so that it meets folded text in any script."""
    return sorted({fold(word).lower() for word in words})


def folding_source() -> str:
    """Write down what folding depends on: the tables of this module and the edition of Unicode that Python has."""
    return repr((sorted(_LOOK_ALIKES.items()), sorted(_SIGNS.items()), unicodedata.unidata_version))
