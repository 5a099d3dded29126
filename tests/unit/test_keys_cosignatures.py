"""Cosignatures against the examples of the specification, and against every flipped byte."""

import hashlib
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from demur.kernel.errors import IntegrityError
from demur.keys.cosignatures import Cosignature, Cosigner, WitnessKey, find_cosignatures
from demur.keys.notes import NoteSignatureError, Signer, SignerKeyError, Verifier, VerifierKeyError, open_note
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.witnessing import (
    WitnessedCheckpoint,
    WitnessPolicy,
    WitnessPolicyError,
    WitnessQuorumError,
    keep_cosignatures,
    open_witnessed_checkpoint,
)

LOG = Signer("agora.example/demur/log", bytes(32))
ONE, TWO, THREE = (Cosigner(f"witness{n}.example", bytes([n]) * 32) for n in (1, 2, 3))
CHECKPOINT = Checkpoint(origin=LOG.name, size=7, root=bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, LOG)
AT = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


def cosigned(*cosigners, at=AT):
    return NOTE + "".join(cosigner.cosign(CHECKPOINT.text(), at=at) for cosigner in cosigners)


def test_a_cosignature_comes_back_with_its_instant():
    assert find_cosignatures(cosigned(ONE), [ONE.key]) == (Cosignature(witness=ONE.key, at=AT),)


def test_the_signed_message_is_that_of_the_specification():
    line = ONE.cosign("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", at=AT)
    message = (
        b"cosignature/v1\ntime 1795435205\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    # The raw key and the raw message, as another program would check them.
    blob = b64decode(line.split(" ")[2])
    Ed25519PublicKey.from_public_bytes(ONE.key.public_key).verify(blob[12:], message)
    assert (blob[:4], blob[4:12], len(blob)) == (ONE.key.key_id, (1_795_435_205).to_bytes(8, "big"), 76)


def test_the_key_id_is_that_of_type_4():
    digest = hashlib.sha256(b"witness1.example\n\x04" + ONE.key.public_key).digest()
    assert (ONE.key.key_id, ONE.key.vkey.split("+")[1]) == (digest[:4], digest[:4].hex())


def test_a_cosigned_checkpoint_is_still_the_checkpoint_of_its_log():
    assert open_note(cosigned(ONE, TWO), LOG.verifier) == CHECKPOINT.text()


def test_witnesses_that_are_not_asked_for_are_ignored_and_the_others_come_in_the_asked_order():
    found = find_cosignatures(cosigned(THREE, ONE, TWO), [TWO.key, ONE.key])
    assert [one.witness.name for one in found] == [TWO.name, ONE.name]


def test_the_newest_word_of_a_witness_counts():
    note = (
        cosigned(ONE) + ONE.cosign(CHECKPOINT.text(), at=AT + timedelta(hours=1)) + ONE.cosign(CHECKPOINT.text(), at=AT)
    )
    assert find_cosignatures(note, [ONE.key]) == (Cosignature(witness=ONE.key, at=AT + timedelta(hours=1)),)


def test_one_flipped_byte_of_a_cosigned_checkpoint_fails():
    content = cosigned(ONE).encode()
    policy = WitnessPolicy(witnesses=(ONE.key,), needed=1)
    for at in range(len(content)):
        with pytest.raises(IntegrityError):
            open_witnessed_checkpoint(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], LOG.verifier, policy)


def test_a_cosignature_of_another_checkpoint_refuses_the_note():
    other = Checkpoint(origin=LOG.name, size=8, root=bytes(32))
    with pytest.raises(NoteSignatureError, match=r"witness1.example\+.* does not belong to this checkpoint"):
        find_cosignatures(NOTE + ONE.cosign(other.text(), at=AT), [ONE.key])


def test_a_log_key_is_no_witness_key_and_a_witness_key_no_log_key():
    with pytest.raises(VerifierKeyError, match="type 04"):
        WitnessKey(LOG.vkey)
    with pytest.raises(VerifierKeyError, match="type 01"):
        Verifier(ONE.key.vkey)


def test_a_signature_of_the_same_key_as_a_log_is_no_cosignature():
    """The same seed under both types: what was signed for one is worth nothing for the other."""
    twin = Signer(ONE.name, ONE.seed)
    note = cosigned(ONE) + twin.signature_line(CHECKPOINT.text())
    assert find_cosignatures(note, [ONE.key]) == (Cosignature(witness=ONE.key, at=AT),)
    with pytest.raises(NoteSignatureError):
        open_note(cosigned(ONE), twin.verifier)


def test_a_witness_needs_a_name_and_a_seed():
    for name, seed in (("", bytes(32)), ("two words", bytes(32)), ("one", bytes(31))):
        with pytest.raises(SignerKeyError):
            Cosigner(name, seed)


@pytest.mark.parametrize("needed", [1, 2])
def test_enough_witnesses_open_a_checkpoint(needed):
    policy = WitnessPolicy(witnesses=(ONE.key, TWO.key, THREE.key), needed=needed)
    assert open_witnessed_checkpoint(cosigned(ONE, THREE), LOG.verifier, policy) == WitnessedCheckpoint(
        checkpoint=CHECKPOINT,
        cosignatures=(Cosignature(witness=ONE.key, at=AT), Cosignature(witness=THREE.key, at=AT)),
    )


def test_one_witness_that_signs_twice_is_one_witness():
    policy = WitnessPolicy(witnesses=(ONE.key, TWO.key), needed=2)
    twice = cosigned(ONE) + ONE.cosign(CHECKPOINT.text(), at=AT + timedelta(seconds=1))
    with pytest.raises(WitnessQuorumError, match="signed by 1 of 2 witnesses, needed are 2"):
        open_witnessed_checkpoint(twice, LOG.verifier, policy)


def test_witnesses_do_not_stand_in_for_the_log():
    policy = WitnessPolicy(witnesses=(ONE.key,), needed=1)
    text, _, _ = NOTE.partition("\n\n")
    unsigned = f"{text}\n\n" + ONE.cosign(CHECKPOINT.text(), at=AT)
    with pytest.raises(NoteSignatureError):
        open_witnessed_checkpoint(unsigned, LOG.verifier, policy)


def test_a_policy_that_nobody_can_fulfil_is_refused():
    renamed = Cosigner("another-name.example", ONE.seed)
    for witnesses, needed in (((ONE.key,), 0), ((ONE.key,), 2), ((), 1), ((ONE.key, renamed.key), 1)):
        with pytest.raises(WitnessPolicyError):
            WitnessPolicy(witnesses=witnesses, needed=needed)


def test_only_valid_lines_of_the_asked_witness_are_kept_from_an_answer():
    right = ONE.cosign(CHECKPOINT.text(), at=AT)
    wrong = ONE.cosign(Checkpoint(origin=LOG.name, size=8, root=bytes(32)).text(), at=AT)
    answer = wrong + TWO.cosign(CHECKPOINT.text(), at=AT) + right
    assert keep_cosignatures(answer, NOTE, [ONE.key]) == right
