"""``demur init``: an installation from nothing: configuration, keys, folders, register and the first login."""

import contextlib
import json as json_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from demur.cli.errors import FolderInUseError
from demur.cli.output import print_json, print_lines
from demur.cli.staff import enrol_member
from demur.cli.workspace import Common, Workspace
from demur.kernel.files import make_folder
from demur.keys.keyring import create_keyring, write_public_keys
from demur.web.staff.roles import StaffRole

_OWNER_ONLY = 0o700
_IN_USE = ("demur.toml", "keys", "register", "corpora")
_CONFIGURATION = """\
# Every key and its default: docs/reference/configuration.md.

[platform]
name = {platform}

[portal]
address = {address}
contact = {contact}

# What may train is read from sources; docs/how-to/add-a-source.md says how to name them here.
"""


def init(
    *,
    platform: str,
    contact: str,
    address: str = "http://localhost:8000",
    staff: str = "dpo",
    folder: Path = Path(),
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Set up an installation in a folder: `demur.toml`, keys, folders, an empty register, and the first login.

    It asks nothing and overwrites nothing. The link that it prints, once, lets the data-protection officer choose how
    to log in to the console. `demur serve` then starts everything.

    Args:
        platform: Whose register it is, such as `agora.example`; it never changes.
        contact: Where a person gets help from a human; every page shows it.
        address: Where people will reach the pages, such as `https://objections.agora.example`; http for this machine
            alone.
        staff: The name with which the data-protection officer logs in.
        folder: Where; the present folder unless given.
        json: Print one JSON object and nothing else.
    """
    workspace = _make_installation(folder, platform=platform, contact=contact, address=address)
    link = enrol_member(workspace, staff, StaffRole.DPO)
    if json:
        print_json({"configuration": folder / "demur.toml", "link": link})
    else:
        print_lines(
            f"{folder / 'demur.toml'}, keys, register and folders are made; keep a copy of keys/ offline",
            f"the login of {staff} begins here, once, within three days: {link}",
            "next: demur serve",
        )


def _make_installation(folder: Path, *, platform: str, contact: str, address: str) -> Workspace:
    in_use = [name for name in _IN_USE if (folder / name).exists()]
    if in_use:
        message = f"{folder.resolve()} holds {', '.join(in_use)} already"
        raise FolderInUseError(message, hint="Give a new folder by --folder; an installation is never overwritten.")
    make_folder(folder)
    values = {"platform": platform, "contact": contact, "address": address}
    # A string of JSON is one of TOML.
    written = {name: json_module.dumps(value, ensure_ascii=False) for name, value in values.items()}
    path = folder / "demur.toml"
    path.write_text(_CONFIGURATION.format(**written), "utf-8")
    try:
        workspace = Common(config=path).workspace()
        (folder / "keys").mkdir(mode=_OWNER_ONLY)
        write_public_keys(workspace.public_keys_path, create_keyring(workspace.keyring_path, platform=platform))
    except BaseException:
        # Nothing else was made yet: a name that is refused must leave no configuration that holds it.
        path.unlink()
        with contextlib.suppress(OSError):
            (folder / "keys").rmdir()
        raise
    (folder / "register").mkdir(mode=_OWNER_ONLY)
    workspace.corpora.mkdir()
    with workspace.open_register():
        return workspace
