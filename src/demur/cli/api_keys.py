"""``demur keys api``: who may ask the door for more than an objection."""

from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines, print_table
from demur.cli.workspace import Common
from demur.web.api import keys
from demur.web.api.keys import Role, load_api_keys

app = App(name="api", help="Give out and revoke keys of the HTTP API; register agents that sign their requests.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command
def add(name: str, *, role: Annotated[tuple[Role, ...], Parameter(negative="")], common: _Common = _COMMON) -> None:
    """Make an API key and print it, once: only its SHA-256 is stored.

    It is in force at once, also for a door that is running.

    Args:
        name: Whose key it is; it stands in no log.
        role: What its holder may do; may be repeated.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    key = keys.add_key(workspace.api_keys_path, name, role, today=workspace.clock.now().date())
    if common.json:
        print_json({"name": name, "roles": list(role), "key": key})
    else:
        print_lines(key)


@app.command(name="add-agent")
def add_agent(name: str, *, key: str, common: _Common = _COMMON) -> None:
    """Register an authorised agent, so that it may send the objections of many people in one signed request.

    Args:
        name: The agent's id, as it stands in its messages.
        key: Its Ed25519 public key, 32 bytes in base64.
        common: Options that every command shares.
    """
    workspace = common.workspace()
    keys.add_agent(workspace.api_keys_path, name, key, today=workspace.clock.now().date())
    if common.json:
        print_json({"agent": name, "key": key})
    else:
        print_lines(f"{name} may sign objections")


@app.command(name="list")
def list_keys(*, common: _Common = _COMMON) -> None:
    """List whose keys and which agents are in force; no key can be read from it."""
    known = load_api_keys(common.workspace().api_keys_path)
    rows = [(key.name, ", ".join(key.roles), key.since.isoformat()) for key in known.keys]
    rows += [(agent.name, "agent", agent.since.isoformat()) for agent in known.agents]
    if common.json:
        print_json({"keys": [{"name": name, "may": may, "since": since} for name, may, since in rows]})
    else:
        print_table("API keys", ("name", "may", "since"), rows)


@app.command
def revoke(name: str, *, common: _Common = _COMMON) -> None:
    """Revoke a key or an agent; the door refuses it from its next request on.

    Args:
        name: As `demur keys api list` has it.
        common: Options that every command shares.
    """
    keys.revoke(common.workspace().api_keys_path, name)
    if common.json:
        print_json({"revoked": name})
    else:
        print_lines(f"{name} is revoked")
