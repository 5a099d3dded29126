"""Errors of notices: a version that may not be published, and what can happen to one notice on its way."""

from demur.kernel.errors import ConfigurationError, InputError, TransientError


class NoticeUnreadableError(InputError):
    """The file of a version is missing, is no TOML, or has a field that no version has."""

    code = "notice-unreadable"


class NoticeFaultyError(InputError):
    """A version lacks something in a language, or its lint fails; it cannot be published."""

    code = "notice-faulty"


class NoticeLanguageError(InputError):
    """Somebody is to get a version in a language that it does not speak."""

    code = "notice-language"


class ChannelUnknownError(ConfigurationError):
    """A channel is named that neither Demur nor an installed extension has, or it lacks its settings."""

    code = "channel-unknown"


class AddressRefusedError(InputError):
    """An address can never be reached by a channel: it is none, or whoever answers for it says so."""

    code = "address-refused"


class ChannelBusyError(TransientError):
    """A channel cannot take a notice now, and has certainly not taken it."""

    code = "channel-busy"


class HandoverUncertainError(TransientError):
    """A channel may have taken a notice or not: the answer was lost. It is not given to this channel again."""

    code = "handover-uncertain"
