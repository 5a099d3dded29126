"""Opening channels by their names: those of Demur, and those of installed extensions (``demur.notice_channels``)."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from demur.notices.channel import NoticeChannel, Tools
from demur.notices.errors import ChannelUnknownError
from demur.notices.in_app import InAppChannel
from demur.notices.webhook import WebhookChannel, WebhookSettings
from demur.plugins.loading import known_plugins

_GROUP = "demur.notice_channels"


class ChannelFactory(Protocol):
    """What an entry of the group names."""

    def __call__(self, settings: Mapping[str, Any], *, tools: Tools) -> NoticeChannel:
        """Return the channel with its settings of ``demur.toml``, unopened."""
        ...


def open_channel(name: str, settings: Mapping[str, Any], *, tools: Tools) -> NoticeChannel:
    """Return a channel by its name.

    Raises:
        ChannelUnknownError: there is none of that name, or its settings do not fit it.
        PluginError: an installed extension cannot be loaded.
    """
    known = known_plugins(_GROUP, _OWN, kind="a channel", error=ChannelUnknownError)
    if name not in known:
        message = f"no channel is named {name!r}; there are {', '.join(sorted(known))}"
        raise ChannelUnknownError(message, hint="Correct notices.channels, or install the extension.")
    try:
        return known[name](settings, tools=tools)
    except msgspec.ValidationError as error:
        message = f"the settings of channel {name} do not fit it: {error}"
        raise ChannelUnknownError(message, hint="docs/reference/configuration.md lists every key.") from error


def _open_email(settings: Mapping[str, Any], *, tools: Tools) -> NoticeChannel:
    from demur.notices.smtp import SmtpChannel, SmtpSettings  # noqa: PLC0415 -- optional dependency

    return SmtpChannel(msgspec.convert(settings, SmtpSettings), tools)


def _open_in_app(settings: Mapping[str, Any], *, tools: Tools) -> NoticeChannel:
    del settings, tools
    return InAppChannel()


def _open_webhook(settings: Mapping[str, Any], *, tools: Tools) -> NoticeChannel:
    return WebhookChannel(msgspec.convert(settings, WebhookSettings), tools)


_OWN: dict[str, ChannelFactory] = {
    "email": _open_email,
    "in_app": _open_in_app,
    "webhook": _open_webhook,
}
