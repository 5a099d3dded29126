"""The gate before open objections: closed to nobody, open at once while nothing is wrong, in turn under load."""

import base64
import contextlib
import json
import sqlite3

import altcha
import msgspec
import pytest

from demur.keys.keyring import create_keyring
from demur.register.errors import RegisterUnavailableError
from demur.web.admission.gate import AdmissionSettings, Gate, LaneRate, Shown
from demur.web.admission.load import Load, LoadThreshold, WorkPolicy
from demur.web.admission.store import AdmissionStore
from demur.web.admission.tickets import TicketOffice
from demur.web.admission.work import Challenge, WorkRate, derive_key
from demur.web.errors import AdmissionStoreError, InputError, RequestInvalidError, WorkNeededError

NOW = 4_000_000_000.0  # later than the system's clock, which the other implementation asks
THRESHOLD = LoadThreshold(open_per_second=4, waiting=100, calm_seconds=10)
ALWAYS = LoadThreshold(policy=WorkPolicy.ALWAYS)
EASY = WorkRate(cost=2, zero_bytes=1, good_for_seconds=60)
LANE = LaneRate(wait_seconds=5, per_second=0.5, burst=2, longest_seconds=20)


class Seconds:
    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def keyring(tmp_path):
    return create_keyring(tmp_path / "keys.json", platform="agora.example", seed=b"gate")


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def gate_of(tmp_path, keyring, seconds):
    opened = []

    def make(threshold=ALWAYS, path=tmp_path / "admission.db"):
        settings = AdmissionSettings(path=path, threshold=threshold, work=EASY, lane=LANE)
        opened.append(Gate(settings, keyring, seconds=seconds))
        return opened[-1]

    yield make
    for gate in opened:
        gate.close()


def solve(challenge: Challenge) -> str:
    """Solve a challenge by the library of the protocol's authors."""
    asked = altcha.Challenge.from_dict(msgspec.to_builtins(challenge))
    return altcha.Payload(asked, altcha.solve_challenge(asked)).to_base64()


def enter(gate, *, who="203.0.113.0/24", waiting=0, **shown):
    with gate.admitting(Shown(**shown), who=who, waiting=waiting) as admitted:
        return admitted.by


def splice(solution, **changed):
    solved = json.loads(base64.b64decode(solution))
    solved["challenge"]["parameters"] |= changed
    return base64.b64encode(json.dumps(solved).encode()).decode()


def refusal(gate, **shown):
    with pytest.raises(InputError) as refused:
        enter(gate, **shown)
    return refused.value.code, str(refused.value)


def test_a_challenge_of_ours_is_one_of_the_protocol_and_a_solution_of_others_is_taken(gate_of):
    gate = gate_of()
    solution = solve(gate.challenge())
    theirs = altcha.verify_solution(solution, gate.bench._secret)  # noqa: SLF001 -- the secret is given to nobody
    assert (theirs.verified, enter(gate, solution=solution)) == (True, "work")


def test_a_solution_is_taken_once_by_all_processes_and_after_a_restart(gate_of):
    gate = gate_of()
    solution = solve(gate.challenge())
    assert enter(gate, solution=solution) == "work"
    for other in (gate, gate_of()):
        assert refusal(other, solution=solution) == ("work-refused", "the challenge was solved and used before")


def test_a_second_solution_of_one_challenge_is_a_replay(gate_of):
    gate = gate_of()
    challenge = gate.challenge()
    asked = altcha.Challenge.from_dict(msgspec.to_builtins(challenge))
    first = altcha.solve_challenge(asked)
    second = altcha.solve_challenge(asked, counter_start=first.counter + 1)
    one, other = (altcha.Payload(asked, found).to_base64() for found in (first, second))
    assert one != other
    assert enter(gate, solution=one) == "work"
    assert refusal(gate, solution=other) == ("work-refused", "the challenge was solved and used before")


def test_an_expired_challenge_is_refused(gate_of, seconds):
    gate = gate_of()
    solution = solve(gate.challenge())
    seconds.now += 60
    assert refusal(gate, solution=solution) == ("work-refused", "the challenge has expired")


@pytest.mark.parametrize(
    "changed",
    [{"expiresAt": int(NOW) + 999}, {"salt": "0" * 32}, {"nonce": "0" * 32}, {"cost": 1}, {"keyPrefix": "0000"}],
)
def test_spliced_parameters_are_refused(gate_of, changed):
    gate = gate_of()
    solution = splice(solve(gate.challenge()), **changed)
    assert refusal(gate, solution=solution) == ("work-refused", "the challenge is not one of ours")


def test_the_parameters_of_one_challenge_with_the_signature_of_another_are_refused(gate_of):
    gate = gate_of()
    one, other = gate.challenge(), gate.challenge()
    solution = solve(msgspec.structs.replace(one, signature=other.signature))
    assert refusal(gate, solution=solution) == ("work-refused", "the challenge is not one of ours")


def test_a_counter_that_solves_nothing_is_refused(gate_of):
    gate = gate_of()
    challenge = gate.challenge()
    counter = next(number for number in range(99) if derive_key(challenge.parameters, number)[0])
    solved = {"challenge": msgspec.to_builtins(challenge), "solution": {"counter": counter, "derivedKey": "00"}}
    solution = base64.b64encode(json.dumps(solved).encode()).decode()
    assert refusal(gate, solution=solution) == ("work-refused", "the solution does not hold")


@pytest.mark.parametrize("junk", ["junk", "AAAA", "e30=", "é", "A" * 2_048, "W1tbW1tb"])
def test_junk_is_no_solution(gate_of, junk):
    assert refusal(gate_of(), solution=junk) == ("work-refused", "the solution cannot be read")


def fail_inside(gate, solution, error):
    with contextlib.suppress(type(error)), gate.admitting(Shown(solution=solution), who=None, waiting=0):
        raise error


def test_what_was_spent_is_good_again_when_the_register_could_not_take_it(gate_of):
    gate = gate_of()
    solution = solve(gate.challenge())
    fail_inside(gate, solution, RegisterUnavailableError("busy"))
    assert enter(gate, solution=solution) == "work"


def test_what_was_spent_on_a_request_that_cannot_be_read_stays_spent(gate_of):
    gate = gate_of()
    solution = solve(gate.challenge())
    fail_inside(gate, solution, RequestInvalidError("not JSON"))
    assert refusal(gate, solution=solution)[0] == "work-refused"


def wait_of(gate, **shown):
    with pytest.raises(WorkNeededError) as waiting:
        enter(gate, **shown)
    return waiting.value.seconds, waiting.value.ticket


def test_who_shows_nothing_gets_a_turn_that_comes_and_is_good_once(gate_of, seconds):
    gate = gate_of()
    wait, ticket = wait_of(gate)
    assert wait == 5
    seconds.now += 3
    assert wait_of(gate, ticket=ticket) == (pytest.approx(2, abs=0.002), ticket)
    seconds.now += 2
    assert enter(gate, ticket=ticket) == "turn"
    for other in (gate, gate_of()):
        assert refusal(other, ticket=ticket) == ("ticket-refused", "the ticket was used before")


def test_turns_of_one_network_follow_each_other_never_later_than_the_bound_and_keep_no_other_waiting(gate_of):
    gate = gate_of()
    waits = [wait_of(gate)[0] for _ in range(20)]
    assert waits[:6] == [5, 5, 7, 9, 11, 13]
    assert max(waits) == 25
    assert wait_of(gate, who="198.51.100.0/24")[0] == 5


def test_a_ticket_too_old_altered_or_of_another_installation_is_refused(gate_of, seconds, tmp_path):
    gate = gate_of()
    _, ticket = wait_of(gate)
    strange = TicketOffice.of(create_keyring(tmp_path / "other.json", platform="other.example", seed=b"x")).seal(NOW)
    altered = ticket[:-2] + ("AA" if ticket[-2:] != "AA" else "BB")
    for other in (altered, strange):
        assert refusal(gate, ticket=other) == ("ticket-refused", "the ticket does not open")
    seconds.now += 5 + 3_600
    assert refusal(gate, ticket=ticket) == ("ticket-refused", "the ticket was good until an hour after its turn")


def test_a_ticket_keeps_what_was_entered_and_shows_it_to_nobody(gate_of):
    gate = gate_of()
    ticket = gate.seal(None, b"https://agora.example/p/7").ticket
    assert gate.open_ticket(ticket).content == b"https://agora.example/p/7"
    assert b"agora" not in base64.urlsafe_b64decode(ticket + "==")


def test_load_begins_at_the_threshold_goes_on_above_half_of_it_and_ends_after_a_calm_while(gate_of, seconds):
    gate = gate_of(THRESHOLD)

    def one_second(requests):
        told = [gate.load.count(0) for _ in range(requests)]
        seconds.now += 1
        return told

    assert one_second(3) == [False] * 3
    assert one_second(5) == [False, False, False, True, True]
    assert [one_second(2) for _ in range(30)] == [[True, True]] * 30  # half of it, so it goes on
    assert [one_second(1) for _ in range(11)] == [[True]] * 10 + [[False]]
    assert one_second(3) == [False] * 3


def test_a_long_queue_is_load_however_few_come(gate_of):
    load = gate_of(THRESHOLD).load
    assert [load.count(99), load.count(100), load.count(0)] == [False, True, True]


def test_load_that_one_process_sees_holds_for_the_others_within_a_moment(gate_of, seconds):
    one, other = gate_of(THRESHOLD), gate_of(THRESHOLD)
    assert other.load.has_load() is False
    assert one.load.count(100) is True
    seconds.now += 0.3
    assert (other.load.has_load(), enter_or_wait(other)) == (True, "waits")


def enter_or_wait(gate):
    try:
        return enter(gate)
    except WorkNeededError:
        return "waits"


def test_a_clock_that_was_set_back_does_not_make_load_last(seconds):
    store = AdmissionStore(None)
    assert Load(THRESHOLD, store, seconds).count(100) is True
    seconds.now -= 86_400
    assert Load(THRESHOLD, store, seconds).has_load() is False


def test_work_can_be_switched_off_and_on(gate_of):
    never = gate_of(LoadThreshold(policy=WorkPolicy.NEVER))
    assert [enter(never, waiting=10**6) for _ in range(300)] == ["open"] * 300
    assert enter_or_wait(gate_of(ALWAYS)) == "waits"


def test_nothing_is_asked_for_and_nothing_is_spent_without_load(gate_of):
    gate = gate_of(THRESHOLD)
    assert [enter(gate, solution="junk"), enter(gate, ticket="junk")] == ["open", "open"]


def test_a_torn_file_is_made_anew(tmp_path, gate_of):
    path = tmp_path / "torn.db"
    path.write_bytes(b"SQLite format 3\0" + b"x" * 8_192)
    gate = gate_of(path=path)
    solution = solve(gate.challenge())
    assert enter(gate, solution=solution) == "work"
    assert sqlite3.connect(path).execute("SELECT COUNT(*) FROM spent").fetchone() == (1,)


def test_what_has_expired_is_forgotten(tmp_path):
    store = AdmissionStore(tmp_path / "s.db")
    for number in range(3_000):
        assert store.spend(number.to_bytes(16, "big"), until=number + 10.0, now=float(number))
    kept = sqlite3.connect(tmp_path / "s.db").execute("SELECT COUNT(*) FROM spent").fetchone()[0]
    assert kept < 1_100
    store.close()


@pytest.mark.parametrize("text", ["x", "a" * 49, "a" * 50, "a" * 9_000, "é" * 60, "a" * 48 + "=", "a" * 48 + "\n"])
def test_what_is_no_ticket_does_not_open(gate_of, text):
    assert refusal(gate_of(), ticket=text)[0] == "ticket-refused"


def test_a_file_that_is_locked_is_not_thrown_away(tmp_path, gate_of):
    path = tmp_path / "locked.db"
    gate = gate_of(path=path)
    solution = solve(gate.challenge())
    assert enter(gate, solution=solution) == "work"
    gate.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(AdmissionStoreError):
        AdmissionStore(path)
    other.execute("ROLLBACK")
    other.close()
    assert refusal(gate_of(path=path), solution=solution)[0] == "work-refused"
