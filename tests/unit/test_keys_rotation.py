from datetime import date

import pytest

from demur.kernel.errors import IntegrityError
from demur.keys.encoding import encode_json
from demur.keys.notes import NoteSignatureError, Signer, sign_note
from demur.keys.rotation import KeyRole, KeyRotation, RotationError, RotationSignerError, sign_rotation, verify_rotation

NAME = "agora.example/demur/log"
OLD, NEW, THIRD = (Signer(NAME, bytes([number]) * 32) for number in (1, 2, 3))
ROTATION = KeyRotation(role=KeyRole.LOG, old_vkey=OLD.vkey, new_vkey=NEW.vkey, day=date(2026, 3, 1))
NOTE = sign_rotation(ROTATION, old=OLD, new=NEW)


def test_a_rotation_comes_back():
    assert verify_rotation(NOTE, OLD.verifier) == ROTATION


def test_one_flipped_byte_of_a_rotation_fails():
    content = NOTE.encode()
    for at in range(len(content)):
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises(IntegrityError):
            verify_rotation(flipped, OLD.verifier)


def test_both_keys_must_sign():
    text = encode_json(ROTATION.record()).decode() + "\n"
    for signers in ([OLD], [NEW], [OLD, THIRD]):
        with pytest.raises(NoteSignatureError):
            verify_rotation(sign_note(text, signers), OLD.verifier)


def test_a_rotation_of_another_key_is_refused():
    foreign = KeyRotation(role=KeyRole.LOG, old_vkey=THIRD.vkey, new_vkey=NEW.vkey, day=date(2026, 3, 1))
    note = sign_note(encode_json(foreign.record()).decode() + "\n", [OLD, THIRD, NEW])
    with pytest.raises(RotationError, match="trusted is"):
        verify_rotation(note, OLD.verifier)


def test_a_rotation_to_another_name_is_refused():
    renamed = Signer("agora.example/demur/documents", bytes(32))
    rotation = KeyRotation(role=KeyRole.LOG, old_vkey=OLD.vkey, new_vkey=renamed.vkey, day=date(2026, 3, 1))
    with pytest.raises(RotationError):
        verify_rotation(sign_rotation(rotation, old=OLD, new=renamed), OLD.verifier)


@pytest.mark.parametrize("text", ["{}\n", "[]\n", "no json\n", '{"v":1}\n'])
def test_a_signed_note_that_is_no_rotation_is_refused(text):
    with pytest.raises(RotationError, match="states no key rotation"):
        verify_rotation(OLD.sign(text), OLD.verifier)


def test_a_rotation_of_another_version_is_refused():
    text = encode_json({**ROTATION.record(), "v": 2}).decode() + "\n"
    with pytest.raises(RotationError, match="another version"):
        verify_rotation(sign_note(text, [OLD, NEW]), OLD.verifier)


def test_a_rotation_is_signed_by_the_keys_that_it_names():
    with pytest.raises(RotationSignerError):
        sign_rotation(ROTATION, old=OLD, new=THIRD)
