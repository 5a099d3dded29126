"""Coroutines that share one line to a sequencer in another process: each gets its own answer, whatever others do."""

import asyncio
import contextlib
import time

import pytest
from servers.sequencers import served

from demur.kernel.words import Purpose
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register import awaiting
from demur.register.awaiting import reaching
from demur.register.errors import NoSubjectError, QueueFullError, RegisterUnavailableError
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm, objection_of_anybody
from demur.register.publication import Publication
from demur.register.sequencer import Sequencer


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sequencer.sock"


def form_of(register, account, at):
    subjects = (subject_key(register.keyring, account),) if account else ()
    return ObjectionForm(subjects=subjects, purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)


def ask(register, account, at):
    return objection_of_anybody(form_of(register, account, at), at=at)


def wait_until_handed_over(register, number):
    while register.sequencer.waiting() < number:
        time.sleep(0.01)


def test_each_coroutine_gets_its_own_answer_over_one_line(register, path, at, keyring):
    async def object_all():
        async with reaching(path) as writer:
            asked = [writer.file(ask(register, "" if n == 7 else f"account-{n}", at)) for n in range(40)]
            return await asyncio.gather(*asked, return_exceptions=True)

    with served(register.sequencer, path):
        receipts = asyncio.run(object_all())
    assert isinstance(receipts.pop(7), NoSubjectError)
    subjects = [(subject_key(keyring, f"account-{n}"),) for n in range(40) if n != 7]
    assert [receipt.subjects for receipt in receipts] == subjects
    opened = [verify_receipt(receipt.text, keyring.trusted_keys().log).index for receipt in receipts]
    assert opened == [receipt.index for receipt in receipts]
    assert sorted(opened) == list(range(39))
    assert receipts[0] == receive_objection(register, form_of(register, "account-0", at), at=at)


def test_whoever_leaves_cancels_nothing_and_disturbs_nobody(register, path, at, hold):
    async def leave():
        async with reaching(path) as writer:
            await writer.file(ask(register, "first", at))
            released = hold(register)
            leaving = asyncio.create_task(writer.file(ask(register, "ada", at)))
            staying = asyncio.create_task(writer.file(ask(register, "bea", at)))
            await asyncio.to_thread(wait_until_handed_over, register, 2)
            assert writer.waiting() == 2
            leaving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await leaving
            released.set()
            return await staying, await writer.file(ask(register, "ada", at))

    with served(register.sequencer, path):
        bea, ada = asyncio.run(leave())
    assert (bea.index, bea.subjects) == (2, (subject_key(register.keyring, "bea"),))
    assert (ada.index, ada.subjects) == (1, (subject_key(register.keyring, "ada"),))


def test_without_a_sequencer_a_request_is_refused_and_the_next_one_reaches_a_new_one(register, path, at):
    async def ask_on_and_off():
        async with reaching(path) as writer:
            with pytest.raises(RegisterUnavailableError, match="the sequencer does not answer"):
                await writer.file(ask(register, "ada", at))
            for _ in range(2):
                with served(register.sequencer, path):
                    assert (await writer.file(ask(register, "ada", at))).index == 0
                with pytest.raises(RegisterUnavailableError, match="the sequencer does not answer"):
                    await writer.file(ask(register, "ada", at))

    asyncio.run(ask_on_and_off())


def test_those_who_wait_for_a_sequencer_that_goes_away_are_told_at_once(register, path, at, hold):
    async def wait_in_vain():
        async with reaching(path) as writer:
            with served(register.sequencer, path):
                await writer.file(ask(register, "first", at))
                released = hold(register)
                waiting = [asyncio.create_task(writer.file(ask(register, f"account-{n}", at))) for n in range(3)]
                await asyncio.to_thread(wait_until_handed_over, register, 3)
            told = await asyncio.gather(*waiting, return_exceptions=True)
            released.set()
            with served(register.sequencer, path):
                again = [await writer.file(ask(register, f"account-{n}", at)) for n in range(3)]
            return told, again

    told, again = asyncio.run(wait_in_vain())
    assert [type(one) for one in told] == [RegisterUnavailableError] * 3
    assert sorted(receipt.index for receipt in again) == [1, 2, 3]  # what was handed over was committed


def test_a_sequencer_that_hangs_is_given_up(register, path, at, hold, monkeypatch):
    monkeypatch.setattr(awaiting, "_PATIENCE_SECONDS", 0.1)

    async def wait_in_vain():
        async with reaching(path) as writer:
            await writer.file(ask(register, "first", at))
            released = hold(register)
            with pytest.raises(RegisterUnavailableError):
                await writer.file(ask(register, "ada", at))
            released.set()
            return await writer.file(ask(register, "ada", at))

    with served(register.sequencer, path):
        assert asyncio.run(wait_in_vain()).index == 1


def test_a_full_queue_is_told_in_its_turn_and_nothing_is_lost(register, keyring, path, at, hold):
    publication = Publication(database=register.database, tiles=register.tiles)
    small = Sequencer(
        database=register.database, keyring=keyring, publication=publication, draw=bytes_of_one_kind(), waiting=2
    )

    async def crowd():
        async with reaching(path) as writer:
            asked = [writer.file(ask(register, f"account-{n}", at)) for n in range(60)]
            return await asyncio.gather(*asked, return_exceptions=True)

    with contextlib.closing(small), served(small, path):
        answers = asyncio.run(crowd())
    refused = [one for one in answers if isinstance(one, QueueFullError)]
    kept = [one for one in answers if not isinstance(one, BaseException)]
    assert (len(refused) + len(kept), bool(refused), bool(kept)) == (60, True, True)
    for receipt in kept:
        assert verify_receipt(receipt.text, keyring.trusted_keys().log).index == receipt.index


def bytes_of_one_kind():
    drawn = iter(range(1, 1 << 30))
    return lambda size: next(drawn).to_bytes(size, "big")
