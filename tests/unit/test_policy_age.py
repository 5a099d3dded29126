"""Partial birth dates are read so that a person is youngest, and a birthday counts where the day begins last."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from demur.exchange.columns import INSTANT
from demur.policy.age import is_of_age, latest_birth_date
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
    ("born", "at", "expected"),
    [
        (date(2007, 5, 27), datetime(2025, 5, 27, 11, 59, tzinfo=UTC), False),
        (date(2007, 5, 27), datetime(2025, 5, 27, 12, tzinfo=UTC), True),
        (date(2007, 5, 28), datetime(2025, 5, 27, 12, tzinfo=UTC), False),
        (date(2008, 2, 29), datetime(2026, 2, 28, 23, tzinfo=UTC), False),
        (date(2008, 2, 29), datetime(2026, 3, 1, 12, tzinfo=UTC), True),
        (None, datetime(2025, 5, 27, tzinfo=UTC), None),
        (date(1990, 1, 1), None, None),
    ],
)
def test_of_age_on_the_local_day_wherever_the_person_lives(born, at, expected):
    row = pl.DataFrame({"born": [born], "at": [at]}, schema={"born": pl.Date, "at": INSTANT})
    assert row.select(is_of_age(pl.col("born"), pl.lit(18), pl.col("at"))).item() is expected
