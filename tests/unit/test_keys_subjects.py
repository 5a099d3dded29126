import hashlib
import hmac

import pytest

from demur.keys.keyring import Keyring
from demur.keys.notes import Signer
from demur.keys.subjects import (
    EmptyIdError,
    SubjectKey,
    corpus_pseudonym,
    corpus_pseudonyms,
    group_key,
    item_key,
    item_keys,
    proof_key,
    proof_key_commitment,
    subject_key,
    subject_keys,
)

KEYRING = Keyring(
    platform="agora.example",
    subject_key=bytes(range(32)),
    item_key=bytes(range(32, 64)),
    proof_key=bytes(range(64, 96)),
    suppression_key=bytes(range(96, 128)),
    log_signer=Signer("agora.example/demur/log", bytes(32)),
    document_signer=Signer("agora.example/demur/documents", bytes(32)),
)
ACCOUNT = "invented-person-1"


def keyed(key, person, text):
    parameters = {"digest_size": 16, "key": key, "person": hashlib.sha256(person.encode()).digest()[:16]}
    return hashlib.blake2b(text.encode(), **parameters).digest()


def test_the_keys_of_one_account_are_these_bytes_for_ever():
    subject = subject_key(KEYRING, ACCOUNT)
    names = {
        "subject": subject,
        "item": item_key(KEYRING, ACCOUNT),
        "group": group_key(KEYRING, ACCOUNT),
        "proof": proof_key(KEYRING, subject),
        "commitment": proof_key_commitment(proof_key(KEYRING, subject)),
        "pseudonym": corpus_pseudonym(proof_key(KEYRING, subject), bytes(32)),
    }
    assert {name: key.hex() for name, key in names.items()} == {
        "subject": "e2bc6de22d364aefe2f1d51a63bcfade",
        "item": "a0b71d588ba625de078efdc97ec9349f",
        "group": "9a8e9c89dd263d1dcd2d56d1e654b70c",
        "proof": "5d0bddfbeccf4d019a843e417096075e451b1b30df1ef0d315fb559579ff4b53",
        "commitment": "87a11e1b1806fe8b7b6ad8fe69587a1422ebedcc49774291e2eead0ee547faa1",
        "pseudonym": "55c9717745ba46221a3e09e55495a345",
    }


def test_the_keys_are_what_the_documentation_says():
    subject = keyed(KEYRING.subject_key, "agora.example", ACCOUNT)
    k_a = hmac.new(KEYRING.proof_key, b"demur/v1/proof-key\0" + subject, hashlib.sha256).digest()
    expected = [
        subject,
        keyed(KEYRING.item_key, "agora.example", ACCOUNT),
        keyed(KEYRING.item_key, "group\0agora.example", ACCOUNT),
        k_a,
        hashlib.sha256(b"demur/v1/proof-key-commitment\0" + k_a).digest(),
        hmac.new(k_a, bytes(32), hashlib.sha256).digest()[:16],
    ]
    assert expected == [
        subject_key(KEYRING, ACCOUNT),
        item_key(KEYRING, ACCOUNT),
        group_key(KEYRING, ACCOUNT),
        proof_key(KEYRING, SubjectKey(subject)),
        proof_key_commitment(k_a),
        corpus_pseudonym(k_a, bytes(32)),
    ]


def test_many_keys_equal_single_keys_and_the_unknown_stays_unknown():
    accounts = ["a", None, "b", "", "a"]
    assert subject_keys(KEYRING, accounts) == [
        subject_key(KEYRING, "a"),
        None,
        subject_key(KEYRING, "b"),
        None,
        subject_key(KEYRING, "a"),
    ]
    assert item_keys(KEYRING, ["a", None]) == [item_key(KEYRING, "a"), None]


def test_accents_stored_apart_from_their_letter_make_no_second_person():
    assert subject_key(KEYRING, "Zoe\u0308") == subject_key(KEYRING, "Zo\u00eb")


def test_a_broken_character_has_a_key_too():
    assert subject_keys(KEYRING, ["a\ud800"]) != subject_keys(KEYRING, ["a"])


def test_an_empty_id_is_nobody():
    with pytest.raises(EmptyIdError):
        subject_key(KEYRING, "")


def test_pseudonyms_of_many_equal_single_pseudonyms():
    subjects = [subject_key(KEYRING, name) for name in ("a", "b")]
    corpus_id = bytes(range(32))
    expected = [corpus_pseudonym(proof_key(KEYRING, subject), corpus_id) for subject in subjects]
    assert corpus_pseudonyms(KEYRING, subjects, corpus_id) == expected


def test_a_person_has_another_pseudonym_in_every_corpus():
    k_a = proof_key(KEYRING, subject_key(KEYRING, ACCOUNT))
    assert len({corpus_pseudonym(k_a, bytes([number]) * 32) for number in range(100)}) == 100
