"""A notice in one language as typed parts: what each part is, and not only what it says.

The lint works on the types, so that it holds in every language; mails, pages and the app show the same parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from demur.keys.encoding import encode_json
from demur.notices import wording
from demur.notices.version import Element, NoticeVersion
from demur.notices.wording import HEADINGS, Translate


class PartKind(StrEnum):
    """What a part of a message is."""

    RIGHT = "right"  # the right to object, apart from everything else (GDPR Art. 21(4))
    INTRODUCTION = "introduction"
    BUTTON = "button"  # leads to the page with the one button: the second and last action before the receipt
    CHOICE = "choice"  # what happens to whoever does nothing
    REPLY = "reply"
    ACCOUNTS = "accounts"
    OTHERS = "others"
    TRAINED = "trained"
    UNCHANGED = "unchanged"
    ELEMENTS = "elements"
    DETAILS = "details"  # the address of the public page


USUAL_LAYOUT = (
    *(PartKind.RIGHT, PartKind.INTRODUCTION, PartKind.BUTTON, PartKind.CHOICE, PartKind.REPLY),
    *(PartKind.ACCOUNTS, PartKind.OTHERS, PartKind.TRAINED, PartKind.UNCHANGED),
    *(PartKind.ELEMENTS, PartKind.DETAILS),
)
HONEST = (PartKind.ACCOUNTS, PartKind.OTHERS, PartKind.TRAINED, PartKind.UNCHANGED)
_TEXTS = {
    PartKind.RIGHT: wording.RIGHT,
    PartKind.BUTTON: wording.BUTTON,
    PartKind.CHOICE: wording.CHOICE,
    PartKind.ACCOUNTS: wording.ACCOUNTS,
    PartKind.OTHERS: wording.OTHERS,
    PartKind.TRAINED: wording.TRAINED,
    PartKind.UNCHANGED: wording.UNCHANGED,
    PartKind.DETAILS: wording.DETAILS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: what it is and what it says; of an element, its heading too."""

    kind: PartKind
    text: str
    heading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMessage:
    """One version in one language.

    Attributes:
        platform: what people call the platform.
        parts: in the order in which they are shown.
        reply_words: what people may answer with.
        checked_by: who answers for the texts of this language; None while a machine made them.
    """

    version: str
    language: str
    platform: str
    subject: str
    parts: tuple[Part, ...]
    reply_words: str
    checked_by: str | None = None

    def text_of(self, kind: PartKind) -> str:
        """Return what the first part of a kind says; empty where there is none."""
        return next((part.text for part in self.parts if part.kind is kind), "")


def make_message(version: NoticeVersion, language: str, translate: Translate) -> NoticeMessage:
    """Return a version in a language that its file has; what a layout names and is no part is dropped."""
    texts = version.languages[language]
    named = {"platform": version.platform}
    reply_words = translate(wording.REPLY_WORDS)
    said = {kind: translate(text) for kind, text in _TEXTS.items()} | {
        PartKind.INTRODUCTION: (texts.introduction or translate(wording.INTRODUCTION) % named).strip(),
        PartKind.REPLY: translate(wording.REPLY) % {"words": reply_words},
    }
    elements = [
        Part(kind=PartKind.ELEMENTS, text=texts.of(element), heading=translate(HEADINGS[element]))
        for element in Element
    ]
    known = {kind.value: kind for kind in PartKind}
    layout = [known[word] for word in version.layout if word in known] if version.layout else USUAL_LAYOUT
    parts = [
        part
        for kind in layout
        for part in (elements if kind is PartKind.ELEMENTS else [Part(kind=kind, text=said[kind])])
    ]
    return NoticeMessage(
        version=version.version,
        language=language,
        platform=version.platform,
        subject=(texts.subject or translate(wording.SUBJECT) % named).strip(),
        parts=tuple(parts),
        reply_words=reply_words,
        checked_by=texts.checked_by,
    )


def version_document(version: NoticeVersion, messages: Mapping[str, NoticeMessage], *, origin: str) -> bytes:
    """Return the document that a published version is known by, in canonical JSON: every word that people are shown.

    Args:
        origin: the origin of the log that its digest is entered in.
    """
    return encode_json(
        {
            "v": 1,
            "log": origin,
            "version": version.version,
            "platform": version.platform,
            "change": version.change,
            "predecessor": version.predecessor,
            "reason": version.reason,
            "decided_by": version.decided_by,
            "held": sorted(version.held),
            "languages": {language: _describe(message) for language, message in sorted(messages.items())},
        }
    )


def _describe(message: NoticeMessage) -> dict[str, object]:
    return {
        "subject": message.subject,
        "checked_by": message.checked_by,
        "reply_words": message.reply_words,
        "parts": [{"kind": part.kind.value, "heading": part.heading, "text": part.text} for part in message.parts],
    }
