"""What the log brings about is done: once in effect, in time or told, by any number of workers that may die."""

import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demur.kernel.clock import FixedClock
from demur.kernel.errors import IntegrityError, TransientError
from demur.kernel.words import EffectKind, LinkEvent, Purpose, RecordKind
from demur.keys.subjects import group_key, subject_key
from demur.register import effects
from demur.register.accounts import import_accounts
from demur.register.connection import ConstraintError
from demur.register.effects import ALARM_AFTER, owe_alarms
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.outbox import Failure, Patience, lease_due, revive, run_due
from demur.register.owed import DeadEffect, Owed, TimeToEffect, count_owed, is_done, list_dead, time_to_effect
from demur.register.store import open_register

CLIENT = Path(__file__).parent / "effects_client.py"
SECOND = timedelta(seconds=1)
PATIENCE = Patience(attempts=4)
NOTHING = {"waiting": 0, "leased": 0, "retried": 0, "overdue": 0, "dead": 0, "oldest": None}


class NotNowError(TransientError):
    code = "not-now"


def file(register, account, at, *, received_at=None):
    form = ObjectionForm(
        subjects=(subject_key(register.keyring, account),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=received_at or at,
    )
    return receive_objection(register, form, at=at).index


def rows(register):
    connection = register.database.connect_writer()
    try:
        return connection.execute("SELECT kind, ref, asked_at, due_at, attempts FROM effect ORDER BY 2, 1").fetchall()
    finally:
        connection.close()


def run(register, handle, at, *, kind=EffectKind.APPLY):
    return run_due(register, {kind: handle}, at=at, clock=FixedClock(at), patience=PATIENCE)


def refuse(_effect):
    message = "not now"
    raise NotNowError(message)


def owed(register, at, kind=EffectKind.APPLY):
    return next(counted for counted in count_owed(register, at=at) if counted.kind is kind)


def is_open(counted):
    return counted.waiting + counted.leased > 0


def micro(at):
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_an_objection_a_withdrawal_and_a_relink_owe_their_effects(register, tmp_path, at):
    (tmp_path / "accounts.csv").write_text(
        "account,centre,birth_date,country,language,visibility,state\nada,,1990,FR,fr,public,active\n"
    )
    import_accounts(register, tmp_path / "accounts.csv", at=at)
    letter = at - timedelta(hours=20)
    ada, bo = (subject_key(register.keyring, account) for account in ("ada", "bo"))
    file(register, "ada", at, received_at=letter)
    centre = group_key(register.keyring, "north")
    joined = [AccountLink(subject=subject, centre=centre, event=LinkEvent.LINKED) for subject in (ada, bo)]
    record_links(register, joined, at=at + SECOND)
    form = WithdrawalForm(subject=ada, authenticated_by=Authentication.LOGIN, received_at=at + 2 * SECOND)
    withdraw(register, form, at=at + 2 * SECOND)
    assert rows(register) == [
        ("apply", 0, micro(at), micro(at), 0),
        ("deadline", 0, micro(at), micro(letter + ALARM_AFTER), 0),
        ("apply", 1, micro(at + SECOND), micro(at + SECOND), 0),
        ("apply", 2, micro(at + 2 * SECOND), micro(at + 2 * SECOND), 0),
    ]


def test_an_objection_that_was_made_before_owes_nothing_more(register, at):
    assert [file(register, "ada", at), file(register, "ada", at + SECOND)] == [0, 0]
    assert [row[:2] for row in rows(register)] == [("apply", 0)]


def test_the_alarm_of_an_objection_that_nobody_honours_is_asked_for_after_a_day_and_once(register, at):
    for account in ("ada", "bo", "cy", "dee"):
        file(register, account, at)
    file(register, "eve", at, received_at=at - SECOND)
    file(register, "fay", at + SECOND)
    run(register, lambda effect: refuse(effect) if effect.ref else None, at)
    for second in (1, 3, 7):  # all but ada's and fay's are dead then
        run(register, lambda effect: refuse(effect) if effect.ref in {1, 2, 4} else None, at + second * SECOND)
    file(register, "gus", at + 2 * SECOND)
    letter = ("deadline", 4, micro(at), micro(at - SECOND + ALARM_AFTER), 0)
    due = at + ALARM_AFTER

    def alarms_at(when):
        owe_alarms(register, at=when)
        return [row for row in rows(register) if row[0] == "deadline"]

    expected = [*(("deadline", index, micro(at), micro(due), 0) for index in (1, 2)), letter]
    assert [alarms_at(due - SECOND), alarms_at(due), alarms_at(due)] == [[letter], expected, expected]
    late = ("deadline", 6, micro(at + 2 * SECOND), micro(due + 2 * SECOND), 0)
    assert alarms_at(due + timedelta(days=9)) == [*expected, late]


def test_late_objections_have_their_alarm_however_many_they_are_and_a_withdrawal_has_none(
    register, tmp_path, at, monkeypatch
):
    monkeypatch.setattr(effects, "_ASKED_AT_ONCE", 2)
    (tmp_path / "accounts.csv").write_text(
        "account,centre,birth_date,country,language,visibility,state\nada,,1990,FR,fr,public,active\n"
    )
    import_accounts(register, tmp_path / "accounts.csv", at=at)
    for account in ("ada", "bo", "cy", "dee", "eve"):
        file(register, account, at)
    ada = subject_key(register.keyring, "ada")
    withdraw(register, WithdrawalForm(subject=ada, authenticated_by=Authentication.LOGIN, received_at=at), at=at)
    owe_alarms(register, at=at + 2 * ALARM_AFTER)
    owed_for = {kind: [row[1] for row in rows(register) if row[0] == kind] for kind in ("apply", "deadline")}
    assert owed_for == {"apply": [0, 1, 2, 3, 4, 5], "deadline": [0, 1, 2, 3, 4]}


def test_a_document_owes_nothing(register, at):
    register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    assert rows(register) == []


def test_effects_are_done_once_and_in_the_order_in_which_they_are_due(register, at):
    for number, seconds in enumerate((3, 1, 2)):
        file(register, f"person-{number}", at + seconds * SECOND)
    done = []
    worked = run(register, lambda effect: done.append(effect.ref), at + 2 * SECOND)
    assert (done, worked.done, worked.failures) == ([1, 2], {EffectKind.APPLY: 2}, ())
    run(register, lambda effect: done.append(effect.ref), at + 5 * SECOND)
    run(register, lambda effect: done.append(effect.ref), at + 9 * SECOND)
    assert done == [1, 2, 0]


def test_nobody_else_gets_what_a_worker_holds_until_its_lease_runs_out(register, at):
    index = file(register, "ada", at)

    def hold(seconds):
        when = at + seconds * SECOND
        return [held.ref for held in lease_due(register, EffectKind.APPLY, at=when, held_from=when)]

    assert [hold(0), hold(1), hold(59), hold(60), hold(61)] == [[index], [], [], [index], []]


def test_a_worker_that_lost_its_lease_marks_nothing(register, at):
    index = file(register, "ada", at)

    def take_away(_effect):
        lease_due(register, EffectKind.APPLY, at=at + 61 * SECOND, held_from=at + 61 * SECOND)

    run(register, take_away, at)
    assert not is_done(register, EffectKind.APPLY, index)
    assert owed(register, at + 62 * SECOND).leased == 1


def test_the_pause_doubles_up_to_its_cap_and_then_the_effect_is_dead(register, at):
    index = file(register, "ada", at)
    tried = []
    for second in range(20):
        worked = run(register, refuse, at + second * SECOND)
        tried += [(second, failure.effect.attempts, failure.code, failure.is_dead) for failure in worked.failures]
    assert tried == [
        (0, 1, "not-now", False),
        (1, 2, "not-now", False),
        (3, 3, "not-now", False),
        (7, 4, "not-now", True),
    ]
    died = DeadEffect(kind=EffectKind.APPLY, ref=index, attempts=4, failure="not-now", dead_at=at + 7 * SECOND)
    assert list_dead(register) == (died,)
    assert [Patience().pause(attempts) // SECOND for attempts in (1, 2, 11, 12, 13, 999)] == [
        1,
        2,
        1024,
        2048,
        3600,
        3600,
    ]


def test_a_dead_effect_is_tried_anew_when_a_human_says_so(register, at):
    index = file(register, "ada", at)
    for second in (0, 1, 3, 7):
        run(register, refuse, at + second * SECOND)
    again = at + timedelta(days=1)
    assert run(register, lambda _effect: None, again).done == {EffectKind.APPLY: 0}
    assert [revive(register, [kind], at=again) for kind in (EffectKind.DEADLINE, EffectKind.APPLY)] == [0, 1]
    assert run(register, lambda _effect: None, again).done == {EffectKind.APPLY: 1}
    assert (is_done(register, EffectKind.APPLY, index), list_dead(register)) == (True, ())


def test_an_effect_that_kills_its_worker_each_time_is_dead_in_the_end(register, at):
    file(register, "ada", at)
    leased = 0
    for minute in range(10):
        when = at + timedelta(minutes=minute)
        leased += len(lease_due(register, EffectKind.APPLY, at=when, held_from=when, patience=PATIENCE))
    assert (leased, [(died.attempts, died.failure) for died in list_dead(register)]) == (4, [(4, None)])


def test_one_failure_leaves_the_others_alone(register, at):
    for account in ("ada", "bo", "cy"):
        file(register, account, at)

    def handle(effect):
        if effect.ref == 1:
            refuse(effect)

    worked = run(register, handle, at)
    assert worked.done == {EffectKind.APPLY: 2}
    assert [(failure.effect.ref, failure.code) for failure in worked.failures] == [(1, "not-now")]
    assert isinstance(worked.failures[0], Failure)


def test_a_broken_integrity_ends_the_worker(register, at):
    file(register, "ada", at)

    def handle(_effect):
        message = "altered"
        raise IntegrityError(message)

    with pytest.raises(IntegrityError, match="altered"):
        run(register, handle, at)
    assert owed(register, at).leased == 1


def test_what_is_owed_is_counted_by_kind_and_state(register, at):
    for account in ("ada", "bo", "cy", "dee"):
        file(register, account, at)
    for second in (0, 1, 3, 7):
        run(register, lambda effect: refuse(effect) if effect.ref in {1, 2} else None, at + second * SECOND)
    file(register, "eve", at)
    later = at + timedelta(minutes=2)
    counted = {one.kind: one for one in count_owed(register, at=later)}
    assert counted == {
        EffectKind.APPLY: Owed(
            **{
                **NOTHING,
                "kind": EffectKind.APPLY,
                "waiting": 1,
                "overdue": 1,
                "dead": 2,
                "oldest": timedelta(minutes=2),
            }
        ),
        EffectKind.DEADLINE: Owed(**NOTHING, kind=EffectKind.DEADLINE),
        EffectKind.CONFIRMATION: Owed(**NOTHING, kind=EffectKind.CONFIRMATION),
        EffectKind.REMOVAL_FEED: Owed(**NOTHING, kind=EffectKind.REMOVAL_FEED),
    }


def test_a_failure_that_waits_counts_as_retried(register, at):
    file(register, "ada", at)
    run(register, refuse, at)
    expected = {**NOTHING, "kind": EffectKind.APPLY, "waiting": 1, "retried": 1}
    assert owed(register, at) == Owed(**expected)
    lease_due(register, EffectKind.APPLY, at=at + SECOND, held_from=at + SECOND)
    assert owed(register, at + SECOND) == Owed(**{**expected, "waiting": 0, "leased": 1, "oldest": SECOND})


def test_the_time_to_effect_is_that_of_objections(register, at):
    assert time_to_effect(register) == TimeToEffect(objections=0, p50=None, p99=None, longest=None)
    for number in range(4):
        file(register, f"person-{number}", at + number * SECOND)
    run(register, lambda _effect: None, at + 5 * SECOND)
    assert time_to_effect(register) == TimeToEffect(objections=4, p50=3 * SECOND, p99=5 * SECOND, longest=5 * SECOND)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM effect",
        "UPDATE effect SET done_at = NULL WHERE done_at IS NOT NULL",
        "UPDATE effect SET ref = 7 WHERE ref = 1",
        "UPDATE effect SET asked_at = 0 WHERE ref = 1",
    ],
)
def test_nobody_makes_an_effect_undone_or_another_one(register, at, change):
    file(register, "ada", at)
    run(register, lambda _effect: None, at)
    file(register, "bo", at)
    connection = register.database.connect_writer()
    with pytest.raises(ConstraintError, match="what an effect is of, and that it was done, is never changed"):
        connection.execute(change)
    connection.close()


def test_workers_that_run_together_share_the_work(register, url, keyring, log_folder, at):
    for number in range(40):
        file(register, f"person-{number}", at)
    done = []
    with open_register(url, keyring=keyring, log_folder=log_folder) as second:
        workers = [
            threading.Thread(target=run, args=(one, lambda effect: done.append(effect.ref), at))
            for one in (register, second, register, second)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(done) == list(range(40))


def test_each_effect_happens_once_though_workers_are_killed_between_doing_and_marking(register, url, tmp_path, at):
    (tmp_path / "done").mkdir()
    for number in range(20):
        file(register, f"person-{number}", at)
    ended = []
    while is_open(owed(register, datetime.now(UTC))):
        command = [sys.executable, str(CLIENT), url, str(tmp_path), str(4 + 5 * len(ended))]
        ended.append(subprocess.run(command, check=False).returncode)
    assert ended == [-9, -9, -9, -9, 0]
    happened = Counter((tmp_path / "journal").read_text().split())
    everyone = sorted(f"apply-{number}" for number in range(20))
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == sorted(happened) == everyone
    assert max(happened.values()) > 1  # the kills did fall between doing and marking
    assert [is_done(register, EffectKind.APPLY, number) for number in range(20)] == [True] * 20
