"""What the views call; it travels with each request, so that one process may serve several portals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.http import HttpRequest

from demur.kernel.clock import Clock
from demur.policy.ruleset import Ruleset
from demur.register.store import Register
from demur.sources.source import Source
from demur.web.admission.gate import Gate
from demur.web.origins import NO_PROXY, Proxies
from demur.web.readings import Readings

_NAME = "demur.portal.services"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalServices:
    """The register that objections go to, and what explanations are read from.

    Attributes:
        contact: where a person gets help from a human, as the pages show it.
        corpora: the folder that holds the corpora; explanations tell about every one of them.
        gate: lets objections without a link in, at once or in turn.
        proxies: the proxies in front of the portal.
        runs: the folder that holds the folders of training runs.
        readings: figures that take long to compute, for a minute.
        sources: the sources by name; without one, its items are explained as far as the corpora tell.
    """

    register: Register
    clock: Clock
    contact: str
    corpora: Path
    ruleset: Ruleset
    sources: Mapping[str, Source]
    gate: Gate
    proxies: Proxies = NO_PROXY
    runs: Path = Path("runs")
    readings: Readings = field(default_factory=Readings)


def bind_services(environ: dict[str, object], services: PortalServices) -> None:
    """Put the services into a request's WSGI environment."""
    environ[_NAME] = services


def services_of(request: HttpRequest) -> PortalServices:
    """Return the services of a request."""
    services: PortalServices = request.META[_NAME]
    return services
