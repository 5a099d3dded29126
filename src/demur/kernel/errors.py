"""Four families of errors, one for each person who must act.

Every concrete error belongs to the package that raises it, derives from one family, and carries a stable ``code`` that
``docs/reference/errors.md`` explains. A message says what is wrong, the value found and the value allowed, on one line,
and never carries personal data: a row is named by file and line, an account by nothing.
"""

from typing import ClassVar


class DemurError(Exception):
    """Base of everything that Demur raises on purpose."""

    code: ClassVar[str]
    exit_status: ClassVar[int]

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep what is wrong apart from what to do next, so that a terminal can show both."""
        super().__init__(message)
        self.hint = hint


class InputError(DemurError):
    """The caller gave something that cannot be used; correct it and call again."""

    code = "input"
    exit_status = 2


class ConfigurationError(DemurError):
    """The operator must change a setting, a file or a machine."""

    code = "configuration"
    exit_status = 3


class TransientError(DemurError):
    """Nobody is at fault; nothing was changed; try again later."""

    code = "transient"
    exit_status = 4


class IntegrityError(DemurError):
    """Something is not what was signed; stop, and call whoever answers for the proof."""

    code = "integrity"
    exit_status = 5
