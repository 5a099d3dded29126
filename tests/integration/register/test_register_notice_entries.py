"""Events of notices are in the log: an entry for those that were recorded together, which tells nobody of anybody."""

import hashlib
import json
from datetime import datetime

import polars as pl
import pytest
import sqlalchemy as sa

from demur.kernel.words import RecordKind
from demur.keys.encoding import encode_base64
from demur.keys.subjects import subject_key
from demur.ledger.leaves import digest_document, parse_leaf
from demur.ledger.notices import commit_event, root_of_events, verify_event
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.register.accesses import Reader, read_accesses
from demur.register.erasing import erase
from demur.register.notice_entries import prove_notice_entry, read_notice_entries, show_events
from demur.register.notices import import_notices
from demur.register.queries import read_head
from demur.register.schema import effect, leaf, notice, notice_batch
from demur.register.store import Register

COLUMNS = ("account", "version", "channel", "language", "event", "at", "states_right")
READER = Reader(role="dpo", name="otto", act="register notices ACCOUNT")
DAY = "2025-04-14T08:00:00Z"


def tell(register: Register, *accounts: str, at, when: str = DAY):
    rows = [(account, "2025-04", "email", "fr", "delivered", when, "true") for account in accounts]
    return import_notices(register, pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row"), at=at)


def name_as_documented(subject: bytes) -> bytes:
    """Return the name of the event that `tell` tells, as docs/reference/formats.md says."""
    instant = int(datetime.fromisoformat(DAY).timestamp()) * 1_000_000
    parts = [subject, b"2025-04", b"email", b"fr", b"delivered", str(instant).encode(), b"1"]
    framed = b"".join((len(part) + 1).to_bytes(8, "big") + part for part in parts)
    return hashlib.blake2b(framed, digest_size=16).digest()


def rows_of(register: Register, table: sa.Table) -> list:
    with register.reading() as connection:
        return connection.execute(table.select()).all()


def test_events_that_are_recorded_together_have_one_entry_and_its_document_names_nobody(register, keyring, at):
    assert tell(register, "ada", "bo", "cy", at=at).imported == 3
    (entry,) = read_notice_entries(register)
    (batch,), events = rows_of(register, notice_batch), rows_of(register, notice)
    root = root_of_events([commit_event(row.digest, row.r) for row in events])
    assert json.loads(entry.document) == {
        "v": 1,
        "log": keyring.log_signer.name,
        "events": 3,
        "root": encode_base64(root),
    }
    assert (entry.index, entry.day, entry.events, entry.root, batch.root) == (0, at.date(), 3, root, root)
    (logged,) = rows_of(register, leaf)
    told = parse_leaf(logged.data)
    assert (told.kind, told.day, told.commitment) == (RecordKind.NOTICE, at.date(), digest_document(entry.document))
    assert rows_of(register, effect) == []


def test_what_is_imported_again_adds_no_entry_and_what_is_new_in_a_file_adds_one(register, at):
    tell(register, "ada", "bo", at=at)
    assert tell(register, "bo", "ada", at=at).unchanged == 2
    assert read_head(register).size == 1
    summary = tell(register, "ada", "cy", "cy", at=at)
    assert (summary.imported, summary.unchanged, read_head(register).size) == (1, 2, 2)
    assert [entry.events for entry in read_notice_entries(register)] == [2, 1]


def test_the_same_events_in_another_register_have_another_root(register, at):
    tell(register, "ada", at=at)
    tell(register, "ada", at=at, when="2025-04-15T08:00:00Z")
    first, second = rows_of(register, notice_batch)
    names = {row.digest for row in rows_of(register, notice)}
    # Without the random bytes nobody, the platform included, finds an event in a document.
    assert (first.root == second.root, {root_of_events([name]) for name in names} & {first.root, second.root}) == (
        False,
        set(),
    )


@pytest.mark.parametrize("others", [(), ("bo",), ("bo", "cy", "di", "el")])
def test_an_event_can_be_shown_to_whoever_may_see_it_and_is_written_down(register, keyring, at, others):
    tell(register, "ada", *others, at=at)
    ada = subject_key(keyring, "ada")
    (shown,) = show_events(register, ada, READER, at=at)
    assert (shown.version, shown.event, shown.at.isoformat()) == ("2025-04", "delivered", "2025-04-14T08:00:00+00:00")
    verify_event(commit_event(shown.name, shown.r), shown.path, events=shown.entry.events, root=shown.entry.root)
    assert shown.name == name_as_documented(ada)
    proof = parse_tlog_proof(prove_notice_entry(register, shown.entry))
    (logged,) = rows_of(register, leaf)
    assert verify_entry(proof, logged.data, keyring.public.log).size == 1
    assert [read.reader for read in read_accesses(register, ada, READER, at=at)] == [READER, READER]


def test_after_an_erasure_the_root_stays_nobody_finds_the_event_and_the_others_can_still_be_shown(
    register, keyring, at
):
    tell(register, "ada", "bo", at=at)
    before = rows_of(register, notice_batch)
    erased = next(row for row in rows_of(register, notice) if row.subject == subject_key(keyring, "ada"))
    erase(register, [subject_key(keyring, "ada")], at=at)
    assert rows_of(register, notice_batch) == before
    assert show_events(register, subject_key(keyring, "ada"), READER, at=at) == ()
    (shown,) = show_events(register, subject_key(keyring, "bo"), READER, at=at)
    verify_event(commit_event(shown.name, shown.r), shown.path, events=2, root=before[0].root)
    with register.reading() as connection:
        kept = {
            value
            for table in sa.inspect(connection).get_table_names()
            for row in connection.execute(sa.text(f"SELECT * FROM {table}"))
            for value in row
        }
    assert (erased.r in kept, erased.digest in kept, shown.r in kept) == (False, False, True)
