"""``demur staff``: who may log in to the console, and in which role."""

from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines, print_table
from demur.cli.roles import system_user
from demur.cli.serving import describe_installation
from demur.cli.workspace import Common, Workspace
from demur.kernel.clock import timestamp
from demur.web.staff.keeping import add_staff, list_staff, remove_staff
from demur.web.staff.roles import StaffRole

app = App(name="staff", help="Who may log in to the console, and in which role.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command(name="add")
def add_member(name: str, *, role: StaffRole, common: _Common = _COMMON) -> None:
    """Add a member of staff and print a link, once: with it they choose a passkey, or a password and an app.

    The link is good once and for three days; send it over a way that only they read. Who lost every way to log in is
    removed and added again.

    Args:
        name: The name with which they log in: small letters, digits, dots, dashes and underscores.
        role: What they may do: `dpo` everything, `reviewer` requests, `auditor` look and nothing else.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    address = enrol_member(workspace, name, role)
    if common.json:
        print_json({"link": address})
    else:
        print_lines(address)


@app.command(name="list")
def list_members(*, common: _Common = _COMMON) -> None:
    """List the members of staff: role, ways to log in, and when they last did."""
    workspace = common.workspace()
    _set_up(workspace)
    found = list_staff()
    if common.json:
        told = [
            {
                "name": one.name,
                "role": one.role,
                "ways": one.ways,
                "last_login": one.last_login and timestamp(one.last_login),
            }
            for one in found
        ]
        print_json({"staff": told})
    else:
        rows = [
            (one.name, one.role, ", ".join(one.ways) or None, one.last_login and timestamp(one.last_login))
            for one in found
        ]
        print_table("Staff", ("name", "role", "ways to log in", "last login"), rows)


@app.command(name="remove")
def remove_member(name: str, *, common: _Common = _COMMON) -> None:
    """Remove a member of staff: they are logged out at once. What they did stays in the log of acts.

    Args:
        name: The name with which they log in.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    _set_up(workspace)
    remove_staff(name, by=system_user(), at=workspace.clock.now())
    if common.json:
        print_json({"removed": name})
    else:
        print_lines(f"{name} is removed")


def enrol_member(workspace: Workspace, name: str, role: StaffRole) -> str:
    """Add a member of staff and return the link with which they choose how they log in."""
    _set_up(workspace)
    token = add_staff(name, role, by=system_user(), at=workspace.clock.now())
    return f"{workspace.configuration.portal.address}/console/enrol/{token}"


def _set_up(workspace: Workspace) -> None:
    from demur.web.portal.opening import set_up_django  # noqa: PLC0415 -- optional dependency

    set_up_django(describe_installation(workspace))
