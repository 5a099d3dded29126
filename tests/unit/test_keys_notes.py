import pickle

import pytest

from demur.keys.notes import (
    NoteFormatError,
    NoteSignatureError,
    NoteTextError,
    Signer,
    SignerKeyError,
    Verifier,
    VerifierKeyError,
    open_note,
    sign_note,
)

# The example of golang.org/x/mod/sumdb/note: key, seed and note were made by that program, not by ours.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = bytes.fromhex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6"
    "RyyBwJnAM=\n"
)
SIGNER = Signer("agora.example/demur/log", bytes(range(32)))
OTHER = Signer("witness.example", bytes(range(32, 64)))
TEXT = "agora.example/demur/log\n3\n\nlines\n"


def test_the_note_of_the_go_library_opens():
    assert open_note(GO_NOTE, Verifier(GO_VKEY)) == GO_TEXT


def test_we_sign_as_the_go_library_does():
    signer = Signer("PeterNeumann", GO_SEED)
    assert (signer.vkey, signer.sign(GO_TEXT)) == (GO_VKEY, GO_NOTE)


def test_a_note_comes_back_from_text_and_from_bytes():
    note = SIGNER.sign(TEXT)
    assert (open_note(note, SIGNER.verifier), open_note(note.encode(), SIGNER.verifier)) == (TEXT, TEXT)


def test_one_flipped_bit_anywhere_fails():
    note = SIGNER.sign(TEXT).encode()
    accepted = []
    for at in range(len(note)):
        for bit in range(8):
            flipped = note[:at] + bytes([note[at] ^ 1 << bit]) + note[at + 1 :]
            try:
                open_note(flipped, SIGNER.verifier)
            except (NoteFormatError, NoteSignatureError):
                continue
            accepted.append((at, bit))
    assert accepted == []


def test_every_shortened_note_fails():
    note = SIGNER.sign(TEXT).encode()
    for length in range(len(note)):
        with pytest.raises((NoteFormatError, NoteSignatureError)):
            open_note(note[:length], SIGNER.verifier)


def test_signatures_of_unknown_keys_are_ignored():
    note = sign_note(TEXT, [OTHER, SIGNER])
    assert open_note(note, SIGNER.verifier) == TEXT


def test_a_note_without_the_trusted_signature_is_refused():
    with pytest.raises(NoteSignatureError, match=r"no signature of the trusted key; trusted: agora.example/demur/log"):
        open_note(OTHER.sign(TEXT), SIGNER.verifier)


def test_one_wrong_signature_of_a_trusted_key_refuses_the_whole_note():
    wrong = SIGNER.sign("another text\n").rpartition("\n\n")[2]
    with pytest.raises(NoteSignatureError, match="does not belong to this text"):
        open_note(OTHER.sign(TEXT) + wrong, OTHER.verifier, SIGNER.verifier)


def test_a_key_with_the_same_name_and_another_key_is_unknown():
    impostor = Signer(SIGNER.name, bytes(32))
    with pytest.raises(NoteSignatureError, match="no signature of the trusted key"):
        open_note(impostor.sign(TEXT), SIGNER.verifier)


def test_nobody_is_trusted_when_no_key_is_given():
    with pytest.raises(NoteSignatureError, match="trusted: no key"):
        open_note(SIGNER.sign(TEXT))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n\u2014 name\n",
        "text\n\n\u2014  AAAAAAAA\n",
        "text\n\n\u2014 na+me AAAAAAAA\n",
        "text\n\n\u2014 name AAAA\n",
        "text\n\n\u2014 name AAAAAAAA",
        "te\txt\n\n\u2014 name AAAAAAAA\n",
        "te\rxt\n\n\u2014 name AAAAAAAA\n",
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "\ud800\n\n\u2014 name AAAAAAAA\n",
        "text\n\n" + "\u2014 name AAAAAAAA\n" * 65,
        "x" * 1_000_001,
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteFormatError):
        open_note(note, SIGNER.verifier)


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "\ud800\n", "nul\0\n"])
def test_what_cannot_be_a_note_is_not_signed(text):
    with pytest.raises(NoteTextError):
        SIGNER.sign(text)


@pytest.mark.parametrize("at", range(len(GO_VKEY)))
def test_one_changed_character_of_a_verifier_key_is_refused(at):
    changed = GO_VKEY[:at] + chr(ord(GO_VKEY[at]) + 1) + GO_VKEY[at + 1 :]
    with pytest.raises(VerifierKeyError):
        Verifier(changed)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey):
    with pytest.raises(VerifierKeyError):
        Verifier(vkey)


@pytest.mark.parametrize(("name", "seed"), [("", bytes(32)), ("a b", bytes(32)), ("a+b", bytes(32)), ("a", bytes(31))])
def test_what_cannot_sign_is_refused(name, seed):
    with pytest.raises(SignerKeyError):
        Signer(name, seed)


def test_a_signer_does_not_show_its_seed():
    assert repr(SIGNER) == "Signer(name='agora.example/demur/log')"


def test_a_signer_travels_to_a_worker_process():
    assert pickle.loads(pickle.dumps(SIGNER)).sign(TEXT) == SIGNER.sign(TEXT)
