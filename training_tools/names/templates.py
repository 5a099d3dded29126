"""Makes training posts in 24 languages from carriers of our own, with names, places, brands and noise.

The evaluation in `benchmarks` has other carriers. Names come from the lists and, for names that no list holds, are put
together from parts of two of them.
"""

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import get_day_names, get_month_names

from demur.filters.names.layout import LANGUAGES
from training_tools.names import lists
from training_tools.names.inflection import inflect
from training_tools.names.texts import Text, strip_accents

_HERE: Final = Path(__file__).parent
_SLOT: Final = re.compile(r"\{([^}]*)\}")
_COUNTRIES: Final = {
    "bg": ("BG",),
    "cs": ("CZ",),
    "da": ("DK",),
    "de": ("DE", "AT", "CH"),
    "el": ("GR", "CY"),
    "en": ("GB", "IE"),
    "es": ("ES",),
    "et": ("EE",),
    "fi": ("FI",),
    "fr": ("FR", "BE"),
    "ga": ("IE",),
    "hr": ("HR",),
    "hu": ("HU",),
    "it": ("IT",),
    "lt": ("LT",),
    "lv": ("LV",),
    "mt": ("MT",),
    "nl": ("NL", "BE"),
    "pl": ("PL",),
    "pt": ("PT",),
    "ro": ("RO",),
    "sk": ("SK",),
    "sl": ("SI",),
    "sv": ("SE",),
}
_STREETS: Final = {
    "bg": ("ул. {n}", "бул. {n}", "улица {n}"),
    "cs": ("ulice {n}", "{l}ova ulice"),
    "da": ("{l}svej", "{n}s Plads"),
    "de": ("{f}-{l}-Straße", "{l}straße", "{n}-Platz"),
    "el": ("οδός {n:g}", "πλατεία {n:g}"),
    "en": ("{l} Street", "{n} Road", "{l} Avenue", "St {f}'s Lane"),
    "es": ("calle {n}", "avenida {n}", "plaza {l}"),
    "et": ("{l} tänav", "{n} tänava"),
    "fi": ("{l:g}katu", "{n:g} aukio"),
    "fr": ("rue {n}", "avenue {l}", "place {n}"),
    "ga": ("Sráid {l}", "Bóthar {n}"),
    "hr": ("ulica {n:g}", "trg {n:g}"),
    "hu": ("{n} utca", "{l} tér"),
    "it": ("via {n}", "piazza {l}", "corso {n}"),
    "lt": ("{n:g} gatvė", "{l:g} g."),
    "lv": ("{n:g} iela", "{l:g} ielā"),
    "mt": ("Triq {n}", "Pjazza {n}"),
    "nl": ("{l}straat", "{n}laan", "{l}plein"),
    "pl": ("ul. {n:g}", "aleja {n:g}", "plac {n:g}"),
    "pt": ("rua {n}", "avenida {n}", "largo {l}"),
    "ro": ("strada {n}", "bulevardul {n}"),
    "sk": ("ulica {n:g}", "námestie {n:g}"),
    "sl": ("{l}ova ulica", "ulica {n:g}"),
    "sv": ("{l}gatan", "{n}s väg"),
}
_PARTICLES: Final = {
    "nl": ("van", "van der", "de", "van den", "van de", "ter"),
    "de": ("von", "zu", "von der"),
    "fr": ("de", "Le", "du", "de la"),
    "it": ("Di", "De", "Della", "D'"),
    "es": ("de la", "del", "de"),
    "pt": ("da", "dos", "de", "do"),
    "ga": ("Ó", "Ní", "Mac", "Nic", "de", "Uí", "Mag"),
    "sv": ("af", "von"),
    "da": ("von",),
    "en": ("Mc", "O'", "van"),
    "mt": ("de", "D'"),
    "ro": (),
    "pl": (),
}
_PARTICLE_SHARE: Final = {"ga": 0.7, "nl": 0.35, "pt": 0.3}
_TWO_SURNAMES: Final = {"es": 0.4, "pt": 0.4, "mt": 0.1, "da": 0.15, "fr": 0.05, "hu": 0.05}
_EMOJI: Final = ("😂", "❤️", "😍", "🎉", "🙏", "😭", "🔥", "👏", "🥳", "☀️", "🤔", "💔", "👍", "🐶")
_ENDINGS: Final = ("", "", "", "!", ".", "...", "!!", "?", " :)", " xx", " 😂", " ❤️", " 🙏", " #love", " lol")
_SCRIPTS: Final = {"bg": "CYRILLIC", "el": "GREEK"}
_GREEK_ARTICLES: Final = {"n": ("ο", "η"), "a": ("τον", "την"), "g": ("του", "της"), "s": ("στον", "στη")}
_RARE: Final = frozenset(["bg", "cs", "el", "es", "fi", "ga", "hr", "hu", "it", "lt", "lv", "mt", "pl", "sk", "sl"])
"""Languages with no annotated text, or with judgments alone."""
_INVENTED, _FOREIGN = 0.45, 0.12
_NAME_KINDS: Final = (
    ("full", 0.52),
    ("given", 0.30),
    ("surname", 0.07),
    ("initial", 0.06),
    ("two", 0.03),
    ("capital", 0.02),
)


def carriers() -> dict[str, list[str]]:
    """Return the carrier sentences by language."""
    found: dict[str, list[str]] = {}
    for part in range(1, 7):
        language = ""
        for line in (_HERE / f"carriers_{part}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("[") and line.endswith("]"):
                language = line[1:-1]
            elif line:
                for one in LANGUAGES if language == "*" else (language,):
                    found.setdefault(one, []).append(line)
    return found


@cache
def things() -> tuple[str, ...]:
    """Return things whose names look like those of persons: brands, clubs, dishes, songs, places, breeds, storms."""
    return _parts_of("things.txt")


@cache
def named_after() -> tuple[str, ...]:
    """Return what is named after persons, with a slot for the name: shops, firms, products, towns of saints."""
    return _parts_of("named_after.txt")


def _parts_of(file: str) -> tuple[str, ...]:
    lines = (_HERE / file).read_text(encoding="utf-8").splitlines()
    return tuple(part.strip() for line in lines for part in line.split(";"))


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Return by language the words for things that are also names."""
    lines = (_HERE / "words.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: tuple(line.split()[1:]) for line in lines}


class Maker:
    """Makes posts of one language from one stream of random numbers."""

    def __init__(
        self,
        language: str,
        brands: Sequence[str] = (),
        *,
        withheld: bool,
        only_withheld: bool = False,
        seed: int = 0,
    ) -> None:
        """Take brands beside those of our own list."""
        self.language, self.only_withheld, self.withheld = language, only_withheld, withheld
        self.random, self.brands = random.Random(f"{language}-{seed}"), brands
        self.names = self._keep(lists.names_of(language, withheld=withheld))
        self.others = self._keep(lists.foreign_names(withheld=withheld))
        self.census = self._keep(lists.census_names(withheld=withheld))
        towns = lists.main_towns(_SCRIPTS.get(language, "LATIN"))
        self.towns = [town for country in _COUNTRIES[language] for town in towns.get(country, ())]
        days, months = get_day_names("wide", locale=language), get_month_names("wide", locale=language)
        alone = get_month_names("wide", "stand-alone", locale=language)
        self.days = [*days.values(), *months.values(), *alone.values()]

    def _keep(self, names: lists.Names) -> lists.Names:
        if not self.only_withheld:
            return names
        return lists.Names(
            given=tuple(filter(lists.is_withheld, names.given)),
            surnames=tuple(filter(lists.is_withheld, names.surnames)),
        )

    def _word(self, part: str) -> str:
        roll = self.random.random()
        source = self.names
        if roll < _FOREIGN and self.language not in {"bg", "el"}:
            source = self.census if self.random.random() < 0.4 else self.others
        words = source.given if part == "given" else source.surnames
        word = self.random.choice(words)
        if not self.only_withheld and self.random.random() < _INVENTED:
            word = self._invented(words) or word
        return word

    def _invented(self, words: Sequence[str]) -> str | None:
        """Put a name together from the beginning of one and the end of another."""
        first, second = self.random.choice(words), self.random.choice(words)
        if " " in first + second or min(len(first), len(second)) < 4:
            return None
        word = (
            first[: self.random.randint(2, max(2, len(first) - 3))] + second[-self.random.randint(2, len(second) - 2) :]
        )
        word = word[0].upper() + word[1:].lower() if "-" not in word else word
        return None if len(word) > 14 or (self.withheld and lists.is_withheld(word)) else word

    def _given(self) -> str:
        return self._word("given")

    def _surname(self) -> str:
        word = self._word("surname")
        particles = _PARTICLES.get(self.language, ())
        if particles and self.random.random() < _PARTICLE_SHARE.get(self.language, 0.06) and " " not in word:
            particle = self.random.choice(particles)
            word = particle + word if particle[-1] in "c'" else f"{particle} {word}"
        if self.random.random() < _TWO_SURNAMES.get(self.language, 0.01):
            word = word + self.random.choice((" ", " ", "-")) + self._word("surname")
        return word

    def name(self, kind: str, case: str) -> str:
        """Return a name: n is any kind, f a given name, l a surname."""
        turn = lambda word: " ".join(inflect(self.language, case, part) for part in word.split(" "))  # noqa: E731
        if kind == "f":
            return turn(self._given())
        if kind == "l":
            return turn(self._surname())
        chosen = self.random.choices([one for one, _ in _NAME_KINDS], [share for _, share in _NAME_KINDS])[0]
        if chosen == "given":
            return turn(self._given())
        if chosen == "surname":
            return turn(self._surname())
        given, surname = self._given(), self._surname()
        if chosen == "initial":
            given = given[0] + self.random.choice((".", ".", ""))
            return f"{given} {turn(surname)}"
        if chosen == "two":
            given = given + self.random.choice((" ", "-")) + self._given()
        if chosen == "capital":
            return f"{given} {surname.upper()}"
        if self.language == "hu":
            return f"{surname} {turn(given)}"
        if self.language in {"fi", "et"}:
            return f"{given} {turn(surname)}"
        return f"{turn(given)} {turn(surname)}"

    def _greek(self, article: str, name: str) -> str:
        is_female = (
            name.split(maxsplit=1)[0][-1] in "αάηήω"
            if article == "n"
            else name[-1] in "αάηή" and self.random.random() < 0.5
        )
        return _GREEK_ARTICLES[article][int(is_female)]

    def _street(self) -> str:
        pattern = self.random.choice(_STREETS[self.language])
        return _SLOT.sub(lambda slot: self.name(slot[1][0], slot[1][2:]), pattern)

    def _organisation(self) -> str:
        roll = self.random.random()
        if roll < 0.25:
            return self._invented_brand()
        if roll < 0.42:
            return self._named_after()
        if roll < 0.9 or not self.towns:
            return self.random.choice(self.brands if self.brands and roll < 0.56 else things())
        return f"{self.random.choice(('FC', 'SK', 'AC', 'Sporting', 'Rapid'))} {self.random.choice(self.towns)}"

    def _named_after(self) -> str:
        """Return a thing that is named after a person, or sounds so: a shop, a firm, a product, a saint's town."""
        pattern = self.random.choice(named_after())
        return _SLOT.sub(lambda slot: self._given() if slot[1] == "f" else self._word("surname"), pattern)

    def _invented_brand(self) -> str:
        """Put a brand together that no list holds: else every unknown word with a capital would be a person."""
        word = self._invented(self.names.surnames) or self.random.choice(things())
        ending = self.random.choice(("", "", "ex", "ia", "tech", "ix", " Group", " Bank", " AG", "24", " SA", " Air"))
        return self.random.choice((word, word[:5], word[:4].upper())) + ending

    def _handle(self) -> str:
        name = strip_accents(self.random.choice(self.census.given)).lower()
        return name + self.random.choice(("", "_", "x")) + str(self.random.randint(1, 9999))

    def fill(self, slot: str) -> tuple[str, int]:
        """Return what fills a slot, and the kind of its span or -1."""
        kind, _, case = slot.partition(":")
        if kind in {"n", "f", "l"}:
            return self.name(kind, case), 0
        if kind == "c":
            town = self.random.choice(self.towns or ["Valletta"])
            return ((self._invented(self.towns) or town) if self.random.random() < 0.25 and self.towns else town), 1
        if kind == "s":
            return self._street(), 1
        if kind == "o":
            return self._organisation(), 2
        if kind in {"w", "W"}:
            word = self.random.choice(words()[self.language])
            return (word[0].upper() + word[1:] if kind == "W" else word), -1
        return (self.random.choice(self.days) if kind == "d" else self._handle()), -1

    def post(self, carrier: str) -> Text:
        """Fill one carrier."""
        content, spans, place = "", [], 0
        for slot in _SLOT.finditer(carrier):
            content += carrier[place : slot.start()]
            parts = slot[1].split(":")
            if len(parts) == 3:  # article, kind, case
                name = self.name(parts[1], "" if parts[2] == "n" else parts[2])
                content += self._greek("n" if parts[2] == "n" else parts[0], name) + " "
                filled, label = name, 0
            else:
                filled, label = self.fill(slot[1])
            start = len(content.encode())
            content += filled
            if label >= 0:
                spans.append((start, len(content.encode()), label))
            place = slot.end()
        content += carrier[place:]
        if content[-1].isalnum():
            content += self.random.choice(_ENDINGS)
        return Text(content, tuple(spans), self.language, "template")

    def posts(self, chosen: Sequence[str], count: int) -> list[Text]:
        """Make posts of one or two carriers, with the noise of real ones."""
        found = []
        for _ in range(count):
            text = self.post(self.random.choice(chosen))
            if self.random.random() < 0.25:
                text = joined(text, self.random.choice((" ", " ", ". ", "\n")), self.post(self.random.choice(chosen)))
            found.append(self.noisy(text))
        return found

    def noisy(self, text: Text) -> Text:
        """Write a post as somebody in a hurry does."""
        roll = self.random.random()
        if self.random.random() < 0.08:
            before = self.random.choice(
                (f"@{self._handle()} ", f"RT @{self._handle()}: ", self.random.choice(_EMOJI) + " ")
            )
            text = joined(Text(before, (), text.language, text.source), "", text)
        if roll < 0.16:
            return text.changed(str.lower)
        if roll < 0.20:
            return text.changed(str.upper)
        if roll < 0.30:
            return text.changed(strip_accents)
        if roll < 0.34:
            return text.changed(lambda part: strip_accents(part).lower())
        return text.changed(_title) if roll < 0.37 else text


def _title(part: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in part.split(" "))


def joined(first: Text, gap: str, second: Text) -> Text:
    """Put one post behind another."""
    shift = len((first.content + gap).encode())
    spans = (*first.spans, *((start + shift, end + shift, kind) for start, end, kind in second.spans))
    return Text(first.content + gap + second.content, spans, first.language, first.source)


def training_posts(
    count: int,
    rare: int,
    english: int,
    brands: Sequence[str],
    *,
    withheld: bool,
    carriers_withheld: bool,
    seed: int,
) -> list[Text]:
    """Make posts in all languages, `rare` in those without annotations; every fifth carrier may be withheld."""
    found, all_carriers = [], carriers()
    for language in LANGUAGES:
        chosen = [one for index, one in enumerate(all_carriers[language]) if not carriers_withheld or index % 5 != 4]
        amount = english if language == "en" else rare if language in _RARE else count
        found += Maker(language, brands, withheld=withheld, seed=seed).posts(chosen, amount)
    return found


def development_posts(count: int, seed: int) -> dict[str, list[Text]]:
    """Make posts from every fifth carrier and the names that were withheld."""
    found, all_carriers = {}, carriers()
    for language in LANGUAGES:
        chosen = [one for index, one in enumerate(all_carriers[language]) if index % 5 == 4]
        maker = Maker(language, withheld=False, only_withheld=True, seed=seed + 1)
        found[language] = maker.posts(chosen, count)
    return found
