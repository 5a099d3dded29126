"""Opening the portal of an installation in the process that serves it."""

import atexit
import logging

from demur.kernel.clock import SystemClock
from demur.kernel.errors import ConfigurationError
from demur.keys.keyring import Keyring
from demur.sources.open import open_source
from demur.sources.source import Source
from demur.web.admission.gate import Gate
from demur.web.installation import Installation
from demur.web.portal.application import Application, make_portal
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings, portal_secret

_log = logging.getLogger("demur.web")


def open_portal(installation: Installation) -> Application:
    """Open the register and return the portal; what the portal records goes to the sequencer of the door's process."""
    register = installation.open_beside()
    atexit.register(register.close)
    gate = Gate(installation.api.admission, register.keyring)
    atexit.register(gate.close)
    services = PortalServices(
        register=register,
        clock=SystemClock(),
        contact=installation.contact,
        corpora=installation.corpora,
        runs=installation.runs,
        ruleset=installation.load_ruleset(),
        sources=_open_sources(installation, register.keyring),
        gate=gate,
        proxies=installation.api.proxies,
    )
    settings = PortalSettings(hosts=installation.hosts, secret_key=portal_secret(register.keyring))
    return make_portal(services, settings)


def _open_sources(installation: Installation, keyring: Keyring) -> dict[str, Source]:
    """Open the sources that are there: objecting must work where the content is not at hand."""
    opened: dict[str, Source] = {}
    for spec in installation.sources:
        try:
            opened[spec.name] = open_source(spec, keyring=keyring, root=installation.root)
        except ConfigurationError as error:
            _log.warning("source %s is left out of explanations: %s [%s]", spec.name, error, error.code)
    return opened
