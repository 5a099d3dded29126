import hashlib
import hmac

import pytest

from demur.keys.keyring import Keyring, TrustedKeys
from demur.keys.notes import Signer
from demur.keys.subjects import (
    EmptyIdError,
    SubjectKey,
    contact_key,
    corpus_pseudonym,
    corpus_pseudonyms,
    group_key,
    holder_key,
    item_key,
    item_keys,
    page_key,
    page_keys,
    proof_key,
    proof_key_commitment,
    subject_key,
    subject_keys,
    target_commitment,
)

KEYRING = Keyring(
    platform="agora.example",
    subject_key=bytes(range(32)),
    item_key=bytes(range(32, 64)),
    proof_key=bytes(range(64, 96)),
    suppression_key=bytes(range(96, 128)),
    public=TrustedKeys(
        platform="agora.example",
        log=Signer("agora.example/demur/log", bytes(32)).verifier,
        documents=Signer("agora.example/demur/documents", bytes(32)).verifier,
    ),
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
        "contact": contact_key(KEYRING, ACCOUNT),
        "holder": holder_key(KEYRING, ACCOUNT),
        "page": page_key(KEYRING, "https://blog.example/" + ACCOUNT),
        "proof": proof_key(KEYRING, subject),
        "commitment": proof_key_commitment(proof_key(KEYRING, subject)),
        "target": target_commitment(item_key(KEYRING, ACCOUNT)),
        "pseudonym": corpus_pseudonym(proof_key(KEYRING, subject), bytes(32)),
    }
    assert {name: key.hex() for name, key in names.items()} == {
        "subject": "e2bc6de22d364aefe2f1d51a63bcfade",
        "item": "a0b71d588ba625de078efdc97ec9349f",
        "group": "9a8e9c89dd263d1dcd2d56d1e654b70c",
        "contact": "a9da0f4c625df6f7c83968647bce321a",
        "holder": "0359574292b71e9e304be5ee28b0da15",
        "page": "cfd20d6ea9668fb1ddba449e61a59920",
        "proof": "5d0bddfbeccf4d019a843e417096075e451b1b30df1ef0d315fb559579ff4b53",
        "commitment": "87a11e1b1806fe8b7b6ad8fe69587a1422ebedcc49774291e2eead0ee547faa1",
        "target": "fe61f432842920ec9997cce758e0a27b1898bfa111519d42209f400627a4a903",
        "pseudonym": "55c9717745ba46221a3e09e55495a345",
    }


def test_the_keys_are_what_the_documentation_says():
    subject = keyed(KEYRING.subject_key, "agora.example", ACCOUNT)
    k_a = hmac.new(KEYRING.proof_key, b"demur/v1/proof-key\0" + subject, hashlib.sha256).digest()
    expected = [
        subject,
        keyed(KEYRING.item_key, "agora.example", ACCOUNT),
        keyed(KEYRING.item_key, "group\0agora.example", ACCOUNT),
        keyed(KEYRING.item_key, "contact\0agora.example", ACCOUNT),
        keyed(KEYRING.item_key, "holder\0agora.example", ACCOUNT),
        keyed(KEYRING.item_key, "page\0agora.example", "https://blog.example"),
        k_a,
        hashlib.sha256(b"demur/v1/proof-key-commitment\0" + k_a).digest(),
        hmac.new(k_a, bytes(32), hashlib.sha256).digest()[:16],
    ]
    assert expected == [
        subject_key(KEYRING, ACCOUNT),
        item_key(KEYRING, ACCOUNT),
        group_key(KEYRING, ACCOUNT),
        contact_key(KEYRING, ACCOUNT),
        holder_key(KEYRING, ACCOUNT),
        page_key(KEYRING, "https://blog.example"),
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
    for make in (subject_key, holder_key, contact_key, page_key):
        with pytest.raises(EmptyIdError):
            make(KEYRING, "")
    with pytest.raises(EmptyIdError):
        contact_key(KEYRING, " ")


def test_a_contact_is_one_whatever_its_case_and_spaces():
    spellings = ["ada@mail.example", " Ada@Mail.example"], ["+33 1 99 00 12 34", "+33199001234"]
    assert [len({contact_key(KEYRING, one) for one in written}) for written in spellings] == [1, 1]


@pytest.mark.parametrize(
    "spellings",
    [
        ("https://blog.example/claire", "HTTPS://Blog.EXAMPLE:443/claire/", "http://blog.example:80/claire#top"),
        (
            "https://blog.example/claire",
            "blog.example/claire",
            "//blog.example./claire",
            " https://blog.example/claire ",
        ),
        (
            "https://blog.example/caf\u00e9?q=~a",
            "https://blog.example/caf%c3%a9?q=%7Ea",
            "blog.example/cafe\u0301/?q=~a",
        ),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example"),
        ("https://user:secret@blog.example:8443", "https://blog.example:8443/"),
    ],
)
def test_a_page_is_one_however_its_address_is_spelled(spellings):
    assert len({page_key(KEYRING, address) for address in spellings}) == 1


def test_different_pages_have_different_keys():
    addresses = [
        "https://blog.example/claire",
        "https://blog.example/Claire",
        "https://blog.example/claire?page=2",
        "https://blog.example/claire%2F",
        "https://blog.example:8443/claire",
        "ftp://blog.example/claire",
        "https://blog.example",
        "claire@blog.example",
        "https://[broken/claire",
        "https://blog.example:99999/claire",
    ]
    assert len(set(page_keys(KEYRING, addresses))) == len(addresses)


def test_many_page_keys_equal_single_ones_and_the_unknown_stays_unknown():
    assert page_keys(KEYRING, ["Blog.example", None, ""]) == [page_key(KEYRING, "https://blog.example"), None, None]


def test_pseudonyms_of_many_equal_single_pseudonyms():
    subjects = [subject_key(KEYRING, name) for name in ("a", "b")]
    corpus_id = bytes(range(32))
    expected = [corpus_pseudonym(proof_key(KEYRING, subject), corpus_id) for subject in subjects]
    assert corpus_pseudonyms(KEYRING, subjects, corpus_id) == expected


def test_a_person_has_another_pseudonym_in_every_corpus():
    k_a = proof_key(KEYRING, subject_key(KEYRING, ACCOUNT))
    assert len({corpus_pseudonym(k_a, bytes([number]) * 32) for number in range(100)}) == 100
