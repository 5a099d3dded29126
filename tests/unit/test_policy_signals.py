"""What signals say about training, one by one and together, and what of them is kept."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from demur.kernel.clock import TimestampError
from demur.kernel.errors import InputError
from demur.kernel.words import Preference
from demur.policy.signals.accounts import AccountSignals, read_account_signals
from demur.policy.signals.errors import SignalUnknownError, SignalUnreadableError
from demur.policy.signals.items import ITEM_KEYS, read_fetches, read_item_signals
from demur.policy.signals.preference import Signal, SignalProtocol, as_kept, combine, read_kept, read_signal
from demur.policy.signals.robots import robots_preference
from demur.policy.signals.tdmrep import tdmrep_preference

VECTORS = Path(__file__).parents[1] / "cases/signals"
AT = datetime(2031, 5, 1, 12, tzinfo=UTC)


def vectors(name):
    rows = [json.loads(line) for line in (VECTORS / name).read_text("utf-8").splitlines()]
    return pytest.mark.parametrize("vector", rows, ids=[row["claim"] for row in rows])


def together(signals, **where):
    return combine(read_item_signals(signals, **where))


def kept(signals, **where):
    return [as_kept(signal) for signal in read_item_signals(signals, **where)]


@vectors("statements.jsonl")
def test_a_statement(vector):
    signal = read_signal(SignalProtocol(vector["protocol"]), vector["value"])
    assert (signal.preference, signal.value) == (vector["preference"], vector["value"])


@vectors("statements.jsonl")
def test_a_kept_statement_is_read_as_before(vector):
    signal = read_signal(SignalProtocol(vector["protocol"]), vector["value"])
    assert read_kept(as_kept(signal)) == signal


@vectors("robots.jsonl")
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_robots_file(vector, line_end):
    text = line_end.join(vector["robots_txt"])
    signal = robots_preference(text, user_agent=vector["user_agent"], path=vector["path"])
    found = (None, None) if signal is None else (as_kept(signal), signal.preference)
    assert found == (vector["kept"], vector["preference"])


@vectors("tdmrep.jsonl")
def test_a_tdmrep_file(vector):
    signal = tdmrep_preference(vector["document"].encode(), path=vector["path"])
    assert (signal and signal.preference) == vector["preference"]


@vectors("accounts.jsonl")
def test_an_account(vector):
    expected = AccountSignals(refuses_training=vector["refuses_training"], refuses_sharing=vector["refuses_sharing"])
    assert read_account_signals(vector["signals"]) == expected


# ------------------------------------------------------------------------------------------------------------ together


def test_no_signal_is_silence():
    assert together({}) is None


def test_null_is_no_signal():
    assert read_item_signals(dict.fromkeys(ITEM_KEYS)) == ()


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ({"header": "train-ai=y", "robots": "train-ai=n"}, Preference.DENY),
        ({"header": "train-ai=n", "robots": "train-ai=y"}, Preference.DENY),
        ({"header": "train-ai=y", "robots": "search=y"}, Preference.ALLOW),
        ({"header": "search=n", "robots": "ai-use=n"}, None),
        ({"header": "train-ai=y", "tdm-reservation": 1}, Preference.DENY),
        ({"tdm-reservation": 0, "tdm-policy": "https://press.example/terms.json"}, Preference.ALLOW),
        ({"tdm-reservation": 1, "tdm-policy": "https://press.example/terms.json"}, Preference.DENY),
        ({"plus:DataMining": "DMI-ALLOWED", "cawg.ai_generative_training": "notAllowed"}, Preference.DENY),
        ({"plus:DataMining": "DMI-UNSPECIFIED", "cawg.ai_generative_training": "allowed"}, Preference.ALLOW),
        ({"cawg.ai_generative_training": "allowed", "cawg.ai_training": "notAllowed"}, Preference.DENY),
        ({"cawg.ai_generative_training": "allowed", "cawg.data_mining": "constrained"}, Preference.DENY),
        ({"cawg.ai_generative_training": "allowed", "cawg.ai_inference": "notAllowed"}, Preference.ALLOW),
        ({"cawg.ai_generative_training": "allowed", "constraint_info": "with a licence"}, Preference.DENY),
        ({"cawg.ai_generative_training": "constrained", "constraint_info": "CC BY 4.0"}, Preference.DENY),
        ({"cawg.ai_training": "allowed", "cawg.data_mining": "allowed"}, None),
    ],
)
def test_the_most_restrictive_wins(signals, expected):
    assert together(signals) == expected
    assert together(dict(reversed(signals.items()))) == expected


@pytest.mark.parametrize("generative", ["allowed", "notAllowed", "constrained", None])
@pytest.mark.parametrize("training", ["allowed", "notAllowed", "constrained", None])
@pytest.mark.parametrize("mining", ["allowed", "notAllowed", "constrained", None])
def test_content_credentials_allow_only_where_nothing_else_is_said_against_it(generative, training, mining):
    uses = {"cawg.ai_generative_training": generative, "cawg.ai_training": training, "cawg.data_mining": mining}
    refused = any(use in {"notAllowed", "constrained"} for use in uses.values())
    allowed = Preference.ALLOW if generative == "allowed" else None
    assert together(uses) == (Preference.DENY if refused else allowed)


def test_an_entry_of_content_credentials_is_read_as_it_stands_in_the_assertion():
    entry = {"use": "constrained", "constraint_info": "ask studio@lantern.example"}
    assert kept({"cawg.ai_generative_training": entry, "cawg.ai_inference": {"use": "allowed"}}) == [
        "cawg.ai_generative_training: constrained",
        "constraint_info: ask studio@lantern.example",
        'cawg.ai_inference: {"use": "allowed"}',
    ]


def test_an_entry_without_a_use_refuses():
    assert together({"cawg.ai_training": {"constraint_info": None}}) == Preference.DENY


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (1, "1", Preference.DENY),
        (True, "1", Preference.DENY),
        (0, "0", Preference.ALLOW),
        (False, "0", Preference.ALLOW),
        (0.0, "0.0", Preference.DENY),
        ([0], "[0]", Preference.DENY),
        ({"reserved": False}, '{"reserved": false}', Preference.DENY),
        (AT, '"2031-05-01 12:00:00+00:00"', Preference.DENY),
    ],
)
def test_a_value_that_is_no_text_is_kept_as_text_and_read_from_it(value, text, expected):
    (signal,) = read_item_signals({"tdm-reservation": value})
    assert signal == Signal(protocol=SignalProtocol.TDM_RESERVATION, value=text, preference=expected)


@pytest.mark.parametrize("key", [key for key in ITEM_KEYS if key not in {"tdm-policy", "cawg.ai_inference"}])
def test_a_value_of_an_unreadable_type_refuses_and_is_kept(key):
    (signal,) = read_item_signals({key: ["?"]})
    assert (signal.preference, signal.value) == (Preference.DENY, '["?"]')


def test_signals_come_in_one_order():
    signals = {"plus:DataMining": "DMI-ALLOWED", "tdm-reservation": 0, "header": "train-ai=y"}
    assert kept(signals) == ["content-usage: train-ai=y", "tdm-reservation: 0", "plus:DataMining: DMI-ALLOWED"]
    assert kept(dict(reversed(signals.items()))) == kept(signals)


@pytest.mark.parametrize("key", ["Header", "cawg.ai_generative_trainings", "", "Sec-GPC"])
def test_a_key_that_no_protocol_has_is_named(key):
    with pytest.raises(SignalUnknownError) as caught:
        read_item_signals({"header": "train-ai=y", key: "train-ai=n"})
    assert str(caught.value) == f"no signal of an item is called {key!r}"
    assert caught.value.hint == f"The names are {', '.join(ITEM_KEYS)}."


@pytest.mark.parametrize("key", ["sec-gpc", "syntheticContent", "header"])
def test_a_key_that_no_account_signal_has_is_named(key):
    with pytest.raises(SignalUnknownError) as caught:
        read_account_signals({key: "1"})
    assert str(caught.value) == f"no signal of an account is called {key!r}"


# ------------------------------------------------------------------------------------------------------------- robots

ROBOTS_TXT = "User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /open/ train-ai=y\n"


def test_of_a_whole_robots_file_only_the_deciding_rule_is_kept():
    assert kept({"robots": ROBOTS_TXT}, path="/open/1") == ["robots.txt: /open/ train-ai=y"]


def test_a_whole_robots_file_without_a_path_counts_every_rule():
    assert kept({"robots": ROBOTS_TXT}) == ["robots.txt: train-ai=n"]


def test_a_whole_robots_file_is_read_for_a_crawler():
    robots_txt = f"{ROBOTS_TXT}\nUser-agent: HarborBot\nDisallow:\n"
    assert kept({"robots": robots_txt}, user_agent="harborbot", path="/") == []


@pytest.mark.parametrize("text", ["# nothing yet\nSitemap: https://diary.example/map.xml", "\ufeffUser-agent: *\n"])
def test_a_robots_file_without_rules_says_nothing(text):
    assert read_item_signals({"robots": text}) == ()


# ------------------------------------------------------------------------------------------------------------ fetches


def fetch(header, *, days, **more):
    return {"at": AT + timedelta(days=days), "header": header, **more}


@pytest.mark.parametrize(
    ("fetches", "expected"),
    [
        ([], None),
        ([fetch("train-ai=y", days=-2), fetch("train-ai=n", days=-1)], Preference.DENY),
        ([fetch("train-ai=n", days=-2), fetch("train-ai=y", days=-1)], Preference.DENY),
        ([fetch("train-ai=y", days=-2), fetch("train-ai=n", days=1)], Preference.ALLOW),
        ([fetch("train-ai=n", days=0)], Preference.DENY),
        ([fetch("train-ai=n", days=1)], None),
        ([fetch(None, days=-2), fetch("train-ai=y", days=-1)], Preference.ALLOW),
        ([fetch("train-ai=y", days=-2, robots="train-ai=n")], Preference.DENY),
    ],
)
def test_fetches_up_to_the_instant_count(fetches, expected):
    assert combine(read_fetches(fetches, at=AT)) == expected
    assert read_fetches(fetches[::-1], at=AT) == read_fetches(fetches, at=AT)


def test_an_instant_may_be_text_and_names_its_zone():
    fetches = [{"at": "2031-05-01T14:00:00+02:00", "header": "train-ai=n"}]
    assert [as_kept(signal) for signal in read_fetches(fetches, at=AT)] == ["content-usage: train-ai=n"]
    earlier = AT.astimezone(timezone(timedelta(hours=5))) - timedelta(microseconds=1)
    assert read_fetches(fetches, at=earlier) == ()


@pytest.mark.parametrize("at", ["2031-05-01", "yesterday", datetime(2031, 5, 1)])  # noqa: DTZ001 -- the point
def test_an_instant_without_a_zone_is_refused(at):
    with pytest.raises(TimestampError):
        read_fetches([{"at": at, "header": "train-ai=n"}], at=AT)


@pytest.mark.parametrize("fetches", [[{"header": "train-ai=n"}], [{"at": None}], [{"at": 1935230400}]])
def test_a_fetch_without_an_instant_is_refused(fetches):
    with pytest.raises(SignalUnreadableError, match="for its instant `at`"):
        read_fetches(fetches, at=AT)


def test_a_fetch_with_an_unknown_key_is_refused_whenever_it_was():
    with pytest.raises(SignalUnknownError, match="no signal of an item is called 'headers'"):
        read_fetches([{"at": AT + timedelta(days=1), "headers": "train-ai=n"}], at=AT)


# --------------------------------------------------------------------------------------------------------------- kept


@pytest.mark.parametrize("text", ["", "train-ai=n", "header: train-ai=n", "content-usage:train-ai=n", ": train-ai=n"])
def test_a_kept_text_without_a_protocol_is_refused_without_repeating_it(text):
    with pytest.raises(SignalUnreadableError) as caught:
        read_kept(text)
    assert str(caught.value) == "a kept signal does not start with a protocol and a colon"
    assert isinstance(caught.value, InputError)


def test_a_value_with_colons_is_kept_whole():
    assert read_kept("plus:DataMining: plus:DMI-ALLOWED: ") == Signal(
        protocol=SignalProtocol.PLUS_DATA_MINING, value="plus:DMI-ALLOWED: ", preference=Preference.DENY
    )
