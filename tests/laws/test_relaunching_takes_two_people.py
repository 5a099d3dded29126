"""Whatever people do, in whatever order and at whatever time: one stops, two go on, and nobody is ever stuck.

A model of a few lines says what may happen; the register does the same. Processing goes on only after somebody proposed
it and another person confirmed it in time, under a notice of which people were told after the stop.
"""

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.kernel.errors import InputError
from demur.kernel.words import RelaunchOutcome
from demur.keys.keyring import Keyring, create_keyring
from demur.register.notices import NOTICE_COLUMNS, import_notices
from demur.register.proposals import STANDS_FOR, decide_relaunch, list_proposals, propose_relaunch
from demur.register.store import Register, open_register
from demur.register.suspensions import Suspension, read_running, suspend

BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
PEOPLE = ("ines", "tomas", "Ines")

people = st.sampled_from(PEOPLE)
steps = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("propose"), people),
            st.tuples(st.sampled_from(list(RelaunchOutcome)), people),
            st.tuples(st.just("tell"), st.just("")),
        ),
        st.sampled_from([timedelta(minutes=1), timedelta(days=1), STANDS_FOR]),
    ),
    max_size=8,
)


@dataclass
class Model:
    """What may happen to one stop: a few lines that know nothing of the register."""

    is_told: bool = False
    is_lifted: bool = False
    open: tuple[str, datetime] | None = None
    ended: list[str] = field(default_factory=list)

    def do(self, what: str, who: str, now: datetime) -> bool:
        """Do something if it may be done; tell whether it was."""
        if what == "tell":
            self.is_told = True
            return True
        standing = self.open if self.open and now < self.open[1] else None
        if what == "propose":
            if self.is_lifted or standing or not self.is_told:
                return False
            self.open = (who, now + STANDS_FOR)
            return True
        if standing is None or (who.lower() == standing[0].lower()) != (what == RelaunchOutcome.TAKEN_BACK):
            return False
        self.is_lifted, self.open = what == RelaunchOutcome.CONFIRMED, None
        self.ended.append(what)
        return True


@pytest.fixture(scope="module")
def keyring(tmp_path_factory) -> Keyring:
    return create_keyring(tmp_path_factory.mktemp("keys") / "keys.json", platform="agora.example", seed=b"two")


def tell(register: Register, version: str, at: datetime) -> None:
    row = (None, version, "public_page", "en", "published", f"{at:%Y-%m-%dT%H:%M:%SZ}", "true")
    import_notices(register, pl.DataFrame([row], schema=dict.fromkeys(NOTICE_COLUMNS, pl.String), orient="row"), at=at)


def act(register: Register, what: str, who: str, now: datetime) -> bool:
    newest = list_proposals(register, limit=1)
    try:
        if what == "tell":
            tell(register, "2", now)
        elif what == "propose":
            propose_relaunch(register, 1, notice_version="2", by=who, at=now)
        else:
            before = newest[0].outcome if newest else None
            decide_relaunch(register, newest[0].number if newest else 1, RelaunchOutcome(what), by=who, at=now)
            return before is None  # the same decision again changes nothing
    except InputError:
        return False
    return True


@given(steps=steps)
@settings(max_examples=8)
def test_the_register_goes_on_when_two_people_say_so_in_time_and_never_else(keyring, steps):
    with tempfile.TemporaryDirectory() as folder:
        url, log = f"sqlite:///{folder}/r.db", Path(folder) / "log"
        with open_register(url, keyring=keyring, log_folder=log) as register:
            tell(register, "1", BEGIN - timedelta(days=40))
            suspend(register, Suspension(), at=BEGIN)
            model, now = Model(), BEGIN
            for (what, who), later in steps:
                now += later
                assert act(register, what, who, now) == model.do(str(what), who, now)
                assert (not read_running(register)) == model.is_lifted
            for one in list_proposals(register):
                is_other = one.decided_by is not None and one.decided_by.lower() != one.proposed_by.lower()
                assert is_other == (one.outcome in {RelaunchOutcome.CONFIRMED, RelaunchOutcome.REFUSED})
            # No dead state: when the last proposal has ended, by somebody or by itself, two people can go on.
            now += STANDS_FOR
            tell(register, "2", now)
            if read_running(register):
                assert act(register, "propose", "tomas", now)
                assert act(register, RelaunchOutcome.CONFIRMED, "ines", now)
            assert read_running(register) == ()


def test_an_old_notice_or_one_of_tomorrow_lets_nothing_go_on(keyring, tmp_path):
    with open_register(f"sqlite:///{tmp_path}/r.db", keyring=keyring, log_folder=tmp_path / "log") as register:
        tell(register, "1", BEGIN - timedelta(days=40))
        number = suspend(register, Suspension(country="DE"), at=BEGIN)
        tell(register, "1", BEGIN + timedelta(days=1))
        tell(register, "3", BEGIN + timedelta(days=9))
        for version in ("1", "2", "3"):
            with pytest.raises(InputError, match=f"nobody was told anew with notice {version}"):
                propose_relaunch(register, number, notice_version=version, by="ines", at=BEGIN + timedelta(days=2))
