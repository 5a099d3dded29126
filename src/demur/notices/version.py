"""One version of the notice as data: a TOML file with every element that the law asks for, in each language.

What is said about the platform is the controller's and stands in the file; what the notice says about the right is the
same for every platform and comes from the catalogues (`demur.notices.wording`).
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from demur.notices.errors import NoticeUnreadableError
from demur.notices.languages import LANGUAGES

_HINT = "docs/how-to/run-a-notice-campaign.md shows a whole file."
VERSION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Element(StrEnum):
    """What a notice tells, by GDPR Art. 13(1)-(2) and 14(1)-(2); consent (13(2)(c)) is not what this rests on."""

    CONTROLLER = "controller"  # 13(1)(a): who, and how to reach them
    DATA_PROTECTION_OFFICER = "data_protection_officer"  # 13(1)(b)
    PURPOSES = "purposes"  # 13(1)(c)
    LEGAL_BASIS = "legal_basis"  # 13(1)(c)
    INTEREST = "interest"  # 13(1)(d): the interest that is pursued
    CATEGORIES = "categories"  # 14(1)(d)
    SOURCES = "sources"  # 14(2)(f)
    RECIPIENTS = "recipients"  # 13(1)(e)
    TRANSFERS = "transfers"  # 13(1)(f)
    RETENTION = "retention"  # 13(2)(a)
    RIGHTS = "rights"  # 13(2)(b)
    COMPLAINT = "complaint"  # 13(2)(d)
    REQUIREMENT = "requirement"  # 13(2)(e): whether anybody must give the data
    AUTOMATED_DECISIONS = "automated_decisions"  # 13(2)(f)


class Texts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[languages.xx]``: the controller's own texts in one language; empty is missing.

    Attributes:
        subject, introduction: in the place of those of the catalogue, where the controller wants their own.
        checked_by: who read the texts of this language and answers for them; None while a machine made them.
    """

    controller: str = ""
    data_protection_officer: str = ""
    purposes: str = ""
    legal_basis: str = ""
    interest: str = ""
    categories: str = ""
    sources: str = ""
    recipients: str = ""
    transfers: str = ""
    retention: str = ""
    rights: str = ""
    complaint: str = ""
    requirement: str = ""
    automated_decisions: str = ""
    subject: str | None = None
    introduction: str | None = None
    checked_by: str | None = None

    def of(self, element: Element) -> str:
        """Return the text of an element, without blanks around it."""
        text: str = getattr(self, element.value)
        return text.strip()


class NoticeVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version, as its file says it.

    Attributes:
        version: its name, which rulesets and events carry.
        platform: what people call the platform.
        change: what is new against the predecessor; `first` has none. Whether a change matters decides whether
            everybody has to be told anew, so an immaterial one needs a reason and the person who answers for it.
        held: languages of accounts that this version does not speak: those accounts stay held.
        layout: the order of the parts of a message, in the place of the usual one (`demur.notices.message`).
    """

    version: Annotated[str, msgspec.Meta(pattern=VERSION_PATTERN)]
    platform: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    change: Literal["first", "material", "immaterial"]
    languages: dict[str, Texts]
    predecessor: str | None = None
    reason: str | None = None
    decided_by: str | None = None
    held: tuple[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")], ...] = ()
    layout: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if (self.predecessor is None) != (self.change == "first"):
            message = "a first version has no predecessor, and every other one names it"
            raise ValueError(message)
        if self.predecessor == self.version:
            message = "a version cannot be its own predecessor"
            raise ValueError(message)
        if self.change == "immaterial" and not ((self.reason or "").strip() and (self.decided_by or "").strip()):
            message = "an immaterial change needs a reason and decided_by, who answers for it"
            raise ValueError(message)
        unknown = sorted(set(self.languages) - set(LANGUAGES))
        if unknown:
            message = f"languages that notices are not written in: {', '.join(unknown)}"
            raise ValueError(message)


def read_version(path: Path) -> NoticeVersion:
    """Read the file of a version.

    Raises:
        NoticeUnreadableError: there is none, it is no TOML, or it has a field that no version has.
    """
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"no version of the notice can be read at {path}"
        raise NoticeUnreadableError(message, hint=_HINT) from error
    try:
        read = msgspec.convert(tomllib.loads(content), NoticeVersion)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"{path}: {error}"
        raise NoticeUnreadableError(message, hint=_HINT) from error
    if path.stem != read.version:
        message = f"{path} holds version {read.version}"
        raise NoticeUnreadableError(message, hint="Name the file after the version that it holds.")
    return read


def find_missing(languages: Mapping[str, Texts]) -> dict[str, tuple[Element, ...]]:
    """Return what each language lacks; languages that lack nothing are not in it."""
    found = {
        language: tuple(element for element in Element if not texts.of(element))
        for language, texts in sorted(languages.items())
    }
    return {language: missing for language, missing in found.items() if missing}
