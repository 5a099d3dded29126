import dataclasses
from datetime import date

import pytest

from demur.kernel.errors import IntegrityError
from demur.kernel.words import RecordKind
from demur.keys.encoding import encode_base64, encode_json
from demur.keys.notes import NoteSignatureError, Signer
from demur.keys.subjects import proof_key_commitment
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.leaves import commit, personal_leaf
from demur.ledger.openings import (
    OpenedReceipt,
    Opening,
    OpeningError,
    bind_subjects,
    encode_opening,
    parse_opening,
    verify_opening,
    verify_receipt,
)
from demur.ledger.receipt import ReceiptFormatError, TlogProof, parse_tlog_proof, verify_entry
from demur.ledger.tree import Frontier, ProofError, hash_leaf

SIGNER = Signer("agora.example/demur/log", bytes(range(32)))
DAY = date(2025, 5, 27)
PROOF_KEYS = (bytes(range(32)), bytes(range(32, 64)))
R = bytes(range(64, 96))
RECORD = encode_json(
    {
        "v": 1,
        "purpose": "train_generative_models",
        "subjects": [{"proof_key_commitment": encode_base64(proof_key_commitment(key))} for key in PROOF_KEYS],
    }
)
LEAF = personal_leaf(RecordKind.OBJECTION, DAY, commit(RecordKind.OBJECTION, RECORD, R))
OPENING = Opening(kind=RecordKind.OBJECTION, day=DAY, record=RECORD, r=R, proof_keys=PROOF_KEYS)


def make_proof(leaf, extra, *, index=5, size=11):
    leaves = [hash_leaf(b"%d" % number) for number in range(size)]
    leaves[index] = hash_leaf(leaf)
    growth = Frontier().append(leaves)
    checkpoint = Checkpoint(origin=SIGNER.name, size=size, root=growth.root)
    path = growth.inclusion_path(index)
    return TlogProof(index=index, path=path, checkpoint_note=sign_checkpoint(checkpoint, SIGNER), extra=extra)


PROOF = make_proof(LEAF, OPENING.encode())


def test_a_receipt_has_the_layout_of_the_standard():
    proof = TlogProof(index=7, path=(bytes(32), bytes(range(32))), checkpoint_note="checkpoint\n", extra=b"extra")
    assert proof.encode() == (
        "c2sp.org/tlog-proof@v1\n"
        "extra ZXh0cmE=\n"
        "index 7\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        "\n"
        "checkpoint\n"
    )


@pytest.mark.parametrize("extra", [None, b"", b"x", OPENING.encode()])
@pytest.mark.parametrize("path", [(), (bytes(32),), (bytes(32),) * 63])
def test_a_receipt_comes_back(extra, path):
    proof = TlogProof(index=0, path=path, checkpoint_note=PROOF.checkpoint_note, extra=extra)
    assert parse_tlog_proof(proof.encode()) == proof


def test_a_receipt_verifies_offline_and_opens():
    opened = verify_receipt(PROOF.encode(), SIGNER.verifier)
    checkpoint = verify_entry(PROOF, LEAF, SIGNER.verifier)
    assert (checkpoint.origin, checkpoint.size) == (SIGNER.name, 11)
    assert opened == OpenedReceipt(index=5, opening=OPENING, checkpoint=checkpoint)


def test_a_receipt_of_the_only_entry_verifies():
    proof = make_proof(LEAF, None, index=0, size=1)
    assert verify_entry(proof, LEAF, SIGNER.verifier).root == hash_leaf(LEAF)


def test_one_flipped_byte_of_a_receipt_fails():
    content = PROOF.encode().encode()
    accepted = []
    for at in range(len(content)):
        for bit in (0, 5):
            flipped = content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
            try:
                verify_receipt(flipped.decode("utf-8", "replace"), SIGNER.verifier)
            except IntegrityError:
                continue
            accepted.append((at, bit))
    assert accepted == []


def test_a_receipt_does_not_verify_for_another_entry_index_or_key():
    with pytest.raises(ProofError):
        verify_entry(PROOF, LEAF + b" ", SIGNER.verifier)
    with pytest.raises(ProofError):
        verify_entry(dataclasses.replace(PROOF, index=4), LEAF, SIGNER.verifier)
    with pytest.raises(NoteSignatureError):
        verify_entry(PROOF, LEAF, Signer(SIGNER.name, bytes(32)).verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\n\nnote\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex \u0661\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nno base64\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + "\nnote\n",
    ],
)
def test_what_is_no_receipt_is_refused(text):
    with pytest.raises(ReceiptFormatError):
        parse_tlog_proof(text)


def test_an_opening_comes_back_and_makes_its_entry():
    assert parse_opening(encode_opening(LEAF, RECORD, R, PROOF_KEYS)) == OPENING
    assert OPENING.leaf_data() == LEAF
    assert verify_opening(OPENING, LEAF).kind == RecordKind.OBJECTION


@pytest.mark.parametrize(
    "change",
    [
        {"record": b"{}", "proof_keys": ()},
        {"r": bytes(32)},
        {"day": date(2025, 5, 28)},
        {"kind": RecordKind.WITHDRAWAL},
        {"proof_keys": PROOF_KEYS[:1]},
        {"proof_keys": PROOF_KEYS[::-1]},
        {"proof_keys": (*PROOF_KEYS, bytes(32))},
    ],
)
def test_an_opening_of_something_else_is_refused(change):
    with pytest.raises(OpeningError):
        verify_opening(dataclasses.replace(OPENING, **change), LEAF)


def test_a_record_names_its_subjects_by_commitments():
    assert bind_subjects(PROOF_KEYS) == [
        {"proof_key_commitment": encode_base64(proof_key_commitment(key))} for key in PROOF_KEYS
    ]


def test_an_opening_without_proof_keys_still_opens():
    assert verify_opening(dataclasses.replace(OPENING, proof_keys=()), LEAF).day == DAY


def test_proof_keys_need_a_record_that_commits_to_them():
    for record in (b"{}", b"no json", b'{"subjects":[1]}', b'{"subjects":5}', b"[]"):
        leaf = personal_leaf(RecordKind.OBJECTION, DAY, commit(RecordKind.OBJECTION, record, R))
        with pytest.raises(OpeningError):
            encode_opening(leaf, record, R, PROOF_KEYS)


def test_a_receipt_without_an_opening_is_no_personal_receipt():
    with pytest.raises(OpeningError, match="carries no opening"):
        verify_receipt(make_proof(LEAF, None), SIGNER.verifier)


@pytest.mark.parametrize(
    ("name", "value"),
    [("v", 2), ("t", "corpus"), ("t", "rumour"), ("d", "x"), ("r", "AAAA"), ("record", 5), ("proof_keys", 5), ("x", 1)],
)
def test_a_broken_opening_is_refused(name, value):
    content = {
        "v": 1,
        "t": "objection",
        "d": "2025-05-27",
        "record": encode_base64(RECORD),
        "r": encode_base64(R),
        "proof_keys": [],
    }
    assert parse_opening(encode_json(content)).record == RECORD
    with pytest.raises(OpeningError):
        parse_opening(encode_json({**content, name: value}))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_what_is_no_opening_is_refused(content):
    with pytest.raises(OpeningError):
        parse_opening(content)
