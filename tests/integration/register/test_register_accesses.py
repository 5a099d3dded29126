"""Who reads a person's record is on disk before anything is told; a read that cannot be written down is refused."""

import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from demur.kernel.words import LinkEvent, Purpose
from demur.keys.subjects import group_key, subject_key
from demur.register.accesses import (
    Access,
    NotedAccess,
    Reader,
    note_access,
    note_entry_access,
    read_accesses,
    read_record,
)
from demur.register.batch import JointUnit, Outcome
from demur.register.errors import RegisterUnavailableError
from demur.register.intake import receive_objection
from demur.register.links import AccountLink, record_links
from demur.register.messages import LENGTH, decode_answer, decode_request, encode_committed, encode_request
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head, subject_status
from demur.register.schema import access
from demur.register.store import open_register

DPO = Reader(role="dpo", name="ines", act="demur register status ACCOUNT", reason="letter of 3 May")
AUDIT = Reader(role="dpo", name="otto", act="demur register accesses")
LINK = Reader(role="link", name="the holder of the link", act="GET /object/TOKEN")


@pytest.fixture
def ada(keyring):
    return subject_key(keyring, "ada")


@pytest.fixture
def bo(keyring):
    return subject_key(keyring, "bo")


def count(register) -> int:
    with register.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(access)).scalar_one()


def object_for(register, subject, at):
    form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    return receive_objection(register, form, at=at)


def test_each_person_can_be_told_who_read_their_record_and_nothing_of_others(register, ada, bo, at):
    object_for(register, ada, at)
    told = read_record(register, ada, DPO, at=at)
    read_record(register, bo, LINK, at=at + timedelta(seconds=1))
    assert told == subject_status(register, ada, at=at)
    assert read_accesses(register, ada, AUDIT, at=at + timedelta(days=1)) == (
        Access(at=at, reader=DPO),
        Access(at=at + timedelta(days=1), reader=AUDIT),
    )
    assert read_head(register).size == 1  # a read is nothing that the public log tells


def test_a_receipt_that_is_given_for_an_objection_is_no_read(register, ada, at):
    object_for(register, ada, at)
    object_for(register, ada, at)
    assert count(register) == 0


def test_a_read_by_an_entry_is_noted_for_everybody_whom_it_covers(register, keyring, ada, bo, at):
    centre = group_key(keyring, "c")
    record_links(
        register, [AccountLink(subject=one, centre=centre, event=LinkEvent.LINKED) for one in (ada, bo)], at=at
    )
    receipt = object_for(register, ada, at)
    note_entry_access(register, receipt.index, LINK, at=at)
    note_entry_access(register, 99, LINK, at=at)
    assert [read_accesses(register, one, AUDIT, at=at)[0] for one in (ada, bo)] == [Access(at=at, reader=LINK)] * 2


def test_a_read_that_cannot_be_noted_is_refused(register, ada, at):
    object_for(register, ada, at)
    register.sequencer.close()
    assert subject_status(register, ada, at=at).basis == "own"  # it could be read
    for read in (read_record, read_accesses):
        with pytest.raises(RegisterUnavailableError):
            read(register, ada, DPO, at=at)
    with pytest.raises(RegisterUnavailableError):
        note_access(register, (ada,), DPO, at=at)
    assert count(register) == 0


def test_a_database_that_refuses_the_note_refuses_the_read_and_nothing_else(register, ada, at):
    with register.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE access RENAME TO gone")
    with pytest.raises(RegisterUnavailableError):
        read_record(register, ada, DPO, at=at)
    assert object_for(register, ada, at).index == 0


@pytest.mark.parametrize(
    "noted",
    [
        NotedAccess(reader=DPO, at=None, subjects=(bytes(16),)),
        NotedAccess(reader=LINK, at=None, entry=7),
    ],
)
def test_a_note_survives_the_socket(noted, at):
    noted = NotedAccess(reader=noted.reader, at=at, subjects=noted.subjects, entry=noted.entry)
    assert decode_request(encode_request(noted)[LENGTH.size :]) == noted


def test_what_asks_for_no_entry_is_answered_over_the_socket(register):
    done = register.sequencer.submit(lambda _batch: Outcome(rows=3))
    assert decode_answer(encode_committed(done)[LENGTH.size :]) == done


def test_notes_between_objections_do_not_part_them(register, ada, hold, at):
    together = []

    def write(batch, about):
        together.append(list(about))
        return [Outcome()] * len(about)

    released = hold(register)
    note = NotedAccess(reader=LINK, at=at, subjects=(ada,))
    units = [JointUnit(write, 1), note, JointUnit(write, 2), note, note, JointUnit(write, 3)]
    waiting = [register.sequencer.enqueue(unit) for unit in units]
    released.set()
    assert [one.result().rows for one in waiting] == [0, 1, 0, 1, 1, 0]
    assert together == [[1, 2, 3]]


READS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from demur.keys.keyring import load_keyring
from demur.keys.subjects import subject_key
from demur.register.accesses import Reader, read_record
from demur.register.store import open_register
keyring = load_keyring(Path(sys.argv[2]))
register = open_register(sys.argv[1], keyring=keyring, log_folder=Path(sys.argv[3]))
reader = Reader(role="dpo", name="ines", act="a test")
while True:
    read_record(register, subject_key(keyring, "ada"), reader, at=datetime(2025, 5, 27, tzinfo=UTC))
    print("told", flush=True)
"""


def test_whatever_was_told_before_a_kill_is_noted(url, keyring, log_folder, tmp_path, ada, at):
    open_register(url, keyring=keyring, log_folder=log_folder).close()
    command = [sys.executable, "-c", READS, url, str(tmp_path / "keys.json"), str(log_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reading:
        told = [reading.stdout.readline() for _ in range(20)]
        reading.kill()
        told += reading.stdout.readlines()
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        noted = len(read_accesses(register, ada, AUDIT, at=at)) - 1
    assert (len(told) >= 20, noted - len(told) in {0, 1}) == (True, True)
