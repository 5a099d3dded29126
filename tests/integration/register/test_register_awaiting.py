import asyncio

import pytest

from demur.kernel.words import Purpose
from demur.keys.subjects import subject_key
from demur.register.awaiting import LoopWriter
from demur.register.errors import NoSubjectError, RegisterUnavailableError
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm, objection_of_anybody


def ask(register, account: str, at):
    subjects = (subject_key(register.keyring, account),) if account else ()
    form = ObjectionForm(subjects=subjects, purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    return objection_of_anybody(form, at=at)


def test_each_coroutine_gets_its_own_answer_and_the_loop_wakes_once_a_batch(register, at, hold, monkeypatch):
    released = hold(register)

    async def object_all():
        loop, woken = asyncio.get_running_loop(), []
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda call, *rest: woken.append(call) or wake(call, *rest))
        writer = LoopWriter(register.sequencer)
        asked = [asyncio.create_task(writer.submit(ask(register, f"account-{n}", at))) for n in range(20)]
        refused = asyncio.create_task(writer.submit(ask(register, "", at)))
        await asyncio.sleep(0)
        assert writer.waiting() == 21
        released.set()
        committed = await asyncio.gather(*asked)
        with pytest.raises(NoSubjectError):
            await refused
        return [one.entry().index for one in committed], len(woken)

    indices, times_woken = asyncio.run(object_all())
    assert indices == list(range(20))
    assert times_woken < 21


def test_a_caller_that_goes_away_cancels_nothing(register, at, hold):
    released = hold(register)

    async def leave():
        writer = LoopWriter(register.sequencer)
        leaving = asyncio.create_task(writer.submit(ask(register, "ada", at)))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        released.set()
        return (await writer.submit(ask(register, "bea", at))).entry().index

    assert asyncio.run(leave()) == 1


def test_an_answer_for_a_loop_that_ended_is_kept_by_the_register_alone(register, at, hold):
    released = hold(register)

    async def hand_over():
        task = asyncio.create_task(LoopWriter(register.sequencer).submit(ask(register, "ada", at)))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(hand_over())
    released.set()
    subject = subject_key(register.keyring, "bea")
    form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    assert receive_objection(register, form, at=at).index == 1


def test_a_closed_register_is_told_at_once(register, at):
    register.close()

    async def ask_late():
        await LoopWriter(register.sequencer).submit(ask(register, "ada", at))

    with pytest.raises(RegisterUnavailableError, match="the register is closed"):
        asyncio.run(ask_late())
