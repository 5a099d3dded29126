"""Invented people of 24 languages, from name lists cut in two halves: one to train on, one to evaluate with.

A name (given name or surname, in lower case and NFC) belongs to the evaluation when the first byte of its SHA-256 is
odd, to training when it is even. So a recall measured here is one of names that no training sentence and no list made
by the same rule has shown. Lists come from Faker; what it lacks (Maltese, surnames of some languages) is written here.
"""

import hashlib
import importlib
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeAlias

from text_evaluation.posts import Label, Value


class Half(StrEnum):
    """Which half of the names."""

    EVALUATION = "evaluation"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameList:
    """Given names and surnames that go together, of one sex where the language tells them apart."""

    given: tuple[str, ...]
    family: tuple[str, ...]


LOCALES = {
    "bg": ("bg_BG",), "cs": ("cs_CZ",), "da": ("da_DK",), "de": ("de_DE", "de_AT"), "el": ("el_GR",),
    "en": ("en_GB", "en_IE"), "es": ("es_ES",), "et": ("et_EE",), "fi": ("fi_FI",), "fr": ("fr_FR", "fr_BE"),
    "ga": ("ga_IE",), "hr": ("hr_HR",), "hu": ("hu_HU",), "it": ("it_IT",), "lt": ("lt_LT",), "lv": ("lv_LV",),
    "mt": (), "nl": ("nl_NL", "nl_BE"), "pl": ("pl_PL",), "pt": ("pt_PT",), "ro": ("ro_RO",), "sk": ("sk_SK",),
    "sl": ("sl_SI",), "sv": ("sv_SE",),
}  # fmt: skip
_MORE_GIVEN = {
    "mt": (
        "Ġorġ Karmnu Ġanni Leli Ġużeppi Wistin Salvu Pawlu Ċikku Toni Nenu Ġakbu Mikiel Anġlu Lippu Xmun Duminku "
        "Marija Ġiġa Katarin Dolor Ċetta Ġuża Karmena Liża Tereża Konċetta Rita Stella Grezzja Dwardu Ġwann Lonza "
        "Rożi Ġovanna Kristina Martin Claire Josette Doreen Mariella Clayton Keith Kurt Rebekah Maronna Fredu Żeża"
    ),
    "lt": "Rasa Daiva Vilma Giedrė Jolanta Inga Rūta Asta Jurga Lina Milda Aistė Ugnė Gintarė Živilė Eglė Danutė",
}
_MORE_FAMILY = {
    "mt": (
        "Borg Camilleri Vella Farrugia Zammit Galea Micallef Grech Attard Spiteri Azzopardi Mifsud Caruana Muscat "
        "Agius Pace Fenech Schembri Abela Sammut Gatt Debono Bonnici Cassar Xuereb Tabone Buttigieg Saliba Cutajar "
        "Psaila Busuttil Bugeja Ellul Portelli Scicluna Xerri Zahra Falzon Calleja Mallia Sultana Theuma Gauci Żahra"
    ),
    "pl": (
        "Nowak Wójcik Kowalczyk Woźniak Mazur Krawczyk Kaczmarek Zając Król Wieczorek Jabłoński Majewski Olszewski "
        "Malinowski Stępień Dudek Pawlak Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski "
        "Tomaszewski Pietrzak Marciniak Wróblewski Zalewski Jakubowski Jasiński Zawadzki Sadowski Bąk Chmielewski "
        "Włodarczyk Borkowski Czarnecki Sawicki Sokołowski Urbański Kubiak Maciejewski Szczepański Kucharski Wilk "
        "Kalinowski Lis Mazurek Wysocki Adamski Kaźmierczak Sobczak Czerwiński Andrzejewski Cieślak Głowacki"
    ),
    "lt": (
        "Vasiliauskas Žukauskas Butkus Paulauskas Urbonas Kavaliauskas Navickas Ramanauskas Savickas Gintalas Bagdonas "
        "Šimkus Malinauskas Rutkauskas Sakalauskas Norkus Žilinskas Baranauskas Adomaitis Balčiūnas Kairys Mockus "
        "Grigas Jonaitis Petraitis Žemaitis Gudaitis Lukošius Matulis Jurkus Venckus Rimkus Tamošaitis Kučinskas"
    ),
    "ro": (
        "Munteanu Ionescu Popa Stoica Gheorghe Matei Ciobanu Rusu Dobre Neagu Sandu Lazăr Moldovan Barbu Preda Manole "
        "Coman Enache Tănase Oprea Vasile Dragomir Filip Cristea Toma Mocanu Nistor Bucur Voicu Ene Diaconu Nedelcu "
        "Roman Suciu Mureșan Zamfir Pavel Ardelean Chiriac Cojocaru Luca Anghel Drăgan Iordache Grosu Bratu Cozma"
    ),
}
_MOST_DRAWS = 200


def half_of(name: str) -> Half:
    """Tell which half a name belongs to, by the first byte of the SHA-256 of its lower-case NFC form."""
    digest = hashlib.sha256(unicodedata.normalize("NFC", name).lower().encode()).digest()
    return Half.EVALUATION if digest[0] % 2 else Half.TRAINING


def _is_of(name: str, half: Half) -> bool:
    """Ask for the whole name and for each longer part of it: half a double name must not be known either."""
    parts = [part for part in re.split(r"[\s'’-]+", name) if len(part) > len("von")]
    return all(half_of(part) is half for part in (name, *parts))


def _keep(names: Sequence[str], half: Half) -> tuple[str, ...]:
    whole = {unicodedata.normalize("NFC", name.strip()) for name in names}
    written = re.compile(r"(?:Mac |Mc|Ó |Ní |[a-z]+ |[a-z]')*[^\W\d_a-z][^\W\d_]+(?:[\s'’-]\S+)*")
    return tuple(sorted(name for name in whole if written.fullmatch(name) and _is_of(name, half)))


@cache
def name_lists(language: str, half: Half) -> tuple[NameList, ...]:
    """Return the lists of a language, one for each sex, holding only names of the half; in a fixed order."""
    lists = []
    for sex in ("male", "female"):
        given: list[str] = _MORE_GIVEN.get(language, "").split() if sex == "female" or language == "mt" else []
        family: list[str] = _inflect_family(_MORE_FAMILY.get(language, "").split(), language, sex)
        for locale in LOCALES[language]:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
            given += getattr(provider, f"first_names_{sex}", None) or (provider.first_names if sex == "male" else ())
            known = list(getattr(provider, f"last_names_{sex}", None) or provider.last_names)
            family += _inflect_family(known, language, sex) if language == "lt" else known if len(known) > 1 else []
        if language == "lt":
            given = [name for name in given if name.endswith("s") is (sex == "male")]
        lists.append(NameList(given=_keep(given, half), family=_keep(family, half)))
    return tuple(lists)


def _inflect_family(names: Sequence[str], language: str, sex: str) -> list[str]:
    if sex == "male":
        return list(names)
    rules = {"pl": (r"(sk|ck|zk)i$", r"\1a"), "lt": (r"(as|us|is|ys)$", "ienė")}
    pattern, replacement = rules.get(language, ("$^", ""))
    return [re.sub(pattern, replacement, name) for name in names]


# ----------------------------------------------------------------------------------------------------------- as written
def draw_person(draw: random.Random, language: str, half: Half) -> Value:
    """Draw a whole name in one of the ways that people write names."""
    names = draw.choice(name_lists(language, half))
    given, family = draw.choice(names.given), draw.choice(names.family)
    plain = unaccented(f"{given} {family}")
    surname_first = language == "hu" or draw.random() < 0.04
    full = f"{family} {given}" if surname_first else f"{given} {family}"
    ways = (
        (64, full, "full"),
        (6, f"{given[0]}. {family}", "initial"),
        (4, f"{given} {family[0]}.", "initial"),
        (4, f"{given} {draw.choice(names.given)[0]}. {family}", "initial"),
        (4, f"{given} {family}-{draw.choice(names.family)}", "double"),
        (12, given, "one word"),
        (6, plain, "full" if plain == f"{given} {family}" else "unaccented"),
    )
    _, text, form = draw.choices(ways, [weight for weight, _, _ in ways])[0]
    return _person(text, form)


def draw_given(draw: random.Random, language: str, half: Half) -> Value:
    """Draw a given name alone."""
    return _person(draw.choice(draw.choice(name_lists(language, half)).given), "one word")


def draw_family(draw: random.Random, language: str, half: Half) -> Value:
    """Draw a man's surname alone: the carriers that ask for it say Mr, or a trade."""
    return _person(draw.choice(name_lists(language, half)[0].family), "one word")


def draw_inflected(draw: random.Random, language: str, half: Half, *, men_only: bool = False) -> Value:
    """Draw a whole name in the case that the carriers of the language ask for (instrumental, genitive or dative)."""
    for _ in range(_MOST_DRAWS):
        names = name_lists(language, half)[0 if men_only else draw.randrange(2)]
        given, family = draw.choice(names.given), draw.choice(names.family)
        parts = (family, given) if language == "hu" else (given, family)
        written = inflect(language, *parts, is_woman=names is not name_lists(language, half)[0])
        if written is not None:
            return _person(written, "inflected")
    return _person(f"{given} {family}", "full")


def unaccented(text: str) -> str:
    """Leave out accents of Latin letters, as people without their keyboard do."""
    plain = unicodedata.normalize("NFD", text.translate(str.maketrans("łŁøØđĐħĦ", "lLoOdDhH")))
    return "".join(letter for letter in plain if not "\u0300" <= letter <= "\u036f")


def _person(text: str, form: str) -> Value:
    return Value(text=text, label=Label.PERSON, form=form)


# ----------------------------------------------------------------------------------------------------------- inflection
# A rule is what a name ends in and what takes its place. A name that no rule of its language covers is drawn again, and
# so is one whose last vowel may drop out (Paweł, Pawłem): that would need a list of exceptions.
Rules: TypeAlias = tuple[tuple[str, str], ...]
_RULES: dict[str, Rules] = {
    "cs": ((r"ová$", "ovou"), (r"a$", "ou"), (r"ý$", "ým"), (r"(?<![eě])([bdfmnprstvzl])$", r"\1em")),
    "el": ((r"ος$", "ου"), (r"ης$", "η"), (r"ας$", "α"), (r"ός$", "ού"), (r"ής$", "ή"), (r"άς$", "ά")),
    "fi": ((r"nen$", "sen"), (r"([^kpt\W][aeiouyäö])$", r"\1n")),
    "hr": ((r"ić$", "ićem"), (r"a$", "om"), (r"(?<![ea])([bdfmnprstvzlk])$", r"\1om")),
    "lt": (
        *((r"ė$", "ės"), (r"a$", "os"), (r"as$", "o"), (r"us$", "aus")),
        *((r"t[iy]s$", "čio"), (r"d[iy]s$", "džio"), (r"[iy]s$", "io")),
    ),
    "lv": ((r"a$", "as"), (r"e$", "es"), (r"([^ilnš])s$", r"\1a")),
    "pl": ((r"a$", "ą"), (r"([sc]k)i$", r"\1im"), (r"(?<!e)([bdfłmnprstwz])$", r"\1em")),
    "sk": ((r"ová$", "ovou"), (r"a$", "ou"), (r"ý$", "ým"), (r"(?<![eo])([bdfmnprstvzlk])$", r"\1om")),
    "sl": ((r"a$", "o"), (r"(?<![ea])([bdfmnprstvzlk])$", r"\1om")),
}  # fmt: skip


def inflect(language: str, first: str, second: str, *, is_woman: bool) -> str | None:
    """Put two names into the case that the carriers of the language ask for; None where no rule covers them.

    A woman's surname that ends in a consonant stays as it is in Polish, Slovene and Croatian.
    """
    if language == "hu":
        return f"{first} {_hungarian_dative(second)}"
    one, other = (_inflect_word(name, _RULES[language]) for name in (first, second))
    if is_woman and language in {"hr", "pl", "sl"} and second[-1] not in "aeiou":
        other = second
    return f"{one} {other}" if one and other else None


def _inflect_word(name: str, rules: Rules) -> str | None:
    return next((re.sub(ending, written, name) for ending, written in rules if re.search(ending, name)), None)


def _hungarian_dative(name: str) -> str:
    """Add -nak or -nek by the vowels of the name; a final a or e grows long."""
    stem = name[:-1] + {"a": "á", "e": "é"}.get(name[-1], name[-1])
    return f"{stem}{'nak' if set(name.lower()) & set('aáoóuú') else 'nek'}"
