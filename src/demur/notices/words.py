"""Words of 24 languages, read once: by which a subject names the right, and by which an answer objects."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

import msgspec

_SHORT = 3  # a beginning of so few letters is a whole word: "ai" is not the beginning of "aid"


class LanguageWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"negates": "not"}):
    """The words of one language; `words.toml` says what each list is for."""

    purpose: tuple[str, ...]
    right: tuple[str, ...]
    praise: tuple[str, ...]
    guilt: tuple[str, ...]
    objects: tuple[str, ...]
    refuses: tuple[str, ...]
    agrees: tuple[str, ...]
    negates: tuple[str, ...]
    away: tuple[str, ...]


@cache
def read_words() -> dict[str, LanguageWords]:
    """Return the words by language."""
    content = resources.files("demur.notices").joinpath("words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(content), dict[str, LanguageWords])


def normalise(text: str) -> str:
    """Return a text in small letters, with one blank between words and one form of each letter and apostrophe."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").split())


@cache
def beginnings(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a word that begins with one of some, in a text that is normalised."""
    return re.compile("|".join(_beginning(normalise(word)) for word in words))


@cache
def phrases(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds one of some phrases, in a text that is normalised; the last word may go on."""
    return re.compile("|".join(rf"(?<!\w){re.escape(normalise(word))}" for word in words))


def _beginning(word: str) -> str:
    end = r"(?!\w)" if len(word) <= _SHORT else ""
    return rf"(?<!\w){re.escape(word)}{end}"
