"""Errors of the drills."""

from demur.kernel.errors import ConfigurationError


class RecordingError(ConfigurationError):
    """A program could not be recorded, or did something to its files that the drill cannot replay."""

    code = "recording"


class ServerError(ConfigurationError):
    """A server that a drill needs cannot be started."""

    code = "drill-server"
