"""By which day an objection is answered, and whether an answer is overdue (GDPR Art. 12(3)).

Months are calendar months, counted as Regulation (EEC, Euratom) 1182/71 Art. 3(2)(c) does: a period ends with the last
hour of the day that has the same number as the day of receipt, or of the last day of a month that has no such day. The
day of receipt is the one on the person's calendar, in their time zone.

A last day that is a Sunday or a holiday stays the last day. Art. 3(4) of that regulation would allow the next working
day; holidays differ by place, and an answer that is early harms nobody.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = 1
_MONTHS_WITH_EXTENSION = 3
_MONTHS_A_YEAR = 12


class AnswerState(StrEnum):
    """Where the answer to an objection stands."""

    OPEN = "open"
    ANSWERED = "answered"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day for an answer.

    Attributes:
        received_on: the local day of receipt.
        due_on: the local day by whose end the answer is given.
        ends_at: the first instant after that day, in UTC.
        zone: the time zone of the person, UTC when it is not known.
        is_extended: whether two further months were announced in time.
    """

    received_on: date
    due_on: date
    ends_at: datetime
    zone: tzinfo
    is_extended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClock:
    """How an answer stands at one instant; an alarm asks for a human, also when a late answer has been given.

    Attributes:
        state: open, answered or overdue.
        time_left: until the last day ends; negative afterwards, and fixed once an answer is given.
        is_alarm: whether the last day ended without an answer.
    """

    state: AnswerState
    time_left: timedelta
    is_alarm: bool


def answer_deadline(received_at: datetime, zone_name: str | None) -> Deadline:
    """Return the last day to answer what was received at an aware instant; a zone that is not known counts as UTC."""
    zone = find_zone(zone_name)
    return _deadline(received_at.astimezone(zone).date(), zone, _MONTHS)


def extend_deadline(deadline: Deadline, *, announced_at: datetime) -> Deadline | None:
    """Return the deadline with two further months; None when the extension is no valid one.

    It is valid once, and only when the person was told, with reasons, before the first month ended (GDPR Art. 12(3)).
    The three months run from receipt: one from 31 January that was extended ends on 30 April.
    """
    is_early = announced_at.astimezone(deadline.zone).date() < deadline.received_on
    if deadline.is_extended or is_early or announced_at >= deadline.ends_at:
        return None
    return _deadline(deadline.received_on, deadline.zone, _MONTHS_WITH_EXTENSION)


def read_clock(deadline: Deadline, *, answered_at: datetime | None, now: datetime) -> AnswerClock:
    """Tell how an answer stands now; an answer in the future has not been given."""
    is_answered = answered_at is not None and answered_at <= now
    counted = answered_at if is_answered and answered_at is not None else now
    is_late = counted >= deadline.ends_at
    state = AnswerState.ANSWERED if is_answered else AnswerState.OVERDUE if is_late else AnswerState.OPEN
    return AnswerClock(state=state, time_left=deadline.ends_at - counted, is_alarm=is_late)


def find_zone(name: str | None) -> tzinfo:
    """Return the IANA time zone of a name; UTC when there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: the name is a folder of the time-zone database, such as "Europe".
        return UTC


def _deadline(received_on: date, zone: tzinfo, months: int) -> Deadline:
    due_on = _months_after(received_on, months)
    # Where clocks are put back over midnight, fold 0 is the earlier of the two midnights.
    end = datetime.combine(due_on + timedelta(days=1), time.min, tzinfo=zone)
    return Deadline(
        received_on=received_on,
        due_on=due_on,
        ends_at=end.astimezone(UTC),
        zone=zone,
        is_extended=months == _MONTHS_WITH_EXTENSION,
    )


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day))
