"""Law: a request without an account is in force at once, has no dead end, and only a human can refuse it."""

from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.keys.keyring import create_keyring
from demur.policy.handling import (
    FOLLOWING,
    IN_FORCE,
    NEXT_STEPS,
    OPEN,
    RequestKind,
    RequestState,
    TermKind,
    begin_request,
    extend_answer,
)
from demur.policy.requests import ControllerClaim, Ground, Lead
from demur.policy.ruleset import load_ruleset
from demur.register.connection import ConstraintError
from demur.register.errors import RefusalUnfoundedError
from demur.register.requests import RequestForm, make_code, receive_request, refuse_request
from demur.register.requests_reading import find_request, read_request
from demur.register.requests_terms import Given, Term, erase_old_terms
from demur.register.store import open_register

AT = datetime(2025, 1, 31, tzinfo=UTC)
SETTINGS = load_ruleset("eu-2025").settings
INSTANTS = st.datetimes(datetime(1980, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- given UTC


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("requests")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"law")
    with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log") as opened:
        yield opened


@pytest.fixture
def number(register):
    """Return the number of a new request that gave a name alone."""
    form = RequestForm(
        code=make_code(register.keyring, token_hex(), b""),
        kind=RequestKind.ABOUT_ME,
        given=Given(terms=(Term(kind=TermKind.NAME, text="Ada Moro"),)),
        language="en",
        received_at=AT,
    )
    receive_request(register, form, at=AT, settings=SETTINGS)
    return find_request(register, form.code).listed.number


def reachable(state):
    found, new = set(), {state}
    while new:
        found |= new
        new = set().union(*(FOLLOWING[one] for one in new)) - found
    return found


def test_every_state_has_a_next_step_and_leads_to_a_decision():
    assert NEXT_STEPS.keys() == FOLLOWING.keys() == set(RequestState)
    assert [state for state in OPEN if not reachable(state) > OPEN] == []
    # What was decided never becomes worse for the person, and a refusal can be thought better of.
    assert RequestState.REFUSED not in set().union(*(FOLLOWING[state] for state in set(RequestState) - OPEN))
    assert FOLLOWING[RequestState.REFUSED] == {RequestState.ACCEPTED, RequestState.CUT}


@given(INSTANTS, st.sampled_from(RequestKind), st.sampled_from(Lead))
def test_a_request_is_in_force_from_its_receipt_and_answered_within_a_calendar_month(at, kind, lead):
    begun = begin_request(kind, lead, received_at=at, settings=SETTINGS)
    last = (begun.due_at - timedelta(microseconds=1)).date()
    assert begun.state in IN_FORCE & OPEN
    assert (last.year * 12 + last.month) - (at.year * 12 + at.month) == 1
    ends_a_month = (last + timedelta(days=1)).day == 1
    assert last.day == at.day or (ends_a_month and last.day < at.day)


@given(INSTANTS, st.timedeltas(timedelta(), timedelta(days=120)))
def test_an_answer_is_put_off_to_three_months_and_only_while_the_first_runs(at, later):
    due = begin_request(RequestKind.CHILD, Lead.CONTENT, received_at=at, settings=SETTINGS).due_at
    put_off = extend_answer(at, announced_at=at + later)
    assert (put_off is None) == (at + later >= due)
    if put_off is not None:
        last = (put_off - timedelta(microseconds=1)).date()
        assert (last.year * 12 + last.month) - (at.year * 12 + at.month) == 3


@pytest.mark.parametrize("name", ["", " ", "Ines Sol"])
@pytest.mark.parametrize("ground", [None, *Ground])
@pytest.mark.parametrize("told", [False, True])
def test_nobody_is_refused_without_a_human_a_ground_and_the_remedies(register, number, name, ground, told):
    claim = ControllerClaim(ground=ground, decided_by=name, remedies_told=told)
    if name.strip() and ground and told:
        refuse_request(register, number, claim, at=AT)
        assert read_request(register, number).listed.state is RequestState.REFUSED
        return
    with pytest.raises(RefusalUnfoundedError):
        refuse_request(register, number, claim, at=AT)
    assert read_request(register, number).listed.state in OPEN


INSERT = """
    INSERT INTO request_step (request, step, state, came_from, at, due_at, decided_by, ground, remedies_told, extension)
    VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?, ?)
"""


@pytest.mark.parametrize(
    "row",
    [
        (1, "refused", "asked", None, "legal_claims", 1, None),
        (1, "refused", "asked", "", "legal_claims", 1, None),
        (1, "refused", "asked", "ines", None, 1, None),
        (1, "refused", "asked", "ines", "model_quality", 1, None),
        (1, "refused", "asked", "ines", "legal_claims", 0, None),
        (1, "refused", "asked", "ines", "legal_claims", None, None),
        (1, "accepted", "asked", None, None, None, None),
        (1, "cut", None, "ines", None, None, None),
        (1, "cut", "provisional", "ines", None, None, None),  # it was asked about, so this is not where it stands
        (2, "cut", "asked", "ines", None, None, None),
        (0, "refused", None, "ines", "legal_claims", 1, None),
        (1, "asked", "asked", None, None, None, None),
        (1, "cut", "asked", "ines", None, None, "number"),
    ],
)
def test_the_database_takes_no_step_that_the_law_does_not(register, number, row):
    connection = register.database.connect_writer()
    with pytest.raises(ConstraintError):
        connection.execute(INSERT, (number, *row))
    connection.close()


def test_what_was_given_goes_after_the_set_time_and_the_search_goes_on(register, number):
    assert (read_request(register, number).terms, read_request(register, number).spans) == (1, 1)
    erase_old_terms(register, at=AT + timedelta(days=120))
    assert (read_request(register, number).terms, read_request(register, number).spans) == (0, 1)
