"""Writes real texts anew with other names, other words or no capitals, so that the network learns their places."""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from training_tools.names import templates
from training_tools.names.texts import KINDS, Text

_WORD: Final = re.compile(r"[A-Za-z]+")
_GLUED: Final = frozenset("@#/_.'’")
_SHORTEST, _LONGEST = 4, 40
_PERSONS_EXCHANGED, _OTHERS_EXCHANGED, _WORDS_EXCHANGED = 0.8, 0.5, 0.3
_END_OF_LATIN: Final = 0x370
_PERSON: Final = KINDS["PER"]
Others: TypeAlias = Mapping[int, Sequence[str]]
"""Places and organisations, as real texts in all languages write them."""


def others(real: Iterable[Text]) -> dict[int, list[str]]:
    """Return what real texts call places and organisations, in Latin letters and with a capital first."""
    found: dict[int, dict[str, None]] = {kind: {} for kind in KINDS.values() if kind != _PERSON}
    for text in real:
        content = text.content.encode()
        for start, end, kind in text.spans:
            name = content[start:end].decode()
            if kind != _PERSON and len(name) <= _LONGEST and name[0].isupper() and ord(max(name)) < _END_OF_LATIN:
                found[kind][name] = None
    return {kind: list(names) for kind, names in found.items()}


class Writer:
    """Writes variants from one stream of random numbers."""

    def __init__(self, fine: Mapping[str, int], real: Sequence[Text], named: Others, seed: int) -> None:
        self.random, self.named = random.Random(seed), named
        self.maker = templates.Maker("en", withheld=False, seed=seed)
        written = {word for text in real for word in _WORD.findall(text.content) if word.islower()}
        self.class_of = {word: place for word, place in fine.items() if word in written}
        self.members: dict[int, list[str]] = {}
        for word, place in self.class_of.items():
            self.members.setdefault(place, []).append(word)

    def variants(self, text: Text, *, lower: bool) -> list[Text]:
        """Return a text with other names, twice if it has a person's, with other words, and without capitals."""
        has_person = any(kind == _PERSON for *_, kind in text.spans)
        found = [self.with_other_names(text) for _ in range(2 if has_person else 0)]
        found.append(self._with_other_words(self._perhaps(text)))
        return [*found, self._perhaps(text).changed(str.lower)] if lower else found

    def _perhaps(self, text: Text) -> Text:
        return self.with_other_names(text) if self.random.random() < 0.5 else text

    def with_other_names(self, text: Text) -> Text:
        """Exchange persons for others from the lists, places and organisations for others of real texts."""
        return _rewritten(text, lambda part: part, self._other_name)

    def _with_other_words(self, text: Text) -> Text:
        return _rewritten(text, lambda part: _WORD.sub(self._other_word, part), lambda name, _: name)

    def _other_name(self, old: str, kind: int) -> str:
        if self.random.random() >= (_PERSONS_EXCHANGED if kind == _PERSON else _OTHERS_EXCHANGED):
            return old
        if kind != _PERSON:
            new = self.random.choice(self.named[kind])
        else:
            new = self.maker.name("n", "")
            if " " not in old and self.random.random() < 0.8:
                new = self.random.choice(new.split(" "))
        return new.lower() if old.islower() else new.upper() if old.isupper() and len(old) > 2 else new

    def _other_word(self, found: re.Match[str]) -> str:
        word, fine = found[0], self.class_of.get(found[0].lower())
        is_glued = found.start() > 0 and found.string[found.start() - 1] in _GLUED
        if fine is None or len(word) < _SHORTEST or is_glued or not (word.islower() or word.istitle()):
            return word
        if self.random.random() >= _WORDS_EXCHANGED:
            return word
        other = self.random.choice(self.members[fine])
        return other.capitalize() if word.istitle() else other


def _rewritten(text: Text, between: Callable[[str], str], within: Callable[[str, int], str]) -> Text:
    content, pieces, spans, place = text.content.encode(), "", [], 0
    for start, end, kind in sorted(text.spans):
        pieces += between(content[place:start].decode())
        begin = len(pieces.encode())
        pieces += within(content[start:end].decode(), kind)
        spans.append((begin, len(pieces.encode()), kind))
        place = end
    return replace(text, content=pieces + between(content[place:].decode()), spans=tuple(spans))
