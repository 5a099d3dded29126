"""An answer is due a calendar month after the local day of receipt; more time only when it was announced in time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.policy.deadlines import (
    AnswerClock,
    AnswerState,
    Deadline,
    answer_deadline,
    extend_deadline,
    find_zone,
    read_clock,
)

INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- zoned by it
ZONES = st.none() | st.timezone_keys()
A_DAY = timedelta(days=1)


def last_day_by_walking(received_on, months):
    """Walk day by day to the right month, then take its last day whose number is not above that of the receipt."""
    day, left = received_on, months
    while left:
        day += A_DAY
        left -= day.day == 1
    month = [day]
    while (month[-1] + A_DAY).month == day.month:
        month.append(month[-1] + A_DAY)
    return max(day for day in month if day.day <= received_on.day)


@given(INSTANTS, ZONES)
def test_the_last_day_has_the_number_of_the_day_of_receipt_or_ends_the_next_month(received_at, zone):
    deadline = answer_deadline(received_at, zone)
    received_on = received_at.astimezone(find_zone(zone)).date()
    assert (deadline.received_on, deadline.is_extended) == (received_on, False)
    assert deadline.due_on == last_day_by_walking(received_on, 1)


@given(INSTANTS, ZONES)
def test_the_last_day_ends_when_its_last_local_hour_does(received_at, zone):
    deadline = answer_deadline(received_at, zone)
    local = [
        at.astimezone(find_zone(zone)).date() for at in (deadline.ends_at - timedelta.resolution, deadline.ends_at)
    ]
    # A day that a zone leaves out (Samoa, 30 December 2011) has ended when the next one begins.
    assert local[0] <= deadline.due_on < local[1]


@given(INSTANTS, INSTANTS, ZONES)
def test_whoever_objects_later_is_not_answered_earlier(one, other, zone):
    earlier, later = (answer_deadline(at, zone) for at in sorted((one, other)))
    assert earlier.ends_at <= later.ends_at


@given(INSTANTS, ZONES, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_two_further_months_run_from_receipt_when_announced_before_the_first_has_ended(received_at, zone, later):
    deadline = answer_deadline(received_at, zone)
    announced_at = received_at + later
    extended = extend_deadline(deadline, announced_at=announced_at)
    if announced_at >= deadline.ends_at:
        assert extended is None
    else:
        assert extended is not None
        assert extended.due_on == last_day_by_walking(deadline.received_on, 3)
        assert extended.is_extended
        assert extend_deadline(extended, announced_at=announced_at) is None


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-01-31", "2025-02-28"),
        ("2024-01-31", "2024-02-29"),
        ("2024-01-30", "2024-02-29"),
        ("2024-02-29", "2024-03-29"),
        ("2025-02-28", "2025-03-28"),
        ("2025-05-31", "2025-06-30"),
        ("2025-12-31", "2026-01-31"),
        ("2100-01-29", "2100-02-28"),
        # 27 April 2025 is a Sunday, 25 December a holiday: the last day stays.
        ("2025-03-27", "2025-04-27"),
        ("2025-11-25", "2025-12-25"),
    ],
)
def test_the_last_day_of_known_receipts(received, due):
    at = datetime.fromisoformat(f"{received}T10:00:00Z")
    assert answer_deadline(at, "Europe/Paris").due_on == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("zone", "received_on", "due_on", "ends_at"),
    [
        ("Europe/Paris", date(2025, 4, 1), date(2025, 5, 1), datetime(2025, 5, 1, 22, tzinfo=UTC)),
        ("Europe/Lisbon", date(2025, 3, 31), date(2025, 4, 30), datetime(2025, 4, 30, 23, tzinfo=UTC)),
        ("America/New_York", date(2025, 3, 31), date(2025, 4, 30), datetime(2025, 5, 1, 4, tzinfo=UTC)),
    ],
)
def test_near_midnight_the_persons_own_calendar_counts(zone, received_on, due_on, ends_at):
    expected = Deadline(received_on=received_on, due_on=due_on, ends_at=ends_at, zone=ZoneInfo(zone), is_extended=False)
    assert answer_deadline(datetime(2025, 3, 31, 22, 30, tzinfo=UTC), zone) == expected


@pytest.mark.parametrize("zone", [None, "", "Europe", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "a\x00b"])
def test_a_zone_that_is_not_known_counts_as_utc(zone):
    deadline = answer_deadline(datetime(2025, 3, 31, 22, 30, tzinfo=UTC), zone)
    assert (deadline.zone, deadline.due_on) == (UTC, date(2025, 4, 30))


def test_an_extension_counts_from_receipt_and_not_from_the_shorter_month():
    deadline = answer_deadline(datetime(2025, 1, 31, 10, tzinfo=UTC), "Europe/Paris")
    extended = extend_deadline(deadline, announced_at=datetime(2025, 2, 28, 22, 59, tzinfo=UTC))
    assert extended == Deadline(
        received_on=date(2025, 1, 31),
        due_on=date(2025, 4, 30),
        ends_at=datetime(2025, 4, 30, 22, tzinfo=UTC),
        zone=ZoneInfo("Europe/Paris"),
        is_extended=True,
    )


@pytest.mark.parametrize("announced", ["2025-02-28T23:00:00Z", "2025-03-15T00:00:00Z", "2025-01-29T00:00:00Z"])
def test_an_extension_is_none_after_the_local_end_of_the_month_or_before_receipt(announced):
    deadline = answer_deadline(datetime(2025, 1, 31, 10, tzinfo=UTC), "Europe/Paris")
    assert extend_deadline(deadline, announced_at=datetime.fromisoformat(announced)) is None


@pytest.mark.parametrize(
    ("answered", "now", "expected"),
    [
        (None, "2025-05-19T22:00", (AnswerState.OPEN, timedelta(days=1), False)),
        (None, "2025-05-20T21:59", (AnswerState.OPEN, timedelta(minutes=1), False)),
        (None, "2025-05-20T22:00", (AnswerState.OVERDUE, timedelta(0), True)),
        (None, "2025-05-21T22:00", (AnswerState.OVERDUE, timedelta(days=-1), True)),
        ("2025-05-20T21:00", "2025-06-20T00:00", (AnswerState.ANSWERED, timedelta(hours=1), False)),
        ("2025-05-20T23:00", "2025-06-20T00:00", (AnswerState.ANSWERED, timedelta(hours=-1), True)),
        ("2025-05-22T00:00", "2025-05-21T22:00", (AnswerState.OVERDUE, timedelta(days=-1), True)),
    ],
)
def test_an_answer_is_open_given_or_overdue_and_a_late_one_rings(answered, now, expected):
    deadline = answer_deadline(datetime(2025, 4, 20, 12, tzinfo=UTC), "Europe/Paris")
    answered_at = None if answered is None else datetime.fromisoformat(f"{answered}Z")
    clock = read_clock(deadline, answered_at=answered_at, now=datetime.fromisoformat(f"{now}Z"))
    state, time_left, is_alarm = expected
    assert clock == AnswerClock(state=state, time_left=time_left, is_alarm=is_alarm)
