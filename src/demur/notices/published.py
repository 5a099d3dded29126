"""Reading a version as it was published: what its document says, without anything that it takes to make one."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from demur.keys.encoding import decode_json
from demur.notices.message import NoticeMessage, Part, PartKind


class _PartDocument(msgspec.Struct, frozen=True):
    kind: PartKind
    heading: str | None
    text: str


class _LanguageDocument(msgspec.Struct, frozen=True):
    subject: str
    checked_by: str | None
    reply_words: str
    parts: tuple[_PartDocument, ...]


class _VersionDocument(msgspec.Struct, frozen=True):
    version: str
    platform: str
    change: str
    predecessor: str | None
    reason: str | None
    decided_by: str | None
    held: tuple[str, ...]
    languages: dict[str, _LanguageDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTexts:
    """What the document of a published version says."""

    version: str
    change: str
    predecessor: str | None
    reason: str | None
    decided_by: str | None
    held: tuple[str, ...]
    messages: Mapping[str, NoticeMessage]


def read_texts(document: bytes) -> PublishedTexts:
    """Return what the document of a published version says (`version_document`)."""
    read = msgspec.convert(decode_json(document), _VersionDocument)
    messages = {
        language: NoticeMessage(
            version=read.version,
            language=language,
            platform=read.platform,
            subject=told.subject,
            parts=tuple(Part(kind=part.kind, text=part.text, heading=part.heading) for part in told.parts),
            reply_words=told.reply_words,
            checked_by=told.checked_by,
        )
        for language, told in read.languages.items()
    }
    return PublishedTexts(
        version=read.version,
        change=read.change,
        predecessor=read.predecessor,
        reason=read.reason,
        decided_by=read.decided_by,
        held=read.held,
        messages=messages,
    )
