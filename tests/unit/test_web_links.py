"""A token of a notice opens for the installation that made it, says nothing to others, and has one text."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.web.errors import LinkInvalidError
from demur.web.links import make_link, open_link

URL_SAFE = string.ascii_letters + string.digits + "-_"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return create_keyring(tmp_path_factory.mktemp("keys") / "a.json", platform="agora.example", seed=b"links")


@pytest.fixture(scope="module")
def subject(keyring):
    return subject_key(keyring, "account-17")


@pytest.fixture(scope="module")
def token(keyring, subject):
    return make_link(keyring, subject)


def refusal(keyring, token):
    with pytest.raises(LinkInvalidError) as caught:
        open_link(keyring, token)
    return str(caught.value), caught.value.hint


@given(subject=st.binary(min_size=16, max_size=16))
def test_a_token_opens_to_the_subject_that_it_was_made_for(keyring, subject):
    token = make_link(keyring, subject)
    assert (open_link(keyring, token), len(token), set(token) - set(URL_SAFE)) == (subject, 60, set())


def test_a_token_that_was_sent_opens_for_ever(keyring, subject):
    # Golden: such links stand in notices that were delivered, so neither the form nor the key may ever change.
    sent = "AQEBAQEBAQEBAQEBAW5g4eAexZfSHj87O10Kb0zGM1by4_dclfLKcU6EfmKI"
    made = make_link(keyring, subject, draw=lambda size: b"\x01" * size)
    assert (made, open_link(keyring, sent)) == (sent, subject)


def test_two_tokens_of_one_person_are_not_alike(keyring, subject):
    made = [make_link(keyring, subject) for _ in range(64)]
    assert len({token[1:18] for token in made}) == len({token[18:] for token in made}) == 64


def test_a_token_holds_neither_the_account_nor_the_subject_key(token, subject):
    content = base64.urlsafe_b64decode(token)
    assert (b"account-17" in content, subject in content) == (False, False)


@pytest.mark.parametrize("place", range(60))
def test_a_token_with_one_other_character_does_not_open(keyring, token, place):
    altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    assert refusal(keyring, altered) == refusal(keyring, "")


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: f" {token}",
        lambda token: token.replace(token[5], "+"),
        lambda token: token[:59] + "é",
        lambda token: token[:59] + "\ud800",
        lambda token: token * 2_000,
    ],
)
def test_every_other_text_is_refused_in_the_same_words(keyring, token, alter):
    told = ("the link does not open", "Use the whole link of the notice, as it was sent.")
    assert refusal(keyring, alter(token)) == told


def test_the_token_of_another_keyring_or_platform_does_not_open(keyring, token, tmp_path):
    other_keys = create_keyring(tmp_path / "b.json", platform="agora.example", seed=b"other")
    other_platform = create_keyring(tmp_path / "c.json", platform="other.example", seed=b"links")
    assert [refusal(other, token)[0] for other in (other_keys, other_platform)] == ["the link does not open"] * 2
