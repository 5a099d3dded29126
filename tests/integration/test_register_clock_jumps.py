"""Clocks that jump by ten days: the log orders events, clocks only date them, and nobody's objection is hidden."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from demur.exchange.snapshot import read_snapshot
from demur.kernel.clock import parse_timestamp
from demur.kernel.words import LinkEvent, Purpose
from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import group_key, subject_key
from demur.ledger.openings import verify_receipt
from demur.register.accounts import import_accounts
from demur.register.errors import NothingToWithdrawError
from demur.register.intake import Authentication, WithdrawalForm, receive_objection, withdraw
from demur.register.links import AccountLink, record_links
from demur.register.objecting import ObjectionForm
from demur.register.snapshot import take_snapshot
from demur.register.store import Register, open_register

NOON = datetime(2025, 5, 27, 12, 0, tzinfo=UTC)
JUMP = timedelta(days=10)
PEOPLE = ("ada", "bo", "cy", "di")
FACTS = {"birth_date": "1990", "country": "FR", "language": "fr", "visibility": "public", "state": "active"}
CLIENT = Path(__file__).parent / "register" / "clock_client.py"


@dataclass(frozen=True, slots=True)
class Event:
    """What was asked, in the order in which it was asked."""

    verb: str
    account: str


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"clock")


def open_in(folder: Path, keyring: Keyring, *, linked: tuple[str, ...] = ()) -> Register:
    """Open a register that knows the people, some of whom share an accounts centre from the beginning on."""
    register = open_register(f"sqlite:///{folder}/register.db", keyring=keyring, log_folder=folder / "log")
    rows = [{"account": name, "centre": "home" if name in linked else None, **FACTS} for name in PEOPLE]
    import_accounts(register, pl.DataFrame(rows, schema_overrides={"centre": pl.String}), at=NOON - 9 * JUMP)
    return register


def do(register: Register, event: Event, at: datetime) -> int | None:
    """Do what was asked, check the receipt, and return the index; None when there was nothing to log."""
    subject = subject_key(register.keyring, event.account)
    if event.verb == "link":
        centre = group_key(register.keyring, "home")
        record_links(register, [AccountLink(subject=subject, centre=centre, event=LinkEvent.LINKED)], at=at)
        return None
    if event.verb == "object":
        form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
        receipt = receive_objection(register, form, at=at)
    else:
        asked = WithdrawalForm(subject=subject, authenticated_by=Authentication.LOGIN, received_at=at)
        try:
            receipt = withdraw(register, asked, at=at)
        except NothingToWithdrawError:
            return None
    assert verify_receipt(receipt.text, register.keyring.log_signer.verifier).index == receipt.index
    return receipt.index


def covered_by_snapshot(register: Register, folder: Path, at: datetime) -> set[str]:
    take_snapshot(register, folder, at=at)
    _, facts = read_snapshot(folder, register.keyring.document_signer.verifier)
    covered = set(facts.objections["subject_key"])
    return {name for name in PEOPLE if subject_key(register.keyring, name) in covered}


# ------------------------------------------------------------------------------------------- the model, without a clock


def covered(events: list[Event], linked: tuple[str, ...]) -> set[str]:
    """Tell who is covered, from the order of the events alone (REQUIREMENTS SCO-1, SCO-2, WDR-4)."""
    joined = dict.fromkeys(linked, -1)
    for number, event in enumerate(events):
        if event.verb == "link":
            joined.setdefault(event.account, number)
    return {name for name in PEOPLE if any(_covers(events, joined, name, made) for made in range(len(events)))}


def _covers(events: list[Event], joined: dict[str, int], name: str, made: int) -> bool:
    maker = events[made].account
    if events[made].verb != "object":
        return False
    withdrawn = max(_numbers(events, "withdraw", name), default=-1)
    if maker == name:
        return made > withdrawn
    if maker not in joined or name not in joined:
        return False
    ended = min((number for number in _numbers(events, "withdraw", maker) if number > made), default=len(events))
    grown = min((number for number in joined.values() if number > withdrawn), default=len(events))
    is_reached = ended == len(events) or max(joined[name], joined[maker]) < ended
    is_renewed = withdrawn >= 0 and grown < ended
    return is_reached and (made > withdrawn or is_renewed)


def _numbers(events: list[Event], verb: str, account: str) -> list[int]:
    return [number for number, event in enumerate(events) if (event.verb, event.account) == (verb, account)]


# ------------------------------------------------------------------------------------------------------------ the tests

RUNS_ON = (1,)  # days
JUMPS = (-10, 0, 10)


def play(
    folder: Path,
    keyring: Keyring,
    draw: Random,
    verbs: tuple[str, ...],
    *,
    linked: tuple[str, ...],
    days: tuple[int, ...],
) -> tuple[set[str], set[str]]:
    """Let things happen while the clock moves by some days; return who is covered, and who should be."""
    folder.mkdir()
    done: list[Event] = []
    indices: list[int] = []
    now = NOON
    with open_in(folder, keyring, linked=linked) as register:
        for _ in range(14):
            event = Event(draw.choice(verbs), draw.choice(PEOPLE))
            now += timedelta(days=draw.choice(days))
            index = do(register, event, now)
            # Who asks for the same again gets the first receipt: nothing new happened.
            if event.verb == "link" or (index is not None and index not in indices):
                done.append(event)
            indices += [] if index is None or index in indices else [index]
        assert indices == sorted(indices)
        return covered_by_snapshot(register, folder / "snapshot", NOON + 20 * JUMP), covered(done, linked)


@pytest.mark.parametrize("seed", range(15))
def test_a_clock_that_runs_on_agrees_with_the_order_of_the_log(tmp_path, keyring, seed):
    verbs, linked = ("object", "withdraw", "link"), ("ada", "bo")
    found, expected = play(tmp_path / "register", keyring, Random(seed), verbs, linked=linked, days=RUNS_ON)
    assert found == expected


@pytest.mark.parametrize("seed", range(15))
def test_objections_and_withdrawals_count_in_the_order_of_the_log_though_the_clock_jumps(tmp_path, keyring, seed):
    verbs = ("object", "withdraw")
    found, expected = play(tmp_path / "register", keyring, Random(seed), verbs, linked=(), days=JUMPS)
    assert found == expected


def test_nobody_is_uncovered_because_the_clock_jumped(tmp_path, keyring):
    verbs, linked = ("object", "withdraw", "link"), ("ada", "bo")
    for seed in range(15):
        found, expected = play(tmp_path / f"{seed}", keyring, Random(seed), verbs, linked=linked, days=JUMPS)
        assert found >= expected


def run_through(folder: Path, keyring: Keyring, linked: tuple[str, ...], *steps: tuple[str, str, datetime]) -> set[str]:
    folder.mkdir()
    with open_in(folder, keyring, linked=linked) as register:
        for verb, account, at in steps:
            do(register, Event(verb, account), at)
        return covered_by_snapshot(register, folder / "snapshot", NOON + 3 * JUMP)


def test_an_objection_covers_whom_its_receipt_names_though_the_clock_was_set_back(tmp_path, keyring):
    steps = (("object", "ada", NOON), ("withdraw", "ada", NOON), ("object", "bo", NOON - JUMP))
    assert run_through(tmp_path / "register", keyring, ("ada", "bo"), *steps) == {"ada", "bo"}


def test_a_link_spreads_an_objection_though_the_clock_was_set_back(tmp_path, keyring):
    before = (("object", "ada", NOON), ("object", "bo", NOON), ("withdraw", "ada", NOON))
    after = (("link", "ada", NOON - JUMP), ("link", "bo", NOON - JUMP))
    assert run_through(tmp_path / "register", keyring, (), *before, *after) == {"ada", "bo"}


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """Return a file that says what the clock of a process under libfaketime shows; the process reads it every time."""
    path = tmp_path / "clock"
    path.write_text("+0d")
    return path


def start_under(clock: Path, folder: Path) -> subprocess.Popen[str]:
    preloaded = subprocess.run(
        ["faketime", "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    environment = {
        **os.environ,
        "LD_PRELOAD": preloaded.stdout.strip(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as on a machine whose clock is set: only the date jumps
    }
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, CLIENT, folder], stdin=pipe, stdout=pipe, text=True, env=environment)


def test_a_running_register_bears_a_clock_that_jumps_by_ten_days(tmp_path, keyring, clock):
    folder, draw = tmp_path / "register", Random(3)
    folder.mkdir()
    open_in(folder, keyring).close()
    done: list[Event] = []
    indices: list[int] = []
    days: list[int] = []
    with start_under(clock, folder) as process:
        for number in range(40):
            clock.write_text(f"{draw.choice(JUMPS):+d}d")
            event = Event("object" if number % 2 else draw.choice(("object", "withdraw")), draw.choice(PEOPLE))
            process.stdin.write(f"{event.verb} {event.account}\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
            days.append((parse_timestamp(told["now"]) - datetime.now(UTC)).days)
            if told["index"] is not None and told["index"] not in indices:
                done.append(event)
                indices.append(told["index"])
                assert verify_receipt(told["receipt"], keyring.log_signer.verifier).index == told["index"]
        process.stdin.close()
    assert process.returncode == 0
    assert max(days) - min(days) == 20
    assert indices == list(range(len(indices)))
    with open_in(folder, keyring) as register:
        later = datetime.now(UTC) + 3 * JUMP
        assert covered_by_snapshot(register, tmp_path / "snapshot", later) == covered(done, ())
