"""What reads bytes of strangers refuses them by the errors that it names, and one value has one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.keys.keyring import Keyring, create_keyring
from demur.keys.subjects import subject_key
from demur.testing.drills.parsers import Parser, make_parsers
from demur.web.errors import LinkInvalidError
from demur.web.links import make_link, open_link

NAMES = (
    *("note", "checkpoint", "signed checkpoint", "proof", "receipt", "opening", "entry", "submission"),
    *("request", "answer"),
    *("body of a link", "body of an objection", "message of an agent"),
    *("feed of text/csv", "feed of application/jsonl"),
)
EDITS = st.lists(
    st.tuples(
        st.integers(0, 3_000),
        st.integers(0, 40),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [
                    b"\n",
                    b"\n\n",
                    b"0",
                    b"-1",
                    b"\xed\xa0\x80",
                    b"99999999999999999999",
                    b'"',
                    b"[]",
                    b"null",
                    b"\xc1",
                    b"=",
                    b"\0",
                    b",",
                ]
            ),
        ),
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def parsers(tmp_path_factory) -> dict[str, Parser]:
    made = make_parsers(tmp_path_factory.mktemp("parsers"))
    assert tuple(made) == NAMES
    return made


def edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, added in edits:
        at = place % (len(content) + 1)
        content = content[:at] + added + content[at + removed :]
    return content


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_what_is_damaged_is_read_or_refused_by_a_documented_error(parsers, name, data):
    parser = parsers[name]
    whole = data.draw(st.sampled_from([*parser.whole, b""]))
    content = edited(whole, data.draw(EDITS))
    try:
        found = parser.read(content)
    except parser.errors:
        return
    if parser.write is not None:
        assert parser.write(found) == content


@pytest.mark.parametrize("name", NAMES)
def test_what_is_whole_is_read(parsers, name):
    parser = parsers[name]
    read = [parser.read(content) for content in parser.whole]
    assert read
    assert parser.write is None or tuple(map(parser.write, read)) == parser.whole


@pytest.fixture(scope="module")
def keyring(tmp_path_factory) -> Keyring:
    return create_keyring(tmp_path_factory.mktemp("token") / "keys.json", platform="agora.example", seed=b"t")


@given(data=st.data())
def test_a_token_of_a_notice_opens_as_it_was_made_and_any_other_does_not(keyring, data):
    subject = subject_key(keyring, "ada")
    token = make_link(keyring, subject)
    assert open_link(keyring, token) == subject
    other = edited(token.encode(), data.draw(EDITS)).decode(errors="surrogateescape")
    if other != token:
        with pytest.raises(LinkInvalidError):
            open_link(keyring, other)
