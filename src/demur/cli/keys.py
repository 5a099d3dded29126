"""``demur keys``: make the keyring, show its public half."""

from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.keys.keyring import create_keyring, write_public_keys

app = App(name="keys", help="Make the keyring; show its public half.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command
def create(*, common: _Common = _COMMON) -> None:
    """Make a new keyring (mode 0600) and its public half, `public.json`, beside it.

    Whoever has the keyring can name every subject and sign as the platform: keep a copy offline. A keyring that exists
    is never overwritten.
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


def _show(common: Common, state: str, log: str, documents: str) -> None:
    if common.json:
        print_json({"keys": state, "log": log, "documents": documents})
    else:
        print_lines(f"log        {log}", f"documents  {documents}")
