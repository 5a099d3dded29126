"""Requests of people without an account: what the register keeps of them, for how long, and under which key."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from demur.filters.suppressions import find
from demur.keys.envelope import SealBrokenError
from demur.keys.subjects import subject_key
from demur.policy.handling import ExtensionReason, RequestKind, RequestState, TermKind
from demur.policy.requests import ControllerClaim, Ground
from demur.policy.ruleset import load_ruleset
from demur.register.accesses import Reader
from demur.register.connection import ConstraintError
from demur.register.envelopes import give_up, rewrap
from demur.register.erasing import erase
from demur.register.errors import RequestMissingError
from demur.register.queries import read_head, read_position
from demur.register.requests import (
    RequestForm,
    TakenSteps,
    accept_requests,
    ask_question,
    cut_requests,
    make_code,
    plain_code,
    put_off_answers,
    receive_request,
    refuse_request,
)
from demur.register.requests_reading import RequestFilter, count_requests, find_request, list_requests, read_request
from demur.register.requests_searching import Search, ask_search, due_searches, finish_searches, read_search
from demur.register.requests_terms import Given, Term, erase_old_terms, read_terms
from demur.register.schema import metadata
from demur.register.snapshot import read_facts, take_snapshot
from demur.register.store import open_register

SETTINGS = load_ruleset("eu-2025").settings
READER = Reader(role="dpo", name="ines", act="test")
NAME = Term(kind=TermKind.NAME, text="Xantippe Moreau")
GIVEN = Given(
    terms=(
        NAME,
        Term(kind=TermKind.HANDLE, text="@xantippe77"),
        Term(kind=TermKind.LINK, text="https://quarry.example/xm"),
    ),
    hint="the stonemason",
)


def file(register, at, given=GIVEN, once="1", kind=RequestKind.ABOUT_ME):
    code = make_code(register.keyring, once, b"")
    form = RequestForm(code=code, kind=kind, given=given, language="de", received_at=at)
    receive_request(register, form, at=at, settings=SETTINGS)
    return find_request(register, code).listed.number


def test_a_stolen_database_tells_no_name_no_hint_and_no_link(register, url, at):
    file(register, at)
    with register.reading() as connection:
        dump = [row for table in metadata.tables.values() for row in connection.execute(table.select())]
    content = b"".join(value if isinstance(value, bytes) else str(value).encode() for row in dump for value in row)
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        content += b"".join(found.read_bytes() for found in folder.glob("register.db*"))
    code = make_code(register.keyring, "1", b"")
    secrets = ("Xantippe", "xantippe", "Moreau", "quarry", "stonemason", code)
    assert [secret for secret in secrets if secret.encode() in content] == []
    assert read_terms(register, 1, READER, at=at) == (GIVEN,)


def test_what_was_given_opens_after_a_rotation_and_nowhere_else(register, url, keyring, log_folder, at):
    file(register, at)
    file(register, at, once="2")
    register.close()
    rotated = replace(keyring, envelope=keyring.envelope_keys.rotate(b"n" * 32))
    with open_register(url, keyring=rotated, log_folder=log_folder) as opened:
        envelope = rotated.envelope_keys
        wrapped = [rewrap(opened.database, envelope, pause=lambda: None, progress=lambda *_: None) for _ in range(2)]
        give_up(opened.database, envelope)
    retired = replace(rotated, envelope=rotated.envelope_keys.retire())
    with open_register(url, keyring=retired, log_folder=log_folder) as opened:
        assert (wrapped[0] > 2, wrapped[1], read_terms(opened, 2, READER, at=at)) == (True, 0, (GIVEN,))
        with closing(opened.database.connect_writer()) as connection:
            with pytest.raises(ConstraintError):
                connection.execute("UPDATE request_term SET erase_after = 0 WHERE request = 1")
            connection.execute("DELETE FROM request_term WHERE request = 2")
            copy = "INSERT INTO request_term SELECT 2, part, key_id, wrapped_key, sealed, 1 FROM request_term"
            connection.execute(copy)
        with pytest.raises(SealBrokenError):
            read_terms(opened, 2, READER, at=at)


def test_what_was_given_goes_with_the_decision_or_after_a_set_time(register, at):
    numbers = [file(register, at, once=str(once)) for once in range(3)]
    accept_requests(register, numbers[:1], decided_by="ines", at=at)
    claim = ControllerClaim(ground=Ground.LEGAL_CLAIMS, decided_by="ines", remedies_told=True)
    refuse_request(register, numbers[1], claim, at=at)
    kept = [read_request(register, number).terms for number in numbers]
    erased = [erase_old_terms(register, at=at + timedelta(days=days)) for days in (119, 120)]
    assert (kept, erased) == ([0, 1, 1], [0, 2])
    assert [read_request(register, number).spans for number in numbers] == [2, 2, 2]


def test_a_request_covers_its_links_and_claims_and_a_builder_learns_of_each_at_once(register, tmp_path, at):
    before = read_position(register)
    file(register, at)
    snapshot = take_snapshot(register, tmp_path / "snapshot", at=at)
    with register.reading() as connection:
        facts, _ = read_facts(connection, at=at)
    xantippe = subject_key(register.keyring, "xantippe77")
    assert (facts.objections["subject_key"].to_list(), snapshot.rows["terms"]) == ([xantippe], 2)
    # The page, the handle as a number of a post, and the request itself; the claim points at the request as well.
    assert facts.targets["target_key"].n_unique() == 3
    assert read_position(register) != before


def test_a_refusal_ends_the_search_and_thinking_better_of_it_begins_it_again(register, at):
    number = file(register, at)
    claim = ControllerClaim(ground=Ground.LEGAL_CLAIMS, decided_by="ines", remedies_told=True)
    refuse_request(register, number, claim, at=at)
    with register.reading() as connection:
        refused, _ = read_facts(connection, at=at)
    cut_requests(register, [number], decided_by="ines", at=at)
    with register.reading() as connection:
        cut, _ = read_facts(connection, at=at)
    assert (refused.terms.height, cut.terms.height) == (0, 2)


def test_an_erasure_forgets_whose_account_was_named_and_the_search_goes_on(register, at):
    file(register, at)
    xantippe = subject_key(register.keyring, "xantippe77")
    erase(register, [xantippe], at=at)
    with register.reading() as connection:
        rows = [row for table in metadata.tables.values() for row in connection.execute(table.select())]
        facts, _ = read_facts(connection, at=at)
    assert ([row for row in rows if xantippe in row], facts.terms.height) == ([], 2)


def test_the_history_says_who_did_what_and_a_question_is_asked_once(register, at):
    number = file(register, at)
    ask_question(register, number, asked_by="ines", at=at)
    put_off_answers(register, [number, 99], reason=ExtensionReason.COMPLEXITY, decided_by="ines", at=at)
    accept_requests(register, [number], decided_by="bo", at=at)
    steps = [(step.state.value, step.decided_by, step.extension) for step in read_request(register, number).steps]
    assert steps == [
        ("provisional", None, None),
        ("asked", "ines", None),
        ("asked", "ines", ExtensionReason.COMPLEXITY),
        ("accepted", "bo", None),
    ]
    assert register.sequencer.submit(TakenSteps(numbers=(number,), state=RequestState.ASKED, at=at)).rows == 0


def test_lists_and_counts_agree(register, at):
    for once, kind in enumerate([*RequestKind] * 2):
        file(register, at + timedelta(days=once), once=str(once), kind=kind)
    accept_requests(register, [1, 2], decided_by="ines", at=at)
    everything = RequestFilter()
    children = RequestFilter(kind=RequestKind.CHILD, state=RequestState.PROVISIONAL)
    late = at + timedelta(days=35)  # 1 July: a month from 31 May ends on 30 June
    assert [each.number for each in list_requests(register, children)] == [6]
    counted = count_requests(register, everything, at=late)
    assert (counted.total, counted.by_state[RequestState.ACCEPTED], counted.overdue) == (8, 2, 3)
    overdue = list_requests(register, RequestFilter(due_before=late))
    assert [each.number for each in overdue] == [3, 4, 5]
    assert [each.number for each in list_requests(register, everything, after=5, limit=2)] == [6, 7]


def test_a_code_is_read_as_it_is_heard(register):
    code = make_code(register.keyring, "once", b"")
    heard = code.lower().translate(str.maketrans({"-": " ", "o": "0", "i": "1", "b": "8"}))
    assert plain_code(f"  {heard}") == code


def test_two_requests_for_one_name_are_two_entries(register, at):
    file(register, at, given=Given(terms=(NAME,)))
    file(register, at, given=Given(terms=(NAME,)), once="2")
    file(register, at, given=Given(terms=(NAME,)), once="2")
    assert read_head(register).size == 2


def test_a_search_keeps_what_it_looks_for_until_it_is_done_and_what_it_found_for_a_month(register, at):
    ask_search(register, "CODE", [NAME], at=at)
    ask_search(register, "CODE", [NAME], at=at)
    (due,) = due_searches(register)
    assert [bool(hits) for hits in find(pl.Series(["XANTIPPE moreau", "Xantippe"]), due.wanted)] == [True, False]
    assert read_search(register, "CODE") == Search(asked_at=at, counts=None)
    finish_searches(register, {due.reference: {"posts": 12}}, at=at)
    assert (read_search(register, "CODE"), due_searches(register)) == (Search(asked_at=at, counts={"posts": 12}), ())
    finish_searches(register, {}, at=at + timedelta(days=30))
    with pytest.raises(RequestMissingError):
        read_search(register, "CODE")
