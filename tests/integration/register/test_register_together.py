"""Objections that share a batch are written together; each is what it would be if it had come alone."""

from datetime import timedelta
from random import Random

import pytest

from demur.kernel.errors import DemurError
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose
from demur.keys.subjects import group_key, subject_key
from demur.register.batch import Batch, Outcome
from demur.register.connection import StatementError
from demur.register.errors import NoSubjectError, RegisterAlteredError, UnknownAccountError
from demur.register.intake import enqueue_objection, receipt_of
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm, objection_of_known
from demur.register.sqlite import SqliteDatabase
from demur.register.store import open_register

NAMES = ("ada", "bo", "cy", "dee", "eve")


def random_form(random: Random, keyring, at) -> ObjectionForm:
    names = random.sample(NAMES, random.choice((0, 1, 1, 1, 2)))
    return ObjectionForm(
        subjects=tuple(subject_key(keyring, name) for name in names),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at - timedelta(days=random.choice((0, 0, 3))),
        idempotency_key=random.choice((None, None, "first", "second")),
        scope=random.choice((ObjectionScope.ALL, ObjectionScope.ALL, ObjectionScope.PHOTOS)),
        in_public_role=random.random() < 0.1,
        targets=(bytes([random.randrange(3)]) * 16,) if random.random() < 0.2 else (),
    )


def prepare(register, at) -> None:
    """Link two accounts, and let one of them have withdrawn."""
    keys = [subject_key(register.keyring, name) for name in NAMES]
    centre = group_key(register.keyring, "north")
    record_links(register, [AccountLink(subject=key, centre=centre, event=LinkEvent.LINKED) for key in keys[:2]], at=at)


def what_came(answer) -> tuple[object, ...]:
    try:
        committed = answer.result()
    except DemurError as error:
        return (type(error), str(error))
    receipt = receipt_of(committed)
    return (receipt.index, committed.opening.record, receipt.subjects, receipt.received_at)


@pytest.mark.parametrize("seed", range(5))
def test_objections_of_one_batch_are_what_they_would_be_one_by_one(seed, url, keyring, tmp_path, at, hold):
    random = Random(f"together {seed}")
    forms = [random_form(random, keyring, at) for _ in range(60)]
    with open_register(url, keyring=keyring, log_folder=tmp_path / "together") as register:
        prepare(register, at)
        released = hold(register)
        waiting = [enqueue_objection(register, form, at=at) for form in forms]
        released.set()
        together = [what_came(answer) for answer in waiting]
    with open_register(f"sqlite:///{tmp_path}/alone.db", keyring=keyring, log_folder=tmp_path / "alone") as register:
        prepare(register, at)
        assert together == [what_came(enqueue_objection(register, form, at=at)) for form in forms]
    assert {type(came[0]) for came in together} == {int, type}  # some name nobody, and are refused


def test_of_objections_together_only_the_ones_of_unknown_accounts_are_refused(register, at, hold):
    form = ObjectionForm(
        subjects=(subject_key(register.keyring, "ada"),), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at
    )
    nobody = ObjectionForm(subjects=(), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    released = hold(register)
    known, unnamed = (register.sequencer.enqueue(objection_of_known(one, at=at)) for one in (form, nobody))
    anybody = enqueue_objection(register, form, at=at)
    released.set()
    assert [what_came(answer)[0] for answer in (known, unnamed, anybody)] == [UnknownAccountError, NoSubjectError, 0]


def test_a_row_that_a_constraint_refuses_fails_its_own_objection_alone(register, at, hold):
    def form(name, **further):
        subjects = (subject_key(register.keyring, name),)
        return ObjectionForm(subjects=subjects, purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at, **further)

    released = hold(register)
    waiting = [
        enqueue_objection(register, one, at=at)
        for one in (form("ada"), form("bo", targets=(b"too short",)), form("cy"))
    ]
    released.set()
    assert [what_came(answer)[0] for answer in waiting] == [0, RegisterAlteredError, 1]


def test_an_error_of_the_database_is_no_refusal(register, at, hold):
    def fail(_batch: Batch) -> Outcome:
        message = "database is locked"
        raise StatementError(message)

    form = ObjectionForm(
        subjects=(subject_key(register.keyring, "ada"),), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at
    )
    released = hold(register)
    answers = [enqueue_objection(register, form, at=at), register.sequencer.enqueue(fail)]
    released.set()
    assert [what_came(answer)[1] for answer in answers] == [
        "the register could not store this: another process is writing"
    ] * 2
    assert enqueue_objection(register, form, at=at).result().entry().index == 0


def test_a_register_without_statistics_is_asked_by_its_index(register, at):
    forms = [
        ObjectionForm(
            subjects=(subject_key(register.keyring, f"person-{number}"),),
            purpose=Purpose.TRAIN_GENERATIVE_MODELS,
            received_at=at,
        )
        for number in range(200)
    ]
    for waiting in [enqueue_objection(register, form, at=at) for form in forms]:
        waiting.result()
    words = "EXPLAIN QUERY PLAN" if isinstance(register.database, SqliteDatabase) else "EXPLAIN"
    connection = register.database.connect_writer()
    keys = [bytes([number]) * 32 for number in range(32)]
    plan = str(connection.select_among(f"{words} SELECT key, idx FROM leaf WHERE key {{among}}", keys))
    connection.close()
    assert ["leaf" in plan, "Seq Scan" in plan, "SCAN leaf" in plan] == [True, False, False]
