"""``demur portal``: the links in notices, and the references by which the platform confirms to people."""

from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common
from demur.keys.references import reference_of
from demur.keys.subjects import subject_key
from demur.web.links import make_link

app = App(name="portal", help="Links for notices, and references of accounts; `demur serve` serves the pages.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command
def link(account: str, *, base: str | None = None, common: _Common = _COMMON) -> None:
    """Print the link for the notice to one account: whoever has it can object for it, and nothing else.

    The token in it is encrypted: it names nobody.

    Args:
        account: The account's id on the platform.
        base: The address of the portal as people reach it; that of the configuration unless given.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    keyring = workspace.keyring
    base = base or workspace.configuration.portal.address
    address = f"{base.rstrip('/')}/object/{make_link(keyring, subject_key(keyring, account))}"
    if common.json:
        print_json({"link": address})
    else:
        print_lines(address)


@app.command
def reference(account: str, *, common: _Common = _COMMON) -> None:
    """Print the reference of one account, by which the platform is asked to confirm an objection to its holder.

    The same each time, and nobody can find the account by it; `POST /api/v1/references` tells many at once.

    Args:
        account: The account's id on the platform.
        common: Options that every command shares.
    """
    keyring = common.workspace().keyring
    found = reference_of(keyring, subject_key(keyring, account))
    if common.json:
        print_json({"reference": found})
    else:
        print_lines(found)
