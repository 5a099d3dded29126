import pytest

from demur.kernel.canonical import canonical_bytes
from demur.keys.encoding import decode_base64, decode_json, encode_base64, encode_json

DOCUMENT = {
    "v": 1,
    "t": "objection",
    "b": ["\u00e9\u20ac\U0001f600", 'quote " and \\', "\n\t\x01\u2028"],
    "a": {"c": None, "b": -5},
}


def test_json_equals_rfc_8785():
    assert encode_json(DOCUMENT) == canonical_bytes(DOCUMENT)


def test_json_comes_back():
    assert decode_json(encode_json(DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":NaN}',
        b'{"a":-0}',
        b'{"a":"\\u0041"}',
        b'{"a":1}\n',
        b"\xff",
        b"",
        b"[" * 200_000,
    ],
)
def test_json_in_another_form_is_refused(content):
    with pytest.raises(ValueError, match=r".") as caught:
        decode_json(content)
    assert not isinstance(caught.value, RecursionError)


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff\xfe", bytes(range(256))])
def test_base64_comes_back(content):
    assert decode_base64(encode_base64(content)) == content


@pytest.mark.parametrize("text", ["AB==", "AA=", "AA", "AA==\n", "A A==", "-_-_", "\u00e4AAA", "AA==AA=="])
def test_base64_in_another_form_is_refused(text):
    with pytest.raises(ValueError, match="base64"):
        decode_base64(text)
