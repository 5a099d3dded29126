"""The languages of the pages: the 24 official languages of the European Union, and which of them are complete.

A page shows a language only when its catalogue is complete: a half translated page is in no language at all.
"""

import gettext
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

Translate: TypeAlias = Callable[[str], str]

# In the order of the Union's own lists: by their names, each as its speakers write it.
_NAMES = {
    "bg": "български",
    "es": "español",
    "cs": "čeština",
    "da": "dansk",
    "de": "Deutsch",
    "et": "eesti",
    "el": "Ελληνικά",
    "en": "English",
    "fr": "français",
    "ga": "Gaeilge",
    "hr": "hrvatski",
    "it": "italiano",
    "lv": "latviešu",
    "lt": "lietuvių",
    "hu": "magyar",
    "mt": "Malti",
    "nl": "Nederlands",
    "pl": "polski",
    "pt": "português",
    "ro": "română",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "fi": "suomi",
    "sv": "svenska",
}
OFFICIAL = tuple(_NAMES)
# Those whose catalogues say everything; a test fails when one of them lacks a text.
COMPLETE: tuple[str, ...] = OFFICIAL
SOURCE = "en"  # the language of the texts in the code

LOCALE_FOLDER = Path(__file__).parent / "locale"
_FROM_RIGHT = frozenset({"ar", "fa", "he", "ur"})  # none is official, but the look is ready for them
_MOST_RANGES = 50  # of a header; a browser sends five


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language as a page names it: its code, its own name, and `ltr` or `rtl`."""

    code: str
    name: str
    direction: str


@lru_cache
def language_of(code: str) -> Language:
    """Return a language by its code, such as `mt`."""
    return Language(code=code, name=_NAMES.get(code, code), direction="rtl" if code in _FROM_RIGHT else "ltr")


def choose_language(asked: str, accepted: str, default: str, *, known: Collection[str]) -> str:
    """Return the language of a page: what was asked for, else what the browser prefers, else the default.

    Args:
        asked: the code in the address; anything unknown is passed over.
        accepted: the header `Accept-Language` (RFC 9110 12.5.4), whose ranges are tried by their quality, by the
            language alone: `pt-BR` gets the Portuguese that there is.
        default: the language of the platform.
        known: the languages to choose from.
    """
    wished = (asked, *(tag.partition("-")[0].lower() for tag in _by_quality(accepted)), default)
    return next((code for code in wished if code in known), SOURCE)


@lru_cache
def translator(code: str) -> Translate:
    """Return what translates a text of the catalogues, for whoever makes texts without Django.

    Raises:
        FileNotFoundError: the language has no catalogue.
    """
    if code == SOURCE:
        return gettext.NullTranslations().gettext
    return _open_catalogue(code).gettext


@lru_cache
def is_signed(code: str) -> bool:
    """Tell whether a person signed the texts of a language (the header `X-Signed-Off-By` of its catalogue).

    English is what those wrote who wrote the code.
    """
    if code == SOURCE or not _catalogue(code).exists():
        return code == SOURCE
    return bool(_open_catalogue(code).info().get("x-signed-off-by"))


def _open_catalogue(code: str) -> gettext.GNUTranslations:
    with _catalogue(code).open("rb") as opened:
        return gettext.GNUTranslations(opened)


def _catalogue(code: str) -> Path:
    return LOCALE_FOLDER / code / "LC_MESSAGES" / "django.mo"


def _by_quality(header: str) -> list[str]:
    """Return the language ranges of the header, the most wished first; what cannot be read is passed over."""
    ranges = []
    for place, part in enumerate(header.split(",")[:_MOST_RANGES]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if weight > 0:
            ranges.append((-weight, place, tag))
    return [tag for _, _, tag in sorted(ranges)]
