"""The reads of effectiveness on both databases: the same counts from the same events."""

from datetime import timedelta

import polars as pl

from demur.kernel.words import Purpose
from demur.keys.subjects import item_key, subject_key
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.effectiveness import UNKNOWN, read_objected, read_reach
from demur.register.intake import file_objection, receive_objection
from demur.register.notices import NOTICE_COLUMNS, import_notices
from demur.register.objecting import ObjectionForm

PEOPLE = (("a1", "1990-05-01", "PT"), ("a2", "2009", "PT"), ("a3", None, None), ("a4", "2006-12-31", "FR"))
EVENTS = (
    ("a1", "email", "pt", "sent"),
    ("a1", "email", "pt", "delivered"),
    ("a1", "email", "pt", "delivered"),
    ("a2", "in_app", "pt", "shown"),
    ("a3", "email", None, "bounced"),
    ("a4", "email", "fr", "delivered"),
    (None, "public_page", "fr", "published"),
)


def frame(rows, columns):
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def fill(register, at):
    accounts = [{"account": name, "birth_date": born, "country": country} for name, born, country in PEOPLE]
    rows = [[account.get(column) for column in ACCOUNT_COLUMNS] for account in accounts]
    import_accounts(register, frame(rows, ACCOUNT_COLUMNS), at=at)
    told = [
        (account, "1", channel, language, event, f"{at + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}", "true")
        for minute, (account, channel, language, event) in enumerate(EVENTS)
    ]
    import_notices(register, frame(told, NOTICE_COLUMNS), at=at)


def test_people_are_counted_once_for_each_event_whatever_parts_them(register, at):
    fill(register, at)
    later = at + timedelta(days=1)

    def reached(by):
        return [
            (name, {event: people for event, people in row.items() if people})
            for name, row in read_reach(register, by, at=later)
        ]

    assert reached("channel") == [
        ("email", {"sent": 1, "delivered": 2, "bounced": 1}),
        ("in_app", {"shown": 1}),
    ]
    assert reached("country") == [
        ("FR", {"delivered": 1}),
        ("PT", {"sent": 1, "delivered": 1, "shown": 1}),
        (UNKNOWN, {"bounced": 1}),
    ]
    # In May 2025: 1990 is 34 for certain, 2009 is 15, 2006 is 18.
    assert reached("age_band") == [
        ("18 to 24", {"delivered": 1}),
        ("25 to 44", {"sent": 1, "delivered": 1}),
        ("under 18", {"shown": 1}),
        (UNKNOWN, {"bounced": 1}),
    ]
    assert reached("language")[-1] == (UNKNOWN, {"bounced": 1})
    assert read_reach(register, "version", at=at - timedelta(days=1)) == []


def test_objections_are_read_with_and_without_an_account(register, keyring, at):
    fill(register, at)
    purpose = Purpose.TRAIN_GENERATIVE_MODELS
    received = at - timedelta(days=2)
    own = ObjectionForm(subjects=(subject_key(keyring, "a1"),), purpose=purpose, received_at=received)
    file_objection(register, own, at=at)
    pointed = ObjectionForm(subjects=(), purpose=purpose, received_at=at, targets=(item_key(keyring, "post"),))
    receive_objection(register, pointed, at=at)
    found = read_objected(register, at=at + timedelta(seconds=7), oldest_corpus=0)
    assert (found.paths.objections, found.paths.without_account, found.paths.recorded_late) == (2, 1, 1)
    assert (found.to_effect.waiting, found.to_effect.longest) == (2, timedelta(seconds=7))
    assert found.to_tombstones.longest == timedelta(days=2, seconds=7)
    assert (found.answers.given, found.answers.soon, found.answers.overdue) == (2, 1, 0)
