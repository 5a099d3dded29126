"""The carrier sentences of 24 languages: what stands around a value, written for this evaluation and used nowhere else.

A file of `languages/` has three parts: words (the at sign, the dot and the digits, as spoken), carriers with slots for
personal values, and clean sentences with slots for look-alikes.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "languages"
SLOT = re.compile(r"{([A-Za-z~]+)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a language says the at sign, the dot and the digits from zero to nine."""

    at: tuple[str, ...]
    dot: tuple[str, ...]
    digits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """The sentences and words of one language."""

    language: str
    words: Words
    personal: tuple[str, ...]
    clean: tuple[str, ...]


LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))


@cache
def carriers_of(language: str) -> Carriers:
    """Read the file of a language (ISO 639-1)."""
    parts: dict[str, list[str]] = {}
    for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            parts[line[1:-1]] = current = []
        elif line:
            current.append(line)
    said = {name: tuple(words.split()) for name, _, words in (line.partition(" = ") for line in parts["words"])}
    return Carriers(
        language=language,
        words=Words(at=said["at"], dot=said["dot"], digits=said["digits"]),
        personal=tuple(parts["carriers"]),
        clean=tuple(parts["clean"]),
    )
