"""The languages that notices are written in, and how an account's language tag leads to one of them."""

import re

# The official languages of the European Union (Regulation 1/1958), by their ISO 639-1 codes.
LANGUAGES = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
    *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
)
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi"})
# RFC 5646 2.2.1: the primary subtag; "fr-CH" is French.
_PRIMARY = re.compile(r"^([a-z]{2,3})(?:[-_].*)?$")


def primary_language(tag: str | None) -> str | None:
    """Return the primary subtag of a language tag in small letters; None where there is none."""
    found = _PRIMARY.match((tag or "").strip().lower())
    return found.group(1) if found else None


def direction_of(language: str) -> str:
    """Return in which direction a language is written, as HTML names it."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
