"""Errors of the audit: thresholds that cannot be read, a list of canaries that was altered, weights of another run."""

from demur.kernel.errors import ConfigurationError, InputError, IntegrityError


class ThresholdsError(ConfigurationError):
    """A file of thresholds cannot be used."""

    code = "audit-thresholds"


class CanaryKitError(ConfigurationError):
    """Canaries were asked for in numbers that cannot be measured."""

    code = "canary-kit"


class CanariesAlteredError(IntegrityError):
    """The sealed list of canaries is not the one that the run record names."""

    code = "canaries-altered"


class WeightsAlteredError(IntegrityError):
    """The model on disk is not the one that the run record names; an audit of other weights does not count."""

    code = "weights-altered"


class ModelUnreadableError(InputError):
    """A folder holds no model that can be scored."""

    code = "model-unreadable"
