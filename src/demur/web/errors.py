"""Errors of the web, one for each thing that somebody can act on."""

from demur.kernel.errors import ConfigurationError, InputError


class LinkInvalidError(InputError):
    """The link of a notice does not open: it was cut, altered, or made by another installation."""

    code = "link-invalid"


class RequestInvalidError(InputError):
    """The body of a request is not what the intake door takes."""

    code = "request-invalid"


class RequestTooLargeError(InputError):
    """The body of a request is longer than an objection can be."""

    code = "request-too-large"


class ItemNotFoundError(InputError):
    """A corpus has no decision on an item of this person; whether somebody else's item has that id is not told."""

    code = "item-not-found"


class ReceiptMissingError(InputError):
    """A person asked for a receipt and has not objected."""

    code = "receipt-missing"


class PortalSettingsError(ConfigurationError):
    """Django's settings are one for each process, and this process has others already."""

    code = "portal-settings"


class PortTakenError(ConfigurationError):
    """A port that the door or the portal should listen on is in use."""

    code = "port-taken"


class ServerStoppedError(ConfigurationError):
    """The process of the door or of the portal ended, or did not begin to answer."""

    code = "server-stopped"
