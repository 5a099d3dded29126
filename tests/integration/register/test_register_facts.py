"""What the optional columns of accounts, notices and objections become in a snapshot."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from servers.postgres import dump

from demur.exchange.columns import Facts
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose, RecordKind, Tie
from demur.keys.encoding import decode_json
from demur.keys.subjects import contact_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accounts import import_accounts
from demur.register.campaigns import import_objections
from demur.register.errors import NothingToWithdrawError
from demur.register.intake import Authentication, WithdrawalForm, file_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head, subject_status
from demur.register.reading import ImportSummary
from demur.register.snapshot import read_facts
from demur.register.store import Register

DAY = timedelta(days=1)
PURPOSE = "train_generative_models"
USUAL = {
    "account": "ada",
    "centre": None,
    "birth_date": "1990-03-02",
    "country": "FR",
    "language": "fr",
    "visibility": "public",
    "state": "active",
}


def say(register: Register, at: datetime, **told: object) -> ImportSummary:
    """Import one account with what is told of it."""
    row = {name: None if value is None else str(value) for name, value in {**USUAL, **told}.items()}
    return import_accounts(register, pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)), at=at)


def facts_of(register: Register, at: datetime) -> Facts:
    with register.reading() as connection:
        return read_facts(connection, at=at)[0]


def subject_of(register: Register, at: datetime) -> dict[str, object]:
    (row,) = facts_of(register, at).subjects.rows(named=True)
    return row


def object_as(register: Register, account: str, at: datetime, **form: object):
    subject = subject_key(register.keyring, account)
    asked = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at, **form)
    return file_objection(register, asked, at=at)


def withdraw_as(register: Register, account: str, at: datetime):
    subject = subject_key(register.keyring, account)
    form = WithdrawalForm(subject=subject, authenticated_by=Authentication.LOGIN, received_at=at)
    return withdraw(register, form, at=at)


# --- accounts


def test_a_partial_birth_date_reaches_the_snapshot_as_a_span(register, at):
    say(register, at, birth_date="1990-02")
    told = subject_of(register, at)
    assert (told["born_from"], told["born_by"]) == (date(1990, 2, 1), date(1990, 2, 28))


def test_every_optional_fact_of_an_account_reaches_the_snapshot(register, keyring, at):
    seen = "2025-05-20T08:00:00+02:00"
    flags = {"is_for_minor": "no", "age_doubt": "False", "refuses_training": 1, "refuses_sharing": "yes"}
    say(register, at, time_zone="Europe/Paris", holder="p1", contact="a@mail.example", last_seen_at=seen, **flags)
    assert subject_of(register, at) == {
        "subject_key": subject_key(keyring, "ada"),
        "born_from": date(1990, 3, 2),
        "born_by": date(1990, 3, 2),
        "zone": "Europe/Paris",
        "has_age_doubt": False,
        "is_for_minor": False,
        "country": "FR",
        "language": "fr",
        "visibility": "public",
        "state": "active",
        "last_seen_at": datetime(2025, 5, 20, 6, 0, tzinfo=UTC),
        "held_since": None,
        "refuses_training": True,
        "refuses_sharing": True,
    }


def test_what_no_file_ever_told_is_unknown(register, at):
    say(register, at)
    told = subject_of(register, at)
    unknown = {name for name, value in told.items() if value is None}
    assert unknown == {
        *("zone", "has_age_doubt", "is_for_minor", "last_seen_at", "held_since"),
        *("refuses_training", "refuses_sharing"),
    }


def test_a_file_without_a_column_forgets_nothing_and_an_empty_field_does(register, at):
    say(register, at, is_for_minor="true", refuses_training="true", time_zone="Europe/Paris")
    without = say(register, at + DAY)
    changed = say(register, at + DAY, country="BE")
    kept = subject_of(register, at + DAY)
    say(register, at + 2 * DAY, is_for_minor=None)
    emptied = subject_of(register, at + 2 * DAY)
    assert (without.unchanged, changed.imported) == (1, 1)
    assert [(told["is_for_minor"], told["refuses_training"], told["zone"]) for told in (kept, emptied)] == [
        (True, True, "Europe/Paris"),
        (None, True, "Europe/Paris"),
    ]


def test_a_field_that_cannot_be_read_is_reported_and_its_row_left_out(register, at):
    told = [{"is_for_minor": "perhaps"}, {"refuses_sharing": "2"}, {"last_seen_at": "yesterday"}]
    summaries = [say(register, at, **fact) for fact in told]
    reasons = [row.reason for summary in summaries for row in summary.rejected]
    assert reasons == ["flag_invalid", "flag_invalid", "instant_invalid"]
    assert facts_of(register, at).subjects.height == 0


def test_no_holder_and_no_contact_is_anywhere_in_the_database(register, tmp_path, at, url):
    say(register, at, holder="holder-of-ada", contact="ada@mail.example", time_zone="Europe/Paris")
    register.close()
    stored = dump(url)
    assert [word in stored for word in (b"holder-of-ada", b"mail.example", b"Europe/Paris")] == [False, False, True]


# --- hands


def test_another_holder_has_the_account_since_the_import_that_told_so(register, at):
    for day, holder in enumerate(["p1", "p1", "p2", None, "p2"]):
        say(register, at + day * DAY, holder=holder)
    since = [subject_of(register, at + day * DAY)["held_since"] for day in range(5)]
    assert since == [None, None, *[at + 2 * DAY] * 3]


def test_an_objection_of_a_former_holder_covers_what_came_before_and_the_new_one_objects_anew(register, keyring, at):
    say(register, at, holder="p1")
    first = object_as(register, "ada", at)
    say(register, at + DAY, holder="p2")
    ada = subject_key(keyring, "ada")
    before = subject_status(register, ada, at=at + DAY)
    rows = facts_of(register, at + DAY).objections.rows()
    second = object_as(register, "ada", at + 2 * DAY)
    after = subject_status(register, ada, at=at + 2 * DAY)
    assert rows == [(ada, "own", "all", PURPOSE, at, at + DAY, False)]
    assert (before.basis, before.objections) == (None, ())
    assert (first.index, second.index, object_as(register, "ada", at + 3 * DAY)) == (0, 1, second)
    assert (after.basis, [event.index for event in after.objections]) == ("own", [1])


def test_whoever_has_the_account_now_ends_no_objection_of_a_former_holder(register, keyring, at):
    say(register, at, holder="p1")
    object_as(register, "ada", at)
    say(register, at + DAY, holder="p2")
    with pytest.raises(NothingToWithdrawError):
        withdraw_as(register, "ada", at + 2 * DAY)


def test_a_clock_that_was_set_back_gives_no_objection_to_a_former_holder(register, keyring, at):
    say(register, at, holder="p1")
    say(register, at + 2 * DAY, holder="p2")
    receipt = object_as(register, "ada", at + DAY)
    assert receipt.received_at == at + 2 * DAY
    assert subject_status(register, subject_key(keyring, "ada"), at=at + 3 * DAY).basis == "own"


def test_a_letter_keeps_its_day_whoever_has_the_account_now(register, keyring, at):
    say(register, at, holder="p1")
    say(register, at + 2 * DAY, holder="p2")
    letter = ObjectionForm(
        subjects=(subject_key(keyring, "ada"),), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at + DAY
    )
    receipt = file_objection(register, letter, at=at + 3 * DAY)
    live = object_as(register, "ada", at + 3 * DAY)
    assert (receipt.received_at, live.index) == (at + DAY, 1)
    assert facts_of(register, at + 3 * DAY).objections["covers_until"].to_list() == [None]


# --- age


@pytest.mark.parametrize(
    ("dates", "is_doubtful"),
    [
        (["2010-05-01", "1999-05-01"], True),  # made older
        (["1999-05-01", "2010-05-01"], None),  # made younger
        (["1990-03", "1990"], None),  # less precise
        (["1990-03", "1990-02"], True),
        (["2008-05-10", "2008-05", "2008-05-01"], True),  # in two steps, of which none contradicts the one before
        (["2010", None, "1999"], True),  # unknown for a while
        ([None, "1999"], None),
        (["1999", "2010", "1999"], True),
    ],
)
def test_an_age_is_doubtful_once_the_account_was_made_older(register, at, dates, is_doubtful):
    for number, birth_date in enumerate(dates):
        say(register, at + number * DAY, birth_date=birth_date)
    assert subject_of(register, at + 9 * DAY)["has_age_doubt"] is is_doubtful


def test_an_edit_is_forgotten_after_two_years_and_counts_from_its_own_day(register, at):
    say(register, at, birth_date="1995")
    say(register, at + 10 * DAY, birth_date="1990")
    doubts = [subject_of(register, at + days * DAY)["has_age_doubt"] for days in (9, 10, 740, 741)]
    assert doubts == [None, True, True, None]


def test_the_birth_date_of_another_holder_is_no_edit(register, at):
    say(register, at, birth_date="2005", holder="p1")
    say(register, at + DAY, birth_date="1999", holder="p2")
    assert subject_of(register, at + DAY)["has_age_doubt"] is None


def test_what_the_platform_says_of_an_age_does_not_outweigh_an_edit(register, at):
    stated = []
    for day, (birth_date, doubt) in enumerate([("2010", "false"), ("2010", "true"), ("1999", "false")]):
        say(register, at + day * DAY, birth_date=birth_date, age_doubt=doubt)
        stated.append(subject_of(register, at + day * DAY)["has_age_doubt"])
    assert stated == [False, True, True]


# --- contacts


def test_an_objection_covers_every_account_with_the_same_verified_contact(register, keyring, at):
    for account, contact in (("ada", "ada@mail.example"), ("bo", "Ada@Mail.Example"), ("cy", None)):
        say(register, at, account=account, contact=contact)
    receipt = object_as(register, "ada", at)
    ada, bo = (subject_key(keyring, account) for account in ("ada", "bo"))
    assert set(receipt.subjects) == {ada, bo}
    assert set(facts_of(register, at).objections.rows()) == {
        (ada, "own", "all", PURPOSE, at, None, False),
        (bo, "same_person", "all", PURPOSE, at, None, False),
    }
    status = subject_status(register, bo, at=at)
    assert (status.basis, status.covered_since, status.linked_accounts) == ("same_person", at, 1)


def test_a_centre_and_a_contact_together_reach_the_third_account(register, keyring, at):
    say(register, at, account="ada", centre="north")
    say(register, at, account="bo", centre="north", contact="b@mail.example")
    say(register, at, account="cy", contact="b@mail.example")
    receipt = object_as(register, "ada", at)
    keys = [subject_key(keyring, account) for account in ("ada", "bo", "cy")]
    bases = [subject_status(register, key, at=at).basis for key in keys]
    assert (len(receipt.subjects), bases) == (3, ["own", "linked", "same_person"])


def test_a_contact_of_the_past_counts_and_a_centre_of_the_same_name_does_not(register, keyring, at):
    say(register, at, account="ada", contact="shared")
    say(register, at, account="cy", centre="shared")
    say(register, at + DAY, account="ada", contact="own@mail.example")
    say(register, at + 2 * DAY, account="bo", contact="shared")
    object_as(register, "ada", at + 3 * DAY)
    statuses = [subject_status(register, subject_key(keyring, account), at=at + 3 * DAY) for account in ("bo", "cy")]
    assert [status.basis for status in statuses] == ["same_person", None]


def test_a_new_contact_of_an_objector_is_logged_like_a_link(register, keyring, at):
    say(register, at, account="ada", contact="a@mail.example")
    object_as(register, "ada", at)
    say(register, at + DAY, account="bo", contact="a@mail.example")
    bo = subject_key(keyring, "bo")
    link = AccountLink(
        subject=bo, centre=contact_key(keyring, "b@mail.example"), event=LinkEvent.LINKED, tie=Tie.CONTACT
    )
    record_links(register, [link], at=at + DAY)
    kinds = [kind for (kind,) in register.database.connect_writer().execute("SELECT kind FROM leaf ORDER BY idx")]
    assert kinds == [RecordKind.OBJECTION, RecordKind.RELINK, RecordKind.RELINK]
    assert subject_status(register, bo, at=at + DAY).covered_since == at


def test_a_file_without_the_column_leaves_no_contact(register, at):
    say(register, at, contact="a@mail.example")
    say(register, at + DAY)
    events = register.database.connect_writer().execute("SELECT tie, event FROM account_link").fetchall()
    assert events == [("contact", "linked")]


# --- notices


def told(register: Register, **columns: object) -> ImportSummary:
    row = {"account": "ada", "version": "1", "channel": "email", "language": "fr", "event": "shown"}
    whole = {**row, "at": "2025-04-14T08:00:00Z", "states_right": "true", **columns}
    frame = pl.DataFrame([whole], schema=dict.fromkeys(whole, pl.String))
    return import_notices(register, frame, at=datetime(2025, 5, 27, 6, tzinfo=UTC))


def test_a_delivery_proves_and_a_display_is_told_apart(register, keyring, at):
    told(register, event="delivered", at="2025-04-13T08:00:00Z", is_marketing="false", variant="minor")
    told(register, is_marketing="false", variant="minor")
    told(register, event="delivered", channel="in_app")
    ada = subject_key(keyring, "ada")
    delivered, shown = datetime(2025, 4, 13, 8, tzinfo=UTC), datetime(2025, 4, 14, 8, tzinfo=UTC)
    assert facts_of(register, at).notices.rows() == [
        (ada, "1", "email", "fr", True, False, "minor", delivered, shown),
        (ada, "1", "in_app", "fr", True, None, None, shown, None),
    ]


def test_a_public_page_is_proven_by_its_publication_and_by_nothing_else(register, at):
    page = {"account": None, "channel": "public_page", "event": "published"}
    told(register, **page)
    told(register, **page, at="2025-04-10T08:00:00Z")
    told(register, **page, at="2025-09-01T08:00:00Z", version="2")
    told(register, account=None, channel="email", event="published", version="3")
    told(register, account="ada", channel="public_page", event="published", version="4")
    published = datetime(2025, 4, 10, 8, tzinfo=UTC)
    assert facts_of(register, at).notices.rows() == [
        (None, "1", "public_page", "fr", True, None, None, published, None)
    ]


def test_a_delivery_that_bounced_afterwards_proves_nothing(register, keyring, at):
    told(register, event="delivered")
    told(register, event="bounced", at="2025-04-15T08:00:00Z")
    told(register, event="delivered", version="2", at="2025-04-16T08:00:00Z")
    told(register, event="bounced", version="2", at="2025-04-15T08:00:00Z")  # the first attempt
    told(register, event="delivered", account="bo")
    told(register, event="shown", account="bo", channel="in_app")
    told(register, event="bounced", account="bo", at="2025-09-01T08:00:00Z")  # in the future
    proven = facts_of(register, at).notices.select("subject_key", "version", "channel").rows()
    ada, bo = (subject_key(keyring, account) for account in ("ada", "bo"))
    assert set(proven) == {(ada, "2", "email"), (bo, "1", "email"), (bo, "1", "in_app")}


def test_a_notice_that_turns_out_to_be_marketing_is_not_a_second_one(register, keyring, at):
    summaries = [told(register), told(register, is_marketing="true"), told(register, is_marketing="true")]
    assert [summary.imported for summary in summaries] == [1, 1, 0]
    assert facts_of(register, at).notices["is_marketing"].to_list() == [True]


def test_a_notice_whose_marketing_cannot_be_read_is_left_out(register):
    assert [row.reason for row in told(register, is_marketing="maybe").rejected] == ["flag_invalid"]


# --- objections


def test_an_objection_about_photos_is_one_of_its_own_and_its_receipt_says_so(register, keyring, at):
    say(register, at)
    photos = object_as(register, "ada", at, scope=ObjectionScope.PHOTOS, in_public_role=True)
    everything = object_as(register, "ada", at + DAY)
    record = decode_json(verify_receipt(photos.text, keyring.log_signer.verifier).opening.record)
    assert (record["scope"], record["in_public_role"]) == ("photos", True)
    assert (photos.index, everything.index) == (0, 1)
    assert object_as(register, "ada", at + DAY, scope=ObjectionScope.PHOTOS, in_public_role=True) == photos
    ada = subject_key(keyring, "ada")
    assert facts_of(register, at + DAY).objections.rows() == [
        (ada, "own", "all", PURPOSE, at + DAY, None, False),
        (ada, "own", "photos", PURPOSE, at, None, True),
    ]
    status = subject_status(register, ada, at=at + DAY)
    assert (status.basis, status.scope, status.covered_since) == ("own", "all", at + DAY)


def test_one_key_for_two_wishes_of_one_person_loses_neither(register, at):
    say(register, at)
    narrow = object_as(register, "ada", at, scope=ObjectionScope.PHOTOS, idempotency_key="same")
    wide = object_as(register, "ada", at, idempotency_key="same")
    assert (narrow.index, wide.index) == (0, 1)


def test_of_objections_that_one_file_repeats_the_first_to_arrive_counts(register, tmp_path, at):
    path = tmp_path / "objections.csv"
    days = [f"ada,2025-04-{day:02}T10:00:00Z" for day in (*range(30, 1, -1),)]
    path.write_text("\n".join(["account,received_at", *days, "ada,2025-04-01T10:00:00Z"]))
    summary = import_objections(register, path, at=at)
    assert (summary.imported, summary.unchanged) == (1, 29)
    assert facts_of(register, at).objections["effective_at"].to_list() == [datetime(2025, 4, 1, 10, tzinfo=UTC)]


def test_imported_objections_may_be_narrow_and_an_unknown_scope_is_everything(register, keyring, tmp_path, at):
    path = tmp_path / "objections.csv"
    path.write_text(
        "account,received_at,scope,in_public_role\n"
        "ada,2025-04-20T10:00:00Z,Photos,\n"
        "bo,2025-04-20T10:00:00Z,my videos,perhaps\n"
        "cy,2025-04-20T10:00:00Z,,true\n"
    )
    summaries = [import_objections(register, path, at=at) for _ in range(2)]
    rows = facts_of(register, at).objections.select("subject_key", "scope", "in_public_role").rows()
    expected = {"ada": ("photos", False), "bo": ("all", False), "cy": ("all", True)}
    assert [(s.imported, s.unchanged, s.rejected) for s in summaries] == [(3, 0, ()), (0, 3, ())]
    assert set(rows) == {(subject_key(keyring, account), *told) for account, told in expected.items()}
    assert read_head(register).size == 3
