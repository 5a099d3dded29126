"""What only some installations owe is asked for from the entries on disk: each once, whoever asks and however often."""

from datetime import timedelta

from demur.kernel.words import EffectKind, LinkEvent, Purpose
from demur.keys.subjects import group_key, item_key, subject_key
from demur.register.confirming import Confirmable, list_confirmable, read_confirmable
from demur.register.effects import last_asked, owe_alike
from demur.register.intake import receive_objection
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.owed import count_owed

CONFIRMATION = EffectKind.CONFIRMATION


def object_for(register, *names, items=(), at):
    form = ObjectionForm(
        subjects=tuple(subject_key(register.keyring, name) for name in names),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        targets=tuple(item_key(register.keyring, item) for item in items),
    )
    return receive_objection(register, form, at=at)


def waiting(register, at):
    return {one.kind: one.waiting for one in count_owed(register, at=at)}[CONFIRMATION]


def test_each_entry_is_asked_for_once_whoever_asks_and_from_wherever(register, at):
    assert (last_asked(register, CONFIRMATION), owe(register, at, after=-1)) == (-1, -1)
    for number in range(3):
        object_for(register, f"a{number}", at=at)
    assert (owe(register, at, after=-1), waiting(register, at)) == (2, 3)
    assert (owe(register, at, after=-1), owe(register, at, after=2), waiting(register, at)) == (2, 2, 3)
    object_for(register, "a4", at=at)
    assert (owe(register, at, after=2), last_asked(register, CONFIRMATION), waiting(register, at)) == (3, 3, 4)


def owe(register, at, *, after, since=None):
    return owe_alike(register, CONFIRMATION, after=after, since=since or at, at=at)


def test_what_came_before_the_instant_is_passed_over(register, at):
    later = at + timedelta(hours=1)
    object_for(register, "a1", at=at)
    object_for(register, "a2", at=later)
    assert (owe(register, later, after=-1, since=later), waiting(register, later)) == (1, 1)


def test_whom_to_tell_is_everybody_whom_an_entry_covers_and_nobody_of_an_item_alone(register, at):
    fern, moss = (subject_key(register.keyring, name) for name in ("fern", "moss"))
    centre = group_key(register.keyring, "c1")
    record_links(
        register, [AccountLink(subject=one, centre=centre, event=LinkEvent.LINKED) for one in (fern, moss)], at=at
    )
    object_for(register, items=["p7"], at=at)
    given = object_for(register, "fern", at=at)
    (told,) = list_confirmable(register, after=-1, limit=9)
    assert (told, set(told.subjects), told.received_at) == (read_confirmable(register, given.index), {fern, moss}, at)
    assert isinstance(told, Confirmable)
    assert (list_confirmable(register, after=given.index, limit=9), read_confirmable(register, 0)) == ((), None)
