"""Whatever happened in whatever order, a snapshot says what a plain replay of the history says."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.exchange.columns import Facts
from demur.exchange.snapshot import read_snapshot
from demur.kernel.words import LinkEvent, Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import group_key, subject_key
from demur.register.accounts import import_accounts
from demur.register.errors import NothingToWithdrawError
from demur.register.intake import Authentication, ObjectionForm, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.queries import read_head
from demur.register.snapshot import read_facts, take_snapshot
from demur.register.store import Register, open_register

BEGIN = datetime(2025, 4, 1, tzinfo=UTC)
ACCOUNTS = ("ada", "bo", "cy")
CENTRES = ("north", "south")
TICK = timedelta(microseconds=1)
Said = tuple[str | None, str | None, str | None]

accounts = st.sampled_from(ACCOUNTS)
centres = st.sampled_from(CENTRES)
facts = st.tuples(
    st.sampled_from([None, "1990", "1990-02", "2012-02-29"]),
    st.sampled_from([None, "FR"]),
    st.sampled_from(["active", "deleted"]),
)
objecting = st.tuples(st.just("object"), st.sets(accounts, min_size=1, max_size=2))
withdrawing = st.tuples(st.just("withdraw"), accounts)
linking = st.tuples(st.just("link"), accounts, centres, st.sampled_from([*LinkEvent, LinkEvent.LINKED]))
steps = st.one_of(
    objecting,
    withdrawing,
    linking,
    objecting,
    withdrawing,
    linking,
    st.tuples(st.just("import"), accounts, st.none() | centres, facts),
    st.tuples(
        st.just("notice"), accounts, st.sampled_from(["sent", "delivered", "shown"]), st.booleans(), st.integers(-5, 5)
    ),
)
# Clocks are sometimes set back; the log's order counts nonetheless.
histories = st.lists(st.tuples(st.integers(-2, 2), steps), min_size=5, max_size=16)


@dataclass
class Replay:
    """The register in plain Python: lists of what happened, and loops over them."""

    facts: list[tuple[str, datetime, Said]] = field(default_factory=list)
    links: list[tuple[str, str, LinkEvent, datetime]] = field(default_factory=list)
    objections: list[tuple[str, datetime]] = field(default_factory=list)
    withdrawals: list[tuple[str, datetime]] = field(default_factory=list)
    notices: list[tuple[str, str, bool, datetime]] = field(default_factory=list)
    objected: set[tuple[tuple[str, ...], tuple[int, ...]]] = field(default_factory=set)
    withdrawn: set[tuple[str, int, int]] = field(default_factory=set)

    def import_account(self, account: str, centre: str | None, said: Said, at: datetime) -> None:
        self.facts.append((account, at, said))
        for other in CENTRES:
            if other != centre and self.is_linked(account, other, at):
                self.links.append((account, other, LinkEvent.UNLINKED, at))
        if centre is not None and not self.is_linked(account, centre, at):
            self.links.append((account, centre, LinkEvent.LINKED, at))

    def link(self, account: str, centre: str, event: LinkEvent, at: datetime) -> None:
        if self.is_linked(account, centre, at) != (event is LinkEvent.LINKED):
            self.links.append((account, centre, event, at))

    def is_linked(self, account: str, centre: str, at: datetime) -> bool:
        events = [
            (when, n, event)
            for n, (who, where, event, when) in enumerate(self.links)
            if (who, where) == (account, centre)
        ]
        return (
            max((found for found in events if found[0] <= at), default=(at, 0, LinkEvent.UNLINKED))[2]
            is LinkEvent.LINKED
        )

    def object(self, named: set[str], at: datetime) -> None:
        who = tuple(sorted(named))
        state = (who, tuple(sum(w == account for w, _ in self.withdrawals) for account in who))
        if state not in self.objected:
            self.objected.add(state)
            ended = [when for account, when in self.withdrawals if account in named]
            self.objections += [(account, max([at, *ended])) for account in who]

    def withdraw(self, account: str, at: datetime) -> bool:
        members = self.component(account)
        made = [when for who, when in self.objections if who in members]
        joined = [when for who, _, event, when in self.links if who in members and event is LinkEvent.LINKED]
        state = (
            account,
            sum(who in members for who, _ in self.objections),
            len(joined),
        )
        if made and state not in self.withdrawn:
            self.withdrawn.add(state)
            self.withdrawals.append((account, max(at, max([*made, *joined]) + TICK)))
        return bool(made)

    def component(self, account: str) -> set[str]:
        found = {account}
        while True:
            shared = {where for who, where, _, _ in self.links if who in found}
            grown = found | {who for who, where, _, _ in self.links if where in shared}
            if grown == found:
                return found
            found = grown

    def facts_at(self, account: str, at: datetime) -> Said | None:
        said = [(when, n, fact) for n, (who, when, fact) in enumerate(self.facts) if who == account and when <= at]
        return max(said, key=lambda found: found[:2])[2] if said else None

    def coverage_at(self, account: str, at: datetime) -> tuple[str, datetime] | None:
        ended = sorted(when for who, when in self.withdrawals if who == account and when <= at)
        own = [when for who, when in self.objections if who == account and not any(end > when for end in ended)]
        if own:
            return "own", min(own)
        reached = []
        members = self.component(account)
        grown = max(
            (when for who, _, event, when in self.links if who in members and event is LinkEvent.LINKED), default=None
        )
        for maker, made in self.objections:
            if maker not in members - {account}:
                continue
            ends = [when for who, when in self.withdrawals if who == maker and made < when <= at]
            if ends and max(self.first_link(account), self.first_link(maker)) > min(ends):
                continue
            if not ended or made >= ended[-1]:
                reached.append(made)
            elif not ends and grown is not None and grown >= ended[-1]:
                reached.append(grown)
        return ("linked", min(reached)) if reached else None

    def first_link(self, account: str) -> datetime:
        return min(when for who, _, _, when in self.links if who == account)

    def notices_at(self, account: str, at: datetime) -> dict[bool, datetime]:
        proven: dict[bool, datetime] = {}
        for who, event, states_right, when in self.notices:
            if who == account and event in {"delivered", "shown"} and when <= at:
                proven[states_right] = min(when, proven.get(states_right, when))
        return proven


LATEST_BIRTH = {None: None, "1990": date(1990, 12, 31), "1990-02": date(1990, 2, 28), "2012-02-29": date(2012, 2, 29)}


def live(register: Register, replay: Replay, step: tuple, at: datetime) -> None:
    keyring = register.keyring
    match step:
        case ("import", account, centre, said):
            row = {"account": account, "centre": centre, "birth_date": said[0], "country": said[1], "language": "fr"}
            frame = pl.DataFrame(
                [{**row, "visibility": "public", "state": said[2]}], schema_overrides=dict.fromkeys(row, pl.String)
            )
            import_accounts(register, frame, at=at)
            replay.import_account(account, centre, said, at)
        case ("link", account, centre, event):
            named = AccountLink(subject=subject_key(keyring, account), centre=group_key(keyring, centre), event=event)
            record_links(register, [named], at=at)
            replay.link(account, centre, event, at)
        case ("object", named):
            subjects = tuple(subject_key(keyring, account) for account in named)
            form = ObjectionForm(subjects=subjects, purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
            receive_objection(register, form, at=at)
            replay.object(named, at)
        case ("notice", account, event, states_right, later):
            when = at + timedelta(hours=later)
            row = {"account": account, "version": "2025-04", "channel": "email", "language": "fr", "event": event}
            import_notices(register, pl.DataFrame([{**row, "at": when, "states_right": states_right}]))
            replay.notices.append((account, event, states_right, when))
        case ("withdraw", account):
            import_if_unknown(register, replay, account, at)
            form = WithdrawalForm(
                subject=subject_key(keyring, account), authenticated_by=Authentication.LOGIN, received_at=at
            )
            if replay.withdraw(account, at):
                withdraw(register, form, at=at)
            else:
                with pytest.raises(NothingToWithdrawError):
                    withdraw(register, form, at=at)


def import_if_unknown(register: Register, replay: Replay, account: str, at: datetime) -> None:
    if not any(who == account for who, _, _ in replay.facts):
        live(register, replay, ("import", account, None, (None, None, "active")), at)


def expected_tables(replay: Replay, keyring: Keyring, at: datetime) -> dict[str, list[tuple]]:
    tables: dict[str, list[tuple]] = {"subjects": [], "notices": [], "objections": []}
    for account in ACCOUNTS:
        key = subject_key(keyring, account)
        said = replay.facts_at(account, at)
        if said is not None:
            tables["subjects"].append((key, LATEST_BIRTH[said[0]], said[1], "fr", "public", said[2]))
        covered = replay.coverage_at(account, at)
        if covered is not None:
            tables["objections"].append((key, covered[0], "train_generative_models", covered[1]))
        for states_right, when in replay.notices_at(account, at).items():
            tables["notices"].append((key, "2025-04", "email", "fr", states_right, when))
    return {name: sorted(rows, key=lambda row: (row[0], row[-2] is True)) for name, rows in tables.items()}


def tables_of(facts: Facts) -> dict[str, list[tuple]]:
    return {name: getattr(facts, name).rows() for name in ("subjects", "notices", "objections")}


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> tuple[Keyring, Path]:
    folder = tmp_path_factory.mktemp("template")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"law")
    open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log").close()
    return keyring, folder / "register.db"


@given(history=histories, later=st.integers(-3, 3))
@settings(max_examples=25)
def test_a_snapshot_equals_the_replay_of_the_history(template, history, later):
    keyring, database = template
    replay, at = Replay(), BEGIN
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(database, folder / "register.db")
        with open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log") as register:
            for hours, step in history:
                at += timedelta(hours=hours)
                live(register, replay, step, at)
                with register.reading() as connection:
                    facts, _ = read_facts(connection, at=at)
                assert tables_of(facts) == expected_tables(replay, keyring, at)
            as_of = at + timedelta(hours=later)
            size = read_head(register).size
            take_snapshot(register, folder / "snapshot", at=as_of)
        snapshot, facts = read_snapshot(folder / "snapshot", keyring.document_signer.verifier)
    assert tables_of(facts) == expected_tables(replay, keyring, as_of)
    assert (snapshot.log_size, facts.as_of) == (size, as_of)
