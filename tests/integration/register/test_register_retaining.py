"""When nothing is left that could use anybody's content, nothing is held of anybody; until then everything is."""

from datetime import date, timedelta

import polars as pl
import pytest

from demur.kernel.words import LinkEvent, Purpose, RecordKind, Tie
from demur.keys.subjects import group_key, item_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.policy.handling import RequestKind, TermKind
from demur.policy.retention import Keeper, Uses, decide_retention
from demur.policy.ruleset import load_ruleset
from demur.register.accounts import import_accounts
from demur.register.erasing import HELD, erase
from demur.register.intake import receive_objection
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head
from demur.register.requests import RequestForm, make_code, receive_request
from demur.register.requests_terms import Given, Term
from demur.register.retaining import Retained, count_retained, count_trained, erase_all
from demur.register.schema import metadata
from demur.register.snapshot import read_facts

DAY = timedelta(days=1)
NONE_LEFT = Uses(ended_on=date(2019, 3, 1), corpora=0, recipients=0, trained=2, retired=2)


@pytest.mark.parametrize(
    ("changed", "keeper"),
    [
        ({"ended_on": None}, Keeper.PROCESSING),
        ({"ended_on": date(2025, 5, 28)}, Keeper.PROCESSING),
        ({"corpora": 1}, Keeper.CORPORA),
        ({"recipients": 1}, Keeper.RECIPIENTS),
        ({"retired": 1}, Keeper.MODELS),
    ],
)
def test_one_thing_that_lives_keeps_every_entry_and_nothing_else_does(changed, keeper):
    today = date(2025, 5, 27)
    over = decide_retention(NONE_LEFT, today=today)
    assert (over.keepers, over.ruling.decision, over.ruling.reason) == ((), "erase", "retention_over")
    uses = {name: getattr(NONE_LEFT, name) for name in Uses.__slots__} | changed
    kept = decide_retention(Uses(**uses), today=today)
    assert (kept.keepers, kept.ruling.decision) == ((keeper,), "keep_minimum")


@pytest.fixture
def filled(register, keyring, at):
    """Return a receipt of a register with somebody of each kind: objecting, linked, silent, erased, without account."""
    columns = ("account", "centre", "birth_date", "country", "language", "visibility", "state")
    rows = [{"account": account} for account in ("ada", "bo", "cy", "di")]
    import_accounts(register, pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String)), at=at)
    shared = group_key(keyring, "family")
    pairs = [
        AccountLink(subject=subject_key(keyring, account), centre=shared, event=LinkEvent.LINKED, tie=Tie.CENTRE)
        for account in ("ada", "bo", "di")
    ]
    record_links(register, pairs, at=at)
    purpose = Purpose.TRAIN_GENERATIVE_MODELS
    receipts = [
        receive_objection(
            register, ObjectionForm(subjects=subjects, purpose=purpose, received_at=at, targets=targets), at=at
        ).text
        for subjects, targets in (
            ((subject_key(keyring, "ada"),), (item_key(keyring, "post"),)),
            ((subject_key(keyring, "di"),), ()),
            ((), (item_key(keyring, "other"),)),
        )
    ]
    given = Given(terms=(Term(kind=TermKind.NAME, text="Xantippe Moreau"),))
    form = RequestForm(
        code=make_code(keyring, "1", b""), kind=RequestKind.ABOUT_ME, given=given, language="de", received_at=at
    )
    receive_request(register, form, at=at, settings=load_ruleset("eu-2025").settings)
    erase(register, [subject_key(keyring, "di")], at=at)
    return receipts[0]


def test_all_that_is_held_of_people_goes_and_the_log_and_receipts_stay(register, keyring, filled, at):
    register.append_document(RecordKind.TRAINING, bytes(32), at=at)
    before = count_retained(register)
    assert (before.accounts, before.kept > 0, count_trained(register)) == (3, True, 1)
    assert erase_all(register, at=at + DAY) == before
    assert count_retained(register) == Retained(accounts=0, entries=0, kept=0)
    personal = {*HELD.values(), "opening", "target", "retry", "suppression", "placeholder", "kept_target", "kept_span"}
    personal |= {"request_term", "request_span", "request_step", "erasing"}
    with register.reading() as connection:
        left = {name for name in personal if connection.execute(metadata.tables[name].select()).first() is not None}
        facts = read_facts(connection, at=at + 2 * DAY)[0]
        kinds = [kind for (kind,) in connection.exec_driver_sql("SELECT kind FROM leaf ORDER BY idx")]
    assert (left, facts.objections.height, facts.targets.height, facts.terms.height) == (set(), 0, 0, 0)
    assert kinds[:4] == ["objection"] * 4
    assert verify_receipt(filled, keyring.log_signer.verifier).index == 0


def test_a_second_time_finds_nothing_and_logs_nothing(register, filled, at):
    erase_all(register, at=at)
    head = read_head(register)
    assert (erase_all(register, at=at), read_head(register)) == (Retained(accounts=0, entries=0, kept=0), head)
