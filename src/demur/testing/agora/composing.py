"""Texts from phrases: one to three sentences, greetings, mentions and planted identifiers with their positions."""

from dataclasses import dataclass, replace

from demur.testing.agora.dice import Dice
from demur.testing.agora.identifiers import INVENTORS, NATIONAL_ID_LANGUAGES
from demur.testing.agora.phrases import Phrases, Sentence, Template, fill, read_phrases

_OPENER_SHARE, _CLOSER_SHARE = 0.3, 0.25
_SENTENCE_COUNTS = ((1, 0.2), (2, 0.48), (3, 0.32))
_SECOND_SENTENCE_SHARE = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """An identifier in a text; positions count code points."""

    label: str
    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text and the identifiers that were planted in it."""

    body: str
    planted: tuple[Planted, ...] = ()


class Composer:
    """Collects the sentences of one text in one language."""

    def __init__(self, dice: Dice, language: str) -> None:
        """Start an empty text."""
        self._dice = dice
        self.phrases: Phrases = read_phrases(language)
        self._body = ""
        self._planted: list[Planted] = []

    def text(self) -> Text:
        """Return what was collected."""
        return Text(body=self._body, planted=tuple(self._planted))

    def say(self, templates: tuple[Template, ...], value: str = "") -> None:
        """Add a sentence of one of these forms; the value is quoted, not an identifier."""
        self._add(fill(self._dice.pick(templates), self.phrases, self._dice, value))

    def plant(self, templates: tuple[Template, ...], label: str, value: str) -> None:
        """Add a sentence that carries an identifier, and note where it stands."""
        sentence = fill(self._dice.pick(templates), self.phrases, self._dice, value)
        start = self._add(sentence) + sentence.value_at
        self._planted.append(Planted(label=label, start=start, end=start + len(value), value=value))

    def plant_any(self) -> None:
        """Add a sentence that carries an identifier of any class."""
        usable = INVENTORS if self.phrases.language in NATIONAL_ID_LANGUAGES else INVENTORS[:-1]
        label, carrier, invent = self._dice.pick(usable)
        self.plant(self.phrases.carriers[carrier], label, invent(self._dice, self.phrases.language))

    def chat(self) -> None:
        """Add one to three different everyday sentences, sometimes with a greeting before."""
        if self._dice.share() < _OPENER_SHARE:
            self.say(self.phrases.openers)
        for template in self._dice.pick_some(self.phrases.sentences, self._dice.pick_weighted(_SENTENCE_COUNTS)):
            self.say((template,))

    def chat_after(self, templates: tuple[Template, ...]) -> None:
        """Add a sentence of one of these forms and, mostly, an everyday one: short forms alone would repeat."""
        self.say(templates)
        if self._dice.share() < _SECOND_SENTENCE_SHARE:
            self.say(self.phrases.sentences)

    def close(self) -> None:
        """Add a farewell to some texts."""
        if self._dice.share() < _CLOSER_SHARE:
            self.say(self.phrases.closers)

    def _add(self, sentence: Sentence) -> int:
        """Add a sentence and return where it starts."""
        start = len(self._body) + bool(self._body)
        self._body = f"{self._body} {sentence.text}" if self._body else sentence.text
        return start


def join_texts(first: Text, second: Text) -> Text:
    """Return one text after the other, with what was planted in both."""
    if not first.body:
        return second
    moved_by = len(first.body) + 1
    moved = tuple(
        replace(planted, start=planted.start + moved_by, end=planted.end + moved_by) for planted in second.planted
    )
    return Text(body=f"{first.body} {second.body}", planted=first.planted + moved)


def append_words(text: Text, words: str) -> Text:
    """Return the text with some words after it: a near copy."""
    return Text(body=f"{text.body} {words}", planted=text.planted)
