"""Canonical bytes: one value, one text, whoever writes it."""

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from demur.kernel.canonical import CanonicalFormError, canonical_bytes, sha256_hex
from demur.keys.encoding import decode_json, encode_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
# What the verifying code reads: objects with ASCII names, strings, integers and lists.
PLAIN_VALUES = st.recursive(
    st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785(value):
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(PLAIN_VALUES)
def test_the_verifier_s_own_json_is_the_same_to_the_byte(value):
    content = canonical_bytes(value)
    assert (encode_json(value), decode_json(content)) == (content, value)


def test_names_are_sorted_and_nothing_is_spaced():
    assert canonical_bytes({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'.encode()


def test_a_tuple_is_written_as_a_list():
    assert canonical_bytes({"a": (1, 2)}) == b'{"a":[1,2]}'


@pytest.mark.parametrize(
    "value",
    [0.5, {"a": [1, {"b": 2.0}]}, (1, (2.5,)), 2**53, -(2**53), {1: "a"}, {"a": {1, 2}}, b"a", "\ud800", {"\udfff": 1}],
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(CanonicalFormError):
        canonical_bytes(value)


def test_a_digest_is_that_of_the_bytes():
    assert sha256_hex(b"demur") == hashlib.sha256(b"demur").hexdigest()
