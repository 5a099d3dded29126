"""Time as an argument: whoever needs the present instant is given a clock.

Documents write instants in one form only, so that equal instants are equal bytes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from demur.kernel.errors import InputError


class TimestampError(InputError):
    """A text is not an instant in the one form that documents use."""

    code = "timestamp"


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> datetime:
        """Tell the present instant."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Read the machine's clock."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that always tells one instant: for tests and for repeating a past decision."""

    at: datetime

    def now(self) -> datetime:
        """Tell the instant that was given."""
        return self.at


def timestamp(at: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with microseconds: ``2025-05-27T06:00:00.000000Z``.

    Raises:
        TimestampError: the instant names no time zone, or lies outside the years 1 to 9999 in UTC.
    """
    # Not strftime: it writes the year 999 with three digits on some platforms.
    return _in_utc(at).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Read any ISO 8601 instant that names its zone; the result is aware and in UTC.

    Raises:
        TimestampError: the text is not such an instant.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        message = "this is no instant: expected ISO 8601 such as 2025-05-27T06:00:00Z"
        raise TimestampError(message, hint="Write date, time and zone.") from error
    return _in_utc(at)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        message = "an instant must name its time zone, for example by a trailing Z"
        raise TimestampError(message, hint="Write date, time and zone.")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        message = "an instant lies outside the years 1 to 9999 in UTC"
        raise TimestampError(message) from error
