"""Laws of signals for any input: how they combine, that no text breaks a reader, and that paths match as told."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from demur.kernel.words import Preference
from demur.policy.signals.accounts import ACCOUNT_KEYS, read_account_signals
from demur.policy.signals.items import ITEM_KEYS, read_fetches, read_item_signals
from demur.policy.signals.patterns import is_match, normal_path, normal_pattern
from demur.policy.signals.preference import Signal, SignalProtocol, as_kept, combine, find_strictest, read_kept
from demur.policy.signals.robots import robots_preference
from demur.policy.signals.tdmrep import tdmrep_preference

AT = datetime(2031, 5, 1, 12, tzinfo=UTC)
PREFERENCES = st.sampled_from([*Preference, None])
SIGNALS = st.builds(
    Signal, protocol=st.sampled_from(SignalProtocol), value=st.sampled_from("abc"), preference=PREFERENCES
)
MANY = st.lists(SIGNALS, max_size=5)

# Texts that come close to what readers know, and any other text, lone surrogates included.
WORDS = st.sampled_from(
    (
        *(
            "train-ai",
            "ai-use",
            "=",
            "y",
            "n",
            ",",
            ";",
            " ",
            '"',
            "(",
            "?1",
            "/",
            "*",
            "$",
            "%2",
            "#",
            ":",
            "\n",
            "\r",
        ),
        *("User-agent", "Disallow", "Content-Usage", "DMI-ALLOWED", "allowed", "0", "[", "{", "é", "\ud800"),
    )
)
TEXTS = st.text(max_size=20) | st.lists(WORDS, max_size=10).map("".join)
SCALARS = TEXTS | st.sampled_from([None, True, False, 0, 1, -2, 0.5, float("nan")])
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.fixed_dictionaries({}, optional=dict.fromkeys(["use", "allow", "constraint_info", ""], SCALARS))
)
ITEMS = st.dictionaries(st.sampled_from(list(ITEM_KEYS)), VALUES, max_size=3)


def alone(preference):
    return [Signal(protocol=SignalProtocol.ROBOTS, value="", preference=preference)]


# ----------------------------------------------------------------------------------------------------------- combining


@given(MANY, MANY)
def test_combining_is_commutative(some, others):
    assert combine(some + others) == combine(others + some)
    assert find_strictest(some + others) == find_strictest(others + some)


@given(MANY, MANY, MANY)
def test_combining_is_associative(first, second, third):
    left = combine(alone(combine(first + second)) + third)
    right = combine(first + alone(combine(second + third)))
    assert left == right == combine(first + second + third)


@given(MANY)
def test_combining_is_idempotent(some):
    assert combine(some + some) == combine(some) == combine(alone(combine(some)))


@given(MANY, SIGNALS)
def test_one_more_signal_never_lifts_a_refusal_nor_silences_a_permission(some, another):
    before, after = combine(some), combine([*some, another])
    allowed_after = {
        Preference.DENY: {Preference.DENY},
        Preference.ALLOW: {Preference.ALLOW, Preference.DENY},
        None: {None, *Preference},
    }
    assert after in allowed_after[before]


# ------------------------------------------------------------------------------------------------------------- reading


@given(ITEMS, st.none() | TEXTS, TEXTS)
def test_no_value_of_a_known_key_breaks_a_reader_and_all_are_kept(signals, path, user_agent):
    read = read_item_signals(signals, path=path, user_agent=user_agent)
    assert tuple(read_kept(as_kept(signal)) for signal in read) == read


@given(ITEMS, st.sampled_from(list(ITEM_KEYS)), VALUES)
def test_one_more_key_never_lifts_a_refusal(signals, key, value):
    fewer = {name: stated for name, stated in signals.items() if name != key}
    if combine(read_item_signals(fewer)) is Preference.DENY:
        assert combine(read_item_signals({**fewer, key: value})) is Preference.DENY


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), TEXTS), max_size=4))
def test_later_fetches_change_nothing(found):
    fetches = [{"at": at, "header": header} for at, header in found]
    until_now = [fetch for fetch in fetches if fetch["at"] <= AT]
    assert read_fetches(fetches, at=AT) == read_fetches(until_now, at=AT)


@given(st.dictionaries(st.sampled_from(ACCOUNT_KEYS), VALUES, max_size=3))
def test_no_value_of_an_account_breaks_its_reader(signals):
    read = read_account_signals(signals)
    assert isinstance(read.refuses_training, bool)
    assert isinstance(read.refuses_sharing, bool)


@given(st.binary(max_size=40) | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")), TEXTS)
def test_no_document_breaks_the_reader_of_tdmrep(document, path):
    assert tdmrep_preference(document, path=path) is None or isinstance(tdmrep_preference(document, path=path), Signal)


# --------------------------------------------------------------------------------------------------------------- paths

PATHS = st.text("ab/.", max_size=8).map(lambda rest: f"/{rest}")
PATTERNS = st.builds(lambda rest, anchor: f"/{rest}{anchor}", st.text("ab/.*", max_size=6), st.sampled_from(["", "$"]))


@given(PATTERNS, PATHS)
def test_patterns_match_as_the_regular_expression_that_they_stand_for(pattern, path):
    inner = re.escape(pattern.removesuffix("$")).replace(r"\*", ".*")
    expected = re.match(inner + ("$" if pattern.endswith("$") else ""), path) is not None
    assert is_match(normal_pattern(pattern), normal_path(path)) == expected


@given(TEXTS)
def test_a_path_matches_itself_and_its_spelling_is_final(text):
    path = normal_path(text)
    assert normal_path(path) == normal_pattern(path) == path
    assert is_match(path, path)


AGENTS = st.sampled_from(["*", "Quill", "Harbor"])
ACCESS = st.tuples(st.sampled_from(["Allow", "Disallow"]), PATTERNS)
GROUPS = st.lists(st.tuples(st.lists(AGENTS, min_size=1, max_size=2), st.lists(ACCESS, min_size=1, max_size=4)))


@given(GROUPS, AGENTS, PATHS)
def test_refusals_to_fetch_are_those_of_an_independent_parser(groups, agent, path):
    robots_txt = "".join(
        "".join(f"User-agent: {name}\n" for name in names) + "".join(f"{label}: {value}\n" for label, value in rules)
        for names, rules in groups
    )
    refused = robots_preference(robots_txt, user_agent=agent, path=path) is not None
    assert refused != Protego.parse(robots_txt).can_fetch(f"https://diary.example{path}", agent)
