"""``demur serve``: the parts of an installation that run on and on, by one command, together or apart."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from demur.cli.configuration import PortalSection
from demur.cli.errors import ConfigurationInvalidError
from demur.cli.output import print_error, print_json, print_lines
from demur.cli.roles import asking
from demur.cli.watching import watch
from demur.cli.workspace import Common, Workspace
from demur.kernel.errors import DemurError
from demur.web.account.settings import LoginSettings
from demur.web.admission.gate import AdmissionSettings, LaneRate
from demur.web.admission.load import LoadThreshold, WorkPolicy
from demur.web.admission.work import WorkRate
from demur.web.api.limits import Rate
from demur.web.api.service import ApiSettings
from demur.web.installation import Installation
from demur.web.look.accent import Accent
from demur.web.look.page import Page
from demur.web.origins import parse_proxies

if TYPE_CHECKING:
    from demur.web.server import Addresses, Part

_COMMON = Common()


class PartName(StrEnum):
    """A part of an installation that runs on and on."""

    DOOR = "door"
    PORTAL = "portal"
    WATCH = "watch"


def serve_parts(
    *parts: PartName,
    port: int | None = None,
    door_port: int | None = None,
    contact: str | None = None,
    host: str | None = None,
    common: Annotated[Common, Parameter(name="*")] = _COMMON,
) -> None:
    """Serve everything until Ctrl-C: the pages, the door for programs with the log behind it, and what keeps corpora.

    Each part runs in a process of its own, and a line says where it is once all of them answer. When one ends by
    itself, all are stopped, and the exit status is 3: let whatever started this start it again. Put a web server with
    TLS in front of the two addresses, which are loopback ones unless told otherwise.

    Args:
        parts: Which parts, all unless named: `door` takes in objections by the API, numbers and publishes the log;
            `portal` serves the pages, on the same machine as the door; `watch` keeps every corpus up to the register,
            tells recipients and works off what is owed, as `demur watch` does.
        port: Where the pages listen; `portal.port` of the configuration unless given.
        door_port: Where the door listens; `portal.door_port` of the configuration unless given.
        contact: Where a person gets help from a human; `portal.contact` of the configuration unless given.
        host: The address to listen on; `portal.host` of the configuration unless given.
        common: Options that every command shares.
    """
    from demur.web.server import Addresses, serve  # noqa: PLC0415 -- optional dependency

    workspace = common.workspace()
    section = workspace.configuration.portal
    addresses = Addresses(
        door_port=door_port or section.door_port, portal_port=port or section.port, host=host or section.host
    )
    installation = describe_installation(workspace, contact or section.contact or _refuse_nobody())
    chosen = parts or tuple(PartName)
    made = [_make_part(name, installation, addresses, common) for name in PartName if name in chosen]
    serve(installation, made, ready=partial(_tell_ready, common, made))


def run_watch(config: Path, *, is_json: bool) -> None:
    """Run ``demur watch`` in a process of its own until it is asked to stop."""
    from demur.web.ending import end_with_parent  # noqa: PLC0415 -- optional dependency

    end_with_parent()
    with _stopping_in_order(), asking("watch"):
        watch(common=Common(config=config, json=is_json))


def _make_part(name: PartName, installation: Installation, addresses: "Addresses", common: Common) -> "Part":
    from demur.web.server import Part, door_of, portal_of  # noqa: PLC0415 -- optional dependency

    if name is PartName.DOOR:
        return door_of(installation, addresses)
    if name is PartName.PORTAL:
        return portal_of(installation, addresses)
    return Part(name=name.value, run=partial(run_watch, common.config.resolve(), is_json=common.json))


@contextmanager
def _stopping_in_order() -> Iterator[None]:
    """End the process as a command ends, also when it is asked to by SIGTERM: what is open is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
    except DemurError as error:
        print_error(error)
        sys.exit(error.exit_status)


def _tell_ready(common: Common, parts: "Sequence[Part]") -> None:
    addresses = {part.name: part.listens and "http://{}:{}".format(*part.listens) for part in parts}
    if common.json:
        print_json(addresses)
    else:
        lines = (f"{name:<8}{address or 'runs'}" for name, address in addresses.items())
        print_lines(*lines, "Ctrl-C ends them all")
    sys.stdout.flush()


def _refuse_nobody() -> str:
    message = "nobody is named whom a person can ask"
    raise ConfigurationInvalidError(message, hint='Write contact = "privacy@..." below [portal], or give --contact.')


def describe_installation(workspace: Workspace, contact: str = "") -> Installation:
    """Return where the parts of an installation are, for the processes that open it."""
    configuration = workspace.configuration
    return Installation(
        keyring=workspace.keyring_path,
        register_url=workspace.register_url,
        log_folder=workspace.log_folder,
        corpora=workspace.corpora,
        runs=workspace.runs,
        root=workspace.root,
        contact=contact,
        address=configuration.portal.address,
        login=_describe_login(workspace),
        ruleset=configuration.ruleset.name,
        ruleset_settings=configuration.ruleset.settings,
        sources=configuration.sources,
        page=_describe_page(configuration.portal),
        in_app_origins=configuration.portal.in_app_origins,
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


def _describe_page(section: PortalSection) -> Page:
    colours = section.accent
    accent = None if colours is None else Accent(light=colours.light, dark=colours.dark)
    return Page(name=section.name, language=section.language, accent=accent)


def _describe_login(workspace: Workspace) -> LoginSettings | None:
    section = workspace.configuration.login
    if section is None:
        return None
    path = workspace.root / section.secret
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"the client's secret at {path} cannot be read ({type(error).__name__})"
        raise ConfigurationInvalidError(
            message, hint="login.secret names a file that holds it and nothing else."
        ) from error
    return LoginSettings(
        issuer=section.issuer,
        client_id=section.client_id,
        secret=secret,
        account_claim=section.account_claim,
        linked_claim=section.linked_claim,
        handles_claim=section.handles_claim,
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
