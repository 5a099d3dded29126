"""``demur portal``: the pages on which a person objects, and the links in notices that lead there."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from demur.cli.output import print_json, print_lines
from demur.cli.workspace import Common, Workspace
from demur.keys.references import reference_of
from demur.keys.subjects import subject_key
from demur.web.admission.gate import AdmissionSettings, LaneRate
from demur.web.admission.load import LoadThreshold, WorkPolicy
from demur.web.admission.work import WorkRate
from demur.web.api.limits import Rate
from demur.web.api.service import ApiSettings
from demur.web.installation import Installation
from demur.web.links import make_link
from demur.web.origins import parse_proxies

app = App(name="portal", help="The pages on which a person objects, and the links in notices that lead there.")

_COMMON = Common()
_Common = Annotated[Common, Parameter(name="*")]


@app.command(name="serve")
def serve_portal(
    *, port: int = 8000, door_port: int = 8001, contact: str, host: str = "127.0.0.1", common: _Common = _COMMON
) -> None:
    """Serve the portal's pages and the JSON door for objections until Ctrl-C.

    Put a web server with TLS in front; both listen on the loopback address unless told otherwise.

    Args:
        port: Where the pages listen: `/object/TOKEN` and `/why/TOKEN/ITEM`.
        door_port: Where the door listens: `POST /api/objections` and the API below `/api/v1/`.
        contact: Where a person gets help from a human; every page shows it.
        host: The address to listen on.
        common: Options that every command shares.
    """
    from demur.web.server import Addresses, serve  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    addresses = Addresses(door_port=door_port, portal_port=port, host=host)

    pages, door = f"http://{host}:{port}", f"http://{host}:{door_port}"

    def tell() -> None:
        if common.json:
            print_json({"pages": pages, "door": door})
        else:
            print_lines(f"pages on {pages}, door on {door}; Ctrl-C ends both")
        sys.stdout.flush()

    serve(_describe(workspace, contact), addresses, ready=tell)


@app.command
def link(account: str, *, base: str = "http://127.0.0.1:8000", common: _Common = _COMMON) -> None:
    """Print the link for the notice to one account: whoever has it can object for it, and nothing else.

    The token in it is encrypted: it names nobody.

    Args:
        account: The account's id on the platform.
        base: The address of the portal as people reach it.
        common: Options that every command shares.
    """
    keyring = common.workspace().keyring
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


def _describe(workspace: Workspace, contact: str) -> Installation:
    configuration = workspace.configuration
    return Installation(
        keyring=workspace.keyring_path,
        register_url=workspace.register_url,
        log_folder=workspace.log_folder,
        corpora=workspace.corpora,
        runs=workspace.runs,
        root=workspace.root,
        contact=contact,
        ruleset=configuration.ruleset.name,
        ruleset_settings=configuration.ruleset.settings,
        sources=configuration.sources,
        api=ApiSettings(
            keys=workspace.api_keys_path,
            snapshots=workspace.snapshots,
            corpora=workspace.corpora,
            feeds=workspace.feeds,
            rate=Rate(per_second=configuration.api.requests_per_second, burst=configuration.api.burst),
            admission=_describe_admission(workspace),
            proxies=parse_proxies(configuration.api.proxies),
        ),
    )


def _describe_admission(workspace: Workspace) -> AdmissionSettings:
    section = workspace.configuration.admission
    return AdmissionSettings(
        path=workspace.log_folder.parent / "admission.db",
        threshold=LoadThreshold(
            policy=WorkPolicy(section.work),
            open_per_second=section.open_per_second,
            waiting=section.waiting,
            calm_seconds=section.calm_seconds,
        ),
        work=WorkRate(cost=section.cost),
        lane=LaneRate(wait_seconds=section.lane_wait_seconds, per_second=section.lane_per_second),
    )
