"""Opening the portal of an installation in the process that serves it."""

import atexit
import logging

from demur.kernel.clock import SystemClock
from demur.kernel.errors import ConfigurationError
from demur.keys.keyring import Keyring, load_naming_keyring
from demur.sources.open import open_source
from demur.sources.source import Source
from demur.web.account.provider import Provider
from demur.web.admission.gate import Gate
from demur.web.in_app.notice import InAppNotices
from demur.web.installation import Installation
from demur.web.portal.application import Application, make_portal
from demur.web.portal.database import migrate_database
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings, configure_django, portal_secret

_log = logging.getLogger("demur.web")


def open_portal(installation: Installation) -> Application:
    """Open the register and return the portal; what the portal records goes to the sequencer's process."""
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
        page=installation.page,
        in_app=InAppNotices(folder=installation.in_app_notices, trust=register.keyring.trusted_keys()),
        in_app_origins=frozenset(installation.in_app_origins),
        address=installation.address,
        login=None if installation.login is None else Provider(installation.login),
    )
    atexit.register(services.visits.finish)
    portal = make_portal(services, settings_of(installation, register.keyring))
    migrate_database()
    return portal


def set_up_django(installation: Installation) -> None:
    """Set Django up for a command that works on staff, and bring its database up to date; raises as `open_portal`."""
    configure_django(settings_of(installation, load_naming_keyring(installation.keyring)))
    migrate_database()


def settings_of(installation: Installation, keyring: Keyring) -> PortalSettings:
    """Return the settings of an installation's portal: every process of it has the same."""
    return PortalSettings(
        hosts=installation.hosts,
        secret_key=portal_secret(keyring),
        address=installation.address,
        database=installation.portal_database,
    )


def _open_sources(installation: Installation, keyring: Keyring) -> dict[str, Source]:
    """Open the sources that are there: objecting must work where the content is not at hand."""
    opened: dict[str, Source] = {}
    for spec in installation.sources:
        try:
            opened[spec.name] = open_source(spec, keyring=keyring, root=installation.root)
        except ConfigurationError as error:
            _log.warning("source %s is left out of explanations: %s [%s]", spec.name, error, error.code)
    return opened
