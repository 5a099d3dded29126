import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from demur.kernel.words import Purpose, RecordKind
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.batch import Batch, Outcome
from demur.register.connection import StatementError
from demur.register.errors import (
    NoSubjectError,
    QueueFullError,
    RegisterAlteredError,
    RegisterUnavailableError,
)
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.publication import Publication
from demur.register.queries import read_head
from demur.register.sequencer import Sequencer

PURPOSE = Purpose.TRAIN_GENERATIVE_MODELS


def form_of(register, account: str, at) -> ObjectionForm:
    return ObjectionForm(subjects=(subject_key(register.keyring, account),), purpose=PURPOSE, received_at=at)


def leaves(register) -> int:
    return register.database.connect_writer().execute("SELECT COUNT(*) FROM leaf").fetchone()[0]


def test_many_at_one_time_share_transactions_and_each_receipt_is_valid(register, keyring, at, hold):
    released = hold(register)
    with ThreadPoolExecutor(max_workers=50) as threads:
        forms = [form_of(register, f"account-{number}", at) for number in range(50)]
        futures = [threads.submit(receive_objection, register, form, at=at) for form in forms]
        while register.sequencer.waiting() < 50:
            pass
        released.set()
        receipts = [future.result() for future in futures]
    opened = [verify_receipt(receipt.text, keyring.log_signer.verifier) for receipt in receipts]
    assert sorted(receipt.index for receipt in receipts) == list(range(50))
    assert {receipt.checkpoint.size for receipt in opened} == {50}


def test_a_refused_request_leaves_the_others_of_its_batch_alone(register, at, hold):
    released = hold(register)

    def write_and_refuse(batch: Batch) -> Outcome:
        batch.append_document(RecordKind.CORPUS, at.date(), bytes(32), key=b"k" * 32)
        message = "no"
        raise NoSubjectError(message)

    def break_a_constraint(batch: Batch) -> Outcome:
        batch.connection.execute("INSERT INTO checkpoint (size, note) VALUES (NULL, NULL)")
        return Outcome()

    def append(batch: Batch) -> Outcome:
        return Outcome(index=batch.append_document(RecordKind.AUDIT, at.date(), bytes(32), key=b"a" * 32))

    refused, broken, good = (
        register.sequencer.enqueue(unit) for unit in (write_and_refuse, break_a_constraint, append)
    )
    released.set()
    with pytest.raises(NoSubjectError):
        refused.result()
    with pytest.raises(RegisterAlteredError, match="a constraint of the register refused this"):
        broken.result()
    assert (good.result().entry().index, leaves(register)) == (0, 1)


def test_a_full_queue_refuses_and_takes_nothing(register, keyring, at):
    publication = Publication(database=register.database, tiles=register.tiles)
    small = Sequencer(database=register.database, keyring=keyring, publication=publication, draw=bytes, waiting=2)
    entered, released = threading.Event(), threading.Event()

    def wait(_batch: Batch) -> Outcome:
        entered.set()
        released.wait()
        return Outcome()

    small.enqueue(wait)
    entered.wait()
    waiting = [small.enqueue(lambda _batch: Outcome(rows=1)) for _ in range(2)]
    with pytest.raises(QueueFullError, match="2 requests wait already"):
        small.enqueue(lambda _batch: Outcome(rows=1))
    released.set()
    assert [future.result().rows for future in waiting] == [1, 1]
    small.close()


def test_an_error_around_the_commit_fails_the_batch_and_the_next_one_works(register, at, hold):
    def lose_the_database(_batch: Batch) -> Outcome:
        message = "disk I/O error"
        raise StatementError(message)

    released = hold(register)
    lost = register.sequencer.enqueue(lose_the_database)
    with ThreadPoolExecutor() as threads:
        beside = threads.submit(receive_objection, register, form_of(register, "ada", at), at=at)
        while register.sequencer.waiting() < 2:
            pass
        released.set()
    for future in (lost, beside):
        with pytest.raises(RegisterUnavailableError, match="the disk is full or failing"):
            future.result()
    assert leaves(register) == 0
    assert receive_objection(register, form_of(register, "ada", at), at=at).index == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_state_that_nobody_thought_of_stops_the_sequencer(register, at):
    def fail(_batch: Batch) -> Outcome:
        message = "a bug"
        raise ZeroDivisionError(message)

    future = register.sequencer.enqueue(fail)
    with pytest.raises(RegisterUnavailableError, match="the sequencer stopped at a ZeroDivisionError"):
        future.result()
    with pytest.raises(RegisterUnavailableError, match="the sequencer stopped"):
        receive_objection(register, form_of(register, "ada", at), at=at)


def test_a_closed_register_takes_nothing(register, at):
    register.close()
    with pytest.raises(RegisterUnavailableError, match="the register is closed"):
        receive_objection(register, form_of(register, "ada", at), at=at)


def test_closing_publishes_what_was_acknowledged(register, at):
    receive_objection(register, form_of(register, "ada", at), at=at)
    register.close()
    assert register.tiles.checkpoint_note() == read_head(register).checkpoint_note
    assert register.tiles.size() == 1
