import time

import pytest

from demur.kernel.words import Purpose
from demur.keys.subjects import subject_key
from demur.ledger.tiles import LogForkError, TileStore
from demur.register.errors import RegisterRolledBackError
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.publisher import publishing
from demur.register.queries import read_head
from demur.register.store import open_register

PATIENCE_SECONDS = 30


def file_one(register, account: str, at) -> int:
    form = ObjectionForm(
        subjects=(subject_key(register.keyring, account),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
    )
    return receive_objection(register, form, at=at).index


def await_published(register, size: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while register.tiles.size() < size:
        assert time.monotonic() < deadline, "nothing was published"
        time.sleep(0.01)


def file_for_ever(register, at) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        file_one(register, f"account-{time.monotonic_ns()}", at)


def test_what_was_acknowledged_is_published_while_the_register_stays_open(register, at):
    for number in range(3):
        file_one(register, f"account-{number}", at)
    await_published(register, 3)
    assert (register.tiles.size(), register.tiles.checkpoint_note()) == (3, read_head(register).checkpoint_note)


def test_files_that_cannot_be_written_are_published_later_and_nobody_waits_for_them(register, log_folder, at):
    log_folder.write_bytes(b"a file where the folder of the log should be")
    assert file_one(register, "ada", at) == 0
    assert file_one(register, "bea", at) == 1
    log_folder.unlink()
    await_published(register, 2)


def test_files_of_another_history_stop_the_register(register, log_folder, at):
    file_one(register, "ada", at)
    await_published(register, 1)
    note = log_folder / "checkpoint"
    note.write_text(note.read_text(encoding="utf-8").replace("\n1\n", "\n7\n"), encoding="utf-8")
    with pytest.raises((RegisterRolledBackError, LogForkError)):
        file_for_ever(register, at)


def test_another_process_may_publish_what_a_register_takes_in(url, keyring, log_folder, at):
    failures = []
    with (
        open_register(url, keyring=keyring, log_folder=log_folder, publishes=False) as register,
        publishing(url, log_folder, on_failure=failures.append),
    ):
        file_one(register, "ada", at)
        await_published(register, 1)
        file_one(register, "bea", at)
    assert (TileStore(log_folder).size(), failures) == (2, [])


def test_whoever_publishes_is_told_of_files_of_another_history(url, keyring, log_folder, at):
    failures = []
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        file_one(register, "ada", at)
    note = log_folder / "checkpoint"
    note.write_text(note.read_text(encoding="utf-8").replace("\n1\n", "\n7\n"), encoding="utf-8")
    with publishing(url, log_folder, on_failure=failures.append):
        pass
    assert [type(failure) for failure in failures] == [RegisterRolledBackError]
