"""A backup at any point, more history, the loss of the database: with every receipt the register is what it was.

Without the word of whoever kept the receipts, nobody whom the lost register kept out comes in; without all receipts,
the register stays closed until what is missing is declared lost.
"""

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.exchange.columns import Facts
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import group_key, item_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accounts import import_accounts
from demur.register.backup import back_up
from demur.register.batch import Outcome
from demur.register.errors import EntriesMissingError, NothingToWithdrawError, RegisterRolledBackError
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.kept_receipts import read_kept_receipts
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.queries import LogHead, read_head
from demur.register.recovery import Declaration, plan_recovery, recover
from demur.register.restoring import put_back
from demur.register.snapshot import read_facts
from demur.register.store import Register, open_register

BEGIN = datetime(2025, 4, 1, tzinfo=UTC)
ACCOUNTS = ("ada", "bo", "cy", "di")
DECLARATION = Declaration(name="Invented Officer", reason="the disk burnt")

accounts = st.sampled_from(ACCOUNTS)
objecting = st.tuples(
    st.just("object"),
    st.sets(accounts, min_size=1, max_size=2),
    st.sampled_from(ObjectionScope),
    st.sets(st.sampled_from(["post", "photo"]), max_size=1),
)
withdrawing = st.tuples(st.just("withdraw"), accounts)
linking = st.tuples(st.just("link"), accounts, st.sampled_from(["north", "south"]), st.sampled_from(LinkEvent))
before = st.lists(st.one_of(objecting, withdrawing, linking), max_size=6)
after_without_links = st.lists(st.one_of(objecting, objecting, withdrawing), min_size=1, max_size=6)
after = st.lists(st.one_of(objecting, withdrawing, linking), min_size=1, max_size=6)


@dataclass
class World:
    """A register in a folder, and the receipts that were kept of what happened in it, with what is remembered."""

    folder: Path
    keyring: Keyring
    at: datetime
    lines: dict[int, dict[str, object]]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/register.db"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def open(self) -> Register:
        return open_register(self.url, keyring=self.keyring, log_folder=self.log)

    def live(self, register: Register, steps: list[tuple]) -> None:
        for step in steps:
            self.at += timedelta(hours=1)
            self.take(register, step)

    def take(self, register: Register, step: tuple) -> None:
        purpose = Purpose.TRAIN_GENERATIVE_MODELS
        match step:
            case ("object", named, scope, items):
                form = ObjectionForm(
                    subjects=tuple(subject_key(self.keyring, account) for account in sorted(named)),
                    purpose=purpose,
                    received_at=self.at,
                    scope=scope,
                    targets=tuple(item_key(self.keyring, item) for item in items),
                )
                receipt = receive_objection(register, form, at=self.at)
                line = {"receipt": receipt.text, "accounts": sorted(named), "items": sorted(items)}
                self.lines.setdefault(receipt.index, line)
            case ("withdraw", account):
                form = WithdrawalForm(
                    subject=subject_key(self.keyring, account),
                    authenticated_by=Authentication.LOGIN,
                    received_at=self.at,
                )
                try:
                    receipt = withdraw(register, form, at=self.at)
                except NothingToWithdrawError:
                    return
                self.lines.setdefault(receipt.index, {"receipt": receipt.text, "accounts": [account]})
            case ("link", account, centre, event):
                size = read_head(register).size
                link = AccountLink(
                    subject=subject_key(self.keyring, account), centre=group_key(self.keyring, centre), event=event
                )
                record_links(register, [link], at=self.at)
                for index in range(size, read_head(register).size):
                    self.keep_relink(register, index)

    def keep_relink(self, register: Register, index: int) -> None:
        text = register.sequencer.submit(lambda _batch: Outcome(index=index)).entry().encode()
        self.lines[index] = {"receipt": text}

    def lose(self) -> None:
        for path in self.folder.glob("register.db*"):
            path.unlink()

    def restore(self, lines: list[dict[str, object]], declaration: Declaration | None = None) -> int:
        """Put the backup back, bring back what receipts open, and return how many entries are missing."""
        self.lose()
        verifier = self.keyring.document_signer.verifier
        put_back(self.folder / "backup", url=self.url, verifier=verifier, at=self.at, may_replace=False)
        path = self.folder / "kept.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        kept = read_kept_receipts([path], self.keyring)
        assert kept.unusable == ()
        plan = plan_recovery(self.url, keyring=self.keyring, log_folder=self.log, kept=kept.usable)
        recover(
            self.url, plan, keyring=self.keyring, declaration=declaration, folder=self.folder / "declared", at=self.at
        )
        return len(plan.missing)

    def facts(self, register: Register) -> Facts:
        with register.reading() as connection:
            return read_facts(connection, at=self.at + timedelta(days=1))[0]


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> tuple[Keyring, Path]:
    folder = tmp_path_factory.mktemp("template")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"law")
    rows = [{"account": account, "country": "FR", "state": "active"} for account in ACCOUNTS]
    columns = ("account", "centre", "birth_date", "country", "language", "visibility", "state")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
        import_accounts(register, frame, at=BEGIN)
    return keyring, folder / "register.db"


def make_world(template: tuple[Keyring, Path], name: str) -> World:
    keyring, database = template
    shutil.copy(database, Path(name) / "register.db")
    return World(folder=Path(name), keyring=keyring, at=BEGIN, lines={})


def play(world: World, first: list[tuple], second: list[tuple]) -> tuple[Facts, LogHead]:
    """Live, back up while the register runs, live on; return what the register knows then, and the log's head."""
    with world.open() as register:
        world.live(register, first)
        back_up(world.url, world.folder / "backup", keyring=world.keyring, at=world.at)
        world.live(register, second)
        return world.facts(register), read_head(register)


def rows_of(facts: Facts) -> dict[str, list[tuple]]:
    names = ("subjects", "notices", "objections", "targets", "hijacks", "suspensions", "undertakings")
    return {name: getattr(facts, name).rows() for name in names}


@given(first=before, second=after_without_links)
@settings(max_examples=10)
def test_with_every_receipt_and_a_word_by_whom_the_register_is_what_it_was(template, first, second):
    with tempfile.TemporaryDirectory() as name:
        world = make_world(template, name)
        lost, end = play(world, first, second)
        assert world.restore(list(world.lines.values())) == 0
        with world.open() as register:
            assert (rows_of(world.facts(register)), read_head(register)) == (rows_of(lost), end)
            # The same request still gets the receipt that it got then.
            lines = dict(world.lines)
            for step in second:
                if step[0] == "object" and step == second[-1]:
                    world.take(register, step)
            assert (world.lines, read_head(register)) == (lines, end)


@given(first=before, second=after)
@settings(max_examples=10)
def test_with_bare_receipts_nobody_comes_in_whom_the_lost_register_kept_out(template, first, second):
    with tempfile.TemporaryDirectory() as name:
        world = make_world(template, name)
        lost, end = play(world, first, second)
        bare = [{"receipt": line["receipt"], "items": line.get("items", [])} for line in world.lines.values()]
        assert world.restore(bare) == 0
        with world.open() as register:
            found = world.facts(register)
            assert read_head(register) == end
        assert covered(lost) <= covered(found)
        assert lost.targets.rows() == found.targets.rows()


@given(first=before, second=after, data=st.data())
@settings(max_examples=10)
def test_without_a_receipt_the_register_is_closed_until_the_entry_is_declared_lost(template, first, second, data):
    with tempfile.TemporaryDirectory() as name:
        world = make_world(template, name)
        size = play(world, first, second)[1].size
        fresh = [index for index in world.lines if index >= backup_size(world)]
        if not fresh:
            return
        lost = data.draw(st.sets(st.sampled_from(fresh), min_size=1))
        kept = [line for index, line in world.lines.items() if index not in lost]
        with pytest.raises(EntriesMissingError):
            world.restore(kept)
        with pytest.raises(RegisterRolledBackError):
            world.open()
        assert world.restore(kept, DECLARATION) == len(lost)
        with world.open() as register:
            assert read_head(register).size == size + 1
            entries = list(register.tiles.read_entries(0, size))
        for index, line in world.lines.items():
            opened = verify_receipt(str(line["receipt"]), world.keyring.log_signer.verifier)
            assert entries[index] == opened.opening.leaf_data()


def covered(facts: Facts) -> set[tuple[bytes, str]]:
    return set(facts.objections.filter(pl.col("covers_until").is_null()).select("subject_key", "scope").rows())


def backup_size(world: World) -> int:
    manifest = (world.folder / "backup").read_bytes().partition(b"\0")[0].decode()
    return int(json.loads(manifest.splitlines()[1])["log_size"])
