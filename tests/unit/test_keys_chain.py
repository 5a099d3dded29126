"""Keys that replaced one another: what follows from the statements, in both directions, and from the keyring's file."""

import json
import pickle
from dataclasses import replace
from datetime import date

import pytest

from demur.kernel.errors import IntegrityError
from demur.keys.encoding import encode_json
from demur.keys.key_files import signing_path
from demur.keys.keyring import (
    KeyOverlapError,
    PublicKeysError,
    create_keyring,
    load_keyring,
    load_naming_keyring,
    parse_public_keys,
    read_public_keys,
    replace_keyring,
    write_public_keys,
)
from demur.keys.notes import NoteSignatureError, Signer, Verifier, VerifierKeyError, open_note, sign_note
from demur.keys.private_files import KeyringDamagedError
from demur.keys.rotation import KeyRole, KeyRotation, follow_rotations, read_rotation, trace_rotations
from demur.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint

DAY = date(2026, 11, 23)
TEXT = "a text\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "keyring.json"


@pytest.fixture
def original(path):
    return create_keyring(path, platform="agora.example", seed=b"an invented seed")


def rotated(keyring, *roles):
    """Rotate each role in turn, and retire the key before it at once."""
    for role in roles:
        keyring = keyring.rotate(role, seed=bytes([len(keyring.public.rotations) + 1]) * 32, day=DAY).retire(role)
    return keyring


def public(keyring, tmp_path):
    write_public_keys(tmp_path / "public.json", keyring)
    return read_public_keys(tmp_path / "public.json")


def test_both_keys_sign_until_the_old_one_retires(original):
    overlapping = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY)
    alone = overlapping.retire(KeyRole.LOG)
    new = Verifier(overlapping.log_signer.vkey)
    for verifier in (original.log_signer.verifier, new):
        assert open_note(overlapping.log_signer.sign(TEXT), verifier) == TEXT
    assert open_note(alone.log_signer.sign(TEXT), new) == TEXT
    with pytest.raises(NoteSignatureError):
        open_note(alone.log_signer.sign(TEXT), original.log_signer.verifier)


def test_what_was_signed_before_during_and_after_is_accepted_by_the_newest_keys(original, tmp_path):
    overlapping = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY)
    newest = rotated(overlapping.retire(KeyRole.LOG), KeyRole.LOG, KeyRole.DOCUMENTS, KeyRole.LOG)
    trusted = public(newest, tmp_path)
    assert trusted == newest.trusted_keys()
    head = Checkpoint(origin=original.log_signer.name, size=1, root=bytes(32))
    for keyring in (original, overlapping, newest):
        assert open_checkpoint(sign_checkpoint(head, keyring.log_signer), trusted.log) == head
        assert open_note(keyring.document_signer.sign(TEXT), trusted.documents) == TEXT
    assert (len(trusted.log.earlier), len(trusted.documents.earlier)) == (3, 1)


def test_whoever_pinned_any_earlier_keys_gets_to_the_newest_by_the_statements(original, tmp_path):
    stages = [original]
    for _ in range(3):
        stages.append(rotated(stages[-1], KeyRole.LOG, KeyRole.DOCUMENTS))
    rotations = public(stages[-1], tmp_path).rotations
    for stage in stages:
        followed = public(stage, tmp_path).follow(rotations)
        assert (followed.log.vkey, followed.documents.vkey) == (
            stages[-1].log_signer.vkey,
            stages[-1].document_signer.vkey,
        )
        assert followed.include(public(stage, tmp_path))
        assert followed.include(stages[-1].trusted_keys())
    assert not original.trusted_keys().include(stages[1].trusted_keys())


def test_a_statement_without_the_signature_of_the_old_key_leads_nowhere(original, tmp_path):
    thief = Signer(original.log_signer.name, b"t" * 32)
    third = Signer(original.log_signer.name, b"3" * 32)
    rotation = KeyRotation(role=KeyRole.LOG, old_vkey=original.log_signer.vkey, new_vkey=thief.vkey, day=DAY)
    text = encode_json(rotation.record()).decode() + "\n"
    document = json.loads(json.dumps({"v": 1, "platform": "agora.example", "log": thief.vkey}))
    document["documents"] = original.document_signer.vkey
    for signers in ([thief], [thief, third], [third]):
        forged = sign_note(text, signers)
        with pytest.raises(NoteSignatureError):
            follow_rotations(original.log_signer.verifier, [forged])
        with pytest.raises(NoteSignatureError):
            trace_rotations(thief.verifier, [forged])
        with pytest.raises(IntegrityError):
            parse_public_keys(json.dumps({**document, "rotations": [forged]}).encode())


def test_a_key_that_was_replaced_cannot_pass_the_trust_on_again(original):
    """Whoever steals an old key cannot make themselves the heir of the newest."""
    newest = rotated(original, KeyRole.LOG)
    thief = Signer(original.log_signer.name, b"t" * 32)
    rotation = KeyRotation(role=KeyRole.LOG, old_vkey=newest.log_signer.vkey, new_vkey=thief.vkey, day=DAY)
    forged = sign_note(encode_json(rotation.record()).decode() + "\n", [original.log_signer, thief])
    with pytest.raises(NoteSignatureError):
        follow_rotations(newest.log_signer.verifier, [*newest.public.rotations, forged])
    fork = original.rotate(KeyRole.LOG, seed=b"t" * 32, day=DAY)
    assert follow_rotations(newest.log_signer.verifier, fork.public.rotations) == newest.log_signer.verifier


def test_rotations_that_lead_to_no_published_key_are_refused(original, tmp_path):
    newest = rotated(original, KeyRole.LOG)
    document = {"v": 1, "platform": "agora.example", "log": original.log_signer.vkey}
    document |= {"documents": original.document_signer.vkey, "rotations": list(newest.public.rotations)}
    with pytest.raises(PublicKeysError, match="not each of the 1 rotations"):
        parse_public_keys(json.dumps(document).encode())
    for wrong in ({"rotations": [1]}, {"rotations": 1}):
        with pytest.raises(PublicKeysError):
            parse_public_keys(json.dumps({**document, **wrong}).encode())


def test_a_keyring_that_was_rotated_comes_back(original, path):
    for stage in (
        original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY),
        original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY).rotate(KeyRole.DOCUMENTS, seed=b"2" * 32, day=DAY),
        rotated(original, KeyRole.LOG, KeyRole.DOCUMENTS, KeyRole.LOG),
    ):
        replace_keyring(path, stage)
        assert load_keyring(path) == stage
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_retired_key_is_in_the_keyring_no_more(original, path):
    signing = signing_path(path)
    old = json.loads(signing.read_bytes())["log_seed"]
    overlapping = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY)
    replace_keyring(path, overlapping)
    assert old in signing.read_text()
    replace_keyring(path, overlapping.retire(KeyRole.LOG))
    assert old not in signing.read_text() + path.read_text()


def test_a_keyring_that_was_never_rotated_is_the_file_that_it_always_was(original, path):
    names = ["v", "platform", "subject_key", "item_key", "proof_key", "suppression_key", "public"]
    assert list(json.loads(path.read_bytes())) == names
    assert list(json.loads(signing_path(path).read_bytes())) == ["v", "platform", "log_seed", "document_seed"]
    before = [file.read_bytes() for file in (path, signing_path(path))]
    replace_keyring(path, original)
    assert [file.read_bytes() for file in (path, signing_path(path))] == before


def test_whoever_only_checks_follows_a_rotation_without_the_keys_that_sign(original, path):
    overlapping = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY)
    replace_keyring(path, overlapping)
    signing_path(path).unlink()
    assert load_naming_keyring(path).public == overlapping.public


@pytest.mark.parametrize(
    ("name", "value"), [("rotations", 5), ("overlap", []), ("overlap", {"x": ""}), ("overlap", {"log_seed": "AAAA"})]
)
def test_a_damaged_rotation_in_a_keyring_is_refused(original, path, name, value):
    replace_keyring(path, original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY))
    signing = signing_path(path)
    signing.write_text(json.dumps({**json.loads(signing.read_bytes()), name: value}))
    with pytest.raises(KeyringDamagedError):
        load_keyring(path)


def test_a_key_is_not_replaced_again_before_the_old_one_retires_and_retires_once(original):
    overlapping = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY)
    with pytest.raises(KeyOverlapError, match="still signs"):
        overlapping.rotate(KeyRole.LOG, seed=b"2" * 32, day=DAY)
    with pytest.raises(KeyOverlapError, match="no replaced log key"):
        overlapping.retire(KeyRole.LOG).retire(KeyRole.LOG)


def test_the_other_keys_stay_and_nothing_shows_a_secret(original):
    newest = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY)
    names = ("subject_key", "item_key", "proof_key", "suppression_key", "document_signer")
    assert all(getattr(newest, name) == getattr(original, name) for name in names)
    assert repr(newest) == "Keyring(platform='agora.example')"
    assert repr(newest.log_signer) == "Signer(name='agora.example/demur/log')"


def test_a_signer_travels_to_another_process_with_the_keys_before_it(original):
    signer = original.rotate(KeyRole.LOG, seed=bytes(32), day=DAY).log_signer
    assert pickle.loads(pickle.dumps(signer)) == signer


def test_a_key_of_another_name_was_not_before_this_one(original):
    with pytest.raises(VerifierKeyError):
        replace(original.log_signer.verifier, earlier=(original.document_signer.verifier,))


def test_a_statement_is_read_without_its_signatures(original):
    (note,) = rotated(original, KeyRole.DOCUMENTS).public.rotations
    assert read_rotation(note).role is KeyRole.DOCUMENTS
