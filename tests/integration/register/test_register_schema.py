from datetime import datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from demur.kernel.words import RecordKind
from demur.register.batch import Batch, Outcome
from demur.register.connection import ConstraintError
from demur.register.database import open_database, upgrade
from demur.register.schema import APPEND_ONLY, SCHEMA_REVISION, metadata
from demur.register.store import Register

SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
BYTES = {"key": bytes(16), "digest": bytes(32), "short": b"\1", "none": b""}


def test_migrating_an_empty_database_gives_the_tables_of_the_schema(url):
    with open_database(url).reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == SCHEMA_REVISION


def test_the_comparison_with_the_schema_sees_a_column_that_is_missing(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/other.db")
    with engine.begin() as connection:
        upgrade(connection)
        connection.exec_driver_sql("ALTER TABLE head DROP COLUMN frontier")
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [(what, table, column.name) for what, _, table, column in differences] == [
        ("add_column", "head", "frontier")
    ]


@SQLITE
def test_every_table_refuses_values_of_another_type(url):
    connection = open_database(url).connect_writer()
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
    strict = {name for name, is_strict in tables if is_strict}
    assert strict == set(metadata.tables)


PROPOSING = "INSERT INTO relaunch_proposal (suspension, notice_version, proposed_by, at, expires_at) VALUES"
DECISION = {"number": 1, "proposed_by": "ines", "expires_at": 9}


@pytest.fixture
def filled(register, at):
    """Return a connection to a register where each append-only table has a row."""
    register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    connection = register.database.connect_writer()
    key, digest = bytes(16), bytes(32)
    key_id = register.keyring.envelope_keys.current.key_id
    rows = {
        "account_fact": {"subject": key, "at": 0},
        "account_link": {"subject": key, "centre": key, "event": "linked", "at": 0},
        "retry": {"key": digest, "idx": 0},
        "opening": {"idx": 0, "key_id": key_id, "wrapped_key": bytes(60), "sealed": b"sealed"},
        "objection": {"subject": key, "idx": 0, "purpose": "train", "received_at": 0},
        "withdrawal": {"subject": key, "idx": 0, "purpose": "train", "received_at": 0, "authenticated_by": "login"},
        "target": {"target": key, "idx": 0, "received_at": 0, "in_public_role": 0},
        "hijack": {"subject": key, "since": 0},
        "suspension": {"number": 1, "since": 0},
        "lifting": {"number": 1, "at": 0},
        "relaunch_proposal": {"suspension": 1, "notice_version": "1", "proposed_by": "ines", "at": 0, "expires_at": 9},
        "relaunch_decision": {**DECISION, "outcome": "confirmed", "decided_by": "tomas", "at": 5},
        "undertaking": {"since": 0, "at": 0},
        "suppression": {"name": key, "basis": "own", "purpose": "train", "scope": "all", "in_public_role": 0},
        "placeholder": {"subject": key},
        "kept_target": {"target": key, "in_public_role": 0},
        "kept_span": {"digest": key, "hash": bytes(8), "words": 2, "is_decided": 0},
        "notice_version": {"version": "1", "idx": 0, "document": b"{}", "note": "", "published_at": 0},
        "access": {"subject": key, "at": 0, "role": "dpo", "reader": "ines", "act": "register status"},
        "request": {"number": 1, "reference": key, "kind": "child", "language": "mt", "received_at": 0, "idx": 0},
        "request_step": {"request": 1, "step": 0, "state": "asked", "at": 0, "due_at": 1},
        "request_span": {"request": 1, "digest": key, "hash": bytes(8), "words": 2},
    }
    for table, row in rows.items():
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    log_erasure_and_notice(register, at)
    return connection


NOTICE = "INSERT INTO notice (digest, version, channel, event, at, batch, r) VALUES (:key, '1', 'email', 'sent', 0, "
BATCH = "INSERT INTO notice_batch VALUES (?, 1, :digest, :digest)"


def log_erasure_and_notice(register: Register, at: datetime) -> None:
    """Log an erasure that names no entry, and an event of a notice: a row for each table that these fill, no more."""

    def log(batch: Batch) -> Outcome:
        index = batch.append_document(RecordKind.ERASURE, at.date(), bytes(32), key=bytes(31) + b"\1")
        told = batch.append_document(RecordKind.NOTICE, at.date(), bytes(32), key=bytes(31) + b"\2")
        batch.flush()
        batch.connection.execute("INSERT INTO erasure (idx) VALUES (?)", (index,))
        batch.connection.execute(BATCH.replace("?", str(told)), BYTES)
        batch.connection.execute(f"{NOTICE}{told}, :digest)", BYTES)
        return Outcome(index=index)

    register.sequencer.submit(log)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_of_the_history_can_be_deleted_or_changed(filled, table):
    column = next(iter(metadata.tables[table].columns)).name
    count = filled.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
        with pytest.raises(ConstraintError, match=f"the history in {table} is never changed"):
            filled.execute(change)
    several = {"leaf": 3, "checkpoint": 2}
    assert filled.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == count == (several.get(table, 1),)


@pytest.mark.parametrize(
    "change", ["DELETE FROM opening", "UPDATE opening SET sealed = :short", "UPDATE opening SET idx = 1"]
)
def test_of_what_opens_an_entry_only_the_wrapped_key_changes(filled, change):
    with pytest.raises(ConstraintError, match="the history in opening is never changed"):
        filled.execute(change, BYTES)
    filled.execute("UPDATE opening SET wrapped_key = ?", (b"w" * 60,))
    assert filled.execute("SELECT wrapped_key, sealed FROM opening").fetchall() == [(b"w" * 60, b"sealed")]


def test_a_row_is_under_a_key_in_use_and_a_key_in_use_stays(filled):
    for change in (
        "INSERT INTO opening VALUES (0, :eight, :sixty, :short)",
        "UPDATE opening SET key_id = :eight",
        "UPDATE opening SET wrapped_key = :short",
        "DELETE FROM envelope_key",
        "INSERT INTO envelope_key VALUES (:short)",
    ):
        with pytest.raises(ConstraintError, match=r"(?i)constraint"):
            filled.execute(change, {**BYTES, "eight": bytes(8), "sixty": bytes(60)})
    with pytest.raises(ConstraintError, match="never changes its id"):
        filled.execute("UPDATE envelope_key SET key_id = key_id")


@SQLITE
def test_replacing_a_row_is_refused_like_deleting_it(filled, url):
    with pytest.raises(ConstraintError, match="the history in retry is never changed"):
        filled.execute("INSERT OR REPLACE INTO retry (key, idx) VALUES (?, 0)", (bytes(32),))


def test_changing_a_row_in_place_of_inserting_it_is_refused(filled):
    with pytest.raises(ConstraintError, match="the history in retry is never changed"):
        filled.execute(
            "INSERT INTO retry (key, idx) VALUES (?, 0) ON CONFLICT (key) DO UPDATE SET idx = 0", (bytes(32),)
        )


@pytest.mark.parametrize(
    "change",
    ["UPDATE head SET size = 0", "UPDATE head SET size = 2", "UPDATE head SET frontier = :none", "DELETE FROM head"],
)
def test_the_head_moves_only_forward_and_with_its_entries(filled, change):
    with pytest.raises(ConstraintError, match="the head of the log only grows, with its entries"):
        filled.execute(change, BYTES)


@pytest.mark.parametrize(
    "change",
    [
        BATCH.replace("?", "0"),
        BATCH.replace("?", "2"),
        f"{NOTICE}2, :digest)",
        f"{NOTICE}NULL, :digest)",
        f"{NOTICE}2, NULL)",
    ],
)
def test_an_event_of_a_notice_is_recorded_only_beside_its_entry_of_the_log(filled, change):
    with pytest.raises(ConstraintError, match="an event of a notice is recorded with its entry of the log"):
        filled.execute(change, BYTES)


def test_entries_of_the_log_have_no_gap(filled):
    with pytest.raises(ConstraintError, match="the entries of the log have no gap"):
        filled.execute("INSERT INTO leaf (idx, kind, key, data) VALUES (4, 'corpus', :digest, :short)", BYTES)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO account_fact (subject, at, age_doubt) VALUES (:key, 0, 2)",
        "INSERT INTO account_fact (subject, at, holder) VALUES (:key, 0, :short)",
        "INSERT INTO account_link (subject, centre, event, at, tie) VALUES (:key, :short, 'linked', 0, 'kin')",
        "INSERT INTO objection VALUES (:short, 0, 'train', 0, 'videos', 0, NULL)",
        "INSERT INTO objection VALUES (:key, 0, 'train', 0, 'all', 0, '')",
        "INSERT INTO hijack (subject, since, until) VALUES (:key, 5, 5)",
        "INSERT INTO suspension (since, country) VALUES (0, 'de')",
        "INSERT INTO suspension (since, created_from, created_until) VALUES (0, 5, 4)",
        "INSERT INTO lifting (number, at) VALUES (7, 0)",
        "INSERT INTO undertaking (since, until, at) VALUES (5, 5, 0)",
        f"{PROPOSING} (1, '1', 'ines', 5, 5)",
        f"{PROPOSING} (7, '1', 'ines', 0, 5)",
    ],
)
def test_the_database_refuses_what_cannot_be(filled, statement):
    with pytest.raises(ConstraintError, match="constraint"):
        filled.execute(statement, BYTES)


DECIDING = "INSERT INTO relaunch_decision (number, proposed_by, expires_at, outcome, decided_by, at) VALUES "


@pytest.mark.parametrize(
    "decided",
    [
        "(2, 'ines', 9, 'confirmed', 'ines', 5)",
        "(2, 'ines', 9, 'confirmed', 'INES', 5)",
        "(2, 'ines', 9, 'refused', 'ines', 5)",
        "(2, 'ines', 9, 'taken_back', 'tomas', 5)",
        "(2, 'ines', 9, 'confirmed', 'tomas', 9)",
        "(2, 'tomas', 9, 'confirmed', 'ines', 5)",
        "(2, 'ines', 99, 'confirmed', 'tomas', 50)",
        "(3, 'ines', 9, 'confirmed', 'tomas', 5)",
    ],
)
def test_the_database_itself_wants_another_person_and_in_time(filled, decided):
    filled.execute(f"{PROPOSING} (1, '1', 'ines', 0, 9)")
    with pytest.raises(ConstraintError, match=r"(?i)constraint"):
        filled.execute(DECIDING + decided)
    filled.execute(DECIDING + "(2, 'ines', 9, 'confirmed', 'tomas', 8)")
