"""One thing that somebody of Agora published, and the passages of it that others may repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from demur.testing.agora.accounts import Account
from demur.testing.agora.composing import Text

# What a detector or a standard writes: an object of JSON.
Found: TypeAlias = Mapping[str, object]


@dataclass(slots=True, kw_only=True)
class Item:
    """One thing that somebody published; references are ids of earlier items.

    Attributes:
        situation: the name of the rare situation that it shows, empty for most.
        is_card: whether what is reshared stands beside the text and can be taken out; None where nobody knows.
        tags: accounts of people who are shown.
        link_text: the text of a linked page, which stands in `text` as well.
        rights, link_rights: signals on the item and on the linked page, under the names of their standards.
        sensitive, seen: what detectors found in the text and in the picture.
    """

    item: str
    kind: str
    author: Account
    created_at: datetime
    visibility: str
    language: str
    product: str
    text: Text
    language_known: bool = True
    mentions: tuple[str, ...] = ()
    reshare_of: str = ""
    quote_of: str = ""
    reply_to: str = ""
    media: str = ""
    removed_at: datetime | None = None
    expires_at: datetime | None = None
    situation: str = ""
    other_authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    public_role_of: tuple[str, ...] = ()
    derived_from: str = ""
    is_card: bool | None = None
    addressed_to_assistant: bool | None = None
    link_text: str = ""
    rights: Found | None = None
    link_rights: Found | None = None
    sensitive: tuple[Found, ...] = ()
    seen: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The words of a public post that others may quote or copy; what came below them later is not in it."""

    item: str
    author: Account
    text: Text
