from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from servers.postgres import dump

from demur.kernel.words import Purpose
from demur.keys.subjects import subject_key
from demur.register.accounts import import_accounts
from demur.register.errors import ImportColumnMissingError, ImportUnreadableError
from demur.register.intake import file_objection
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head, subject_status
from demur.register.reading import ImportSummary
from demur.register.snapshot import read_facts

DAY = timedelta(days=1)
HEADER = "account,centre,birth_date,country,language,visibility,state,created_at\n"


def csv(tmp_path, *rows: str, header: str = HEADER):
    path = tmp_path / "accounts.csv"
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def history(register) -> list[tuple]:
    select = "SELECT birth_date, country, state, at FROM account_fact ORDER BY id"
    return register.database.connect_writer().execute(select).fetchall()


def links(register) -> list[str]:
    return [
        event for (event,) in register.database.connect_writer().execute("SELECT event FROM account_link ORDER BY id")
    ]


def micro(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def april(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 4, day, hour, minute, tzinfo=UTC)


def faults(summary: ImportSummary) -> list[tuple[str, int, str]]:
    return [(row.split, row.line, row.reason) for row in summary.rejected]


def test_a_row_is_stored_only_when_it_says_something_new(register, tmp_path, at):
    same = csv(tmp_path, "ada,,1990,FR,fr,public,active,2012")
    summaries = [import_accounts(register, same, at=at + n * DAY) for n in (0, 1)]
    changed = csv(tmp_path, "ada,,1990,FR,fr,public,deleted,2012")
    summaries.append(import_accounts(register, changed, at=at + 2 * DAY))
    assert [(s.rows_read, s.imported, s.unchanged, s.rejected) for s in summaries] == [
        (1, 1, 0, ()),
        (1, 0, 1, ()),
        (1, 1, 0, ()),
    ]
    assert history(register) == [("1990", "FR", "active", micro(at)), ("1990", "FR", "deleted", micro(at + 2 * DAY))]


def test_no_account_id_is_anywhere_in_the_database(register, tmp_path, at, url):
    import_accounts(register, csv(tmp_path, "account-of-ada,centre-of-ada,1990,FR,fr,public,active,2012"), at=at)
    register.close()
    stored = dump(url)
    assert (b"account-of-ada" in stored, b"centre-of-ada" in stored, b"1990" in stored) == (False, False, True)


def test_a_faulty_row_is_reported_by_file_and_line_and_left_out(register, tmp_path, at):
    path = csv(
        tmp_path,
        "ada,,1990,FR,fr,public,active,",
        ",,1990,FR,fr,public,active,",
        "bo,,2025-05-28,FR,fr,public,active,",
        "cy,,1990-02-30,FR,fr,public,active,",
        "di,,1990,FR,fr,public,active,",
        "di,,1990,FR,fr,public,active,",
        "ed,,1990,FR,fr,public,active,",
        "ed,,1990,FR,fr,public,deleted,",
    )
    summary = import_accounts(register, path, at=at)
    assert faults(summary) == [
        ("accounts.csv", 3, "account_missing"),
        ("accounts.csv", 4, "birth_date_invalid"),
        ("accounts.csv", 5, "birth_date_invalid"),
        ("accounts.csv", 7, "account_repeated"),
        ("accounts.csv", 8, "account_contradicted"),
        ("accounts.csv", 9, "account_contradicted"),
    ]
    assert (summary.rows_read, summary.imported, summary.unchanged, len(history(register))) == (8, 2, 0, 2)


def test_parquet_and_csv_say_the_same(register, tmp_path, at):
    frame = pl.DataFrame(
        {
            "account": [7, 8],
            "centre": ["north", None],
            "birth_date": [date(1990, 3, 2), None],
            "country": ["FR", "DE"],
            "language": ["fr", ""],
            "visibility": ["public"] * 2,
            "state": ["active"] * 2,
        }
    )
    frame.write_parquet(tmp_path / "accounts.parquet")
    first = import_accounts(register, tmp_path / "accounts.parquet", at=at)
    rows = csv(tmp_path, "7,north,1990-03-02,FR,fr,public,active,", "8,,,DE,,public,active,")
    second = import_accounts(register, rows, at=at + DAY)
    assert [(s.imported, s.unchanged) for s in (first, second)] == [(2, 0), (0, 2)]


def test_another_centre_is_a_leaving_and_a_joining(register, tmp_path, at):
    for centre in ("north", "south", ""):
        import_accounts(register, csv(tmp_path, f"ada,{centre},1990,FR,fr,public,active,"), at=at)
        at += DAY
    assert links(register) == ["linked", "unlinked", "linked", "unlinked"]


def test_joining_the_centre_of_an_objector_by_import_is_logged(register, keyring, tmp_path, at):
    import_accounts(
        register, csv(tmp_path, "ada,north,1990,FR,fr,public,active,", "bo,,1990,FR,fr,public,active,"), at=at
    )
    ada, bo = (subject_key(keyring, account) for account in ("ada", "bo"))
    file_objection(
        register, ObjectionForm(subjects=(ada,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at), at=at
    )
    import_accounts(register, csv(tmp_path, "bo,north,1990,FR,fr,public,active,"), at=at + DAY)
    assert (subject_status(register, bo, at=at + DAY).basis, read_head(register).size) == ("linked", 2)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (
            b"account,centre,country,language,visibility,state\nada,,FR,fr,public,active\n",
            ImportColumnMissingError,
            "accounts.csv lacks the column birth_date; found: account, centre, country, language, visibility, state",
        ),
        (
            HEADER.encode() + b"ada,,1990,FR,fr,public,active,2012,more\n",
            ImportUnreadableError,
            "accounts.csv cannot be read as CSV in UTF-8 (ComputeError)",
        ),
        (
            HEADER.encode() + b"ad\xe9,,1990,FR,fr,public,active,2012\n",
            ImportUnreadableError,
            "accounts.csv cannot be read as CSV in UTF-8 (ComputeError)",
        ),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused_as_a_whole(register, tmp_path, at, content, error, message):
    (tmp_path / "accounts.csv").write_bytes(content)
    with pytest.raises(error) as raised:
        import_accounts(register, tmp_path / "accounts.csv", at=at)
    assert (str(raised.value), raised.value.exit_status, history(register)) == (message, 2, [])


def test_a_file_that_is_not_there_and_a_file_that_is_no_parquet_are_refused(register, tmp_path, at):
    (tmp_path / "accounts.parquet").write_bytes(b"PAR1 or not")
    with pytest.raises(ImportUnreadableError, match=r"accounts\.parquet cannot be read as Parquet"):
        import_accounts(register, tmp_path / "accounts.parquet", at=at)
    with pytest.raises(ImportUnreadableError, match=r"none\.csv does not exist"):
        import_accounts(register, tmp_path / "none.csv", at=at)


NOTICES = "account,version,channel,language,event,at,states_right\n"


def test_notices_are_stored_once_and_proven_by_their_first_delivery_or_display(register, keyring, tmp_path, at):
    path = csv(
        tmp_path,
        "ada,2025-04,email,fr,sent,2025-04-14T08:00:00Z,true",
        "ada,2025-04,email,fr,delivered,2025-04-14T11:00:00+02:00,true",
        "ada,2025-04,email,fr,shown,2025-04-14T08:30:00Z,true",
        "ada,2025-04,in_app,,shown,2025-04-15T08:30:00Z,perhaps",
        "ada,2025-04,in_app,fr,shown,2025-06-15T08:30:00Z,false",
        "bo,2025-04,email,fr,bounced,2025-04-14T09:00:00Z,true",
        ",2025-04,public_page,fr,published,2025-04-14T09:00:00Z,true",
        header=NOTICES,
    )
    summaries = [import_notices(register, path, at=at) for _ in range(2)]
    assert [(s.rows_read, s.imported, s.unchanged, s.rejected) for s in summaries] == [(7, 7, 0, ()), (7, 0, 7, ())]
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=at)
    ada = subject_key(keyring, "ada")
    assert facts.notices.rows() == [
        (None, "2025-04", "public_page", "fr", True, None, None, *[april(14, 9), None]),
        (ada, "2025-04", "email", "fr", True, None, None, *[april(14, 8, 30)] * 2),
        (ada, "2025-04", "in_app", None, None, None, None, *[april(15, 8, 30)] * 2),
    ]


def test_a_faulty_notice_is_reported_by_file_and_line_and_left_out(register, tmp_path, at):
    path = csv(
        tmp_path,
        ",2025-04,email,fr,sent,2025-04-14T08:00:00Z,true",
        "ada,,email,fr,sent,2025-04-14T08:00:00Z,true",
        "ada,2025-04,pigeon,fr,sent,2025-04-14T08:00:00Z,true",
        "ada,2025-04,email,fr,read,2025-04-14T08:00:00Z,true",
        "ada,2025-04,email,fr,sent,2025-04-14T08:00:00,true",
        "ada,2025-04,email,fr,sent,2025-04-14T08:00:00Z,true",
        header=NOTICES,
    )
    summary = import_notices(register, path, at=at)
    assert faults(summary) == [
        ("accounts.csv", 2, "account_missing"),
        ("accounts.csv", 3, "version_missing"),
        ("accounts.csv", 4, "channel_unknown"),
        ("accounts.csv", 5, "event_unknown"),
        ("accounts.csv", 6, "instant_invalid"),
    ]
    assert (summary.imported, summary.unchanged) == (1, 0)
