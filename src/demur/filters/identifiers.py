"""The classes of identifiers that are cut from texts, and where one was found."""

import re
from enum import StrEnum
from typing import NamedTuple


class IdentifierClass(StrEnum):
    """What kind of identifier a span is; the value is the class's name in counts and manifests."""

    CARD = "card"
    DATE_OF_BIRTH = "date_of_birth"
    EMAIL = "email"
    HANDLE = "handle"
    IBAN = "iban"
    IP = "ip"
    NATIONAL_ID = "national_id"
    PHONE = "phone"
    PLATE = "plate"
    URL = "url"

    @property
    def placeholder(self) -> str:
        """The text that replaces a span: the same for every span of the class, so that nothing leaks (FIL-11)."""
        return f"[{_SHORTER.get(self.name, self.name)}]"


_SHORTER = {"NATIONAL_ID": "ID", "DATE_OF_BIRTH": "BIRTH"}


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
