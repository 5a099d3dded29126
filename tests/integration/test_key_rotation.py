"""Replacing the keys of an installation: what was given before, meanwhile and after stays valid for everybody."""

import json
import shutil

import pytest

import demur.cli.keys as commands
from demur.evidence.errors import EvidenceError
from demur.evidence.verify import verify_pack
from demur.kernel.errors import IntegrityError
from demur.keys.key_files import envelope_path, signing_path
from demur.keys.keyring import load_keyring, parse_public_keys, read_public_keys
from demur.keys.notes import NoteSignatureError, open_note
from demur.ledger.leaves import digest_document, parse_leaf
from demur.ledger.openings import verify_receipt
from demur.ledger.tiles import TileStore


@pytest.fixture
def platform(built, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(built, folder)
    return folder


def run(demur, folder, command):
    ended = demur(folder, *command.split())
    assert (ended.status, command) == (0, command), ended.err
    return ended.out


def receipt_for(demur, folder, account):
    return json.loads(run(demur, folder, f"register object {account} --json"))["receipt"]


def accounts_of(folder):
    return [line.split(",")[0] for line in (folder / "accounts.csv").read_text().splitlines()[1:]]


@pytest.fixture
def rotated(demur, platform):
    """Play a rotation of both keys, and return the receipts of before, meanwhile and after."""
    accounts = iter(accounts_of(platform)[30:])
    shutil.copy(platform / "keys/public.json", platform / "pinned.json")
    receipts = [receipt_for(demur, platform, next(accounts))]
    run(demur, platform, "keys rotate log")
    run(demur, platform, "keys rotate documents")
    receipts.append(receipt_for(demur, platform, next(accounts)))
    run(demur, platform, "keys retire log")
    run(demur, platform, "keys retire documents")
    receipts.append(receipt_for(demur, platform, next(accounts)))
    return receipts


def test_receipts_of_before_meanwhile_and_after_verify_by_the_new_keys_and_by_the_pinned_ones(platform, rotated):
    newest = read_public_keys(platform / "keys/public.json")
    pinned = read_public_keys(platform / "pinned.json")
    for receipt in rotated:
        assert (
            verify_receipt(receipt, newest.log).index
            == verify_receipt(receipt, pinned.follow(newest.rotations).log).index
        )
    before, meanwhile, after = rotated
    for receipt in (before, meanwhile):
        verify_receipt(receipt, pinned.log)  # whoever has not heard of the new key can still check
    with pytest.raises(NoteSignatureError):
        verify_receipt(after, pinned.log)


def test_the_log_holds_each_statement(platform, rotated):
    newest = read_public_keys(platform / "keys/public.json")
    tiles = TileStore(platform / "register/log")
    leaves = [parse_leaf(data) for data in tiles.read_entries(0, tiles.size())]
    logged = [leaf.commitment for leaf in leaves if leaf.kind == "key"]
    assert logged == [digest_document(note.encode()) for note in newest.rotations]
    assert load_keyring(platform / "keys/keyring.json").public.rotations == newest.rotations


def test_corpora_and_documents_of_before_go_on(demur, platform, rotated):
    run(demur, platform, "apply sample")
    run(demur, platform, "register snapshot")
    run(demur, platform, "build later")
    run(demur, platform, "purge sample")
    run(demur, platform, "export sample --to jsonl --out rows.jsonl --recipient somebody")
    run(demur, platform, "evidence pack --out after.zip")
    (platform / "receipt").write_text(rotated[0])
    for trust in ("keys/public.json", "pinned.json"):
        told = run(demur, platform, f"evidence verify after.zip --trust {trust} --receipt receipt --json")
        statements = [check["statement"] for check in json.loads(told)["checks"] if check["subject"] == "keys"]
        assert [statement.split(" at ")[0] for statement in statements] == [
            "the log key was replaced",
            "the documents key was replaced",
        ]


def test_a_pack_of_before_verifies_by_the_new_keys(demur, packed, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(packed, folder)
    run(demur, folder, "keys rotate documents")
    run(demur, folder, "keys retire documents")
    verify_pack(folder / "pack.zip", trust=read_public_keys(folder / "keys/public.json"))


def test_a_pack_that_tells_of_a_rotation_that_was_never_logged_is_refused(demur, built, tmp_path):
    """The keys are stolen: both sign the statement, but the log has not heard of it."""
    folder = tmp_path / "platform"
    shutil.copytree(built, folder)
    run(demur, folder, "keys rotate documents")
    log = folder / "register"
    shutil.rmtree(log)
    shutil.copytree(built / "register", log)
    run(demur, folder, "evidence pack --out pack.zip")
    with pytest.raises(EvidenceError, match="tells of a replaced key that the log does not know"):
        verify_pack(folder / "pack.zip", trust=read_public_keys(built / "keys/public.json"))


def test_public_keys_with_a_statement_that_the_old_key_did_not_sign_are_refused(platform, rotated):
    document = json.loads((platform / "keys/public.json").read_text())
    note = document["rotations"][0]
    text, _, lines = note.partition("\n\n")
    old_line, new_line = lines.splitlines()
    for kept in (old_line, new_line):
        forged = {**document, "rotations": [f"{text}\n\n{kept}\n", document["rotations"][1]]}
        with pytest.raises(IntegrityError):
            parse_public_keys(json.dumps(forged).encode())


@pytest.mark.parametrize("step", ["replace_keyring", "_log_rotations", "write_public_keys"])
def test_a_rotation_that_is_stopped_at_any_step_is_finished_by_the_same_command(demur, platform, monkeypatch, step):
    """Stopped before each step; the receipts in between are good for everybody."""

    class Stopped(BaseException):
        pass

    def stop(*_):
        raise Stopped

    pinned = read_public_keys(platform / "keys/public.json")
    with monkeypatch.context() as patched:
        patched.setattr(commands, step, stop)
        with pytest.raises(Stopped):
            demur(platform, "keys", "rotate", "log")
    account, other = accounts_of(platform)[30:32]
    verify_receipt(receipt_for(demur, platform, account), pinned.log)
    run(demur, platform, "keys rotate documents")  # another rotation meanwhile finishes the first one too
    run(demur, platform, "keys rotate log" if step == "replace_keyring" else "keys show")
    newest = read_public_keys(platform / "keys/public.json")
    assert (len(newest.rotations), len(newest.log.earlier)) == (2, 1)
    assert verify_receipt(receipt_for(demur, platform, other), newest.log).index > 0
    run(demur, platform, "keys retire log")
    tiles = TileStore(platform / "register/log")
    kinds = [parse_leaf(data).kind for data in tiles.read_entries(0, tiles.size())]
    assert kinds.count("key") == 2
    assert open_note(tiles.checkpoint_note(), newest.log)


def test_a_key_is_not_rotated_twice_without_retiring(demur, platform):
    run(demur, platform, "keys rotate log")
    ended = demur(platform, "keys", "rotate", "log")
    assert (ended.status, "Run `demur keys retire log` first." in ended.err) == (2, True)
    assert demur(platform, "keys", "retire", "documents").status == 2


def test_the_envelope_key_is_replaced_and_every_receipt_comes_again(demur, platform):
    first, other = accounts_of(platform)[30:32]
    receipt = receipt_for(demur, platform, first)
    told = [json.loads(run(demur, platform, "keys rotate envelope --json"))]
    refused = demur(platform, "keys", "retire", "envelope")
    assert (refused.status, "Run `demur register rewrap` first." in refused.err) == (2, True)
    receipt_for(demur, platform, other)
    rewrapped = json.loads(run(demur, platform, "register rewrap --json"))
    told.append(json.loads(run(demur, platform, "keys retire envelope --json")))
    assert [one["key"] for one in told] == [rewrapped["key"]] * 2
    assert ([len(one["earlier"]) for one in told], rewrapped["rewrapped"] > 1) == ([1, 0], True)
    assert receipt_for(demur, platform, first) == receipt
    assert json.loads(run(demur, platform, "register rewrap --json"))["rewrapped"] == 0
    assert demur(platform, "keys", "retire", "envelope").status == 2


def test_a_keyring_of_one_file_takes_no_objection_until_it_is_parted(demur, platform):
    path = platform / "keys/keyring.json"
    keyring = load_keyring(path)
    parts = [json.loads(file.read_bytes()) for file in (path, signing_path(path))]
    one = {**parts[0], **parts[1], "v": 1, "retired": []}
    del one["public"]
    path.write_text(json.dumps(one))
    signing_path(path).unlink()
    envelope_path(path).rename(platform / "put-aside")
    account = accounts_of(platform)[30]
    refused = demur(platform, "register", "object", account)
    assert (refused.status, "[envelope-key-missing]" in refused.err) == (3, True)
    run(demur, platform, "register snapshot")  # whoever objected stays out meanwhile
    (platform / "put-aside").rename(envelope_path(path))
    run(demur, platform, "keys split")
    assert load_keyring(path) == keyring
    verify_receipt(receipt_for(demur, platform, account), keyring.public.log)
