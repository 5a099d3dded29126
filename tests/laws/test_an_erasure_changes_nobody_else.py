"""Whatever people did, and do afterwards: an erasure lets nobody in, changes nobody else, and leaves nothing to test.

Two registers live through the same days, and one of them erases people on the way. To everybody else both say the same
at the end, and whoever was out when they were erased is out. From the rows and the keys that are left nobody can tell
which entries of the log were theirs. A copy from before the erasure, brought up to the log, erases them again.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.kernel.words import LinkEvent, ObjectionScope, Purpose, RecordKind
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import SubjectKey, group_key, item_key, subject_key
from demur.ledger.leaves import parse_leaf
from demur.policy.erased import resolve_erased
from demur.register.accounts import import_accounts
from demur.register.backup import back_up
from demur.register.batch import idempotency_key
from demur.register.erasing import erase
from demur.register.errors import NothingToWithdrawError, UnknownAccountError
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.recovery import plan_recovery, recover
from demur.register.restoring import put_back
from demur.register.sealing import read_openings
from demur.register.snapshot import read_facts
from demur.register.store import Register, open_register

BEGIN = datetime(2025, 4, 1, tzinfo=UTC)
ACCOUNTS = ("ada", "bo", "cy", "di")
PURPOSE = Purpose.TRAIN_GENERATIVE_MODELS
COLUMNS = ("account", "centre", "birth_date", "country", "language", "visibility", "state")

accounts = st.sampled_from(ACCOUNTS)
objecting = st.tuples(
    st.just("object"),
    st.sets(accounts, min_size=1, max_size=2),
    st.sampled_from(ObjectionScope),
    st.sets(st.sampled_from(["post", "photo"]), max_size=1),
)
withdrawing = st.tuples(st.just("withdraw"), accounts)
linking = st.tuples(st.just("link"), accounts, st.sampled_from(["north", "south"]), st.sampled_from(LinkEvent))
steps = st.lists(st.one_of(objecting, linking, withdrawing), max_size=7)


@dataclass
class World:
    """A register in a folder, of which some people may have been erased, and the hour of the next step."""

    folder: Path
    keyring: Keyring
    at: datetime = BEGIN
    erased: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/register.db"

    def open(self) -> Register:
        return open_register(self.url, keyring=self.keyring, log_folder=self.folder / "log")

    def key(self, account: str) -> SubjectKey:
        return subject_key(self.keyring, account)

    def live(self, register: Register, lived: list[tuple]) -> None:
        for step in lived:
            self.at += timedelta(hours=1)
            self.take(register, step)

    def take(self, register: Register, step: tuple) -> None:
        match step:
            case ("object", named, scope, items):
                form = ObjectionForm(
                    subjects=tuple(self.key(account) for account in sorted(named)),
                    purpose=PURPOSE,
                    received_at=self.at,
                    scope=scope,
                    targets=tuple(item_key(self.keyring, item) for item in items),
                )
                receive_objection(register, form, at=self.at)
            case ("withdraw", account):
                form = WithdrawalForm(
                    subject=self.key(account), authenticated_by=Authentication.LOGIN, received_at=self.at
                )
                try:
                    withdraw(register, form, at=self.at)
                except (NothingToWithdrawError, UnknownAccountError):
                    return
            case ("link", account, centre, event):
                shared = group_key(self.keyring, centre)
                record_links(register, [AccountLink(subject=self.key(account), centre=shared, event=event)], at=self.at)

    def forget(self, register: Register, named: set[str]) -> None:
        erase(register, [self.key(account) for account in sorted(named)], at=self.at)
        self.erased |= named

    def covered(self, register: Register) -> dict[str, set[tuple[str, str]]]:
        """Return by whom, and for what, each account is covered, as a builder finds who meets everybody's content."""
        with register.reading() as connection:
            facts = read_facts(connection, at=self.at + timedelta(days=1))[0]
        keys = {self.key(account): account for account in ACCOUNTS}
        found = resolve_erased(facts, self.keyring, pl.Series(list(keys), dtype=pl.Binary)).objections
        bases: dict[str, set[tuple[str, str]]] = {account: set() for account in ACCOUNTS}
        for subject, basis, scope in found.select("subject_key", "basis", "scope").iter_rows():
            bases[keys[subject]].add((basis, scope))
        return bases

    def targets(self, register: Register) -> set[bytes]:
        with register.reading() as connection:
            return set(read_facts(connection, at=self.at)[0].targets["target_key"])


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> tuple[Keyring, Path]:
    folder = tmp_path_factory.mktemp("template")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"law")
    rows = [{"account": account, "country": "FR", "state": "active"} for account in ACCOUNTS]
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        import_accounts(register, pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)), at=BEGIN)
    return keyring, folder / "register.db"


def make_world(template: tuple[Keyring, Path], name: str) -> World:
    keyring, database = template
    folder = Path(name)
    folder.mkdir(exist_ok=True)
    shutil.copy(database, folder / "register.db")
    return World(folder=folder, keyring=keyring)


def strongest(covered: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out what changes no decision: photos where everything is covered for as strong a reason."""
    order = ["own", "linked", "same_person"]
    return {
        (basis, scope)
        for basis, scope in covered
        if not any(
            (order.index(other) < order.index(basis) and kind in {scope, "all"})
            or (other == basis and kind == "all" and scope != "all")
            for other, kind in covered
        )
    }


@given(first=steps, named=st.sets(accounts, min_size=1, max_size=3), second=steps)
@settings(max_examples=12)
def test_nobody_comes_in_and_nobody_else_is_changed(template, first, named, second):
    # What the erased do later is theirs alone: an account that begins anew is not who it was.
    second = [step for step in second if not named & (step[1] if isinstance(step[1], set) else {step[1]})]
    with tempfile.TemporaryDirectory() as name:
        plain, erasing = make_world(template, f"{name}/plain"), make_world(template, f"{name}/erasing")
        with plain.open() as one, erasing.open() as other:
            for world, register in ((plain, one), (erasing, other)):
                world.live(register, first)
            erasing.forget(other, named)
            assert {who: strongest(by) for who, by in erasing.covered(other).items()} == {
                who: strongest(by) for who, by in plain.covered(one).items()
            }
            for world, register in ((plain, one), (erasing, other)):
                world.live(register, second)
            before, after = plain.covered(one), erasing.covered(other)
            assert {who: strongest(after[who]) for who in ACCOUNTS if who not in named} == {
                who: strongest(before[who]) for who in ACCOUNTS if who not in named
            }
            assert plain.targets(one) == erasing.targets(other)
            check_nothing_ties(erasing, other)


def check_nothing_ties(world: World, register: Register) -> None:
    """Try every key that whoever has rows and keyring can compute of the erased, and look for their subject keys."""
    subjects = [world.key(account) for account in sorted(world.erased)]
    with register.reading() as connection:
        run = connection.exec_driver_sql
        leaves = run("SELECT idx, kind, key, data FROM leaf").fetchall()
        links = [0, *(row for (row,) in run("SELECT id FROM account_link"))]
        opened = [(row.index, row.covered) for row in read_openings(connection, register.keyring)]
        rows = {
            table: run(f"SELECT * FROM {table}").fetchall()
            for table in ("account_fact", "account_link", "objection", "withdrawal", "placeholder", "suppression")
        }
    kept = {bytes(key) for _, _, key, _ in leaves}
    tried = {
        *(
            idempotency_key("objection", PURPOSE, *part, *kind)
            for who in subjects
            for count in range(8)
            for part in ([who, f"{count}"],)
            for kind in ([], ["photos"])
        ),
        *(
            idempotency_key("withdrawal", PURPOSE, who, index, row)
            for who in subjects
            for index in range(-1, len(leaves))
            for row in links
        ),
    }
    assert kept & tried == set()
    assert [index for index, covered in opened if set(covered) & set(subjects)] == []
    held = {value for table in rows.values() for row in table for value in row if isinstance(value, bytes)}
    assert held & set(subjects) == set()
    # What is erased is said once for each entry, by entries that name nobody.
    said = [parse_leaf(bytes(data)) for _, kind, _, data in leaves if kind == RecordKind.ERASURE]
    assert all(leaf.kind is RecordKind.ERASURE for leaf in said)


@given(first=steps, named=st.sets(accounts, min_size=1, max_size=2))
@settings(max_examples=8)
def test_a_copy_from_before_is_erased_again(template, first, named):
    with tempfile.TemporaryDirectory() as name:
        world = make_world(template, name)
        with world.open() as register:
            world.live(register, first)
            back_up(world.url, world.folder / "backup", keyring=world.keyring, at=world.at)
            lost = world.covered(register)
            world.forget(register, named)
            entries = [index for (index,) in _erased(register)]
        for path in world.folder.glob("register.db*"):
            path.unlink()
        verifier = world.keyring.document_signer.verifier
        put_back(world.folder / "backup", url=world.url, verifier=verifier, at=world.at, may_replace=False)
        plan = plan_recovery(world.url, keyring=world.keyring, log_folder=world.folder / "log", kept=())
        assert plan.is_open
        recover(world.url, plan, keyring=world.keyring, declaration=None, folder=world.folder, at=world.at)
        with world.open() as register:
            assert [index for (index,) in _erased(register)] == entries
            found = world.covered(register)
            assert {who: strongest(by) for who, by in found.items()} == {who: strongest(by) for who, by in lost.items()}
            # An account without entries is not in the log: that one has to be erased again.
            world.erased = {who for who in named if None not in entries}
            check_nothing_ties(world, register)


def _erased(register: Register) -> list[tuple[int | None]]:
    with register.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT erased FROM erasure ORDER BY idx")]
