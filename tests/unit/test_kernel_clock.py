"""Instants have one form in documents."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.kernel.clock import FixedClock, SystemClock, TimestampError, parse_timestamp, timestamp

SIX = datetime(2025, 5, 27, 6, tzinfo=UTC)
INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 -- the strategy adds the zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001 -- as above
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


@given(INSTANTS)
def test_an_instant_survives_its_text_and_the_text_is_one(at):
    text = timestamp(at)
    assert (parse_timestamp(text), timestamp(parse_timestamp(text)), len(text)) == (at, text, 27)


@given(INSTANTS, INSTANTS)
def test_texts_sort_as_instants_do(left, right):
    assert (timestamp(left) < timestamp(right)) == (left < right)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (SIX, "2025-05-27T06:00:00.000000Z"),
        (SIX.astimezone(timezone(timedelta(hours=2))), "2025-05-27T06:00:00.000000Z"),
        (SIX.replace(year=999, microsecond=1), "0999-05-27T06:00:00.000001Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_microseconds_and_four_digits_of_year(at, text):
    assert timestamp(at) == text


@pytest.mark.parametrize(
    "at",
    [
        SIX.replace(tzinfo=None),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_an_instant_without_a_zone_or_outside_the_calendar_is_not_written(at):
    with pytest.raises(TimestampError):
        timestamp(at)


@pytest.mark.parametrize("text", ["2025-05-27T06:00:00Z", "2025-05-27T08:00:00+02:00", "20250527T060000.000Z"])
def test_every_text_that_names_its_zone_is_read(text):
    assert parse_timestamp(text) == SIX


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2025-05-27", "2025-05-27T06:00:00", "2025-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_other_texts_are_refused(text):
    with pytest.raises(TimestampError):
        parse_timestamp(text)


def test_a_fixed_clock_stands_still_and_the_machine_s_clock_is_aware():
    assert (FixedClock(SIX).now(), SystemClock().now().utcoffset()) == (SIX, timedelta(0))
