"""What the processes of the web load of an installation's secrets."""

from dataclasses import replace

import pytest

from demur.keys.key_files import envelope_path, signing_path
from demur.keys.keyring import KeyAbsentError, create_keyring
from demur.keys.private_files import KeyringMissingError
from demur.web.installation import Installation


@pytest.fixture
def installation(tmp_path):
    return Installation(
        keyring=tmp_path / "keys.json",
        register_url=f"sqlite:///{tmp_path}/register.db",
        log_folder=tmp_path / "log",
        corpora=tmp_path / "corpora",
        root=tmp_path,
        contact="help@example.org",
    )


def test_the_pages_open_the_register_where_no_key_that_signs_or_seals_can_be_read(installation):
    keyring = create_keyring(installation.keyring, platform="agora.example", seed=b"pages")
    installation.open_register().close()
    for path in (signing_path(installation.keyring), envelope_path(installation.keyring)):
        path.unlink()
    with installation.open_beside() as register:
        assert register.keyring == replace(keyring, signing=None, envelope=None)
        with pytest.raises(KeyAbsentError):
            _ = register.keyring.log_signer
    with pytest.raises(KeyringMissingError):
        installation.open_register()


def test_the_door_opens_the_register_where_no_key_that_signs_can_be_read(installation):
    keyring = create_keyring(installation.keyring, platform="agora.example", seed=b"door")
    installation.open_register().close()
    signing_path(installation.keyring).unlink()
    with installation.open_for_door() as register:
        assert register.keyring == replace(keyring, signing=None)
