"""Objections that point at items and pages, windows in which somebody else held an account, and stops."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers.postgres import dump

from demur.exchange.columns import Facts
from demur.exchange.snapshot import SNAPSHOT_TABLES, read_snapshot
from demur.kernel.words import ItemKind, Product, Purpose, RecordKind
from demur.keys.encoding import decode_json, encode_base64
from demur.keys.keyring import create_keyring
from demur.keys.subjects import item_key, page_key, subject_key, target_commitment
from demur.ledger.openings import verify_receipt
from demur.register.accounts import import_accounts
from demur.register.campaigns import import_objections, import_targets
from demur.register.errors import NoSubjectError, ScopeInvalidError, SuspensionMissingError
from demur.register.hijacks import import_hijacks
from demur.register.intake import receive_objection
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import count_register, read_head, read_position
from demur.register.snapshot import read_facts, take_snapshot
from demur.register.store import Register, open_register
from demur.register.suspensions import (
    ItemInstant,
    RunningSuspension,
    Suspension,
    Undertaking,
    lift,
    read_running,
    suspend,
    undertake_erasure,
)

DAY = timedelta(days=1)
EARLY, LATE = datetime(2025, 4, 20, 10, tzinfo=UTC), datetime(2025, 5, 1, 10, tzinfo=UTC)


def write(folder: Path, name: str, *lines: str) -> Path:
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder / name


def facts_of(register: Register, at: datetime) -> Facts:
    with register.reading() as connection:
        return read_facts(connection, at=at)[0]


# --- targets


def test_items_and_pages_that_somebody_points_at_are_in_the_snapshot(register, keyring, tmp_path, at):
    path = write(
        tmp_path,
        "targets.csv",
        "item,page,received_at,in_public_role",
        ",https://Blog.example/claire/,2025-05-01T10:00:00Z,",
        ",blog.example/claire#photo,2025-04-20T10:00:00Z,false",
        "p1,,2025-04-20T10:00:00Z,true",
        "p2,https://blog.example/p2,2025-05-01T10:00:00Z,perhaps",
        ", ,2025-05-01T10:00:00Z,",
        "p3,,2025-05-01,",
    )
    summaries = [import_targets(register, path, at=at) for _ in range(2)]
    expected = [
        (page_key(keyring, "https://blog.example/claire"), EARLY, False),
        (item_key(keyring, "p1"), EARLY, True),
        (item_key(keyring, "p2"), LATE, False),
        (page_key(keyring, "https://blog.example/p2"), LATE, False),
    ]
    assert facts_of(register, at).targets.rows() == sorted(expected)
    assert [(s.imported, s.unchanged) for s in summaries] == [(4, 0), (0, 4)]
    assert [(row.line, row.reason) for row in summaries[0].rejected] == [(6, "target_missing"), (7, "instant_invalid")]


def test_no_address_and_no_item_id_is_anywhere_in_the_database(register, tmp_path, at, url):
    path = write(tmp_path, "targets.csv", "item,page,received_at", "item-of-ada,blog.example/ada,2025-05-01T10:00:00Z")
    import_targets(register, path, at=at)
    register.close()
    stored = dump(url)
    assert (b"item-of-ada" in stored, b"blog.example" in stored, b"received_at" in stored) == (False, False, True)


def test_somebody_without_an_account_gets_a_receipt_that_names_what_they_pointed_at(register, keyring, at):
    target = page_key(keyring, "https://blog.example/claire")
    form = ObjectionForm(subjects=(), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at, targets=(target, target))
    receipts = [receive_objection(register, form, at=at + day * DAY) for day in (0, 1)]  # the same letter, twice
    opened = verify_receipt(receipts[0].text, keyring.log_signer.verifier)
    assert receipts[0] == receipts[1]
    assert (receipts[0].subjects, opened.opening.kind, opened.opening.proof_keys) == ((), RecordKind.OBJECTION, ())
    assert decode_json(opened.opening.record) == {
        "v": 1,
        "purpose": "train_generative_models",
        "received_at": "2025-05-27T06:00:00.000000Z",
        "subjects": [],
        "targets": [encode_base64(target_commitment(target))],
    }


def test_nobody_learns_from_a_receipt_that_somebody_else_pointed_there_before(register, keyring, at):
    usual = {"subjects": (), "purpose": Purpose.TRAIN_GENERATIVE_MODELS, "targets": (item_key(keyring, "p1"),)}
    receipts = [
        receive_objection(register, ObjectionForm(received_at=at + day * DAY, **usual), at=at + day * DAY)
        for day in (0, 1)
    ]
    assert [(receipt.index, receipt.received_at) for receipt in receipts] == [(0, at), (1, at + DAY)]
    assert facts_of(register, at + DAY).targets["effective_at"].to_list() == [at]


def test_an_objection_may_name_an_account_and_point_at_an_item(register, keyring, at):
    ada, item = subject_key(keyring, "ada"), item_key(keyring, "p1")
    form = ObjectionForm(
        subjects=(ada,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at, targets=(item,), in_public_role=True
    )
    receive_objection(register, form, at=at)
    facts = facts_of(register, at)
    assert (facts.targets.rows(), facts.objections["in_public_role"].to_list()) == ([(item, at, True)], [True])
    assert read_head(register).size == 1


def test_an_objection_to_nothing_is_refused(register, at):
    form = ObjectionForm(subjects=(), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    with pytest.raises(NoSubjectError, match="an objection names no account and no item or page; name at least 1"):
        receive_objection(register, form, at=at)


# --- hijacks


def test_a_window_is_closed_by_a_later_row_about_the_same_beginning(register, keyring, tmp_path, at):
    header = "account,since,until"
    opened = write(tmp_path, "1.csv", header, "ada,2025-04-20T10:00:00Z,", "bo,2025-04-20T10:00:00Z,")
    closed = write(tmp_path, "2.csv", header, "ada,2025-04-20T10:00:00Z,2025-05-01T10:00:00Z")
    summaries = [import_hijacks(register, path) for path in (opened, opened, closed, closed)]
    ada, bo = (subject_key(keyring, account) for account in ("ada", "bo"))
    assert [(s.imported, s.unchanged) for s in summaries] == [(2, 0), (0, 2), (1, 0), (0, 1)]
    assert facts_of(register, at).hijacks.rows() == sorted([(ada, EARLY, LATE), (bo, EARLY, None)])
    import_hijacks(register, opened)  # the thief is back, or the end was an error
    assert facts_of(register, at).hijacks["until"].to_list() == [None, None]


def test_a_faulty_window_is_reported_and_left_out(register, tmp_path):
    path = write(
        tmp_path,
        "hijacks.csv",
        "account,since,until",
        ",2025-04-20T10:00:00Z,",
        "ada,,2025-04-20T10:00:00Z",
        "ada,2025-04-20T10:00:00Z,soon",
        "ada,2025-04-20T10:00:00Z,2025-04-20T12:00:00+02:00",
    )
    summary = import_hijacks(register, path)
    assert [(row.line, row.reason) for row in summary.rejected] == [
        (2, "account_missing"),
        (3, "instant_invalid"),
        (4, "instant_invalid"),
        (5, "window_invalid"),
    ]
    assert summary.imported == 0


# --- stops


def test_a_suspension_holds_until_it_is_lifted_and_the_snapshot_tells_both(register, at):
    stops = Suspension(
        country="DE", product=Product.SOCIAL, kind=ItemKind.PHOTO, created_from=EARLY, created_until=LATE
    )
    numbers = [suspend(register, stops, at=at), suspend(register, Suspension(), at=at)]
    lift(register, 1, at=at + DAY)
    assert numbers == [1, 2]
    assert facts_of(register, at + DAY).suspensions.rows() == [
        (at, None, None, None, None, None, None),
        (at, at + DAY, "DE", "social", "photo", EARLY, LATE),
    ]
    assert read_running(register) == (RunningSuspension(number=2, stops=Suspension(), since=at),)


def test_suspending_and_lifting_twice_changes_nothing_and_a_relaunch_can_be_stopped_again(register, at):
    stops = Suspension(country="DE")
    numbers = [suspend(register, stops, at=at + day * DAY) for day in (0, 1)]
    for day in (2, 3):
        lift(register, 1, at=at + day * DAY)
    numbers.append(suspend(register, stops, at=at + 4 * DAY))
    assert numbers == [1, 1, 2]
    assert facts_of(register, at + 4 * DAY).suspensions.select("since", "until").rows() == [
        (at, at + 2 * DAY),
        (at + 4 * DAY, None),
    ]
    assert read_running(register) == (RunningSuspension(number=2, stops=stops, since=at + 4 * DAY),)


def test_a_suspension_is_in_force_though_the_clock_was_set_back_since(register, at):
    suspend(register, Suspension(), at=at + DAY)
    assert facts_of(register, at).suspensions["since"].to_list() == [at]


def test_what_cannot_be_suspended_or_lifted_is_refused_and_nothing_is_stored(register, at):
    with pytest.raises(ScopeInvalidError, match="the country 'de' is no code of two letters A-Z"):
        suspend(register, Suspension(country="de"), at=at)
    with pytest.raises(ScopeInvalidError, match="not later than it begins"):
        suspend(register, Suspension(created_from=EARLY, created_until=EARLY), at=at)
    with pytest.raises(ScopeInvalidError, match="not later than it begins"):
        undertake_erasure(register, Undertaking(since=LATE, until=EARLY), at=at)
    with pytest.raises(SuspensionMissingError, match="there is no suspension 1"):
        lift(register, 1, at=at)
    assert (facts_of(register, at).suspensions.height, facts_of(register, at).undertakings.height) == (0, 0)


def test_an_undertaking_is_recorded_once(register, at):
    windows = [
        Undertaking(since=EARLY, until=LATE, field=ItemInstant.COLLECTED_AT),
        Undertaking(since=EARLY, until=LATE, field=ItemInstant.COLLECTED_AT),
        Undertaking(since=EARLY),
    ]
    assert [undertake_erasure(register, window, at=at) for window in windows] == [True, False, True]
    assert facts_of(register, at).undertakings.rows() == [(None, EARLY, None), ("collected_at", EARLY, LATE)]


# --- all of it


def play(register: Register, folder: Path, at: datetime) -> list[tuple[int, ...]]:
    """Play a history that fills every table; return the position of the register after each step."""
    header = "account,centre,birth_date,country,language,visibility,state,holder,contact"
    accounts = write(folder, "a.csv", header, "ada,c,1990,FR,fr,public,active,p,m", "bo,,1991,FR,fr,public,active,q,m")
    handed = write(folder, "b.csv", header, "ada,c,1980,FR,fr,public,active,r,m")
    notices = write(
        folder,
        "n.csv",
        "account,version,channel,language,event,at,states_right",
        "ada,1,email,fr,shown,2025-04-14T08:00:00Z,true",
    )
    objections = write(folder, "o.csv", "account,received_at,scope", "ada,2025-04-20T10:00:00Z,photos")
    targets = write(folder, "t.csv", "item,page,received_at", "p1,blog.example,2025-04-20T10:00:00Z")
    hijacks = write(folder, "h.csv", "account,since,until", "bo,2025-04-20T10:00:00Z,")
    steps = (
        lambda: import_accounts(register, accounts, at=at - DAY),
        lambda: import_objections(register, objections, at=at),
        lambda: import_targets(register, targets, at=at),
        lambda: import_hijacks(register, hijacks),
        lambda: suspend(register, Suspension(country="DE"), at=at),
        lambda: undertake_erasure(register, Undertaking(since=EARLY), at=at),
        lambda: import_accounts(register, handed, at=at),
        lambda: import_notices(register, notices, at=at),
        lambda: lift(register, 1, at=at),
    )
    positions = []
    for step in steps:
        step()
        positions.append(read_position(register))
    return positions


def test_a_snapshot_is_equal_when_the_history_is_played_again(register, keyring, tmp_path, at):
    play(register, tmp_path, at)
    first = take_snapshot(register, tmp_path / "first", at=at)
    again = create_keyring(tmp_path / "again.json", platform="agora.example", seed=b"register")
    url = f"sqlite:///{tmp_path}/again.db"
    with open_register(url, keyring=again, log_folder=tmp_path / "again") as replayed:
        play(replayed, tmp_path, at)
        second = take_snapshot(replayed, tmp_path / "second", at=at)
    assert (first.tables, first.log_size) == (second.tables, second.log_size)
    two = ("objections", "subjects", "targets")
    assert first.rows == {name: 2 if name in two else 1 for name in SNAPSHOT_TABLES}
    _, facts = read_snapshot(tmp_path / "first", keyring.document_signer.verifier)
    for name in first.rows:
        frame = getattr(facts, name)
        assert frame.equals(frame.sort(frame.columns)), name


def test_the_position_moves_with_all_that_could_take_an_item_out_and_with_nothing_else(register, tmp_path, at):
    positions = play(register, tmp_path, at)
    moves = [later != earlier for earlier, later in itertools.pairwise(positions)]
    assert moves == [True] * 6 + [False, False]


def test_the_register_counts_what_it_holds(register, tmp_path, at):
    play(register, tmp_path, at)
    assert count_register(register) == {
        "accounts": 2,
        "linked_accounts": 1,
        "notice_events": 1,
        "objections": 1,
        "withdrawals": 0,
        "targets": 2,
        "hijacked_accounts": 1,
        "undertakings": 1,
    }
