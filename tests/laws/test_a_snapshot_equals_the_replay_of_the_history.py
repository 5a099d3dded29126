"""Whatever happened in whatever order, a snapshot says what a plain replay of the history says."""

import itertools
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
from demur.kernel.words import LinkEvent, ObjectionScope, Purpose, Tie
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import contact_key, group_key, subject_key
from demur.register.accounts import import_accounts
from demur.register.errors import NothingToWithdrawError
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.notices import import_notices
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head
from demur.register.snapshot import read_facts, take_snapshot
from demur.register.store import Register, open_register

BEGIN = datetime(2025, 4, 1, tzinfo=UTC)
ACCOUNTS = ("ada", "bo", "cy")
CENTRES = ("north", "south")
CONTACTS = ("mail", "phone")
TICK = timedelta(microseconds=1)
Said = tuple[str | None, str | None, str | None, str | None]
Shared = tuple[Tie, str]
Coverage = tuple[str, datetime, datetime | None]

accounts = st.sampled_from(ACCOUNTS)
centres = st.sampled_from(CENTRES)
contacts = st.sampled_from(CONTACTS)
scopes = st.sampled_from(ObjectionScope)
facts = st.tuples(
    st.sampled_from([None, "1990", "1990-02", "2012-02-29"]),
    st.sampled_from([None, "FR"]),
    st.sampled_from(["active", "deleted"]),
    st.sampled_from([None, "p1", "p2"]),
)
objecting = st.tuples(st.just("object"), st.sets(accounts, min_size=1, max_size=2), scopes)
withdrawing = st.tuples(st.just("withdraw"), accounts)
shared = st.tuples(st.just(Tie.CENTRE), centres) | st.tuples(st.just(Tie.CONTACT), contacts)
linking = st.tuples(st.just("link"), accounts, shared, st.sampled_from([*LinkEvent, LinkEvent.LINKED]))
steps = st.one_of(
    objecting,
    withdrawing,
    linking,
    objecting,
    withdrawing,
    linking,
    st.tuples(st.just("import"), accounts, st.none() | centres, st.none() | contacts, facts),
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
    links: list[tuple[str, Shared, LinkEvent, datetime]] = field(default_factory=list)
    objections: list[tuple[str, ObjectionScope, datetime]] = field(default_factory=list)
    withdrawals: list[tuple[str, datetime]] = field(default_factory=list)
    notices: list[tuple[str, str, bool, datetime]] = field(default_factory=list)
    objected: set[tuple[ObjectionScope, tuple[tuple[str, int, int], ...]]] = field(default_factory=set)
    withdrawn: set[tuple[str, int, int]] = field(default_factory=set)

    def import_account(self, account: str, centre: str | None, contact: str | None, said: Said, at: datetime) -> None:
        self.facts.append((account, at, said))
        for tie, kept, known in ((Tie.CENTRE, centre, CENTRES), (Tie.CONTACT, contact, CONTACTS)):
            for other in known:
                if other != kept and self.is_linked(account, (tie, other), at):
                    self.links.append((account, (tie, other), LinkEvent.UNLINKED, at))
            if kept is not None and not self.is_linked(account, (tie, kept), at):
                self.links.append((account, (tie, kept), LinkEvent.LINKED, at))

    def link(self, account: str, shared: Shared, event: LinkEvent, at: datetime) -> None:
        if self.is_linked(account, shared, at) != (event is LinkEvent.LINKED):
            self.links.append((account, shared, event, at))

    def is_linked(self, account: str, shared: Shared, at: datetime) -> bool:
        events = [
            (when, n, event)
            for n, (who, where, event, when) in enumerate(self.links)
            if (who, where) == (account, shared)
        ]
        return (
            max((found for found in events if found[0] <= at), default=(at, 0, LinkEvent.UNLINKED))[2]
            is LinkEvent.LINKED
        )

    def hand_overs(self, account: str) -> list[datetime]:
        """Return when another holder became known, in the order of instants and, within one, of writing."""
        held = sorted(
            (when, n, said[3]) for n, (who, when, said) in enumerate(self.facts) if who == account and said[3]
        )
        return [later[0] for earlier, later in itertools.pairwise(held) if earlier[2] != later[2]]

    def object(self, named: set[str], scope: ObjectionScope, at: datetime) -> None:
        ended = [when for account, when in self.withdrawals if account in named]
        changed = [self.hand_overs(account)[-1] for account in named if self.hand_overs(account)]
        received_at = max([at, *ended, *changed])
        periods = tuple(
            (who, sum(w == who for w, _ in self.withdrawals), sum(c <= received_at for c in self.hand_overs(who)))
            for who in sorted(named)
        )
        if (scope, periods) not in self.objected:
            self.objected.add((scope, periods))
            self.objections += [(account, scope, received_at) for account in sorted(named)]

    def withdraw(self, account: str, at: datetime) -> bool:
        members = self.component(account)
        since = self.hand_overs(account)[-1:]
        made = [
            when
            for who, _, when in self.objections
            if who in members and not (who == account and since and when < since[0])
        ]
        joined = [when for who, _, event, when in self.links if who in members and event is LinkEvent.LINKED]
        state = (account, len(made), len(joined))
        if made and state not in self.withdrawn:
            self.withdrawn.add(state)
            self.withdrawals.append((account, max(at, max([*made, *joined]) + TICK)))
        return bool(made)

    def component(self, account: str, ties: tuple[Tie, ...] = tuple(Tie)) -> set[str]:
        found = {account}
        while True:
            shared = {where for who, where, _, _ in self.links if who in found and where[0] in ties}
            grown = found | {who for who, where, _, _ in self.links if where in shared}
            if grown == found:
                return found
            found = grown

    def facts_at(self, account: str, at: datetime) -> Said | None:
        said = [(when, n, fact) for n, (who, when, fact) in enumerate(self.facts) if who == account and when <= at]
        return max(said, key=lambda found: found[:2])[2] if said else None

    def coverage_at(self, account: str, scope: ObjectionScope, at: datetime) -> list[Coverage]:
        """Return basis, beginning and end of what covers an account, the strongest basis first."""
        ended = sorted(when for who, when in self.withdrawals if who == account and when <= at)
        own = [
            (made, min((c for c in self.hand_overs_by(account, at) if c > made), default=None))
            for who, kind, made in self.objections
            if (who, kind) == (account, scope) and not any(end > made for end in ended)
        ]
        found: list[Coverage] = []
        if own:
            ends = [end for _, end in own]
            found.append(("own", min(made for made, _ in own), None if None in ends else max(filter(None, ends))))
        for basis, ties in (("linked", (Tie.CENTRE,)), ("same_person", tuple(Tie))):
            reached = self.reached_at(account, scope, at, ties)
            if reached and all(end is not None for _, _, end in found):
                found.append((basis, min(reached), None))
        return found

    def hand_overs_by(self, account: str, at: datetime) -> list[datetime]:
        known = Replay(facts=[fact for fact in self.facts if fact[1] <= at])
        return known.hand_overs(account)

    def reached_at(self, account: str, scope: ObjectionScope, at: datetime, ties: tuple[Tie, ...]) -> list[datetime]:
        """Return from when objections of others cover an account over links of some ties."""
        ended = sorted(when for who, when in self.withdrawals if who == account and when <= at)
        members = self.component(account, ties)
        joins = [
            when
            for who, where, event, when in self.links
            if who in members and where[0] in ties and event is LinkEvent.LINKED
        ]
        reached = []
        for maker, kind, made in self.objections:
            if maker not in members - {account} or kind is not scope:
                continue
            ends = [when for who, when in self.withdrawals if who == maker and made < when <= at]
            if ends and max(self.first_link(account, ties), self.first_link(maker, ties)) > min(ends):
                continue
            if not ended or made >= ended[-1]:
                reached.append(made)
            elif not ends and joins and max(joins) >= ended[-1]:
                reached.append(max(joins))
        return reached

    def first_link(self, account: str, ties: tuple[Tie, ...]) -> datetime:
        return min(when for who, where, _, when in self.links if who == account and where[0] in ties)

    def notices_at(self, account: str, at: datetime) -> dict[bool, tuple[datetime, datetime | None]]:
        """Return for each kind of notice when it first arrived, and when it was first displayed."""
        told: dict[bool, list[tuple[str, datetime]]] = {}
        for who, event, states_right, when in self.notices:
            if who == account and event in {"delivered", "shown"} and when <= at:
                told.setdefault(states_right, []).append((event, when))
        return {
            kind: (min(when for _, when in events), min((w for e, w in events if e == "shown"), default=None))
            for kind, events in told.items()
        }


SPANS = {
    None: (None, None),
    "1990": (date(1990, 1, 1), date(1990, 12, 31)),
    "1990-02": (date(1990, 2, 1), date(1990, 2, 28)),
    "2012-02-29": (date(2012, 2, 29), date(2012, 2, 29)),
}


def live(register: Register, replay: Replay, step: tuple, at: datetime) -> None:
    keyring = register.keyring
    match step:
        case ("import", account, centre, contact, said):
            birth_date, country, state, holder = said
            row = {"account": account, "centre": centre, "contact": contact, "birth_date": birth_date, "holder": holder}
            row |= {"country": country, "language": "fr", "visibility": "public", "state": state}
            import_accounts(register, pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)), at=at)
            replay.import_account(account, centre, contact, said, at)
        case ("link", account, (tie, name), event):
            key = group_key(keyring, name) if tie is Tie.CENTRE else contact_key(keyring, name)
            named = AccountLink(subject=subject_key(keyring, account), centre=key, event=event, tie=tie)
            record_links(register, [named], at=at)
            replay.link(account, (tie, name), event, at)
        case ("object", named, scope):
            subjects = tuple(subject_key(keyring, account) for account in named)
            purpose = Purpose.TRAIN_GENERATIVE_MODELS
            form = ObjectionForm(subjects=subjects, purpose=purpose, received_at=at, scope=scope)
            receive_objection(register, form, at=at)
            replay.object(named, scope, at)
        case ("notice", account, event, states_right, later):
            when = at + timedelta(hours=later)
            row = {"account": account, "version": "2025-04", "channel": "email", "language": "fr", "event": event}
            import_notices(register, pl.DataFrame([{**row, "at": when, "states_right": states_right}]), at=at)
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
        live(register, replay, ("import", account, None, None, (None, None, "active", None)), at)


def expected_tables(replay: Replay, keyring: Keyring, at: datetime) -> dict[str, list[tuple]]:
    tables: dict[str, list[tuple]] = {"subjects": [], "notices": [], "objections": []}
    for account in ACCOUNTS:
        key = subject_key(keyring, account)
        said = replay.facts_at(account, at)
        if said is not None:
            held_since = max(replay.hand_overs_by(account, at), default=None)
            tables["subjects"].append((key, *SPANS[said[0]], said[1], "fr", "public", said[2], held_since))
        for scope in ObjectionScope:
            for basis, since, until in replay.coverage_at(account, scope, at):
                purpose = Purpose.TRAIN_GENERATIVE_MODELS.value
                tables["objections"].append((key, basis, scope.value, purpose, since, until, False))
        for states_right, (when, shown) in replay.notices_at(account, at).items():
            tables["notices"].append((key, "2025-04", "email", "fr", states_right, None, None, when, shown))
    return {name: sorted(rows, key=repr) for name, rows in tables.items()}


# Whether an age is doubtful has tests of its own.
TOLD = ("subject_key", "born_from", "born_by", "country", "language", "visibility", "state", "held_since")


def tables_of(facts: Facts) -> dict[str, list[tuple]]:
    tables = {"subjects": facts.subjects.select(TOLD), "notices": facts.notices, "objections": facts.objections}
    return {name: sorted(in_utc(table.rows()), key=repr) for name, table in tables.items()}


def in_utc(rows: list[tuple]) -> list[tuple]:
    return [tuple(v.astimezone(UTC) if isinstance(v, datetime) else v for v in row) for row in rows]


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
