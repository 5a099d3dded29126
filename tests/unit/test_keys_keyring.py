import json
import os
from dataclasses import replace

import pytest

from demur.keys.envelope import EnvelopeKeyMissingError
from demur.keys.key_files import envelope_path, signing_path
from demur.keys.keyring import (
    KeyAbsentError,
    PlatformNameError,
    PublicKeysError,
    create_keyring,
    load_keyring,
    load_naming_keyring,
    load_signing_keyring,
    read_public_keys,
    replace_keyring,
    split_keyring,
    write_public_keys,
)
from demur.keys.private_files import (
    KeyringDamagedError,
    KeyringExistsError,
    KeyringExposedError,
    KeyringMissingError,
)

SEED = b"an invented seed"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "keyring.json"


def test_a_keyring_comes_back(path):
    created = create_keyring(path, platform="agora.example")
    assert load_keyring(path) == created


def test_only_the_owner_may_read_a_new_keyring(path):
    create_keyring(path, platform="agora.example")
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("keyring.json", "keyring.signing.json", "keyring.envelope.json"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_signers_carry_the_name_of_the_platform(path):
    keyring = create_keyring(path, platform="agora.example")
    assert keyring.log_signer.name == "agora.example/demur/log"
    assert keyring.document_signer.name == "agora.example/demur/documents"


def test_every_use_has_a_key_of_its_own(path):
    create_keyring(path, platform="agora.example")
    documents = [json.loads(file.read_bytes()) for file in (path, signing_path(path), envelope_path(path))]
    secrets = [
        value
        for document in documents
        for name, value in document.items()
        if name not in {"v", "platform", "public", "earlier"}
    ]
    assert (len(secrets), len(set(secrets))) == (7, 7)


def test_two_keyrings_differ_and_a_seed_repeats_one(tmp_path):
    drawn = [create_keyring(tmp_path / name, platform="agora.example") for name in ("a", "b")]
    seeded = [create_keyring(tmp_path / name, platform="agora.example", seed=SEED) for name in ("c", "d")]
    assert drawn[0].subject_key != drawn[1].subject_key
    assert seeded[0] == seeded[1]


def test_a_keyring_is_never_overwritten(path):
    first = create_keyring(path, platform="agora.example")
    with pytest.raises(KeyringExistsError, match="a keyring exists already"):
        create_keyring(path, platform="agora.example")
    assert load_keyring(path) == first


def test_a_link_at_the_name_is_not_followed_when_creating(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyringExistsError):
        create_keyring(tmp_path / "link", platform="agora.example")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("platform", ["", "Agora", "agora example", "agora+example", ".agora", "a" * 65, "agora\n"])
def test_a_platform_needs_a_plain_name(path, platform):
    with pytest.raises(PlatformNameError):
        create_keyring(path, platform=platform)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777])
def test_a_keyring_that_others_may_touch_is_refused(path, mode):
    create_keyring(path, platform="agora.example")
    path.chmod(mode)
    with pytest.raises(KeyringExposedError, match=f"has mode 0{mode:o}, allowed is 0600 or stricter") as caught:
        load_keyring(path)
    assert caught.value.hint == f"Run `chmod 600 {path}`, and ask who may have read it."


def test_the_mode_of_the_file_behind_a_link_counts(path, tmp_path):
    create_keyring(path, platform="agora.example")
    (tmp_path / "link").symlink_to(path)
    path.chmod(0o644)
    with pytest.raises(KeyringExposedError):
        load_keyring(tmp_path / "link")


@pytest.mark.parametrize("part", ["signing", "envelope"])
def test_every_file_of_a_keyring_is_its_owners_alone(path, part):
    create_keyring(path, platform="agora.example")
    path.with_name(f"keyring.{part}.json").chmod(0o640)
    with pytest.raises(KeyringExposedError, match="has mode 0640"):
        load_keyring(path)


def test_a_process_that_names_people_reads_no_other_secret(path):
    created = create_keyring(path, platform="agora.example")
    envelope_path(path).unlink()
    assert load_signing_keyring(path) == replace(created, envelope=None)
    signing_path(path).unlink()
    naming = load_naming_keyring(path)
    assert naming == replace(created, envelope=None, signing=None)
    for wanted in ("log_signer", "document_signer", "envelope_keys"):
        with pytest.raises(KeyAbsentError, match="this process did not load the"):
            getattr(naming, wanted)
    with pytest.raises(KeyringMissingError):
        load_keyring(path)


def as_one_file(path):
    """Make a keyring what version 1 of it was; return it and the bytes of its file."""
    keyring = create_keyring(path, platform="agora.example", seed=SEED)
    content = {"v": 1, "platform": "agora.example", "retired": []}
    content |= {name: json.loads(path.read_bytes())[name] for name in NAMES}
    content |= {name: json.loads(signing_path(path).read_bytes())[name] for name in ("log_seed", "document_seed")}
    for file in (signing_path(path), envelope_path(path)):
        file.unlink()
    path.write_text(json.dumps(content))
    return keyring, path.read_bytes()


NAMES = ("subject_key", "item_key", "proof_key", "suppression_key")


def test_a_keyring_of_one_file_loads_and_is_parted(path):
    keyring, _ = as_one_file(path)
    assert load_signing_keyring(path) == replace(keyring, envelope=None)
    assert load_naming_keyring(path) == replace(keyring, envelope=None, signing=None)
    with pytest.raises(EnvelopeKeyMissingError) as caught:
        load_keyring(path)
    assert caught.value.hint.startswith("Run `demur keys split` once")
    parted = split_keyring(path)
    assert replace(parted, envelope=None) == replace(keyring, envelope=None)
    assert load_keyring(path) == parted == split_keyring(path)
    assert sorted(json.loads(path.read_bytes())) == sorted([*NAMES, "v", "platform", "public"])


def test_parting_that_was_stopped_half_way_goes_on_with_the_same_envelope_key(path):
    _, one_file = as_one_file(path)
    parted = split_keyring(path)
    path.write_bytes(one_file)
    signing_path(path).unlink()
    assert split_keyring(path) == parted


def test_replacing_some_keys_leaves_the_others_alone(path):
    create_keyring(path, platform="agora.example")
    before = envelope_path(path).read_bytes()
    replace_keyring(path, load_signing_keyring(path))
    assert envelope_path(path).read_bytes() == before


def test_nothing_is_written_where_one_of_the_files_is(path):
    create_keyring(path, platform="agora.example")
    for file in (path, signing_path(path)):
        file.unlink()
    with pytest.raises(KeyringExistsError):
        create_keyring(path, platform="agora.example")
    assert [file.name for file in path.parent.iterdir()] == ["keyring.envelope.json"]


def test_a_stricter_mode_is_accepted(path):
    created = create_keyring(path, platform="agora.example")
    path.chmod(0o400)
    assert load_keyring(path) == created


def test_a_missing_keyring_names_the_command_that_makes_one(path):
    with pytest.raises(KeyringMissingError, match="there is no keyring at") as caught:
        load_keyring(path)
    assert caught.value.hint == "Restore it from your backup; for a new installation run `demur keys create`."


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("", "v", 3),
        ("", "platform", 5),
        ("", "platform", "Agora!"),
        ("", "public", "none"),
        ("", "public", {"v": 1, "platform": "agora.example"}),
        ("", "subject_key", "AAAA"),
        ("", "proof_key", "not base64"),
        ("", "unknown", "field"),
        (".signing", "v", 3),
        (".signing", "platform", "forum.example"),
        (".signing", "log_seed", None),
        (".signing", "retired", []),
        (".envelope", "platform", "forum.example"),
        (".envelope", "current", "AAAA"),
        (".envelope", "earlier", ["AAAA"]),
        (".envelope", "earlier", "none"),
    ],
)
def test_a_damaged_keyring_is_refused(path, part, name, value):
    create_keyring(path, platform="agora.example")
    file = path.with_name(f"keyring{part}.json")
    file.write_text(json.dumps({**json.loads(file.read_bytes()), name: value}))
    with pytest.raises(KeyringDamagedError):
        load_keyring(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 60_000])
def test_a_keyring_that_is_no_object_is_refused(path, content):
    create_keyring(path, platform="agora.example")
    path.write_bytes(content)
    with pytest.raises(KeyringDamagedError):
        load_keyring(path)


def test_every_cut_keyring_is_refused(path):
    create_keyring(path, platform="agora.example")
    whole = path.read_bytes()
    for length in range(len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(KeyringDamagedError):
            load_keyring(path)


def test_a_folder_is_no_keyring(tmp_path):
    with pytest.raises(KeyringDamagedError, match="cannot be read: Is a directory"):
        load_keyring(tmp_path)


def test_nothing_shows_a_secret(path):
    keyring = create_keyring(path, platform="agora.example")
    assert repr(keyring) == "Keyring(platform='agora.example')"
    assert repr(keyring.signing) == "SigningKeys()"
    assert repr(keyring.envelope_keys.current) == f"EnvelopeKey(key_id={keyring.envelope_keys.current.key_id!r})"


def test_public_keys_come_back_and_hold_no_secret(path, tmp_path):
    keyring = create_keyring(path, platform="agora.example")
    write_public_keys(tmp_path / "public.json", keyring)
    assert read_public_keys(tmp_path / "public.json") == keyring.trusted_keys()
    assert json.loads((tmp_path / "public.json").read_bytes()) == {
        "v": 1,
        "platform": "agora.example",
        "log": keyring.log_signer.vkey,
        "documents": keyring.document_signer.vkey,
    }


def test_public_keys_that_are_swapped_are_refused(path, tmp_path):
    keyring = create_keyring(path, platform="agora.example")
    document = {
        "v": 1,
        "platform": "agora.example",
        "log": keyring.document_signer.vkey,
        "documents": keyring.log_signer.vkey,
    }
    (tmp_path / "public.json").write_text(json.dumps(document))
    with pytest.raises(PublicKeysError, match=r"are not named agora.example/demur/log"):
        read_public_keys(tmp_path / "public.json")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"v":1,"platform":1,"log":2,"documents":3}', "[" * 60_000])
def test_what_is_no_file_of_public_keys_is_refused(tmp_path, content):
    (tmp_path / "public.json").write_text(content)
    with pytest.raises(PublicKeysError):
        read_public_keys(tmp_path / "public.json")


def test_missing_public_keys_are_named(tmp_path):
    with pytest.raises(PublicKeysError, match="cannot be read: No such file"):
        read_public_keys(tmp_path / "public.json")


def test_an_umask_does_not_open_a_keyring(path):
    earlier = os.umask(0)
    try:
        create_keyring(path, platform="agora.example")
    finally:
        os.umask(earlier)
    assert path.stat().st_mode & 0o777 == 0o600
