import hashlib
import hmac
from datetime import UTC, date, datetime

import pytest

from demur.kernel.canonical import canonical_bytes
from demur.kernel.words import RecordKind
from demur.ledger.leaves import (
    MAX_LEAF_BYTES,
    Leaf,
    LeafContentError,
    LeafFormatError,
    commit,
    digest_document,
    parse_leaf,
    personal_leaf,
    public_leaf,
)

DAY = date(2025, 5, 27)
HASH = bytes(range(32))
PERSONAL = ["objection", "relink", "withdrawal"]


def test_an_entry_is_these_bytes_for_ever():
    assert personal_leaf(RecordKind.OBJECTION, DAY, HASH) == (
        b'{"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":"2025-05-27","t":"objection","v":1}'
    )


@pytest.mark.parametrize("kind", list(RecordKind))
def test_an_entry_is_canonical_short_and_comes_back(kind):
    make = personal_leaf if kind in PERSONAL else public_leaf
    data = make(kind, DAY, HASH)
    c = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert data == canonical_bytes({"v": 1, "t": kind.value, "d": "2025-05-27", "c": c})
    assert len(data) <= MAX_LEAF_BYTES
    assert parse_leaf(data) == Leaf(kind=kind, day=DAY, commitment=HASH)


@pytest.mark.parametrize("kind", list(RecordKind))
def test_a_personal_event_is_a_commitment_and_a_public_one_is_not(kind):
    wrong = public_leaf if kind in PERSONAL else personal_leaf
    with pytest.raises(LeafContentError):
        wrong(kind, DAY, HASH)


def test_an_entry_holds_a_day_even_when_an_instant_is_given():
    at = datetime(2025, 5, 27, 11, 59, 3, tzinfo=UTC)
    assert public_leaf(RecordKind.CORPUS, at, HASH) == public_leaf(RecordKind.CORPUS, DAY, HASH)


def test_a_commitment_is_a_mac_over_kind_and_record():
    expected = hmac.new(HASH, b"demur/v1/objection\0{}", hashlib.sha256).digest()
    assert commit(RecordKind.OBJECTION, b"{}", HASH) == expected


def test_a_commitment_of_one_kind_is_none_of_another():
    assert commit(RecordKind.OBJECTION, b"{}", HASH) != commit(RecordKind.WITHDRAWAL, b"{}", HASH)


def test_a_commitment_needs_32_random_bytes():
    with pytest.raises(LeafContentError, match="needs 32 random bytes, got 16"):
        commit(RecordKind.OBJECTION, b"{}", bytes(16))


def test_an_entry_holds_32_bytes():
    with pytest.raises(LeafContentError, match="holds 32 bytes, got 31"):
        personal_leaf(RecordKind.OBJECTION, DAY, HASH[:31])


def test_a_document_is_named_by_its_sha_256():
    assert digest_document(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"c":"AAAA","d":"2025-05-27","t":"objection","v":1}',
        b'{"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":"20250527","t":"objection","v":1}',
        b'{"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":"2025-05-27","t":"objection","v":2}',
        b'{"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":"2025-05-27","t":"rumour","v":1}',
        b'{"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":5,"t":"objection","v":1}',
        b'{"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":"2025-05-27","t":"objection","v":1,"x":1}',
        b'{"v":1,"c":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","d":"2025-05-27","t":"objection"}',
        b" " * 301,
    ],
)
def test_what_is_no_entry_is_refused(data):
    with pytest.raises(LeafFormatError):
        parse_leaf(data)
