"""What the evaluation is made of: labels, values as somebody wrote them, posts with the spans to be found."""

from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """What a span is; the values are those of the filter."""

    PERSON = "PERSON"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    NATIONAL_ID = "NATIONAL_ID"
    CREDIT_CARD = "CREDIT_CARD"
    IBAN = "IBAN"
    IP = "IP"
    ADDRESS = "ADDRESS"
    PLATE = "PLATE"
    HANDLE = "HANDLE"
    URL = "URL"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    LOCATION = "LOCATION"
    OTHER = "OTHER"


STRUCTURED = (
    *(Label.EMAIL, Label.PHONE, Label.NATIONAL_ID, Label.CREDIT_CARD, Label.IBAN, Label.IP, Label.PLATE, Label.HANDLE),
)
TEN = (Label.PERSON, *STRUCTURED, Label.ADDRESS)
"""The ten direct identifiers; `STRUCTURED` are those other than names and addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Something personal as written in a post; `form` names the way of writing, `hidden` says that it evades."""

    text: str
    label: Label
    form: str = "plain"
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSpan:
    """Where a value stands in its post, from `start` up to and without `end`, in code points."""

    start: int
    end: int
    label: Label
    form: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post, its language (ISO 639-1) and the spans in it, from left to right; a clean post has none."""

    text: str
    language: str
    spans: tuple[GoldSpan, ...]
