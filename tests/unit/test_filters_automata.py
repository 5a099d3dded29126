"""Automata accept what the same patterns of `re` accept, forwards and backwards; what they do not know is an error."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.filters.automata import NEVER, PatternError, compile_patterns, literally, longest_match

PATTERNS = (
    r"\d{1,3}(?:\.\d{1,3}){3}",
    r"(?:a|bc)*d",
    r"a{2,}b?",
    r"[^ab]{2}c+",
    r"x(?:y|z){0,3}w",
    r"[\d.]+-?",
    r"(?:ab|a)(?:c|bcd)",
)
TEXTS = st.text(alphabet="abcdwxyz10.-", max_size=9)
FORWARD, BACKWARD = compile_patterns(PATTERNS), compile_patterns(PATTERNS, is_backward=True)


@given(TEXTS)
def test_the_longest_match_is_the_longest_that_re_accepts(text):
    ends = [end for end in range(1, len(text) + 1) if any(re.fullmatch(one, text[:end]) for one in PATTERNS)]
    end = max(ends, default=0)
    assert longest_match(FORWARD, text) == (end, _accepting(text[:end]))


@given(TEXTS)
def test_a_backward_automaton_reads_matches_from_their_end(text):
    starts = [start for start in range(len(text)) if any(re.fullmatch(one, text[start:]) for one in PATTERNS)]
    length = len(text) - min(starts, default=len(text))
    assert longest_match(BACKWARD, text[::-1]) == (length, _accepting(text[len(text) - length :]))


def _accepting(text: str) -> tuple[int, ...]:
    return tuple(number for number, one in enumerate(PATTERNS) if text and re.fullmatch(one, text))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("straße", "STRASSE"),
        ("тел", "ТЕЛ"),
        ("№", "No"),
        ("τηλ", "ΤΗΛ"),
        (literally("a.b(c)"), "A.B(C)"),
        ("é+", "eEé"),
    ],
)
def test_patterns_are_folded_as_texts_are(pattern, text):
    assert longest_match(compile_patterns([pattern]), text)[1] == (0,)


def test_patterns_that_nothing_tells_apart_share_their_states():
    assert len(compile_patterns(["(?:aa|ba)c", "x"])) <= len(compile_patterns(["[ab]ac", "x"]))


def test_the_empty_class_matches_nothing():
    assert longest_match(compile_patterns([NEVER]), "a") == (0, ())


@pytest.mark.parametrize("pattern", ["(a", "a)", "[a", "a\\"])
def test_a_pattern_that_cannot_be_read_is_named_with_the_place(pattern):
    with pytest.raises(PatternError, match=r"at place \d"):
        compile_patterns([pattern])
