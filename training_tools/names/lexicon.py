"""Puts lists of names, towns and word classes together to the entries of the lexicon."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from demur.filters.names.layout import COARSE_PLACE, FINE_PLACE, LANGUAGES, Listed
from training_tools.names import lists, packages
from training_tools.names.texts import strip_accents

_COMMON_GIVEN, _COMMON_SURNAMES, _IN_LISTS = 1600, 2500, 3
_SHORTEST, _SHORTEST_BRAND, _MOST_WORDS = 2, 3, 2
_GIVEN_OR_SURNAME = Listed.GIVEN | Listed.SURNAME


def entries(classes: Path, folder: Path, *, withheld: bool) -> dict[str, int]:
    """Return the entry of every word; withheld names have neither lists nor classes."""
    found = _gazetteer(folder, withheld=withheld)
    held = _gazetteer(folder, withheld=False) if withheld else found
    for line in classes.read_text(encoding="utf-8").splitlines():
        word, coarse, fine = line.split("\t")
        if withheld and held.get(word, 0) & _GIVEN_OR_SURNAME and lists.is_withheld(word):
            continue
        found[word] = found.get(word, 0) | int(coarse) << COARSE_PLACE | int(fine) << FINE_PLACE
    return found


def _gazetteer(folder: Path, *, withheld: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    keep: Callable[[str], bool] = (lambda word: not lists.is_withheld(word)) if withheld else (lambda _: True)
    given: Counter[str] = Counter()
    surnames: Counter[str] = Counter()
    census = lists.census_names(withheld=withheld)
    sources = [lists.names_of(language, withheld=withheld) for language in LANGUAGES]
    for names in (*sources, lists.foreign_names(withheld=withheld), census):
        _count(names.given, given, keep)
        _count(names.surnames, surnames, keep)
    _count(census.given[:_COMMON_GIVEN], given, keep, times=_IN_LISTS)
    _count(census.surnames[:_COMMON_SURNAMES], surnames, keep, times=_IN_LISTS)
    for counted, bit, often in (
        (given, Listed.GIVEN, Listed.COMMON_GIVEN),
        (surnames, Listed.SURNAME, Listed.COMMON_SURNAME),
    ):
        for word, times in counted.items():
            found[word] = found.get(word, 0) | bit | (often if times >= _IN_LISTS else 0)
    for towns in lists.towns().values():
        _mark(found, (town for town in towns if " " not in town), Listed.TOWN)
    _mark(found, lists.countries(), Listed.COUNTRY)
    _mark(found, lists.cues(), Listed.CUE)
    short = (brand for brand in packages.brands(folder) if len(brand.split()) <= _MOST_WORDS)
    _mark(found, (word for brand in short for word in brand.split() if len(word) >= _SHORTEST_BRAND), Listed.BRAND)
    return found


def _forms(name: str) -> set[str]:
    """Return the words of a name in lower case, with and without accents."""
    parts = name.replace("-", " ").replace("'", " ").lower().split()
    return {form for part in parts if len(part) >= _SHORTEST for form in (part, strip_accents(part))}


def _count(names: Iterable[str], counted: Counter[str], keep: Callable[[str], bool], times: int = 1) -> None:
    forms = {form for name in names for form in _forms(name) if keep(form)}
    counted.update(dict.fromkeys(forms, times))


def _mark(found: dict[str, int], names: Iterable[str], bit: int) -> None:
    for name in names:
        for form in _forms(name):
            found[form] = found.get(form, 0) | bit
