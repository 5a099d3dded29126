import pytest

from demur.kernel.errors import IntegrityError
from demur.keys.notes import Signer
from demur.ledger.checkpoint import (
    Checkpoint,
    CheckpointFormatError,
    CheckpointOriginError,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)

SIGNER = Signer("agora.example/demur/log", bytes(range(32)))
CHECKPOINT = Checkpoint(origin=SIGNER.name, size=3, root=bytes(range(32)))
ROOT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_a_checkpoint_is_three_lines():
    assert CHECKPOINT.text() == f"agora.example/demur/log\n3\n{ROOT}\n"


def test_the_published_example_is_read():
    # The example of https://c2sp.org/tlog-checkpoint
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root.hex()) == (
        "example.com/behind-the-sofa",
        20852163,
        "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62",
    )


def test_a_signed_checkpoint_comes_back():
    assert open_checkpoint(sign_checkpoint(CHECKPOINT, SIGNER), SIGNER.verifier) == CHECKPOINT


def test_one_flipped_byte_of_a_checkpoint_fails():
    note = sign_checkpoint(CHECKPOINT, SIGNER).encode()
    for at in range(len(note)):
        with pytest.raises(IntegrityError):
            open_checkpoint(note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :], SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n3\n",
        f"origin\n3\n{ROOT}",
        f"\n3\n{ROOT}\n",
        f"origin\n03\n{ROOT}\n",
        f"origin\n-3\n{ROOT}\n",
        f"origin\n+3\n{ROOT}\n",
        f"origin\n\u0663\n{ROOT}\n",
        f"origin\n3_0\n{ROOT}\n",
        f"origin\n{10**20}\n{ROOT}\n",
        f"origin\n3\n{ROOT[:-4]}\n",
        f"origin\n3\n{ROOT[:-2]}9=\n",
        f"origin\n3\n{ROOT}\nextension\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(CheckpointFormatError):
        parse_checkpoint(text)


def test_a_checkpoint_of_another_log_is_refused_although_the_key_signed_it():
    note = SIGNER.sign(f"other.example/demur/log\n3\n{ROOT}\n")
    with pytest.raises(CheckpointFormatError, match=r"is of log other.example/demur/log"):
        open_checkpoint(note, SIGNER.verifier)


def test_a_log_signs_only_its_own_checkpoints():
    with pytest.raises(CheckpointOriginError):
        sign_checkpoint(CHECKPOINT, Signer("other.example/demur/log", bytes(32)))
