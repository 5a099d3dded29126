"""Partial birth dates are read so that a person is youngest, and a birthday counts where the day begins last."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from demur.policy.age import birth_span, comes_of_age, is_edit_doubtful, latest_birth_date
from demur.policy.errors import BirthDateError

TODAY = date(2025, 5, 27)


@pytest.mark.parametrize(
    ("text", "latest"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("1990", date(1990, 12, 31)),
        ("1990-04", date(1990, 4, 30)),
        ("2004-02", date(2004, 2, 29)),
        ("1990-03-02", date(1990, 3, 2)),
        (" 1990-03-02 ", date(1990, 3, 2)),
        ("2025", date(2025, 12, 31)),
        ("2025-05-27", TODAY),
    ],
)
def test_the_latest_day_that_a_birth_date_allows(text, latest):
    assert latest_birth_date(text, today=TODAY) == latest


@pytest.mark.parametrize("text", ["2025-05-28", "2025-06", "2026"])
def test_a_birth_date_in_the_future_is_refused_without_repeating_it(text):
    with pytest.raises(BirthDateError) as caught:
        latest_birth_date(text, today=TODAY)
    assert str(caught.value) == "a birth date lies in the future: after 2025-05-27"
    assert caught.value.hint == "Correct the date, or leave the field empty when it is unknown."


@pytest.mark.parametrize("text", ["90", "1990-3-2", "02.03.1990", "1990-03-02T00:00:00Z", "١٩٩٠", "1990-"])
def test_another_form_is_refused(text):
    with pytest.raises(BirthDateError, match="not of the form YYYY, YYYY-MM or YYYY-MM-DD"):
        latest_birth_date(text, today=TODAY)


@pytest.mark.parametrize("text", ["1990-13", "1990-02-30", "0000"])
def test_no_day_of_the_calendar_is_refused(text):
    with pytest.raises(BirthDateError, match="no day of the calendar"):
        latest_birth_date(text, today=TODAY)


@pytest.mark.parametrize(
    ("born", "zone", "years", "expected"),
    [
        (date(2007, 5, 27), None, 18, datetime(2025, 5, 27, 12, tzinfo=UTC)),
        (date(2007, 5, 27), "Europe/Paris", 18, datetime(2025, 5, 26, 22, tzinfo=UTC)),
        (date(2007, 1, 27), "Europe/Paris", 18, datetime(2025, 1, 26, 23, tzinfo=UTC)),
        (date(2007, 5, 27), "Pacific/Auckland", 18, datetime(2025, 5, 26, 12, tzinfo=UTC)),
        (date(2007, 5, 27), "Etc/GMT+12", 18, datetime(2025, 5, 27, 12, tzinfo=UTC)),
        (date(2007, 5, 27), "Nowhere/Atlantis", 18, datetime(2025, 5, 27, 12, tzinfo=UTC)),
        # On 4 November 2018 clocks in Brazil went from midnight to one; there was no midnight.
        (date(2000, 11, 4), "America/Sao_Paulo", 18, datetime(2018, 11, 4, 12, tzinfo=UTC)),
        # On 7 November 2021 clocks in Havana went back from one to midnight; there were two.
        (date(2003, 11, 7), "America/Havana", 18, datetime(2021, 11, 7, 5, tzinfo=UTC)),
        (date(2008, 2, 29), None, 18, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (date(2008, 2, 29), None, 20, datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (date(2000, 2, 29), None, 100, datetime(2100, 3, 1, 12, tzinfo=UTC)),
        (date(2007, 5, 27), "Europe/Paris", 0, datetime(2007, 5, 26, 22, tzinfo=UTC)),
        (None, "Europe/Paris", 18, None),
    ],
)
def test_of_age_from_the_local_beginning_of_the_birthday(born, zone, years, expected):
    of_age = comes_of_age(pl.Series([born], dtype=pl.Date), pl.Series([zone], dtype=pl.String), years)
    assert of_age.to_list() == [expected]


def test_people_of_many_zones_come_back_in_their_order():
    zones = pl.Series(["Europe/Paris", None, "Europe/Athens", "Europe/Paris"])
    of_age = comes_of_age(pl.Series([date(2007, 5, day) for day in (1, 2, 3, 4)]), zones, 18)
    assert [(at.day, at.hour) for at in of_age] == [(30, 22), (2, 12), (2, 21), (3, 22)]
    assert comes_of_age(pl.Series([], dtype=pl.Date), pl.Series([], dtype=pl.String), 18).to_list() == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (None, None),
        ("1990", (date(1990, 1, 1), date(1990, 12, 31))),
        ("2004-02", (date(2004, 2, 1), date(2004, 2, 29))),
        ("1990-03-02", (date(1990, 3, 2), date(1990, 3, 2))),
    ],
)
def test_the_days_that_a_birth_date_allows(text, span):
    assert birth_span(text, today=TODAY) == span


@pytest.mark.parametrize(
    ("history", "is_doubtful"),
    [
        ([("2020-01-01", "1990")], False),
        ([("2020-01-01", "1990"), ("2025-05-01", "1990")], False),
        ([("2020-01-01", None), ("2025-05-01", "1990")], False),
        ([("2020-01-01", "1991"), ("2025-05-01", "1990")], True),
        ([("2020-01-01", "1990"), ("2025-05-01", "1991")], False),
        ([("2020-01-01", "1990"), ("2025-05-01", "1990-03-02")], False),
        ([("2020-01-01", "1991"), ("2023-05-28", "1990")], True),
        ([("2020-01-01", "1991"), ("2023-05-27", "1990")], False),
        ([("2020-01-01", "1991"), ("2023-05-26", "1990"), ("2025-05-01", "1990")], False),
        ([("2015-01-01", "2010"), ("2016-01-01", "1990")], True),
        ([("2016-01-01", "1990"), ("2015-01-01", "2010")], True),
        ([("2015-01-01", "2010"), ("2016-01-01", None), ("2017-01-01", "1990")], True),
    ],
)
def test_whoever_became_older_lately_or_was_a_minor_before_is_in_doubt(history, is_doubtful):
    edits = [(datetime.fromisoformat(f"{day}T06:00:00+00:00"), text) for day, text in history]
    assert is_edit_doubtful(edits, adult_age=18, at=datetime(2025, 5, 27, 6, tzinfo=UTC)) is is_doubtful
