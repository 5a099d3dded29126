import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta, timezone

import polars as pl
import pytest

from demur.kernel.words import LinkEvent, Purpose, RecordKind
from demur.keys.encoding import decode_json, encode_base64
from demur.keys.keyring import parse_public_keys, write_public_keys
from demur.keys.subjects import SubjectKey, group_key, proof_key, proof_key_commitment, subject_key
from demur.ledger.leaves import parse_leaf
from demur.ledger.openings import verify_receipt
from demur.ledger.receipt import parse_tlog_proof, verify_entry
from demur.register.accounts import import_accounts
from demur.register.errors import (
    NoSubjectError,
    NothingToWithdrawError,
    UnknownAccountError,
    WithdrawalRefusedError,
)
from demur.register.intake import Authentication, WithdrawalForm, file_objection, receive_objection, withdraw
from demur.register.links import AccountLink, LinkSummary, record_links
from demur.register.objecting import ObjectionForm
from demur.register.queries import LoggedEvent, SubjectStatus, read_head, subject_status
from demur.register.sealing import read_openings
from demur.register.store import open_register

PURPOSE = Purpose.TRAIN_GENERATIVE_MODELS
DAY = timedelta(days=1)


@pytest.fixture
def people(register, keyring, at) -> dict[str, SubjectKey]:
    """Three accounts, of which ada and bo share an accounts centre."""
    centres = {"ada": "north", "bo": "north", "cy": None}
    facts = {"birth_date": "1990", "country": "FR", "language": "fr", "visibility": "public", "state": "active"}
    rows = [{"account": account, "centre": centre, **facts} for account, centre in centres.items()]
    import_accounts(register, pl.DataFrame(rows), at=at - DAY)
    return {account: subject_key(keyring, account) for account in centres}


def form_of(*subjects: SubjectKey, received_at, key: str | None = None) -> ObjectionForm:
    return ObjectionForm(subjects=subjects, purpose=PURPOSE, received_at=received_at, idempotency_key=key)


def login(subject: SubjectKey, received_at) -> WithdrawalForm:
    return WithdrawalForm(subject=subject, authenticated_by=Authentication.LOGIN, received_at=received_at)


def linking(keyring, subject: SubjectKey, centre: str, event: LinkEvent = LinkEvent.LINKED) -> AccountLink:
    return AccountLink(subject=subject, centre=group_key(keyring, centre), event=event)


def kinds(register) -> list[str]:
    return [kind for (kind,) in register.database.connect_writer().execute("SELECT kind FROM leaf ORDER BY idx")]


def test_a_receipt_is_verified_offline_with_the_public_keys_alone(register, people, keyring, tmp_path, at):
    receipt = file_objection(register, form_of(people["ada"], received_at=at), at=at)
    write_public_keys(tmp_path / "public.json", keyring)
    public = parse_public_keys((tmp_path / "public.json").read_bytes())
    opened = verify_receipt(receipt.text, public.log)
    proof_keys = [proof_key(keyring, subject) for subject in receipt.subjects]
    assert opened.opening.proof_keys == tuple(proof_keys)
    assert decode_json(opened.opening.record) == {
        "v": 1,
        "purpose": "train_generative_models",
        "received_at": "2025-05-27T06:00:00.000000Z",
        "subjects": [{"proof_key_commitment": encode_base64(proof_key_commitment(key))} for key in proof_keys],
    }
    assert (opened.index, opened.checkpoint.size, receipt.index, receipt.received_at) == (0, 1, 0, at)


def test_an_instant_is_written_in_one_form_whatever_its_zone_and_its_microseconds(register, keyring, at):
    written = {}
    for microseconds in (0, 1, 120_000):
        for zone in (UTC, timezone(timedelta(hours=2))):
            received_at = (at + timedelta(microseconds=microseconds)).astimezone(zone)
            person = subject_key(keyring, f"{microseconds} {zone}")
            receipt = receive_objection(register, form_of(person, received_at=received_at), at=at + DAY)
            opened = verify_receipt(receipt.text, keyring.trusted_keys().log)
            written.setdefault(microseconds, set()).add(decode_json(opened.opening.record)["received_at"])
    assert written == {number: {f"2025-05-27T06:00:00.{number:06d}Z"} for number in (0, 1, 120_000)}


def test_an_objection_covers_every_linked_account(register, people, at):
    receipt = file_objection(register, form_of(people["ada"], received_at=at), at=at)
    assert set(receipt.subjects) == {people["ada"], people["bo"]}


def test_the_log_tells_the_day_and_nothing_else(register, people, at):
    file_objection(register, form_of(people["ada"], received_at=at), at=at)
    (data,) = register.database.connect_writer().execute("SELECT data FROM leaf").fetchone()
    leaf = parse_leaf(data)
    assert (leaf.kind, leaf.day, len(leaf.commitment)) == (RecordKind.OBJECTION, at.date(), 32)


def test_objecting_twice_returns_the_first_receipt_byte_for_byte(register, people, url, keyring, log_folder, at):
    first = file_objection(register, form_of(people["ada"], received_at=at), at=at)
    for number in range(300):
        register.append_document(RecordKind.CORPUS, number.to_bytes(32, "big"), at=at)
    again = form_of(people["ada"], received_at=at + DAY)
    assert file_objection(register, again, at=at + DAY) == first
    register.close()
    with open_register(url, keyring=keyring, log_folder=log_folder) as reopened:
        assert file_objection(reopened, again, at=at + 2 * DAY) == first
        assert read_head(reopened).size == 301


def test_equal_requests_at_one_time_are_one_objection(register, people, at):
    form = form_of(people["ada"], received_at=at)
    with ThreadPoolExecutor(max_workers=16) as threads:
        receipts = set(threads.map(lambda _: file_objection(register, form, at=at), range(64)))
    assert (len(receipts), read_head(register).size) == (1, 1)


def test_a_key_that_a_client_chose_answers_for_ever(register, people, at):
    first = file_objection(register, form_of(people["ada"], received_at=at, key="request-1"), at=at)
    withdraw(register, login(people["ada"], at + DAY), at=at + DAY)
    repeated = file_objection(register, form_of(people["ada"], received_at=at, key="request-1"), at=at + 2 * DAY)
    anew = file_objection(register, form_of(people["ada"], received_at=at + 2 * DAY, key="request-2"), at=at + 2 * DAY)
    assert (repeated, anew.index) == (first, 2)


def test_one_key_for_two_people_loses_neither(register, people, at):
    receipts = [
        file_objection(register, form_of(people[account], received_at=at, key="same"), at=at)
        for account in ("ada", "cy")
    ]
    assert [receipt.index for receipt in receipts] == [0, 1]


def test_another_key_for_the_same_objection_is_answered_with_the_first_receipt(register, people, at):
    receipts = {
        file_objection(register, form_of(people["ada"], received_at=at, key=key), at=at).text
        for key in (None, "1", "2")
    }
    assert (len(receipts), read_head(register).size) == (1, 1)


def test_an_objection_is_never_dated_in_the_future(register, people, at):
    early = file_objection(register, form_of(people["ada"], received_at=at - DAY), at=at)
    late = file_objection(register, form_of(people["cy"], received_at=at + DAY), at=at)
    assert (early.received_at, late.received_at) == (at - DAY, at)


def test_an_objection_after_a_withdrawal_is_a_new_one_that_counts(register, people, at):
    file_objection(register, form_of(people["cy"], received_at=at), at=at)
    withdraw(register, login(people["cy"], at + DAY), at=at + DAY)
    ended = subject_status(register, people["cy"], at=at + DAY)
    # The clock was set back: the log's order must count nonetheless.
    file_objection(register, form_of(people["cy"], received_at=at - DAY), at=at - DAY)
    objected = subject_status(register, people["cy"], at=at + 2 * DAY)
    assert (ended.basis, objected.basis, objected.covered_since) == (None, "own", at + DAY)
    assert kinds(register) == ["objection", "withdrawal", "objection"]


def test_a_withdrawal_frees_the_named_account_alone(register, people, at):
    file_objection(register, form_of(people["ada"], received_at=at), at=at)
    withdraw(register, login(people["bo"], at + DAY), at=at + DAY)
    assert subject_status(register, people["bo"], at=at + DAY).basis is None
    assert subject_status(register, people["ada"], at=at + DAY) == SubjectStatus(
        is_known=True,
        basis="own",
        scope="all",
        covered_since=at,
        objections=(LoggedEvent(index=0, received_at=at),),
        withdrawals=(),
        linked_accounts=1,
    )


def test_a_withdrawal_counts_though_the_clock_was_set_back(register, people, at):
    file_objection(register, form_of(people["cy"], received_at=at), at=at)
    receipt = withdraw(register, login(people["cy"], at - DAY), at=at - DAY)
    assert receipt.received_at == at + timedelta(microseconds=1)
    assert subject_status(register, people["cy"], at=at + DAY).basis is None


def test_withdrawing_twice_returns_the_first_receipt(register, people, at):
    file_objection(register, form_of(people["cy"], received_at=at), at=at)
    receipts = [withdraw(register, login(people["cy"], at + later * DAY), at=at + later * DAY) for later in (1, 2)]
    assert receipts[0] == receipts[1]


@pytest.mark.parametrize("way", [way for way in Authentication if way is not Authentication.LOGIN])
def test_only_a_login_withdraws(register, people, at, way):
    file_objection(register, form_of(people["cy"], received_at=at), at=at)
    form = dataclasses.replace(login(people["cy"], at), authenticated_by=way)
    with pytest.raises(WithdrawalRefusedError, match=f"a withdrawal needs a login, this one came by {way}"):
        withdraw(register, form, at=at)
    assert kinds(register) == ["objection"]


def test_without_an_objection_there_is_nothing_to_withdraw(register, people, at):
    with pytest.raises(NothingToWithdrawError):
        withdraw(register, login(people["cy"], at), at=at)
    assert kinds(register) == []


def test_an_unknown_account_is_told_to_the_operator_and_accepted_from_the_public(register, people, keyring, at):
    unknown = subject_key(keyring, "nobody")
    with pytest.raises(UnknownAccountError, match="1 of 2 accounts not found in the register") as raised:
        file_objection(register, form_of(people["cy"], unknown, received_at=at), at=at)
    with pytest.raises(UnknownAccountError):
        withdraw(register, login(unknown, at), at=at)
    assert ("nobody" in str(raised.value), kinds(register)) == (False, [])
    assert receive_objection(register, form_of(unknown, received_at=at), at=at).subjects == (unknown,)


def test_a_form_without_an_account_is_refused(register, at):
    with pytest.raises(NoSubjectError):
        receive_objection(register, form_of(received_at=at), at=at)


def test_linking_an_account_to_one_that_objects_is_logged_and_spreads(register, people, keyring, at):
    file_objection(register, form_of(people["ada"], received_at=at), at=at)
    link = linking(keyring, people["cy"], "north")
    assert record_links(register, [link, link], at=at + DAY) == LinkSummary(recorded=1, unchanged=1)
    status = subject_status(register, people["cy"], at=at + DAY)
    assert (status.basis, status.linked_accounts, kinds(register)) == ("linked", 2, ["objection", "relink"])
    with register.reading() as connection:
        _, relink = read_openings(connection, keyring)
    assert (decode_json(relink.record)["linked_at"], len(relink.covered)) == ("2025-05-28T06:00:00.000000Z", 3)


def test_leaving_a_centre_undoes_nothing(register, people, keyring, at):
    file_objection(register, form_of(people["ada"], received_at=at), at=at)
    record_links(register, [linking(keyring, people["bo"], "north", LinkEvent.UNLINKED)], at=at + DAY)
    assert subject_status(register, people["bo"], at=at + DAY).basis == "linked"


def test_linking_accounts_of_which_none_objects_is_not_logged(register, people, keyring, at):
    file_objection(register, form_of(people["ada"], received_at=at), at=at)
    record_links(register, [linking(keyring, people["cy"], "south")], at=at + DAY)
    assert kinds(register) == ["objection"]


def test_a_document_is_logged_once_and_proven_without_an_opening(register, keyring, at):
    proofs = [register.append_document(RecordKind.CORPUS, bytes(32), at=at + day * DAY) for day in (0, 1)]
    other = register.append_document(RecordKind.TRAINING, bytes(32), at=at)
    (data,) = register.database.connect_writer().execute("SELECT data FROM leaf WHERE idx = 0").fetchone()
    proof = parse_tlog_proof(proofs[0].encode())
    assert verify_entry(proof, data, keyring.log_signer.verifier).size == 1
    assert (proofs[0], proof.extra, other.index) == (proofs[1], None, 1)
