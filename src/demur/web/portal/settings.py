"""Django's settings, built in code: there is no settings module and no manage.py, and nothing is read from outside.

The portal needs few of Django's parts: routes, templates, translation and its security headers. There is no database,
no session and no cookie.
"""

import hmac
from dataclasses import dataclass, field
from pathlib import Path

import django
from django.conf import settings
from django.core.signals import got_request_exception
from django.utils.translation import gettext_lazy

from demur.keys.keyring import Keyring
from demur.web.errors import PortalSettingsError
from demur.web.portal.friendly import log_failure

STATIC_FOLDER = Path(__file__).parent / "static"
_HERE = Path(__file__).parent
_NOTICES = Path(__file__).parents[1] / "notices" / "templates"
_SECRET_LABEL = b"demur/v1/portal-secret\0"

# Django writes the path of every failed request to its log; ours hold tokens (rule 4 of STYLE: no id in a log line).
_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "loggers": {"django.request": {"handlers": ["nowhere"], "propagate": False}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """What differs between two installations.

    Attributes:
        hosts: the host names that requests may name; a request for another host is refused.
        secret_key: what Django signs with; see `portal_secret`.
    """

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    secret_key: str = field(repr=False)


def portal_secret(keyring: Keyring) -> str:
    """Return a secret for Django that every process of an installation derives alike."""
    return hmac.digest(keyring.proof_key, _SECRET_LABEL, "sha256").hex()


def configure_django(chosen: PortalSettings) -> None:
    """Set Django up in this process; the same settings again change nothing.

    Raises:
        PortalSettingsError: this process was set up with other settings.
    """
    if not settings.configured:
        settings.configure(**_django_settings(chosen))
        django.setup()
        got_request_exception.connect(log_failure)
    if getattr(settings, "DEMUR_PORTAL", None) != chosen:
        message = "this process already serves Django with other settings"
        raise PortalSettingsError(message, hint="Serve it from a process of its own.")


def _django_settings(chosen: PortalSettings) -> dict[str, object]:
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [_HERE / "templates", _NOTICES]}
    return {
        "DEMUR_PORTAL": chosen,
        "ALLOWED_HOSTS": list(chosen.hosts),
        "SECRET_KEY": chosen.secret_key,
        "DEBUG": False,
        "ROOT_URLCONF": "demur.web.portal.routes",
        "TEMPLATES": [engine],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "demur.web.portal.headers.guard_page",
            "django.middleware.common.CommonMiddleware",  # refuses a request for a host that is not ours
            "django.middleware.csrf.CsrfViewMiddleware",
            "demur.web.portal.friendly.FriendlyErrors",
        ],
        "APPEND_SLASH": False,
        # Within the portal only, so that no other host ever sees the address of a page, which holds the token.
        "SECURE_REFERRER_POLICY": "same-origin",
        "USE_I18N": True,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", gettext_lazy("English"))],
        "LOCALE_PATHS": [_HERE / "locale"],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LOGGING": _LOGGING,
    }
