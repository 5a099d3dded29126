"""A sequencer behind its socket answers as in its own process; what is no message of ours harms nobody."""

import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.cutting import cutting_once, length_of_frame
from servers.sequencers import served

from demur.kernel.words import LinkEvent, NoticeChannel, ObjectionScope, Purpose, Tie
from demur.keys.subjects import subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.batch import AskAgain, Outcome
from demur.register.errors import (
    EntryMissingError,
    NoSubjectError,
    NothingToWithdrawError,
    RegisterUnavailableError,
    UnknownAccountError,
)
from demur.register.intake import (
    Authentication,
    WithdrawalForm,
    file_objection,
    receipt_of,
    receive_objection,
    withdraw,
)
from demur.register.links import AccountLink, record_links
from demur.register.messages import LENGTH, FrameError, decode_answer, decode_request, encode_request
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm, objection_of_anybody, objection_of_known
from demur.register.queries import read_head
from demur.register.remote import open_beside
from demur.register.sockets import near

PURPOSE = Purpose.TRAIN_GENERATIVE_MODELS


@pytest.fixture
def path(tmp_path) -> Path:
    folder = tmp_path / ("a-folder-with-a-name-that-is-longer-than-the-address-of-a-socket-may-be" * 2)
    folder.mkdir()
    return folder / "sequencer.sock"


@pytest.fixture
def beside(register, url, keyring, log_folder, path):
    with (
        served(register.sequencer, path),
        open_beside(url, keyring=keyring, log_folder=log_folder, socket_path=path) as remote,
    ):
        yield remote


def form_of(register, *names, **further) -> ObjectionForm:
    subjects = tuple(subject_key(register.keyring, name) for name in names)
    return ObjectionForm(**({"subjects": subjects, "purpose": PURPOSE} | further))


def test_an_objection_over_the_socket_gets_the_receipt_that_it_would_get_beside_it(register, beside, keyring, at):
    form = form_of(register, "ada", "bo", received_at=at, scope=ObjectionScope.PHOTOS, idempotency_key="first")
    receipt = receive_objection(beside, form, at=at)
    assert verify_receipt(receipt.text, keyring.log_signer.verifier).index == receipt.index == 0
    assert receipt == receive_objection(register, form, at=at) == receipt_of(beside.sequencer.submit(AskAgain(0)))


def test_a_refusal_over_the_socket_is_the_same_error(beside, at):
    ada = subject_key(beside.keyring, "ada")
    with pytest.raises(UnknownAccountError, match="1 of 1 accounts not found") as refused:
        file_objection(beside, form_of(beside, "ada", received_at=at), at=at)
    assert refused.value.hint == "Check the account id, or import the accounts first."
    with pytest.raises(NoSubjectError):
        receive_objection(beside, form_of(beside, received_at=at), at=at)
    with pytest.raises((UnknownAccountError, NothingToWithdrawError)):
        withdraw(beside, WithdrawalForm(subject=ada, authenticated_by=Authentication.LOGIN, received_at=at), at=at)


def test_threads_share_the_batches_of_the_one_sequencer(register, beside, hold, at):
    released = hold(register)
    with ThreadPoolExecutor(16) as threads:
        forms = [form_of(beside, f"account-{number}", received_at=at) for number in range(16)]
        waiting = [threads.submit(receive_objection, beside, form, at=at) for form in forms]
        while register.sequencer.waiting() < 16:
            pass
        released.set()
        receipts = [one.result() for one in waiting]
    assert sorted(receipt.index for receipt in receipts) == list(range(16))
    assert (
        len({verify_receipt(one.text, register.keyring.log_signer.verifier).checkpoint.size for one in receipts}) == 1
    )


@pytest.mark.usefixtures("beside")
def test_only_the_owner_may_connect(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_sequencer_nothing_is_acknowledged_and_later_it_works_again(
    register, url, keyring, log_folder, path, at
):
    form = form_of(register, "ada", received_at=at)
    with open_beside(url, keyring=keyring, log_folder=log_folder, socket_path=path) as beside:
        with pytest.raises(RegisterUnavailableError, match="the sequencer does not answer"):
            receive_objection(beside, form, at=at)
        for _ in range(2):  # the second time, the socket that the first one left is replaced
            with served(register.sequencer, path):
                assert receive_objection(beside, form, at=at).index == 0
            with pytest.raises(RegisterUnavailableError):
                receive_objection(beside, form, at=at)


@pytest.mark.parametrize("key", ["of-the-caller", None])
def test_a_reply_that_was_cut_after_the_commit_is_given_again_byte_for_byte(
    register, url, keyring, log_folder, path, at, key
):
    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        with near(path) as address:
            connection.connect(address)
        return connection

    form, cut_path = form_of(register, "ada", received_at=at, idempotency_key=key), path.with_name("cut.sock")
    with served(register.sequencer, path), socket.socket(socket.AF_UNIX) as listening:
        with near(cut_path) as address:
            listening.bind(address)
        proxy = cutting_once(listening, connect, length_of_frame)
        with (
            open_beside(url, keyring=keyring, log_folder=log_folder, socket_path=cut_path) as cut,
            pytest.raises(RegisterUnavailableError, match="the sequencer does not answer"),
        ):
            receive_objection(cut, form, at=at)
        lost = receipt_of(decode_answer(proxy.reply()[LENGTH.size :]))
        with open_beside(url, keyring=keyring, log_folder=log_folder, socket_path=path) as beside:
            assert [receive_objection(beside, form, at=at) for _ in range(2)] == [lost, lost]
    assert (lost.index, read_head(register).size) == (0, 1)


def test_a_unit_of_another_kind_is_not_sent(beside):
    with pytest.raises(TypeError, match="cannot be sent"):
        beside.sequencer.submit(lambda _batch: Outcome())


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200))
@pytest.mark.usefixtures("beside")
def test_what_is_no_request_is_answered_as_such(path, content):
    with pytest.raises(FrameError):
        decode_request(content)
    with pytest.raises(FrameError):
        decode_answer(ask(path, content))


NOON = "2025-05-27T12:00:00"


@pytest.mark.parametrize(
    ("received_at", "key"),
    [
        pytest.param(NOON, None, id="no-time-zone"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="before-the-year-1"),
        pytest.param(f"{NOON}Z", b"\xa1\xff", id="no-utf-8"),
    ],
)
def test_what_would_stop_the_sequencer_is_refused_before_it(beside, path, at, received_at, key):
    asked = {"subject": bytes(16), "purpose": PURPOSE, "received_at": received_at, "at": f"{NOON}Z"}
    asked |= {"type": "withdrawal", "authenticated_by": "login", "idempotency_key": "(key)"}
    content = msgspec.msgpack.encode(asked).replace(b"\xa5(key)", key or b"\xc0")
    with pytest.raises(FrameError):
        decode_answer(ask(path, content))
    assert receive_objection(beside, form_of(beside, "ada", received_at=at), at=at).index == 0


def test_half_a_character_in_a_callers_key_stops_nobody(register, at):
    form = form_of(register, "ada", received_at=at, idempotency_key="\ud800")
    assert receive_objection(register, form, at=at) == receive_objection(register, form, at=at)
    other = form_of(register, "ada", received_at=at, idempotency_key="\udfff", scope=ObjectionScope.PHOTOS)
    assert receive_objection(register, other, at=at).index == 1


def ask(path: Path, content: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        with near(path) as address:
            connection.connect(address)
        connection.sendall(LENGTH.pack(len(content)) + content)
        (length,) = LENGTH.unpack(connection.recv(LENGTH.size, socket.MSG_WAITALL))
        return connection.recv(length, socket.MSG_WAITALL)


@pytest.mark.usefixtures("beside")
def test_a_request_that_claims_to_be_huge_is_cut_off(path):
    with socket.socket(socket.AF_UNIX) as connection:
        with near(path) as address:
            connection.connect(address)
        connection.sendall(LENGTH.pack(1 << 31))
        assert connection.recv(1) == b""


@given(
    names=st.lists(st.sampled_from(["ada", "bo"]), max_size=2, unique=True),
    days=st.integers(-5000, 5000),
    key=st.none() | st.text(max_size=20),
    scope=st.sampled_from(ObjectionScope),
    in_role=st.booleans(),
    targets=st.lists(st.binary(min_size=16, max_size=16), max_size=2),
    unit=st.sampled_from([objection_of_known, objection_of_anybody]),
)
def test_an_objection_arrives_as_it_was_sent(names, days, key, scope, in_role, targets, unit):
    at = datetime(2025, 5, 27, 6, 0, 0, 1, tzinfo=UTC)
    form = ObjectionForm(
        subjects=tuple(name.encode().ljust(16, b"\0") for name in names),
        purpose=PURPOSE,
        received_at=at - timedelta(days=days),
        idempotency_key=key,
        scope=scope,
        in_public_role=in_role,
        targets=tuple(targets),
    )
    sent = unit(form, at=at)
    assert decode_request(encode_request(sent)[LENGTH.size :]).about == sent.about


def test_requests_that_do_not_wait_for_each_other_are_answered_in_their_order(beside, path, at):
    forms = [form_of(beside, *(["ada"] * (n % 3 > 0)), received_at=at + timedelta(hours=n)) for n in range(9)]
    units = [objection_of_anybody(form, at=at) for form in forms]
    with socket.socket(socket.AF_UNIX) as connection:
        with near(path) as address:
            connection.connect(address)
        connection.sendall(b"".join(map(encode_request, units)))
        answers = [read_answer(connection) for _ in units]
    refused = [isinstance(answer, NoSubjectError) for answer in answers]
    assert refused == [n % 3 == 0 for n in range(9)]


def read_answer(connection: socket.socket):
    (length,) = LENGTH.unpack(connection.recv(LENGTH.size, socket.MSG_WAITALL))
    try:
        return decode_answer(connection.recv(length, socket.MSG_WAITALL))
    except NoSubjectError as error:
        return error


def test_what_a_feed_brings_crosses_the_socket(register, beside, at):
    accounts = pl.DataFrame({name: [None, None] for name in ACCOUNT_COLUMNS} | {"account": ["ada", "bo"]}).with_columns(
        birth_date=pl.lit("1990-03"),
        holder=pl.lit("h"),
        last_seen_at=pl.lit("2025-05-01T00:00:00Z"),
        refuses_sharing=pl.Series(["true", None]),
    )
    notices = pl.DataFrame(
        {
            "account": ["ada", None],
            "version": ["v1", "v1"],
            "channel": ["email", NoticeChannel.PUBLIC_PAGE.value],
            "language": ["de", None],
            "event": ["delivered", "published"],
            "at": ["2025-05-01T00:00:00Z"] * 2,
            "states_right": ["true", None],
        }
    )
    link = AccountLink(
        subject=subject_key(beside.keyring, "ada"), centre=bytes(16), event=LinkEvent.LINKED, tie=Tie.CONTACT
    )

    def bring(register):
        imported = [
            run(register, rows, at=at) for run, rows in ((import_accounts, accounts), (import_notices, notices))
        ]
        return [summary.imported for summary in imported] + [record_links(register, [link], at=at).recorded]

    assert (bring(beside), bring(beside), bring(register)) == ([2, 2, 1], [0, 0, 0], [0, 0, 0])


def test_an_entry_that_is_not_there_is_refused_and_harms_nobody(register, beside, at):
    with pytest.raises(EntryMissingError, match="the log has no entry 7"):
        beside.sequencer.submit(AskAgain(7))
    assert receive_objection(beside, form_of(beside, "ada", received_at=at), at=at).index == 0


def test_a_thread_that_asked_before_is_answered_by_a_sequencer_that_was_started_anew(
    register, url, keyring, log_folder, path, at
):
    with open_beside(url, keyring=keyring, log_folder=log_folder, socket_path=path) as beside:
        for _ in range(2):
            with served(register.sequencer, path):
                assert receive_objection(beside, form_of(register, "ada", received_at=at), at=at).index == 0
