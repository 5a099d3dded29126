"""Texts without names: what pages say in 24 languages, human rights, words in no order, things on a map, and emoji.

Pages are our own, those of Django (BSD) and those that `packages` reads. The words are of mimesis (MIT) or the pages;
what emoji are called is of CLDR: animals, plants, food, trades, weather and things of every kind in 24 languages.

Without them, a language that has templates alone would teach that every word which no template holds is a name.
"""

import ast
import json
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale

from demur.filters.names.layout import LANGUAGES
from training_tools.names import lists, packages
from training_tools.names.texts import Text

_LOCALE: Final = Path(__file__).parents[2] / "src" / "demur" / "web" / "locale"
_SALADS = 150
_THINGS, _AMBIGUOUS, _ON_MAP = 700, 300, 700
_SHORTEST, _MOST_THINGS = 3, 5
_GAPS: Final = (", ", ", ", " ", " / ", " + ", " & ", " - ", ". ", "! ", ": ", " > ", "\n", " … ")
_BEFORE: Final = ("", "", "", "", "1x ", "#", "- ", "• ", "RT ", "😂 ", "2. ", '"', "(")
_AFTER: Final = ("", "", "", "", "!", ".", "?", "...", " 🙂", " 😂", " :)", " 2024", " 50%", " 3 kg", " lol", '"', ")")


@cache
def catalogue(language: str, folder: Path) -> list[str]:
    """Return sentences in one language: of our pages, Django's and others, and of human rights."""
    source = "de" if language == "en" else language
    ours = _LOCALE / source / "LC_MESSAGES" / "django.po"
    theirs = lists.folder("django").glob(f"**/locale/{source}/LC_MESSAGES/django.po")
    found: dict[str, None] = {}
    for path in (ours, *sorted(theirs)):
        found |= dict.fromkeys(_messages(path, "msgid" if language == "en" else "msgstr"))
    return [*found, *packages.pages(language, folder), *packages.declaration(language, folder)]


def _messages(path: Path, wanted: str) -> Iterator[str]:
    content = path.read_text(encoding="utf-8")
    for message in re.findall(rf'^{wanted}(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)', content, flags=re.MULTILINE):
        text = "".join(ast.literal_eval(line) for line in message.split("\n") if line.strip().startswith('"'))
        if "Content-Type" not in text:
            yield from packages.plain(text)


def _words(language: str, folder: Path) -> list[str]:
    path = lists.folder("mimesis") / "datasets" / language / "text.json"
    if not path.is_file():
        return sorted(
            {
                word
                for sentence in catalogue(language, folder)
                for word in sentence.split()
                if word.isalpha() and word.islower()
            }
        )
    words: list[str] = json.loads(path.read_text(encoding="utf-8"))["words"]
    return [word for word in words if word.islower()]


def _calendar_and_languages(language: str) -> list[str]:
    """Return months, days and languages, which a tongue may write with a capital (CLDR, Unicode licence)."""
    locale = Locale.parse(language)
    names = {
        name for names in (locale.months, locale.days) for form in names.values() for name in form["wide"].values()
    }
    names |= {locale.languages[one] for one in LANGUAGES if one in locale.languages}
    return sorted({name for one in names for name in (one, one[:1].upper() + one[1:])})


def known_words(language: str, folder: Path) -> list[str]:
    """Return words in lower case that no list of words may lack: of the calendar, the pages, emoji and maps."""
    said = [*catalogue(language, folder), *packages.map_things(language, folder), *packages.emoji(language, folder)[1]]
    small = {word for text in said for word in re.findall(r"[^\W\d_]+", text) if word.islower()}
    return sorted(small | {part.lower() for name in _calendar_and_languages(language) for part in name.split()})


def _is_plain(phrase: str) -> bool:
    return len(phrase) >= _SHORTEST and all(one.isalpha() or one in " -'’" for one in phrase)


def things(folder: Path, seed: int) -> list[Text]:
    """Return texts of things alone, those oftener whose word is also a name in the lists of its language."""
    found = []
    for language in LANGUAGES:
        chooser = random.Random(f"{language}-things-{seed}")
        called, words = (list(filter(_is_plain, some)) for some in packages.emoji(language, folder))
        on_map = list(filter(_is_plain, packages.map_things(language, folder)))
        names = lists.names_of(language, withheld=False)
        listed = {name.lower() for name in (*names.given, *names.surnames)}
        ambiguous = [word for word in words if word.lower() in listed]
        kinds = ((called, _THINGS // 2), (words, _THINGS // 2), (ambiguous, _AMBIGUOUS), (on_map, _ON_MAP))
        for source, amount in kinds:
            for _ in range(amount if source else 0):
                chosen = [chooser.choice(source if chooser.random() < 0.7 else words)]
                while chooser.random() < 0.45 and len(chosen) < _MOST_THINGS:
                    chosen.append(chooser.choice(source if chooser.random() < 0.4 else words))
                gap = chooser.choice(_GAPS)
                text = gap.join(_written(one, chooser) for one in chosen)
                text = chooser.choice(_BEFORE) + text + chooser.choice(_AFTER)
                found.append(Text(text, (), language, "template"))
    return found


def _written(phrase: str, chooser: random.Random) -> str:
    """Write a phrase as it is, with a capital at first, at every word, or in capitals."""
    roll = chooser.random()
    if roll < 0.4:
        return phrase
    if roll < 0.8:
        return phrase[:1].upper() + phrase[1:]
    if roll < 0.93:
        return " ".join(word[:1].upper() + word[1:] for word in phrase.split(" "))
    return phrase.upper()


def texts_without_names(most: int, folder: Path, seed: int) -> list[Text]:
    """Return at most so many sentences of each language and salads of words."""
    found = []
    for language in LANGUAGES:
        chooser = random.Random(f"{language}-{seed}")
        sentences = catalogue(language, folder)
        chosen = chooser.sample(sentences, min(most, len(sentences)))
        words, calendar = _words(language, folder), _calendar_and_languages(language)
        for _ in range(_SALADS):
            salad = " ".join(chooser.choice(words) for _ in range(chooser.randint(3, 9)))
            chosen.append(salad if chooser.random() < 0.5 else salad[0].upper() + salad[1:] + ".")
            calendar_words = chooser.sample(calendar, 2)
            chosen.append(f"{calendar_words[0]} {chooser.choice(words)} {calendar_words[1]} {chooser.choice(words)}")
            if chooser.random() < 0.5:
                chosen.append(" ".join(chooser.choice(words).capitalize() for _ in range(chooser.randint(2, 5))))
        found += [Text(_recased(sentence, chooser), (), language, "template") for sentence in chosen]
    return found


def _recased(sentence: str, chooser: random.Random) -> str:
    """Write a sentence in lower case, in capitals, with every word or with some words capitalised, or as it is."""
    roll = chooser.random()
    if roll < 0.2:
        return sentence.lower()
    if roll < 0.25:
        return sentence.upper()
    if roll < 0.6:
        share = 1.0 if roll < 0.35 else 0.25
        words = [word[:1].upper() + word[1:] if chooser.random() < share else word for word in sentence.split(" ")]
        return " ".join(words)
    return sentence


def with_neighbours(posts: list[Text], folder: Path, seed: int, share: float) -> list[Text]:
    """Put a sentence of the pages before or after a share of the posts."""
    chooser = random.Random(seed)
    sentences = {language: catalogue(language, folder) for language in LANGUAGES}
    found = []
    for post in posts:
        if chooser.random() >= share:
            found.append(post)
            continue
        other = chooser.choice(sentences[post.language])
        other = other.lower() if chooser.random() < 0.3 else other
        if chooser.random() < 0.5:
            found.append(Text(f"{post.content} {other}", post.spans, post.language, post.source))
        else:
            shift = len(other.encode()) + 1
            spans = tuple((start + shift, end + shift, kind) for start, end, kind in post.spans)
            found.append(Text(f"{other} {post.content}", spans, post.language, post.source))
    return found
