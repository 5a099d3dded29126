"""What is told of an objection and of a run: what holds, why, what has to be done, and nobody's id."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demur.cli.explaining_objections import (
    ObjectionFound,
    answer_request,
    find_standing,
    summarise_objection,
    tell_objection,
)
from demur.cli.explaining_runs import RunFound, summarise_run, tell_run
from demur.kernel.words import Product
from demur.policy.ruleset import load_ruleset
from demur.policy.runs import RunStart, decide_run
from demur.register.queries import LoggedEvent, SubjectStatus
from demur.register.suspensions import RunningSuspension, Suspension

SETTINGS = load_ruleset("eu-2025").settings
RECEIVED = datetime(2025, 1, 31, 12, tzinfo=UTC)
NOW = datetime(2025, 2, 10, 12, tzinfo=UTC)
MADE = LoggedEvent(index=4, received_at=RECEIVED)
AGAIN = LoggedEvent(index=9, received_at=RECEIVED + timedelta(days=2))
STATUS = SubjectStatus(
    is_known=True,
    basis="own",
    scope="all",
    covered_since=RECEIVED,
    objections=(MADE,),
    withdrawals=(),
    linked_accounts=2,
)
NOBODY = replace(STATUS, is_known=False, basis=None, scope=None, covered_since=None, objections=(), linked_accounts=0)


def found(status, *, now=NOW, running=()):
    made = find_standing(status) or status.objections
    answered = answer_request(made, running, SETTINGS, now) if made else None
    return ObjectionFound(status=status, standing=find_standing(status), answered=answered)


def test_an_objection_is_told_with_its_decision_and_the_day_of_its_answer():
    assert tell_objection(found(STATUS)) == [
        "the account",
        "  imported       yes",
        "  covered        all content, since 2025-01-31T12:00:00.000000Z, by an objection of its own",
        "  objected       2025-01-31T12:00:00.000000Z, entry 4 of the log",
        "  linked         2 other accounts, now or in the past",
        "  decision       accept: no_reason_needed   (as by the ordinary form, logged in)",
        "  must be done   answer by 2025-02-28",
        "  answer         due on 2025-02-28, counted in UTC: open, 18 days left",
    ]


def test_an_objection_as_json_has_its_documented_shape():
    assert summarise_objection(found(STATUS)) == {
        "known": True,
        "basis": "own",
        "scope": "all",
        "covered_since": "2025-01-31T12:00:00.000000Z",
        "erased": False,
        "objections": [{"index": 4, "received_at": "2025-01-31T12:00:00.000000Z", "form_version": None}],
        "standing": 1,
        "withdrawals": [],
        "linked_accounts": 2,
        "request": {
            "decision": "accept",
            "reason": "no_reason_needed",
            "duties": ["answer by 2025-02-28"],
            "effective_at": "2025-01-31T12:00:00.000000Z",
            "due_on": "2025-02-28",
            "days_left": 18,
            "state": "open",
        },
    }


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (datetime(2025, 2, 28, 23, tzinfo=UTC), "open, 0 days left"),
        (datetime(2025, 2, 27, 23, tzinfo=UTC), "open, 1 day left"),
        (datetime(2025, 3, 1, tzinfo=UTC), "overdue by 1 day, unless answered"),
        (datetime(2025, 3, 1, 1, tzinfo=UTC), "overdue by 1 day, unless answered"),
        (datetime(2025, 3, 9, 1, tzinfo=UTC), "overdue by 9 days, unless answered"),
    ],
)
def test_a_last_day_that_has_passed_is_an_alarm(now, told):
    assert tell_objection(found(STATUS, now=now))[-1].endswith(f"2025-02-28, counted in UTC: {told}")


def test_an_account_that_nobody_imported_and_that_never_objected_has_no_decision():
    assert tell_objection(found(NOBODY)) == [
        "the account",
        "  imported       no: the register has no facts on it",
        "  covered        no: no objection covers what it publishes now",
        "  linked         0 other accounts, now or in the past",
    ]
    assert summarise_objection(found(NOBODY))["request"] is None


def test_an_account_that_is_covered_through_another_one_has_no_answer_of_its_own():
    linked = replace(STATUS, basis="linked", scope="photos", objections=())
    lines = tell_objection(found(linked))
    assert lines[2].endswith("by the objection of an account of the same accounts centre")
    assert lines[2].startswith("  covered        photos, since ")
    assert len(lines) == 4


def test_an_objection_that_was_made_again_counts_from_the_first_time():
    request = summarise_objection(found(replace(STATUS, objections=(MADE, AGAIN))))["request"]
    assert (request["reason"], request["effective_at"], request["due_on"]) == (
        "idempotent",
        "2025-01-31T12:00:00.000000Z",
        "2025-02-28",
    )


def test_after_a_withdrawal_only_what_came_later_stands():
    withdrawn = replace(STATUS, withdrawals=(LoggedEvent(index=6, received_at=AGAIN.received_at),))
    assert find_standing(withdrawn) == ()
    assert find_standing(replace(withdrawn, objections=(MADE, AGAIN))) == (AGAIN,)
    assert "  withdrew       2025-02-02T12:00:00.000000Z, entry 6 of the log" in tell_objection(found(withdrawn))


@pytest.mark.parametrize(
    ("stops", "since", "reason"),
    [
        (Suspension(), RECEIVED - timedelta(days=1), "intake_always_open"),
        (Suspension(), RECEIVED + timedelta(days=1), "no_reason_needed"),
        (Suspension(product=Product.SOCIAL), RECEIVED - timedelta(days=1), "no_reason_needed"),
    ],
)
def test_an_objection_during_a_stop_of_everything_is_accepted_for_that_reason(stops, since, reason):
    running = (RunningSuspension(number=1, stops=stops, since=since),)
    assert summarise_objection(found(STATUS, running=running))["request"]["reason"] == reason


START = RunStart(
    run="00112233",
    now=NOW,
    is_processing_active=True,
    reconciled_at=NOW - timedelta(minutes=1),
    snapshot_at=NOW - timedelta(minutes=5),
    newest_objection_at=RECEIVED,
)


def run_found(start=START, **options):
    values = {"corpus": "spring", "run_id": start.run, "record": None, "taken_out": None, "has_same_rules": True}
    return RunFound(**{**values, **options}, start=start, decision=decide_run(start, SETTINGS))


def test_a_run_that_may_start_is_told_with_what_that_rests_on():
    assert tell_run(run_found()) == [
        "run 00112233 on corpus spring",
        "  state          not finished: it has no signed record yet",
        "  start now?     go: reconciled",
        "  must be done   digests of corpus and register signed into the run record",
        "  processing     active",
        "  reconciled     2025-02-10T11:59:00.000000Z",
        "  snapshot       2025-02-10T11:55:00.000000Z",
        "  objections     the newest was received 2025-01-31T12:00:00.000000Z",
        "  rules          as the corpus was decided by",
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_processing_active": False}, "processing_suspended"),
        ({"is_relaunch": True}, "notice_outdated"),
        ({"reconciled_at": None}, "corpus_not_reconciled"),
        ({"newest_objection_at": NOW}, "corpus_not_reconciled"),
    ],
)
def test_a_run_that_may_not_start_says_why(change, reason):
    told = run_found(replace(START, **change))
    assert (summarise_run(told)["decision"], summarise_run(told)["reason"]) == ("stop", reason)
    assert tell_run(told)[2] == f"  start now?     stop: {reason}"


def test_a_stop_tells_the_next_step():
    behind = replace(START, reconciled_at=None)
    assert tell_run(run_found(behind))[-1] == "  next           demur apply spring"
    assert tell_run(run_found(behind, has_same_rules=False))[-1] == (
        "  next           build a new corpus: other rules decided this one"
    )
