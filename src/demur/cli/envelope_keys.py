"""Envelope keys: part them from the others, replace them, bring the register under the newest, give the old ones up."""

import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.output import print_json, print_lines, show_progress
from demur.cli.workspace import Common, Workspace
from demur.kernel.files import exclusive_lock
from demur.keys.envelope import SECRET_BYTES, EnvelopeKeys
from demur.keys.key_files import envelope_path, signing_path
from demur.keys.keyring import KeyOverlapError, load_keyring, replace_keyring, split_keyring

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]
_PAUSE_SECONDS = 0.005


def split(*, common: _Common = _COMMON) -> None:
    """Part a keyring that an earlier Demur made as one file into its files, and make its envelope key.

    A keyring that is parted already stays as it is. Delete older copies of the one file, or keep them offline: they
    hold the keys that sign.

    Args:
        common: Options that every command shares.
    """
    workspace = common.workspace()
    path = workspace.keyring_path
    with exclusive_lock(lock_of(workspace)):
        split_keyring(path)
    files = [path.name, signing_path(path).name, envelope_path(path).name]
    if common.json:
        print_json({"files": files})
    else:
        print_lines(
            f"the keyring is {', '.join(files)}: copy each to a safe place, the envelope keys apart from backups"
        )


def rewrap_register(*, common: _Common = _COMMON) -> None:
    """Bring every sealed entry of the register under the newest envelope key; the register may run meanwhile.

    Restart the portal after `demur keys rotate envelope` and before this: a process that was started earlier cannot
    open what is under the new key. Nothing but the wrapped keys changes. If it is stopped half-way, run it again.

    Args:
        common: Options that every command shares.
    """
    from demur.register.envelopes import rewrap  # noqa: PLC0415 -- slow import

    workspace = common.workspace()
    envelope = workspace.whole_keyring.envelope_keys
    with workspace.open_register() as register, show_progress() as report:
        count = rewrap(
            register.database,
            envelope,
            pause=lambda: time.sleep(_PAUSE_SECONDS),
            progress=lambda done, size: report("rewrap", done, size),
        )
    key = envelope.current.key_id.hex()
    if common.json:
        print_json({"key": key, "rewrapped": count})
    else:
        print_lines(f"{count:,} entries were brought under envelope key {key}; all are under it now")


def rotate_envelope(common: Common, workspace: Workspace) -> None:
    """Let a new envelope key seal from now on; the ones before it still open."""
    keyring = load_keyring(workspace.keyring_path)
    envelope = keyring.envelope_keys.rotate(secrets.token_bytes(SECRET_BYTES))
    replace_keyring(workspace.keyring_path, replace(keyring, envelope=envelope))
    _tell(common, envelope, "seals from now on; restart the portal, then run `demur register rewrap`")


def retire_envelope(common: Common, workspace: Workspace) -> None:
    """Give up the envelope keys before the current one.

    Raises:
        KeyOverlapError: there is none.
        EnvelopeKeyInUseError: a row of the register is still under one.
    """
    from demur.register.envelopes import give_up  # noqa: PLC0415 -- slow import

    keyring = load_keyring(workspace.keyring_path)
    envelope = keyring.envelope_keys
    if not envelope.earlier:
        message = "no replaced envelope key is in the keyring"
        raise KeyOverlapError(message, hint="`demur keys rotate envelope` replaces the one that seals.")
    with workspace.open_register() as register:
        give_up(register.database, envelope)
    # The register comes first: from here on it takes no row under them.
    replace_keyring(workspace.keyring_path, replace(keyring, envelope=envelope.retire()))
    _tell(common, envelope.retire(), "seals alone; the ones before it are gone from the keyring")


def lock_of(workspace: Workspace) -> Path:
    """Return the lock of whoever changes the keyring."""
    return workspace.keyring_path.with_name(f".{workspace.keyring_path.name}.lock")


def _tell(common: Common, envelope: EnvelopeKeys, what: str) -> None:
    key = envelope.current.key_id.hex()
    if common.json:
        print_json({"role": "envelope", "key": key, "earlier": [old.key_id.hex() for old in envelope.earlier]})
    else:
        print_lines(f"envelope key {key}: {what}")
