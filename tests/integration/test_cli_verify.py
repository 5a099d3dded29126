"""``demur verify`` says what a receipt proves, and says the same as the one file that runs by itself."""

import json
from pathlib import Path

import pytest

import demur_verify
from demur.keys.keyring import create_keyring, write_public_keys
from demur.keys.notes import Signer
from demur.ledger.receipt import parse_tlog_proof

GOLDEN = Path(__file__).parents[1] / "golden" / "ledger" / "objection.tlog-proof"
VKEY = Signer("agora.example/demur/log", bytes(range(32))).vkey
# A key of a witness that signed nothing (c2sp.org/tlog-cosignature).
WITNESS = "witness.example/w1+0ad7d35e+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
STEERING = "\u2014 evil\u202ename AAAAAAAA\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "receipt.tlog-proof").write_bytes(GOLDEN.read_bytes())
    (tmp_path / "steering.tlog-proof").write_text(GOLDEN.read_text("utf-8") + STEERING, "utf-8")
    (tmp_path / "altered.tlog-proof").write_bytes(GOLDEN.read_bytes().replace(b"index 1", b"index 2"))
    (tmp_path / "windows.tlog-proof").write_bytes(GOLDEN.read_bytes().replace(b"\n", b"\r\n"))
    return tmp_path


def test_a_receipt_is_told_in_words(demur, folder):
    ended = demur(folder, "verify", "receipt.tlog-proof", "--vkey", VKEY)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        "receipt.tlog-proof holds.\n\n"
        "It proves:\n"
        "  - The platform recorded an objection to training generative AI models; its date is 2025-05-27.\n"
        "  - Accounts that it covers: 1; items or pages that it points at: 0.\n"
        "  - It is entry 1 of the log agora.example/demur/log, which had 3 entries when it was signed.\n"
        "  - The key agora.example/demur/log+963f60ce signed that: whoever has the key cannot deny it.\n\n"
        "What rests on trust:\n"
        "  - that the key is the platform's: compare it with a copy from another place\n"
        "  - that everybody sees the same log: witnesses show that\n"
        "  - that the date is right: places in the log have an order, dates are the platform's word\n"
        "  - that the platform obeyed: `demur evidence verify PACK --receipt RECEIPT` shows that for the corpora of a "
        "pack\n"
    )


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("receipt.tlog-proof", "--vkey", VKEY, "--witness", WITNESS), 1, ""),
        (("missing.tlog-proof", "--vkey", VKEY), 2, "receipt-unreadable"),
        (("receipt.tlog-proof",), 2, "key-choice"),
        (("receipt.tlog-proof", "--vkey", VKEY, "--trust", "public.json"), 2, "key-choice"),
        (("receipt.tlog-proof", "--vkey", VKEY[:-1]), 3, "verifier-key"),
        (("receipt.tlog-proof", "--vkey", VKEY, "--witness", VKEY), 3, "verifier-key"),
        (("receipt.tlog-proof", "--trust", "public.json"), 3, "public-keys"),
        (("receipt.tlog-proof", "--vkey", Signer("agora.example/demur/log", bytes(32)).vkey), 5, "note-signature"),
        (("altered.tlog-proof", "--vkey", VKEY), 5, "proof"),
        (("windows.tlog-proof", "--vkey", VKEY), 5, "receipt-format"),
    ],
)
def test_the_exit_status_tells_what_happened(demur, folder, words, status, code):
    ended = demur(folder, "verify", *words)
    assert (ended.status, f"[{code}]" in ended.err) == (status, bool(code)), ended.err


@pytest.mark.parametrize("name", ["receipt.tlog-proof", "steering.tlog-proof"])
@pytest.mark.parametrize("witnesses", [(), ("--witness", WITNESS)])
def test_the_file_that_runs_by_itself_says_the_same(demur, folder, capsys, name, witnesses):
    ended = demur(folder, "verify", name, "--vkey", VKEY, *witnesses, "--json")
    status = demur_verify.main([str(folder / name), "--key", VKEY, *witnesses, "--json"])
    assert (json.loads(capsys.readouterr().out), status) == (json.loads(ended.out), ended.status)


def test_the_name_of_a_signature_cannot_steer_a_terminal(demur, folder):
    ended = demur(folder, "verify", "steering.tlog-proof", "--vkey", VKEY)
    assert "a signature of evil?name." in ended.out


def test_a_receipt_of_the_register_is_checked_with_the_public_keys_of_the_folder(demur, registered, tmp_path):
    somebody = (registered / "late_objection.txt").read_text("utf-8").strip()
    path = tmp_path / "late.tlog-proof"
    assert demur(registered, "register", "object", somebody, "--out", str(path)).status == 0
    ended = demur(registered / "keys", "verify", str(path), "--json")
    told, proof = json.loads(ended.out), parse_tlog_proof(path.read_text("utf-8"))
    assert (ended.status, told["kind"], told["purpose"]) == (0, "objection", "train_generative_models")
    assert (told["index"], told["size"], told["accounts"] >= 1) == (proof.index, proof.index + 1, True)
    assert told["received_at"].startswith(told["day"])


def test_the_keys_of_another_platform_refuse_a_receipt(demur, folder):
    keyring = create_keyring(folder / "keys" / "keyring.json", platform="other.example", seed=b"other")
    write_public_keys(folder / "public.json", keyring)
    ended = demur(folder, "verify", "receipt.tlog-proof")
    assert (ended.status, "[note-signature]" in ended.err) == (5, True)
