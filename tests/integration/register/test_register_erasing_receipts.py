"""Erasing somebody without an account by the receipt that they show: the record goes, what they asked for holds."""

from datetime import timedelta

import polars as pl
import pytest

from demur.kernel.words import Purpose, RecordKind
from demur.keys.subjects import item_key, page_key, request_key, subject_key
from demur.ledger.erasures import erasure_digest
from demur.ledger.leaves import parse_leaf
from demur.ledger.openings import verify_receipt
from demur.policy.handling import RequestKind, TermKind
from demur.policy.requests import ControllerClaim, Ground
from demur.policy.ruleset import load_ruleset
from demur.register.accesses import Reader
from demur.register.accounts import import_accounts
from demur.register.backup import back_up
from demur.register.batch import AskAgain, idempotency_key
from demur.register.connection import ConstraintError
from demur.register.erasing_receipts import erase_by_receipts
from demur.register.errors import EntryErasedError, ReceiptNotErasableError, RequestMissingError
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head, subject_status
from demur.register.recovery import plan_recovery, recover
from demur.register.requests import RequestForm, accept_requests, make_code, receive_request, refuse_request
from demur.register.requests_reading import RequestFilter, find_request, list_requests
from demur.register.requests_terms import Given, Term, read_terms
from demur.register.restoring import put_back
from demur.register.schema import metadata
from demur.register.snapshot import read_facts
from demur.register.store import open_register

DAY = timedelta(days=1)
SETTINGS = load_ruleset("eu-2025").settings
READER = Reader(role="dpo", name="ines", act="test")
NAME = Term(kind=TermKind.NAME, text="Xantippe Moreau")
HANDLE = Term(kind=TermKind.HANDLE, text="@xantippe77")
LINK = Term(kind=TermKind.LINK, text="https://quarry.example/xm")


def ask(register, at, *terms, once="1"):
    """File a request and return its code and receipt."""
    code = make_code(register.keyring, once, b"")
    given = Given(terms=terms or (NAME, HANDLE, LINK), hint="the stonemason")
    form = RequestForm(code=code, kind=RequestKind.CHILD, given=given, language="de", received_at=at)
    return code, receive_request(register, form, at=at, settings=SETTINGS).text


def take_in(register, account, at):
    columns = ("account", "centre", "birth_date", "country", "language", "visibility", "state")
    rows = pl.DataFrame([{"account": account}], schema=dict.fromkeys(columns, pl.String))
    import_accounts(register, rows, at=at)
    return subject_key(register.keyring, account)


def point_at(register, at, *posts, subjects=()):
    targets = tuple(item_key(register.keyring, post) for post in posts)
    form = ObjectionForm(
        subjects=subjects, purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at, targets=targets, idempotency_key="k"
    )
    return receive_objection(register, form, at=at).text


def facts_of(register, at):
    with register.reading() as connection:
        return read_facts(connection, at=at)[0]


def dump(register):
    with register.reading() as connection:
        return {
            name: [tuple(row) for row in connection.execute(table.select())] for name, table in metadata.tables.items()
        }


def test_the_record_goes_and_what_it_points_at_stays_out(register, keyring, at):
    receipt = point_at(register, at, "post", "photo")
    other = point_at(register, at, "other")
    (done,) = erase_by_receipts(register, [receipt], at=at + DAY)
    assert (done.held, done.ruling.decision) == ({"targets": 2, "entries": 1}, "keep_minimum")
    assert [(entry.index, entry.erased_by) for entry in done.entries] == [(0, 2)]
    pointed = facts_of(register, at + DAY).targets
    assert set(pointed["target_key"]) == {item_key(keyring, post) for post in ("post", "photo", "other")}
    with pytest.raises(EntryErasedError):
        register.sequencer.submit(AskAgain(0))
    # What was given out stays what it was, and so does the other one's.
    assert verify_receipt(receipt, keyring.log_signer.verifier).index == 0
    assert register.sequencer.submit(AskAgain(1)).entry().encode() == other


def test_the_log_says_which_entry_and_erasing_again_says_nothing_more(register, keyring, at):
    receipt = point_at(register, at, "post")
    erase_by_receipts(register, [receipt], at=at)
    leaf = parse_leaf(dict_of(dump(register)["leaf"])[1])
    assert (leaf.kind, leaf.commitment) == (RecordKind.ERASURE, erasure_digest(keyring.log_signer.name, 0))
    head = read_head(register)
    (again,) = erase_by_receipts(register, [receipt], at=at + DAY)
    assert (again.held, again.entries, read_head(register)) == ({}, (), head)


def test_a_request_goes_with_all_that_it_brought_about_and_texts_are_searched_as_before(register, keyring, at):
    code, receipt = ask(register, at)
    number = find_request(register, code).listed.number
    read_terms(register, number, READER, at=at)
    found = item_key(keyring, "found")
    accept_requests(register, [number], decided_by="ines", at=at, items=(found,))
    ask(register, at, Term(kind=TermKind.NAME, text="Bo Berg"), once="2")
    before = facts_of(register, at + DAY)
    (done,) = erase_by_receipts(register, [receipt], at=at + DAY)
    # The objection, the claim on the account of the handle, and the item that was found.
    assert [entry.index for entry in done.entries] == [0, 1, 2]
    assert (done.held["requests"], done.held["reads"], done.held["entries"]) == (1, 1, 3)
    after = facts_of(register, at + DAY)
    assert after.terms.rows() == before.terms.rows()
    reference = request_key(keyring, code)
    assert set(after.targets["target_key"]) == set(before.targets["target_key"]) - {reference}
    assert {found, page_key(keyring, LINK.text)} <= set(after.targets["target_key"])
    with pytest.raises(RequestMissingError):
        find_request(register, code)
    assert [row.number for row in list_requests(register, RequestFilter())] == [number + 1]
    # The account that was named is still covered: it may be somebody else's.
    assert subject_status(register, subject_key(keyring, "xantippe77"), at=at + DAY).basis == "own"


def test_nothing_that_is_left_ties_an_entry_to_whoever_showed_the_receipt(register, keyring, at):
    code, receipt = ask(register, at)
    number = find_request(register, code).listed.number
    read_terms(register, number, READER, at=at)
    reference = request_key(keyring, code)
    assert reference in content_of(dump(register))
    erase_by_receipts(register, [receipt], at=at + DAY)
    left = dump(register)
    assert reference not in content_of(left)
    tables = ("opening", "request_step", "request_span", "request_term", "target", "retry", "access", "erasing")
    assert {name: left[name] for name in tables} == {name: [] for name in tables}
    # Of the request its number stays, which no later one gets, and points at what says that it was erased.
    ((kept_number, drawn, kind, language, received_at, index, claim, form_version),) = left["request"]
    assert (kept_number, kind, language, received_at) == (number, "about_me", "", 0)
    assert (claim, form_version) == (None, None)
    assert (drawn != reference, parse_leaf(dict_of(left["leaf"])[index]).kind) == (True, RecordKind.ERASURE)
    purpose, page = Purpose.TRAIN_GENERATIVE_MODELS, page_key(keyring, LINK.text)
    keys = {bytes(key) for _, _, key, _ in left["leaf"]}
    tried = {
        idempotency_key("objection", purpose, page, reference),
        idempotency_key("chosen", "objection", purpose, "k"),
    }
    assert keys & tried == set()


def test_a_request_that_was_refused_is_searched_for_no_more_and_none_that_was_taken_back(register, keyring, at):
    refused, refused_receipt = ask(register, at, NAME)
    claim = ControllerClaim(decided_by="ines", ground=Ground.LEGAL_CLAIMS, remedies_told=True)
    refuse_request(register, find_request(register, refused).listed.number, claim, at=at)
    _, back = ask(register, at, HANDLE, once="2")
    form = WithdrawalForm(
        subject=take_in(register, "xantippe77", at), authenticated_by=Authentication.LOGIN, received_at=at + DAY
    )
    withdraw(register, form, at=at + DAY)
    erase_by_receipts(register, [refused_receipt, back], at=at + 2 * DAY)
    assert (facts_of(register, at + 2 * DAY).terms.height, dump(register)["kept_span"]) == (0, [])


def test_whoever_was_erased_can_ask_anew_under_another_number(register, at):
    code, receipt = ask(register, at)
    first = find_request(register, code).listed.number
    erase_by_receipts(register, [receipt], at=at)
    again, _ = ask(register, at + DAY)
    assert (again, find_request(register, again).listed.number > first) == (code, True)


@pytest.mark.parametrize("shown", ["account", "withdrawal", "altered", "nothing"])
def test_a_receipt_about_accounts_or_one_that_does_not_hold_erases_nothing(register, keyring, at, shown):
    ada = take_in(register, "ada", at)
    of_account = point_at(register, at, "post", subjects=(ada,))
    form = WithdrawalForm(subject=ada, authenticated_by=Authentication.LOGIN, received_at=at)
    receipts = {"account": of_account, "withdrawal": withdraw(register, form, at=at).text, "nothing": ""}
    text = receipts.get(shown, point_at(register, at, "other").replace("index 2", "index 1"))
    before = dump(register)
    with pytest.raises(ReceiptNotErasableError):
        erase_by_receipts(register, [text], at=at)
    assert dump(register) == before


@pytest.mark.parametrize("table", ["kept_span", "kept_target", "request", "request_step", "request_span"])
def test_nothing_goes_after_the_transaction_of_an_erasure(register, at, table):
    _, receipt = ask(register, at)
    ask(register, at, once="2")
    erase_by_receipts(register, [receipt], at=at)
    connection = register.database.connect_writer()
    try:
        with pytest.raises(ConstraintError, match=f"the history in {table} is never changed"):
            connection.execute(f"DELETE FROM {table}")
    finally:
        connection.close()
    connection = register.database.connect_writer()
    try:
        with pytest.raises(ConstraintError, match="the history in request is never changed"):
            connection.execute("UPDATE request SET received_at = 1")
    finally:
        connection.close()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_an_older_copy_that_still_holds_the_request_is_erased_again(url, keyring, log_folder, tmp_path, at):
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        code, receipt = ask(register, at)
        back_up(url, tmp_path / "backup", keyring=keyring, at=at)
        erase_by_receipts(register, [receipt], at=at + DAY)
        head, terms = read_head(register), facts_of(register, at + DAY).terms.rows()
    for path in tmp_path.glob("register.db*"):
        path.unlink()
    put_back(tmp_path / "backup", url=url, verifier=keyring.document_signer.verifier, at=at, may_replace=False)
    plan = plan_recovery(url, keyring=keyring, log_folder=log_folder, kept=())
    recover(url, plan, keyring=keyring, declaration=None, folder=tmp_path, at=at + DAY)
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        assert (read_head(register), facts_of(register, at + DAY).terms.rows()) == (head, terms)
        left = dump(register)
        assert [left[name] for name in ("request_step", "request_span", "request_term", "opening")] == [[], [], [], []]
        assert request_key(keyring, code) not in content_of(left)


def content_of(rows):
    values = [value for of_table in rows.values() for row in of_table for value in row]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def dict_of(leaves):
    return {index: data for index, _, _, data in leaves}
