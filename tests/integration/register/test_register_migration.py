"""A register of revision 0001 keeps everything when the tables of later rules are added."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from demur.exchange.columns import Facts
from demur.exchange.snapshot import SNAPSHOT_TABLES
from demur.kernel.words import Purpose, RecordKind
from demur.keys.keyring import KeyAbsentError
from demur.keys.subjects import subject_key
from demur.register.accounts import import_accounts
from demur.register.connection import ConstraintError
from demur.register.database import upgrade
from demur.register.intake import Authentication, WithdrawalForm, file_objection, withdraw
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head
from demur.register.sealing import OpenedRow, read_openings
from demur.register.snapshot import read_facts
from demur.register.store import Register, open_register

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # PostgreSQL came with revision 0002

DAY = timedelta(days=1)
OLD_TABLES = ("identity", "account_fact", "account_link", "notice", "leaf", "retry", "objection")
OLD_TABLES += ("withdrawal", "head", "checkpoint")
ACCOUNTS = "ada,north,1990,FR,fr,public,active", "bo,north,1984-03,PT,pt,public,active", "cy,,,,,public,active"
NOTICE = "account,version,channel,language,event,at,states_right\nada,1,email,fr,shown,2025-04-14T08:00:00Z,true\n"


def form_of(register: Register, account: str, at) -> ObjectionForm:
    subject = subject_key(register.keyring, account)
    return ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)


def fill(register: Register, folder: Path, at) -> str:
    """Play a small history as revision 0001 could record it, but for the entry of the notice; return a receipt."""
    (folder / "notices.csv").write_text(NOTICE)
    (folder / "accounts.csv").write_text(
        "\n".join(["account,centre,birth_date,country,language,visibility,state", *ACCOUNTS])
    )
    import_accounts(register, folder / "accounts.csv", at=at)
    import_notices(register, folder / "notices.csv", at=at)
    receipt = file_objection(register, form_of(register, "ada", at), at=at)
    file_objection(register, form_of(register, "cy", at), at=at)
    form = WithdrawalForm(
        subject=subject_key(register.keyring, "cy"), authenticated_by=Authentication.LOGIN, received_at=at + DAY
    )
    withdraw(register, form, at=at + DAY)
    return receipt.text


def openings_of(register: Register) -> list[OpenedRow]:
    with register.reading() as connection:
        return list(read_openings(connection, register.keyring))


def copy_as_0001(path: Path, old: Path, openings: list[OpenedRow]) -> dict[str, list[tuple]]:
    """Write what a register holds into tables of revision 0001, and return their rows."""
    engine = sa.create_engine(f"sqlite:///{old}")
    with engine.begin() as connection:
        upgrade(connection, "0001")
    engine.dispose()
    with sqlite3.connect(old) as connection:
        connection.execute("ATTACH ? AS new", (str(path),))
        rows = {}
        for table in OLD_TABLES:
            columns = ", ".join(name for _, name, *_ in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table} ORDER BY 1")
            rows[table] = connection.execute(f"SELECT {columns} FROM main.{table}").fetchall()
        plain = [(row.index, row.record, row.r, b"".join(row.covered)) for row in openings]
        connection.executemany("INSERT INTO main.opening (idx, record, r, covered) VALUES (?, ?, ?, ?)", plain)
    return rows


def tables(facts: Facts) -> dict[str, pl.DataFrame]:
    return {name: getattr(facts, name).rows() for name in SNAPSHOT_TABLES}


@pytest.fixture
def migrated(register, keyring, tmp_path, at):
    """Return rows and facts of a register, the same register of revision 0001 opened anew, and a receipt."""
    receipt = fill(register, tmp_path, at)
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=at + DAY)
    register.close()
    old = tmp_path / "old.db"
    rows = copy_as_0001(tmp_path / "register.db", old, openings_of(register))
    with open_register(f"sqlite:///{old}", keyring=keyring, log_folder=tmp_path / "log") as opened:
        yield rows, tables(facts), opened, receipt


def test_what_was_in_clear_is_sealed_and_nothing_of_it_stays_in_the_files(register, keyring, tmp_path, at):
    fill(register, tmp_path, at)
    openings = openings_of(register)
    register.close()
    old = tmp_path / "old.db"
    copy_as_0001(tmp_path / "register.db", old, openings)
    secrets = [secret for row in openings for secret in (row.record, row.r)]
    assert all(secret in old.read_bytes() for secret in secrets)
    with open_register(f"sqlite:///{old}", keyring=keyring, log_folder=tmp_path / "log") as opened:
        assert openings_of(opened) == openings
        content = b"".join(file.read_bytes() for file in tmp_path.glob("old.db*"))
        assert (len(secrets), [secret for secret in secrets if secret in content]) == (6, [])


def test_a_process_without_envelope_keys_leaves_what_is_in_clear_to_one_that_has_them(register, keyring, tmp_path, at):
    fill(register, tmp_path, at)
    openings = openings_of(register)
    register.close()
    old, log_folder = tmp_path / "old.db", tmp_path / "log"
    copy_as_0001(tmp_path / "register.db", old, openings)
    with open_register(f"sqlite:///{old}", keyring=replace(keyring, envelope=None), log_folder=log_folder) as opened:
        assert read_head(opened).size == 4
        with pytest.raises(KeyAbsentError):
            file_objection(opened, form_of(opened, "bo", at), at=at)
        assert opened.append_document(RecordKind.CORPUS, bytes(32), at=at).index == 4
    with open_register(f"sqlite:///{old}", keyring=keyring, log_folder=log_folder) as opened:
        assert openings_of(opened) == openings


def test_every_row_stays_as_it_was(migrated):
    rows, _, opened, _ = migrated
    connection = opened.database.connect_writer()
    for table, before in rows.items():
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        after = connection.execute(f"SELECT * FROM {table}").fetchall()
        kept = len(before[0]) if before else 0
        assert [row[:kept] for row in after] == before, table
        assert {*zip(columns[kept:], after[0][kept:], strict=True)} == NEW_COLUMNS.get(table, set()) if after else True


NEW_COLUMNS = {
    "account_fact": {
        *(("zone", None), ("age_doubt", None), ("is_for_minor", None), ("last_seen_at", None), ("holder", None)),
        *(("refuses_training", None), ("refuses_sharing", None)),
    },
    "account_link": {("tie", "centre")},
    "notice": {("is_marketing", None), ("variant", None), ("batch", None), ("r", None)},
    "objection": {("scope", "all"), ("in_public_role", 0), ("form_version", None)},
}


def test_a_snapshot_says_the_same_before_and_after(migrated, at):
    _, facts, opened, _ = migrated
    with opened.reading() as connection:
        after, _ = read_facts(connection, at=at + DAY)
    assert tables(after) == facts
    assert [len(facts[name]) for name in ("subjects", "notices", "objections")] == [3, 1, 2]


def test_an_objection_of_then_is_answered_with_its_receipt(migrated, at):
    _, _, opened, receipt = migrated
    again = file_objection(opened, form_of(opened, "ada", at + DAY), at=at + DAY)
    assert (again.text, read_head(opened).size) == (receipt, 4)


def test_a_notice_of_then_is_not_stored_twice(migrated, tmp_path, at):
    _, _, opened, _ = migrated
    assert import_notices(opened, tmp_path / "notices.csv", at=at).unchanged == 1


def test_the_new_tables_are_there_and_only_grow(migrated):
    _, _, opened, _ = migrated
    connection = opened.database.connect_writer()
    connection.execute("INSERT INTO suspension (since) VALUES (0)")
    with pytest.raises(ConstraintError, match="the history in suspension is never changed"):
        connection.execute("DELETE FROM suspension")
