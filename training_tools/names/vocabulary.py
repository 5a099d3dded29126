"""Reads the lists of words of 24 languages that come with Tesseract's models (`tessdata_fast`, Apache-2.0).

A model is a file `xxx.traineddata` of parts; part 21 names its characters and part 19 holds its words as a directed
acyclic word graph, 64 bits an edge. Debian has them as the packages `tesseract-ocr-xxx`. The words were gathered from
pages of the web; of a language's hundred thousands of words in lower case, most are no names.
"""

import struct
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from demur.filters.names.layout import LANGUAGES

MODELS: Final = {
    "bg": "bul", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "et": "est", "fi": "fin",
    "fr": "fra", "ga": "gle", "hr": "hrv", "hu": "hun", "it": "ita", "lt": "lit", "lv": "lav", "mt": "mlt", "nl": "nld",
    "pl": "pol", "pt": "por", "ro": "ron", "sk": "slk", "sl": "slv", "sv": "swe",
}  # fmt: skip
_WORDS, _CHARACTERS = 19, 21
_MAGIC, _FLAGS, _LAST, _BACKWARD, _WORD_ENDS = 42, 3, 1, 2, 4
_SPACE: Final = "NULL"
_FORMS: Final = ("en", "n", "e", "er", "innen", "se", "nen")
_NOUN_ENDINGS: Final = (
    *("ung", "heit", "keit", "schaft", "tion", "tät", "nis", "ling", "ismus", "ment", "thek", "logie", "erin"),
)
_SHORTEST_HEAD, _SHORTEST_TAIL = 3, 4
_SHORTEST_STEM, _SHORT_WORD, _ENDING, _LONGEST_ENDING = 3, 5, 2, 5
_INFLECTED: Final = ("bg", "cs", "et", "fi", "hr", "hu", "lt", "lv", "mt", "pl", "ro", "sk", "sl")
"""Languages in which the forms of a word tell more than they cost: half of the names, a fiftieth of the words."""


@cache
def not_names(folder: Path) -> dict[str, list[str]]:
    """Return by language the words that are names of nothing, in lower case.

    Of the words in lower case, and German nouns, those that more languages write so than have them with a capital
    alone: a name that somebody wrote in lower case stands with a capital in other languages. Where words have many
    forms, most forms must stand in lower case as well.
    """
    lower, capital = {}, {}
    for language in LANGUAGES:
        found = words(language, folder)
        lower[language] = {word for word in found if word == word.lower()}
        if language == "de":
            lower[language] |= _nouns(found)
        capital[language] = {word.lower() for word in found if word[0].isupper()} - lower[language]
    as_word, as_name = Counter(chain.from_iterable(lower.values())), Counter(chain.from_iterable(capital.values()))
    kept = {language: {word for word in some if as_word[word] > as_name[word]} for language, some in lower.items()}
    for language in _INFLECTED:
        kept[language] = _with_forms(kept[language], lower[language], capital[language])
    return {language: sorted(some) for language, some in kept.items()}


def _with_forms(kept: set[str], lower: set[str], capital: set[str]) -> set[str]:
    """Return the words of which at least as many forms stand in lower case as with a capital alone."""
    small, large = Counter(chain.from_iterable(map(_stems, lower))), Counter(chain.from_iterable(map(_stems, capital)))
    return {word for word in kept if small[stem := _stem(word)] >= large[stem]}


def _stem(word: str) -> str:
    """Return what the forms of a word have in common, as near as its length tells."""
    return word[: max(_SHORTEST_STEM, len(word) - (_ENDING if len(word) > _SHORT_WORD else 1))]


def _stems(form: str) -> list[str]:
    """Return what may be the stem of a form."""
    return [form[:length] for length in range(max(_SHORTEST_STEM, len(form) - _LONGEST_ENDING), len(form) + 1)]


def _nouns(found: list[str]) -> set[str]:
    """Return in lower case the words with a capital that German endings or parts show to be nouns.

    A name has a genitive and no plural, and is seldom put together from two other words.
    """
    everything = set(found)
    titles = {word for word in found if word.isalpha() and word[1:].islower() and word[0].isupper()}
    known = {word.lower() for word in titles} | {word for word in found if word.islower()}

    def is_compound(word: str) -> bool:
        cuts = range(_SHORTEST_HEAD, len(word) - _SHORTEST_TAIL + 1)
        return any(
            word[cut:] in known and not known.isdisjoint((word[:cut], word[:cut].removesuffix("s"))) for cut in cuts
        )

    def is_noun(word: str) -> bool:
        if word.endswith(_NOUN_ENDINGS) or any(word + form in everything for form in _FORMS):
            return True
        stems = (word[: -len(form)] for form in _FORMS if word.endswith(form))
        return any(stem in titles for stem in stems) or is_compound(word.lower())

    return {word.lower() for word in titles if is_noun(word)}


def words(language: str, folder: Path) -> list[str]:
    """Return the words of one language, as the model writes them.

    Raises:
        ValueError: the file is no model, or its graph is not in the form that is read here.
    """
    content = (folder / f"{MODELS[language]}.traineddata").read_bytes()
    characters = _part(content, _CHARACTERS).decode("utf-8").splitlines()[1:]
    names = [" " if line.split(" ")[0] == _SPACE else line.split(" ")[0] for line in characters]
    return list(_spelled(_part(content, _WORDS), names))


def _part(content: bytes, number: int) -> bytes:
    (amount,) = struct.unpack_from("<i", content)
    starts = struct.unpack_from(f"<{amount}q", content, 4)
    if starts[number] < 0:
        message = f"part {number} is missing"
        raise ValueError(message)
    return content[starts[number] : min((one for one in starts if one > starts[number]), default=len(content))]


def _spelled(graph: bytes, names: list[str]) -> Iterator[str]:
    """Follow every way from the root: an edge holds a character, three flags and the first edge of the next node."""
    magic, characters, amount = struct.unpack_from("<hii", graph)
    if magic != _MAGIC:
        message = f"the graph of words begins with {magic} instead of {_MAGIC}"
        raise ValueError(message)
    edges = np.frombuffer(graph, "<u8", amount, 10).tolist()
    bits = characters.bit_length()
    pending = [(0, "")]
    while pending:
        edge, begun = pending.pop()
        while True:
            flags, following = edges[edge] >> bits & 7, edges[edge] >> (bits + _FLAGS)
            word = begun + names[edges[edge] & ((1 << bits) - 1)]
            if not flags & _BACKWARD:
                if flags & _WORD_ENDS:
                    yield word
                if following:
                    pending.append((following, word))
            if flags & _LAST:
                break
            edge += 1
