"""The extension point: what a campaign asks of a way by which notices reach people.

An entry of the entry-point group ``demur.notice_channels`` names a function ``(settings, *, tools) -> NoticeChannel``;
the entry's name is the channel's name in ``demur.toml``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from demur.kernel import words
from demur.kernel.clock import Clock
from demur.keys.notes import Signer
from demur.notices.message import NoticeMessage

# Sends a body to a plain URL with headers; returns the status of the answer. Raises OSError where nobody answers.
Post = Callable[[str, bytes, Mapping[str, str]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a notice leads: the page with the one button, for this person, and the public page of the version."""

    objection: str = field(repr=False)
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One notice to one person.

    Attributes:
        mailing: 16 random bytes that name this notice to this person, and nobody to anybody else.
        reference: what the platform knows the account by (ADR-0020).
        address: where a channel that needs one finds them; None where the platform gave none.
        attempt: how often a channel was given this notice, from 1.
    """

    mailing: bytes
    message: NoticeMessage
    addresses: Addresses
    reference: str = field(repr=False)
    address: str | None = field(default=None, repr=False)
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the campaign lends to a channel: the platform, the time, the key of documents and a way to post."""

    platform: str
    clock: Clock
    signer: Signer
    post: Post


class NoticeChannel(Protocol):
    """Hands one notice after the other to whoever brings it to a person, and says what is certain of it.

    Attributes:
        medium: as what the register records the events of this channel.
        needs_address: whether an errand must have an address.

    `send` is called from one thread at a time; another thread has a channel of its own. A notice is given to a channel
    once, and again only after `ChannelBusyError`. Nothing of an errand may be logged or put into an error.
    """

    medium: words.NoticeChannel
    needs_address: bool

    def send(self, errand: Errand) -> words.NoticeEvent:
        """Hand a notice over; return ``queued`` where it waits for the person, ``sent``, ``delivered`` or ``shown``.

        Raises:
            AddressRefusedError: it can never reach this person this way.
            ChannelBusyError: it was certainly not taken; the same errand comes again later.
            HandoverUncertainError: it may have been taken.
        """
        ...

    def close(self) -> None:
        """Give back what is held open; a later `send` opens it anew."""
        ...
