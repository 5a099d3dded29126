"""The one file that checks a receipt: alone, with its own Ed25519, and with the same answers as ``demur verify``."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

import demur_verify
from demur.evidence.receipt_report import report_receipt
from demur.keys.cosignatures import WitnessKey
from demur.keys.encoding import encode_base64
from demur.keys.notes import NoteSignatureError, Signer, VerifierKeyError

GOLDEN = Path(__file__).parent.parent / "golden" / "ledger" / "objection.tlog-proof"
SIGNER = Signer("agora.example/demur/log", bytes(range(32)))
FILE = Path(demur_verify.__file__)
AT = datetime(2025, 5, 27, 6, 0, tzinfo=UTC)
ORDER = 2**252 + 27742317777372353535851937790883648493
# RFC 8032 section 7.1, tests 1 to 3: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)


def run_alone(*words: str, isolated: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the file as a person does; isolated, with the standard library alone."""
    options = ("-I", "-S") if isolated else ()
    return subprocess.run([sys.executable, *options, FILE, *words], capture_output=True, text=True, check=False)


class Witness:
    """An invented witness that signs heads of logs (c2sp.org/tlog-cosignature)."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        typed = b"\x04" + self.private.public_key().public_bytes_raw()
        self.key_id = demur_verify.hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{encode_base64(typed)}"

    def cosign(self, receipt: str, *, seconds: int = int(AT.timestamp())) -> str:
        """Return a receipt with this witness's line below it."""
        text = receipt.partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
        signature = self.private.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        line = encode_base64(self.key_id + seconds.to_bytes(8, "big") + signature)
        return f"{receipt}\u2014 {self.name} {line}\n"


WITNESS, OTHER = Witness("witness.example/w1", 1), Witness("witness.example/w2", 2)


def test_the_file_is_short_enough_to_be_read_and_imports_nothing_of_demur():
    lines = FILE.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith(("import demur", "from demur"))] == []
    assert len([line for line in lines if line.strip()]) < 300


@pytest.mark.parametrize("isolated", [True, False])
def test_a_receipt_that_holds_is_told_in_words(isolated):
    done = run_alone(str(GOLDEN), "--key", SIGNER.vkey, isolated=isolated)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"{GOLDEN} holds.\n\n"
        "It proves:\n"
        "  - The platform recorded an objection to training generative AI models; its date is 2025-05-27.\n"
        "  - Accounts that it covers: 1; items or pages that it points at: 0.\n"
        "  - It is entry 1 of the log agora.example/demur/log, which had 3 entries when it was signed.\n"
        "  - The key agora.example/demur/log+963f60ce signed that: whoever has the key cannot deny it.\n\n"
        "It does not prove:\n"
        "  - That the key is the platform's: compare it with a copy from another place.\n"
        "  - That everybody sees the same log: witnesses show that.\n"
        "  - That the date is right: places in the log have an order, dates are the platform's word.\n"
        "  - That the platform obeyed: for that, an evidence pack is checked together with this receipt.\n"
    )


@pytest.mark.parametrize(
    ("content", "key", "status", "said"),
    [
        (None, SIGNER.vkey, 2, "cannot be read (FileNotFoundError)"),
        (b"\xff", SIGNER.vkey, 2, "cannot be read (UnicodeDecodeError)"),
        (GOLDEN.read_bytes(), "agora.example", 3, "is no public key of a log: name+id+base64"),
        (GOLDEN.read_bytes(), SIGNER.vkey[:-1] + "5", 3, "is no public key of a log: name+id+base64"),
        (
            GOLDEN.read_bytes().replace(b"index 1", b"index 0"),
            SIGNER.vkey,
            5,
            "does not hold this record at this place",
        ),
        (GOLDEN.read_bytes(), Signer(SIGNER.name, bytes(32)).vkey, 5, "did not sign it"),
    ],
)
def test_what_does_not_hold_is_said_with_the_exit_status_of_its_family(tmp_path, content, key, status, said):
    path = tmp_path / "receipt.tlog-proof"
    if content is not None:
        path.write_bytes(content)
    done = run_alone(str(path), "--key", key)
    assert (done.returncode, done.stdout, said in done.stderr) == (status, "", True), done.stderr


def test_witnesses_are_asked_by_name(tmp_path):
    path = tmp_path / "receipt.tlog-proof"
    path.write_text(WITNESS.cosign(GOLDEN.read_text("utf-8")), "utf-8")
    words = (str(path), "--key", SIGNER.vkey, "--json")
    seen = {"witness": WITNESS.name, "at": AT.isoformat()}
    for witnesses, status, cosigned, lacking, unchecked in (
        ((), 0, [], [], [WITNESS.name]),
        ((WITNESS,), 0, [seen], [], []),
        ((WITNESS, OTHER), 1, [seen], [OTHER.name], []),
        ((OTHER,), 1, [], [OTHER.name], [WITNESS.name]),
    ):
        done = run_alone(*words, *(word for one in witnesses for word in ("--witness", one.vkey)))
        told = json.loads(done.stdout)
        found = (done.returncode, told["cosigned_by"], told["not_cosigned_by"], told["not_checked"])
        assert found == (status, cosigned, lacking, unchecked)


def test_a_wrong_signature_of_a_witness_refuses_the_receipt_where_its_key_is_given():
    later = WITNESS.cosign(GOLDEN.read_text("utf-8"))
    altered = later[:-4] + ("A" if later[-4] != "A" else "B") + later[-3:]
    never = WITNESS.cosign(GOLDEN.read_text("utf-8"), seconds=1 << 40)
    key, witness = demur_verify.read_key(SIGNER.vkey, b"\x01"), demur_verify.read_key(WITNESS.vkey, b"\x04")
    for receipt in (altered, never):
        assert demur_verify.check_receipt(receipt, key)["not_checked"] == [WITNESS.name]
        with pytest.raises(demur_verify.RefusedError, match=r"the witness witness\.example/w1"):
            demur_verify.check_receipt(receipt, key, [witness])
        with pytest.raises(NoteSignatureError):
            report_receipt(receipt, SIGNER.verifier, [WitnessKey(WITNESS.vkey)])


def test_a_key_of_a_log_is_no_key_of_a_witness_and_the_other_way_round():
    for vkey, algorithm in ((SIGNER.vkey, b"\x04"), (WITNESS.vkey, b"\x01")):
        with pytest.raises(demur_verify.KeyTextError):
            demur_verify.read_key(vkey, algorithm)
    for vkey in (SIGNER.vkey, WITNESS.vkey[:-1], "w+00000000+AAAA", ""):
        with pytest.raises(VerifierKeyError):
            WitnessKey(vkey)


def test_control_characters_of_a_receipt_do_not_reach_the_terminal():
    assert demur_verify.printable("a\x1b[2J\u202eb\x9b\n") == "a?[2J?b?\n"


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032_verify_and_no_other_signature_of_them(public, message, signature):
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    is_signed = demur_verify.is_signed_in_pure_python
    assert is_signed(key, text, signed)
    s = int.from_bytes(signed[32:], "little")
    second = signed[:32] + (s + ORDER).to_bytes(32, "little")  # what a verifier that forgets to compare s would accept
    others = (second, signed[:-1], signed + b"\0", signed[32:] + signed[:32], b"", bytes(64))
    assert [is_signed(key, text, other) for other in others] == [False] * len(others)
    assert not is_signed(key, text + b"\0", signed)


def test_a_second_name_of_a_point_is_no_point():
    prime = 2**255 - 19
    canonical = [(y, odd) for y in range(19) for odd in (0, 1)]
    for y, odd in canonical:
        second = (y + prime | odd << 255).to_bytes(32, "little")
        assert demur_verify.decode_point(second) is None
    assert demur_verify.decode_point((1 | 1 << 255).to_bytes(32, "little")) is None  # the sign of x = 0
    assert demur_verify.decode_point((1).to_bytes(32, "little")) == (0, 1, 1, 0)


@settings(max_examples=30)  # one takes 10 ms: Ed25519 in Python
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_both_ways_of_checking_a_signature_agree(seed, message, bit):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    signature, public = private.sign(message), private.public_key().public_bytes_raw()
    flipped = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    key = demur_verify.Key("log", b"", public)
    for one in (signature, flipped):
        found = demur_verify.is_signed_in_pure_python(public, message, one)
        assert found == demur_verify.is_signed(key, message, one) == (one == signature)
