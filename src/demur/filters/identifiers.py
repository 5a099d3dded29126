"""The classes of identifiers that are cut from texts, and where one was found."""

import re
from enum import StrEnum
from typing import NamedTuple


class IdentifierClass(StrEnum):
    """What kind of identifier a span is."""

    ADDRESS = "ADDRESS"
    CREDIT_CARD = "CREDIT_CARD"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    EMAIL = "EMAIL"
    HANDLE = "HANDLE"
    IBAN = "IBAN"
    IP = "IP"
    LOCATION = "LOCATION"
    NATIONAL_ID = "NATIONAL_ID"
    OTHER = "OTHER"
    PERSON = "PERSON"
    PHONE = "PHONE"
    PLATE = "PLATE"
    URL = "URL"

    @property
    def counted_as(self) -> str:
        """The class's name in counts and manifests."""
        return self.value.lower()

    @property
    def placeholder(self) -> str:
        """The text that replaces a span: the same for every span of the class, so that nothing leaks (FIL-11)."""
        return f"[{_SHORTER.get(self.value, self.value)}]"


_SHORTER = {"CREDIT_CARD": "CARD", "DATE_OF_BIRTH": "BIRTH", "NATIONAL_ID": "ID", "PERSON": "NAME"}


class Span(NamedTuple):
    """A piece of a text, from `start` up to and without `end`, in code points of the original text."""

    start: int
    end: int
    label: IdentifierClass


SUPPRESSED = "[SUPPRESSED]"
QUOTED = "[QUOTED]"
CUT = "[CUT]"
PLACEHOLDERS = (*(label.placeholder for label in IdentifierClass), SUPPRESSED, QUOTED, CUT)
PLACEHOLDER_PATTERN = re.compile("|".join(re.escape(placeholder) for placeholder in PLACEHOLDERS))
