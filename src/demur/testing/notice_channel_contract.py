"""The contract of a `NoticeChannel`, as a class of tests that the author of a channel inherits.

The author writes ``class TestMyChannel(NoticeChannelContract)`` with the methods ``make_channel`` and
``make_unreachable_channel``.
"""
# ruff: noqa: S101 -- a contract is a class of tests

from dataclasses import replace

import pytest

from demur.kernel import words
from demur.notices.channel import Addresses, Errand, NoticeChannel
from demur.notices.errors import AddressRefusedError, ChannelBusyError
from demur.notices.message import NoticeMessage, make_message
from demur.notices.version import Element, NoticeVersion, Texts
from demur.notices.wording import Translate

_HANDED_OVER = frozenset(
    {words.NoticeEvent.QUEUED, words.NoticeEvent.SENT, words.NoticeEvent.DELIVERED, words.NoticeEvent.SHOWN}
)
_TOKEN = "a-token-that-is-nobodys"  # noqa: S105 -- of a test


def make_test_message(language: str = "en", translate: Translate = str) -> NoticeMessage:
    """Return an invented notice in a language; what a platform says itself of an element is English in all of them."""
    texts = Texts(**{element.value: f"Something on {element.value}." for element in Element})
    version = NoticeVersion(version="2026-01", platform="Agora", change="first", languages={language: texts})
    return make_message(version, language, translate)


def make_test_errand(number: int = 1, *, address: str | None = "ada@people.example") -> Errand:
    """Return an invented errand; different numbers are different people."""
    return Errand(
        mailing=number.to_bytes(16, "big"),
        message=make_test_message(),
        addresses=Addresses(
            objection=f"https://demur.agora.example/object/{_TOKEN}",
            notice="https://demur.agora.example/notice/2026-01",
        ),
        reference=f"reference-{number}",
        address=address,
    )


class NoticeChannelContract:
    """What every notice channel keeps."""

    def make_channel(self) -> NoticeChannel:
        """Return a channel that can hand notices over."""
        raise NotImplementedError

    def make_unreachable_channel(self) -> NoticeChannel | None:
        """Return a channel whose other side does not answer; None for one that has no other side."""
        raise NotImplementedError

    def test_it_says_as_what_its_events_are_recorded(self) -> None:
        """The medium is one by which a person can be reached; a public page reaches nobody in particular."""
        channel = self.make_channel()
        assert channel.medium in {words.NoticeChannel.EMAIL, words.NoticeChannel.IN_APP}
        assert channel.needs_address in {True, False}

    def test_it_says_what_is_certain_of_a_notice_that_it_took(self) -> None:
        """Each notice is taken for itself, also after another one and after a pause."""
        channel = self.make_channel()
        events = [channel.send(make_test_errand(1)), channel.send(make_test_errand(2))]
        channel.close()
        events.append(channel.send(make_test_errand(3)))
        channel.close()
        assert set(events) <= _HANDED_OVER

    def test_a_channel_that_needs_an_address_refuses_an_errand_without_a_good_one(self) -> None:
        """A bad address is told for good, so that another way is tried; nothing of it is in the error."""
        channel = self.make_channel()
        if not channel.needs_address:
            assert channel.send(make_test_errand(address=None)) in _HANDED_OVER
            return
        for address in (None, "", "nobody", "ada@people.example\r\nBcc: all@people.example", "a b@people.example"):
            with pytest.raises(AddressRefusedError) as refused:
                channel.send(replace(make_test_errand(), address=address))
            assert "people.example" not in f"{refused.value} {refused.value.hint}"
        channel.close()

    def test_what_was_certainly_not_taken_is_told_as_that_and_names_nobody(self) -> None:
        """A host that does not answer has taken nothing: the errand comes again later."""
        channel = self.make_unreachable_channel()
        if channel is None:
            return
        with pytest.raises(ChannelBusyError) as refused:
            channel.send(make_test_errand())
        told = f"{refused.value} {refused.value.hint}"
        assert [secret for secret in ("ada@", _TOKEN, "reference-1") if secret in told] == []
