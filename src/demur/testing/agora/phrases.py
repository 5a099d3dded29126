"""The sentences of 24 languages, and how a template with slots becomes a sentence.

A slot stands only where its word needs no other form (after a colon, in a list, in quotation marks, as a bare name), so
that every combination is a correct sentence. The files lie in ``phrases/<language>.toml``; what detectors would find
lies apart, in ``sensitive.toml``.
"""

import functools
import importlib.resources
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from demur.testing.agora.dice import Dice

LANGUAGES = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
    *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
)

# (literal text, slot that follows or "")
Template: TypeAlias = tuple[tuple[str, str], ...]

_WORD_SLOTS = frozenset({"time", "food", "thing"})
_SENTENCE_ENDS = (". ", "! ", "? ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """What people write in one language."""

    language: str
    openers: tuple[Template, ...]
    closers: tuple[Template, ...]
    sentences: tuple[Template, ...]
    questions: tuple[Template, ...]
    comments: tuple[Template, ...]
    captions: tuple[Template, ...]
    shares: tuple[Template, ...]
    quotes: tuple[Template, ...]
    answers: tuple[Template, ...]
    carriers: Mapping[str, tuple[Template, ...]]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveForm:
    """A sentence that tells something sensitive, and of which kind."""

    kind: str
    template: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivePhrases:
    """What a detector would find in one language; `children` describe a child by ``{name}`` and ``{age}``."""

    somebody: tuple[SensitiveForm, ...]
    oneself: tuple[SensitiveForm, ...]
    child_sentences: tuple[Template, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A filled template, and where the given value stands in it (-1 where there is none)."""

    text: str
    value_at: int


@functools.cache
def read_phrases(language: str) -> Phrases:
    """Read the phrases of a language from the package's data."""
    folder = importlib.resources.files("demur.testing.agora") / "phrases"
    content: dict[str, Any] = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
    words = {name: tuple(values) for name, values in content.pop("words").items()}
    carriers = {name: _parse_all(values) for name, values in content.pop("carriers").items()}
    forms = {name: _parse_all(values) for name, values in content.items() if name != "language"}
    return Phrases(language=language, words=words, carriers=carriers, **forms)


@functools.cache
def read_sensitive() -> Mapping[str, SensitivePhrases]:
    """Read the sensitive sentences by language from the package's data; most languages have none."""
    content = tomllib.loads((importlib.resources.files("demur.testing.agora") / "sensitive.toml").read_text("utf-8"))
    return {
        language: SensitivePhrases(
            somebody=_parse_forms(found["somebody"]),
            oneself=_parse_forms(found["oneself"]),
            child_sentences=_parse_all(found["child_sentences"]),
            children=tuple(found["children"]),
        )
        for language, found in content.items()
    }


def fill(template: Template, phrases: Phrases, dice: Dice, value: str = "") -> Sentence:
    """Fill the slots of a template; `value` goes where the template says ``{value}`` or ``{quote}``."""
    filling = _Filling(phrases, dice)
    text, value_at = "", -1
    for literal, slot in template:
        text += literal
        if slot in {"value", "quote"}:
            value_at = len(text)
            text += value
        elif slot:
            word = filling.word(slot)
            starts_sentence = not text or text.endswith(_SENTENCE_ENDS)
            text += word[0].upper() + word[1:] if starts_sentence and slot.rstrip("2") in _WORD_SLOTS else word
    return Sentence(text, value_at)


class _Filling:
    """The words for the slots of one sentence: a second slot of a kind gets another word, a second clock is later."""

    def __init__(self, phrases: Phrases, dice: Dice) -> None:
        self._phrases = phrases
        self._dice = dice
        self._second: dict[str, str] = {}
        self._hour = 0

    def word(self, slot: str) -> str:
        if slot in self._phrases.words:
            first, self._second[slot] = self._dice.pick_two(self._phrases.words[slot])
            return first
        if slot in {"place2", "food2", "thing2"}:
            return self._second[slot[:-1]]
        return self._number(slot)

    def _number(self, slot: str) -> str:
        dice = self._dice
        if slot == "clock":
            self._hour = dice.between(7, 19)
            return f"{self._hour:02d}:{dice.below(60):02d}"
        if slot == "clock2":
            return f"{dice.between(self._hour + 1, 22):02d}:{dice.below(60):02d}"
        if slot == "score":
            return f"{dice.below(6)}:{dice.below(6)}"
        low, high = {"t": (3, 29), "n": (2, 60)}[slot]
        return str(dice.between(low, high))


def _parse_forms(forms: list[dict[str, str]]) -> tuple[SensitiveForm, ...]:
    templates = _parse_all([form["text"] for form in forms])
    return tuple(
        SensitiveForm(kind=form["kind"], template=template) for form, template in zip(forms, templates, strict=True)
    )


def _parse_all(texts: list[str]) -> tuple[Template, ...]:
    return tuple(
        tuple((literal, slot or "") for literal, slot, _, _ in string.Formatter().parse(text)) for text in texts
    )
