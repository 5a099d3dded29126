"""Errors of preference signals: a key that no protocol has, and a record that cannot be placed."""

from demur.kernel.errors import InputError


class SignalUnknownError(InputError):
    """A signal has a name that no protocol uses, so a refusal behind a typo would silently not count."""

    code = "signal-unknown"


class SignalUnreadableError(InputError):
    """A kept signal names no protocol, or a fetch names no instant."""

    code = "signal-unreadable"
