"""``demur keys``: make the keyring, show its public half, replace the keys that sign or seal."""

import secrets
from enum import StrEnum
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.envelope_keys import lock_of, retire_envelope, rotate_envelope
from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common, Workspace
from demur.kernel.files import exclusive_lock
from demur.kernel.words import RecordKind
from demur.keys.keyring import (
    KeyOverlapError,
    Keyring,
    create_keyring,
    load_signing_keyring,
    replace_keyring,
    write_public_keys,
)
from demur.keys.rotation import KeyRole, read_rotation
from demur.ledger.leaves import digest_document

app = App(name="keys", help="Make the keyring; show its public half; replace its keys; give out API keys.")
app.command("demur.cli.api_keys:app", name="api")
app.command("demur.cli.envelope_keys:split", name="split")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_SEED_BYTES = 32


class ReplacedKey(StrEnum):
    """Which key a command replaces."""

    LOG = KeyRole.LOG.value
    DOCUMENTS = KeyRole.DOCUMENTS.value
    ENVELOPE = "envelope"


@app.command
def create(*, common: _Common = _COMMON) -> None:
    """Make a new keyring and its public half, `public.json`, beside it.

    It is three files of mode 0600: the keys that name people, the keys that sign (`.signing`), and the envelope keys
    that seal entries in the register (`.envelope`). Whoever has them can name every subject and sign as the platform:
    keep a copy of each offline, the envelope keys apart from backups. A keyring that exists is never overwritten.
    """
    workspace = common.workspace()
    path = workspace.keyring_path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keyring = create_keyring(path, platform=workspace.configuration.platform.name)
    write_public_keys(workspace.public_keys_path, keyring)
    _show(common, "made", workspace.keyring.trusted_keys().log.vkey, workspace.keyring.trusted_keys().documents.vkey)


@app.command
def show(*, common: _Common = _COMMON) -> None:
    """Print the two public keys as C2SP verifier keys; publish them where people can compare."""
    keys = common.workspace().trusted_keys
    _show(common, "public", keys.log.vkey, keys.documents.vkey)


@app.command
def rotate(role: ReplacedKey, *, common: _Common = _COMMON) -> None:
    """Replace the key that signs the log or the documents, or the envelope key, by a new one.

    A key that signs: the log says so, signed by both keys, and from then on both sign, until `demur keys retire`, so
    that whoever knows only the old key can still check. What the old key signed stays valid. A rotation that was
    stopped half-way is finished by the same command.

    The envelope key: new entries are sealed under the new one; `demur register rewrap` brings the others under it.

    Restart the portal and whatever else is running afterwards: it works with the keys that it was started with.

    Args:
        role: Which key: that of the log, that of the documents, or the envelope key.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with exclusive_lock(lock_of(workspace)):
        if role is ReplacedKey.ENVELOPE:
            rotate_envelope(common, workspace)
        else:
            _rotate_signer(common, workspace, KeyRole(role))


@app.command
def retire(role: ReplacedKey, *, common: _Common = _COMMON) -> None:
    """End the use of the key that was replaced, and forget its secret.

    A key that signs: what it signed stays valid. The envelope key: refused while an entry is still under it; a backup
    from before `demur register rewrap` needs it, so keep the envelope keys of each backup as long as the backup.

    Args:
        role: Which key: that of the log, that of the documents, or the envelope key.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    with exclusive_lock(lock_of(workspace)):
        if role is ReplacedKey.ENVELOPE:
            retire_envelope(common, workspace)
        else:
            _retire_signer(common, workspace, KeyRole(role))


def _rotate_signer(common: Common, workspace: Workspace, role: KeyRole) -> None:
    keyring = load_signing_keyring(workspace.keyring_path)
    if not _is_half_done(workspace, keyring, role):
        day = workspace.clock.now().date()
        keyring = keyring.rotate(role, seed=secrets.token_bytes(_SEED_BYTES), day=day)
    # Also when it goes on: it is more than one file.
    replace_keyring(workspace.keyring_path, keyring)
    _log_rotations(workspace, _pending(workspace, keyring))
    # Last: it tells the world what the log holds by now.
    write_public_keys(workspace.public_keys_path, keyring)
    _tell_change(common, keyring, role, "signs from now on, and the one before it too until it retires")


def _retire_signer(common: Common, workspace: Workspace, role: KeyRole) -> None:
    keyring = load_signing_keyring(workspace.keyring_path)
    if _is_half_done(workspace, keyring, role):
        message = f"the rotation of the {role} key is not finished"
        raise KeyOverlapError(message, hint=f"Run `demur keys rotate {role}` again; it goes on.")
    keyring = keyring.retire(role)
    replace_keyring(workspace.keyring_path, keyring)
    _tell_change(common, keyring, role, "signs alone; the one before it is gone from the keyring")


def _pending(workspace: Workspace, keyring: Keyring) -> list[str]:
    """Return the rotations that were stopped between the keyring and the public keys, which are written last."""
    return [note for note in keyring.public.rotations if note not in workspace.trusted_keys.rotations]


def _is_half_done(workspace: Workspace, keyring: Keyring, role: KeyRole) -> bool:
    return any(read_rotation(note).role is role for note in _pending(workspace, keyring))


def _log_rotations(workspace: Workspace, notes: list[str]) -> None:
    """Enter statements in the log; the same statement gets the same entry again."""
    with workspace.open_log() as register:
        for note in notes:
            register.append_document(RecordKind.KEY, digest_document(note.encode()), at=workspace.clock.now())


def _tell_change(common: Common, keyring: Keyring, role: KeyRole, what: str) -> None:
    signer = keyring.signing_keys.signer(role)
    if common.json:
        print_json({"role": role, "key": signer.vkey, "both_sign": signer.leaving is not None})
    else:
        print_lines(f"{role} key {signer.vkey}: {what}")


def _show(common: Common, state: str, log: str, documents: str) -> None:
    if common.json:
        print_json({"keys": state, "log": log, "documents": documents})
    else:
        print_lines(f"log        {log}", f"documents  {documents}")
