"""Counts of ways, forms and outcomes on both databases: what is counted, once, and what is kept of it."""

from datetime import date, timedelta

import polars as pl

from demur.kernel.words import Device, FormStep, Purpose, Way
from demur.keys.subjects import item_key, subject_key
from demur.policy.handling import ExtensionReason, RequestKind, TermKind
from demur.policy.requests import ControllerClaim, Ground
from demur.policy.ruleset import load_ruleset
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.counting import CountedForms, FormCount
from demur.register.effectiveness import read_forms, read_objected, read_ways
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.objecting import ObjectionForm
from demur.register.requests import (
    RequestForm,
    accept_requests,
    ask_question,
    cut_requests,
    make_code,
    put_off_answers,
    receive_request,
    refuse_request,
)
from demur.register.requests_counting import Ending, count_outcomes, read_outcomes, read_pointed
from demur.register.requests_reading import find_request
from demur.register.requests_terms import Given, Term

SETTINGS = load_ruleset("eu-2025").settings
DAY = timedelta(days=1)


def file(register, at, once, *terms, kind=RequestKind.ABOUT_ME, language="de"):
    code = make_code(register.keyring, once, b"")
    given = Given(terms=tuple(Term(kind=name, text=text) for name, text in terms))
    form = RequestForm(code=code, kind=kind, given=given, language=language, received_at=at)
    receive_request(register, form, at=at, settings=SETTINGS)
    return find_request(register, code).listed.number


def test_an_objection_is_counted_once_on_the_way_on_which_it_came_first(register, keyring, at):
    own = ObjectionForm(
        subjects=(subject_key(keyring, "ada"),),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        way=Way.LINK,
    )
    for again in range(3):
        receive_objection(register, own, at=at + again * DAY)
    unsaid = ObjectionForm(subjects=(subject_key(keyring, "bo"),), purpose=own.purpose, received_at=at)
    receive_objection(register, unsaid, at=at)
    # A request with a claim is two entries of the log, and one objection that came.
    file(register, at, "1", (TermKind.HANDLE, "@cy"))
    file(register, at, "1", (TermKind.HANDLE, "@cy"))
    file(register, at, "2", (TermKind.LINK, "https://quarry.example/xm"), kind=RequestKind.AGENT)
    counted = {way: number for way, number in read_ways(register).items() if number}
    assert counted == {Way.LINK: 1, Way.FORM: 1, Way.AGENT: 1}


def count_of(day, step, number, way=Way.LINK):
    return FormCount(day=day, way=way, step=step, language="de", device=Device.PHONE, count=number)


def test_forms_are_summed_over_days_and_nothing_else_is_kept(register):
    first, later = "2025-05-01", "2025-05-09"
    for day, step, number in ((first, FormStep.OPENED, 4), (first, FormStep.OPENED, 3), (later, FormStep.SENT, 2)):
        register.sequencer.submit(CountedForms(counts=(count_of(day, step, number),)))
    begin = date(2025, 5, 1)
    assert read_forms(register, since=begin, until=date(2025, 5, 9)) == (count_of(first, FormStep.OPENED, 7),)
    assert read_forms(register, since=begin, until=date(2025, 5, 10)) == (
        count_of(first, FormStep.OPENED, 7),
        count_of(first, FormStep.SENT, 2),
    )


def test_what_became_of_requests_is_told_by_kind_language_ground_and_cause(register, keyring, at):
    link = (TermKind.LINK, "https://quarry.example/xm")
    numbers = {
        "cut": file(register, at, "1", (TermKind.NAME, "Xantippe Moreau")),
        "empty": file(register, at, "2", link),
        "found": file(register, at, "3", link, language="fr"),
        "refused": file(register, at, "4", link),
        "kept": file(register, at, "5", link, kind=RequestKind.AGENT),
        "post": file(register, at, "6", (TermKind.ITEM, "77")),
        "taken back": file(register, at, "7", (TermKind.HANDLE, "@bo")),
    }
    cut_requests(register, [numbers["cut"]], decided_by="ines", at=at)
    accept_requests(register, [numbers["empty"]], decided_by="ines", at=at)
    found = [item_key(keyring, "9")]
    accept_requests(register, [numbers["found"]], decided_by="ines", at=at, items=found)
    ask_question(register, numbers["kept"], asked_by="ines", at=at)
    claim = ControllerClaim(ground=Ground.LEGAL_CLAIMS, decided_by="ines", remedies_told=True)
    refuse_request(register, numbers["refused"], claim, at=at)
    form = WithdrawalForm(
        subject=subject_key(keyring, "bo"), authenticated_by=Authentication.LOGIN, received_at=at + DAY
    )
    row = [("bo", *[None] * (len(ACCOUNT_COLUMNS) - 1))]
    import_accounts(register, pl.DataFrame(row, schema=dict.fromkeys(ACCOUNT_COLUMNS, pl.String), orient="row"), at=at)
    withdraw(register, form, at=at + DAY)

    pointed = read_pointed(register)
    located = set(pointed.filter(pl.col("target") == item_key(keyring, "77"))["entry"])
    told = count_outcomes(read_outcomes(register), located=located)
    assert [
        (one.kind.value, one.language, one.requests, one.asked, one.refused, one.undone) for one in told.handled
    ] == [
        ("about_me", "de", 5, 1, 1, 1),  # a name alone is asked about at once
        ("about_me", "fr", 1, 0, 0, 0),
        ("agent", "de", 1, 1, 0, 0),
    ]
    assert told.grounds == {Ground.COMPELLING_GROUNDS: 0, Ground.LEGAL_CLAIMS: 1}
    assert (told.located, told.waiting) == (3, 1)
    assert {ending.value: number for ending, number in told.endings.items() if number} == {
        Ending.NOTHING_FOUND: 1,
        Ending.TAKEN_BACK: 1,
        Ending.LEGAL_CLAIMS: 1,
    }


def test_a_request_is_answered_by_its_decision_and_late_only_after_the_term_that_was_told(register, at):
    numbers = [file(register, at, str(once), (TermKind.HANDLE, f"@p{once}")) for once in range(4)]
    accept_requests(register, numbers[:1], decided_by="ines", at=at + DAY)
    accept_requests(register, numbers[1:2], decided_by="ines", at=at + 40 * DAY)
    put_off_answers(register, numbers[2:3], reason=ExtensionReason.COMPLEXITY, decided_by="ines", at=at + DAY)
    found = read_objected(register, at=at + 41 * DAY, oldest_corpus=None)
    answers = found.answers
    assert (answers.given, answers.soon, answers.late, answers.waiting, answers.overdue) == (2, 1, 1, 2, 1)
    assert answers.longest == 40 * DAY
    assert (found.paths.objections, found.paths.without_account) == (4, 4)
