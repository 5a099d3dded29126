"""The metrics of effectiveness, read by queries, equal what a few plain loops compute from the same invented events."""

import math
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.kernel.words import LinkEvent, Purpose, Tie
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import SubjectKey, group_key, subject_key
from demur.register.accounts import ACCOUNT_COLUMNS, import_accounts
from demur.register.effectiveness import count_spread, read_objected, read_people
from demur.register.intake import Authentication, WithdrawalForm, file_objection, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.schema import instant_of
from demur.register.store import open_register

BEGIN = datetime(2025, 1, 31, 12, tzinfo=UTC)
NOW = BEGIN + timedelta(days=60)
ACCOUNTS = ("ada", "bo", "cy", "di", "ed")
PURPOSE = Purpose.TRAIN_GENERATIVE_MODELS

waits = st.sampled_from([timedelta(0), timedelta(seconds=59), timedelta(minutes=2), timedelta(hours=30)])
delays = st.sampled_from([timedelta(0), timedelta(minutes=5), timedelta(hours=25), timedelta(days=29)])


@dataclass(frozen=True)
class Made:
    """One objection: who, or nobody who points at a page; when it came, was entered, honoured and confirmed."""

    account: str | None
    delay: timedelta
    honoured: timedelta | None
    confirmed: timedelta | None
    must_confirm: bool


made = st.builds(
    Made,
    account=st.none() | st.sampled_from(ACCOUNTS),
    delay=delays,
    honoured=st.none() | waits,
    confirmed=st.none() | waits,
    must_confirm=st.booleans(),
)
worlds = st.lists(made, max_size=6, unique_by=lambda one: (one.account, one.account is None and id(one)))
ties = st.lists(
    st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(["north", "south"]), st.sampled_from(Tie)), max_size=5
)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory) -> Keyring:
    return create_keyring(tmp_path_factory.mktemp("keys") / "keys.json", platform="agora.example", seed=b"metrics")


@pytest.fixture(scope="module")
def empty(tmp_path_factory, keyring) -> Path:
    """Return the folder of a register that knows all accounts and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    rows = [(account, *[None] * (len(ACCOUNT_COLUMNS) - 1)) for account in ACCOUNTS]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(ACCOUNT_COLUMNS, pl.String), orient="row")
    with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log") as register:
        import_accounts(register, frame, at=BEGIN)
    return folder


def play(register, keyring, world):
    """Let a world happen; return its objections by the entry that each got."""
    entries = {}
    writer = register.database.connect_writer()
    for hour, one in enumerate(world):
        at = BEGIN + timedelta(hours=hour)
        key = () if one.account is None else (subject_key(keyring, one.account),)
        pointed = () if key else (SubjectKey(hour.to_bytes(16, "big")),)
        form = ObjectionForm(subjects=key, purpose=PURPOSE, received_at=at - one.delay, targets=pointed)
        entry = (file_objection if key else receive_objection)(register, form, at=at).index
        entries[entry] = (one, at)
        done = one.honoured is not None and instant_of(at + one.honoured)
        writer.execute("UPDATE effect SET done_at = ? WHERE kind = 'apply' AND ref = ?", (done or None, entry))
        if one.must_confirm:
            told = one.confirmed is not None and instant_of(at + one.confirmed)
            row = (entry, instant_of(at), instant_of(at), told or None)
            writer.execute(
                "INSERT INTO effect (kind, ref, asked_at, due_at, attempts, done_at) "
                "VALUES ('confirmation', ?, ?, ?, 0, ?)",
                row,
            )
    writer.close()
    return entries


def rank(values, percent):
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1] if values else None


def times(met, since):
    done = [one.honoured + since(one) for one, _ in met if one.honoured is not None]
    open_for = [NOW - at + since(one) for one, at in met if one.honoured is None]
    return len(done), len(open_for), rank(done, 50), rank(done, 99), max([*done, *open_for], default=None)


def last_day(received: datetime) -> datetime:
    """Return the first instant after the month of GDPR Art. 12(3), by trying the days of the next one."""
    year, month = (received.year, received.month + 1) if received.month < 12 else (received.year + 1, 1)
    day = received.day
    while True:
        try:
            return datetime.combine(date(year, month, day), datetime.min.time(), UTC) + timedelta(days=1)
        except ValueError:
            day -= 1


@given(world=worlds, oldest=st.none() | st.integers(0, 6), undone=st.sets(st.sampled_from(ACCOUNTS)))
@settings(max_examples=10)
def test_speed_answers_ways_and_withdrawals(empty, keyring, world, oldest, undone):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(empty, folder, dirs_exist_ok=True)
        with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=Path(folder) / "log") as register:
            entries = play(register, keyring, world)
            objected = {one.account for one in world if one.account}
            for account in sorted(undone & objected):
                form = WithdrawalForm(
                    subject=subject_key(keyring, account), authenticated_by=Authentication.LOGIN, received_at=NOW
                )
                withdraw(register, form, at=NOW)
            found = read_objected(register, at=NOW, oldest_corpus=oldest)
    met = [made for entry, made in entries.items() if oldest is not None and entry >= oldest]
    for told, since in ((found.to_effect, lambda _: timedelta(0)), (found.to_tombstones, lambda one: one.delay)):
        assert (told.objections, told.waiting, told.p50, told.p99, told.longest) == times(met, since)
    answered = [(one, (one.confirmed if one.must_confirm else timedelta(0)), at) for one, at in entries.values()]
    given_ = [(one.delay + took, at + took, at - one.delay) for one, took, at in answered if took is not None]
    open_ = [at - one.delay for one, took, at in answered if took is None]
    answers = found.answers
    assert (answers.given, answers.waiting, answers.longest) == (
        len(given_),
        len(open_),
        max((took for took, _, _ in given_), default=None),
    )
    assert answers.soon == sum(took <= timedelta(days=1) for took, _, _ in given_)
    assert answers.late == sum(at >= last_day(received) for _, at, received in given_)
    assert answers.overdue == sum(last_day(received) <= NOW for received in open_)
    assert (found.paths.objections, found.paths.without_account, found.paths.recorded_late) == (
        len(world),
        sum(one.account is None for one in world),
        sum(one.delay > timedelta(days=1) for one in world),
    )
    assert (found.accounts_objected, found.accounts_withdrawn) == (len(objected), len(undone & objected))


def reachable(account, links, kinds):
    """Return every account that shares something with one, over any number of others."""
    seen = {account}
    while True:
        shared = {(tie, centre) for who, centre, tie in links if who in seen and tie in kinds}
        more = {who for who, centre, tie in links if (tie, centre) in shared} - seen
        if not more:
            return seen
        seen |= more


@given(objecting=st.sets(st.sampled_from(ACCOUNTS)), links=ties)
@settings(max_examples=10)
def test_the_accounts_that_objections_cover(empty, keyring, objecting, links):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(empty, folder, dirs_exist_ok=True)
        with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=Path(folder) / "log") as register:
            changes = [
                AccountLink(
                    subject=subject_key(keyring, who),
                    centre=group_key(keyring, f"{tie}-{centre}"),
                    event=LinkEvent.LINKED,
                    tie=tie,
                )
                for who, centre, tie in links
            ]
            record_links(register, changes, at=BEGIN)
            for account in sorted(objecting):
                form = ObjectionForm(subjects=(subject_key(keyring, account),), purpose=PURPOSE, received_at=BEGIN)
                file_objection(register, form, at=BEGIN)
            found = count_spread(read_people(register, at=NOW), makers=len(objecting))
    by_centre = {who for one in objecting for who in reachable(one, links, {Tie.CENTRE})} - objecting
    by_contact = {who for one in objecting for who in reachable(one, links, set(Tie))} - objecting - by_centre
    assert found.covered == {"own": len(objecting), "linked": len(by_centre), "same_person": len(by_contact)}
