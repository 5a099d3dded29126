"""The in-app notice: what a platform's app shows, in every language, signed before anybody asks for it."""

import msgspec

from demur.exchange.documents import Document
from demur.kernel.words import DocumentKind


class InAppTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The notice in one language.

    Attributes:
        direction: `ltr` or `rtl`.
        body: paragraphs, plain text.
        object: the button that objects; `close` is the one beside it, which decides nothing.
        more: the words of the link to the page with everything else.
        done: what is said once the objection is recorded; `failed` when it could not be.
    """

    direction: str
    title: str
    body: tuple[str, ...]
    object: str
    close: str
    more: str
    done: str
    failed: str


class InAppNotice(Document, frozen=True, kw_only=True):
    """A version of the notice as apps show it.

    Attributes:
        platform: as in the keyring, not as people know it.
        version: the version of the notice under which it is recorded that somebody was shown it.
        languages: the texts by the code of their language.
    """

    KIND = DocumentKind.IN_APP_NOTICE

    platform: str
    version: str
    languages: dict[str, InAppTexts]
