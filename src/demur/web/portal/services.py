"""What the views call; it travels with each request, so that one process may serve several portals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.http import HttpRequest

from demur.kernel.clock import Clock
from demur.kernel.words import RecordKind
from demur.policy.ruleset import Ruleset
from demur.register.queries import find_document_day
from demur.register.store import Register
from demur.sources.source import Source
from demur.web.account.provider import Provider
from demur.web.admission.gate import Gate
from demur.web.finished_runs import RunReader
from demur.web.in_app.notice import InAppNotices
from demur.web.look.page import Page
from demur.web.origins import NO_PROXY, Proxies
from demur.web.presence import CorpusReader
from demur.web.readings import Readings
from demur.web.staff.attempts import StaffAttempts
from demur.web.visits import Visits

_NAME = "demur.portal.services"
DEFAULT_LANGUAGE = "demur.portal.language"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalServices:
    """The register that objections go to, and what explanations are read from.

    Attributes:
        contact: where a person gets help from a human, as the pages show it.
        corpora: the folder that holds the corpora; explanations tell about every one of them.
        page: the name, the language and the colours of the platform's own pages.
        in_app: what apps show; None where there is no such folder.
        in_app_origins: the origins of the apps that may ask, such as `https://agora.example`.
        gate: lets objections without a link in, at once or in turn.
        proxies: the proxies in front of the portal.
        address: where people reach the portal, as a browser names an origin.
        login: the platform's login; None where there is none.
        staff_attempts: counts how often somebody tries to log in to the console.
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
    page: Page = field(default_factory=Page)
    in_app: InAppNotices | None = None
    in_app_origins: frozenset[str] = frozenset()
    address: str = "http://localhost:8000"
    login: Provider | None = None
    staff_attempts: StaffAttempts = field(default_factory=StaffAttempts)
    runs: Path = Path("runs")
    readings: Readings = field(default_factory=Readings)
    presence: CorpusReader = field(init=False)
    visits: Visits = field(init=False)

    def __post_init__(self) -> None:
        """Prepare to read the corpora; none is opened before somebody asks."""
        trust = self.register.keyring.trusted_keys()
        logged_on = partial(find_document_day, self.register, RecordKind.TRAINING)
        runs = RunReader(folder=self.runs, trust=trust, logged_on=logged_on)
        object.__setattr__(self, "presence", CorpusReader(self.corpora, trust, runs))
        object.__setattr__(self, "visits", Visits(register=self.register))

    @property
    def platform_name(self) -> str:
        """Return the platform's name as people know it."""
        return self.page.name or self.register.keyring.platform


def bind_services(environ: dict[str, object], services: PortalServices) -> None:
    """Put the services into a request's WSGI environment."""
    environ[_NAME] = services
    environ[DEFAULT_LANGUAGE] = services.page.language


def services_of(request: HttpRequest) -> PortalServices:
    """Return the services of a request."""
    services: PortalServices = request.META[_NAME]
    return services
