"""The filters that are measured: ours, and those of others where they are installed, behind one call."""

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import polars as pl

from text_evaluation.posts import Label
from text_evaluation.scorer import Found

Filter: TypeAlias = Callable[[Sequence[str], Sequence[str | None]], list[list[Found]]]
"""Takes texts and their languages (ISO 639-1 or None), and returns the spans of each."""

Column: TypeAlias = Callable[[pl.Series, pl.Series | None], Any]
"""Takes a column of texts and one of languages or None."""

OURS = "demur.filters.text:spans"


def load(place: str) -> Filter:
    """Load a function `module:name` with the signature of `demur.filters.text.spans`."""
    function = load_column(place)

    def find(texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Found]]:
        known = pl.Series("language", languages, dtype=pl.String) if any(languages) else None
        return [
            [(span.start, span.end, span.label.value) for span in spans]
            for spans in function(pl.Series("text", texts, dtype=pl.String), known)
        ]

    return find


def load_column(place: str) -> Column:
    """Load the same function as it is: columns in, whatever it returns out, to time it and nothing of ours."""
    module, _, name = place.partition(":")
    function: Column = getattr(importlib.import_module(module), name)
    return function


def as_column(find: Filter) -> Column:
    """Give a tool that takes texts the signature of ours, to time both by one function."""
    return lambda texts, _languages: find(texts.to_list(), [None] * len(texts))


# ---------------------------------------------------------------------------------------------------------------- peers
_EUREDACT = {
    "PERSON_NAME": Label.PERSON, "EMAIL": Label.EMAIL, "PHONE": Label.PHONE, "NATIONAL_ID": Label.NATIONAL_ID,
    "SSN": Label.NATIONAL_ID, "TAX_ID": Label.NATIONAL_ID, "CREDIT_CARD": Label.CREDIT_CARD, "BANK_ACCOUNT": Label.IBAN,
    "IP_ADDRESS": Label.IP, "IPV6_ADDRESS": Label.IP, "ADDRESS": Label.ADDRESS, "LICENSE_PLATE": Label.PLATE,
    "SOCIAL_HANDLE": Label.HANDLE, "URL": Label.URL, "DOB": Label.DATE_OF_BIRTH, "GPS_COORDINATES": Label.LOCATION,
    "HEALTH_INSURANCE": Label.NATIONAL_ID, "MAC_ADDRESS": Label.OTHER, "IMEI": Label.OTHER, "UUID": Label.OTHER,
}  # fmt: skip


def load_euredact() -> Filter:
    """Load euredact (rules), told neither country nor language, with its dates of birth."""
    engine: Any = importlib.import_module("euredact")

    def find(texts: Sequence[str], _languages: Sequence[str | None]) -> list[list[Found]]:
        return [
            [
                (
                    found.start,
                    found.end,
                    _EUREDACT.get(str(getattr(found.entity_type, "value", found.entity_type)).upper(), "?"),
                )
                for found in engine.redact(text, detect_dates=True, cache=False).detections
            ]
            for text in texts
        ]

    return find


_PRESIDIO = {
    "PERSON": Label.PERSON, "EMAIL_ADDRESS": Label.EMAIL, "PHONE_NUMBER": Label.PHONE, "CREDIT_CARD": Label.CREDIT_CARD,
    "IBAN_CODE": Label.IBAN, "IP_ADDRESS": Label.IP, "URL": Label.URL,
}  # fmt: skip


def load_presidio() -> Filter:
    """Load Presidio with its default recognisers and English model."""
    analyzer: Any = importlib.import_module("presidio_analyzer").AnalyzerEngine()

    def find(texts: Sequence[str], _languages: Sequence[str | None]) -> list[list[Found]]:
        return [
            [(found.start, found.end, _PRESIDIO.get(found.entity_type, "?")) for found in analyzer.analyze(text, "en")]
            for text in texts
        ]

    return find


def load_datatrove() -> Filter:
    """Load datatrove's PII formatter (mail and public IP addresses); it replaces, so its patterns are asked."""
    formatters: Any = importlib.import_module("datatrove.pipeline.formatters.pii")
    formatter = formatters.PIIFormatter(only_remove_public_ips=False)
    patterns = ((formatter.emails_replacer.regex, Label.EMAIL), (formatter.ip_replacer.regex, Label.IP))

    def find(texts: Sequence[str], _languages: Sequence[str | None]) -> list[list[Found]]:
        return [
            [(*match.span(), label.value) for pattern, label in patterns for match in re.finditer(pattern, text)]
            for text in texts
        ]

    return find


PEERS: dict[str, Callable[[], Filter]] = {
    "datatrove": load_datatrove,
    "euredact": load_euredact,
    "presidio": load_presidio,
}
