"""Django's settings, built in code: there is no settings module and no manage.py, and nothing is read from outside.

The pages on which people object need few of Django's parts: routes, templates, translation and its security headers;
they touch no database, have no session and set no cookie. What lies behind a login has all three (ADR-0026).
"""

import hmac
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.core.signals import got_request_exception

from demur.keys.keyring import Keyring
from demur.web.errors import PortalSettingsError
from demur.web.languages import COMPLETE, LOCALE_FOLDER, language_of
from demur.web.portal.database import IN_MEMORY, describe_database
from demur.web.portal.friendly import log_failure

_HERE = Path(__file__).parent
_PARTS = tuple(_HERE.parent / name for name in ("portal", "notices", "account", "staff", "console"))
_YEAR_SECONDS = 31_536_000
_IDLE_SECONDS = 1_800
_SHORTEST_PASSWORD = 12
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
        address: where people reach the portal, as a browser names an origin; cookies are for https alone where it is.
        database: the URL of the database of sessions and staff.
    """

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    secret_key: str = field(repr=False)
    address: str = "http://localhost:8000"
    database: str = field(default=f"sqlite:///{IN_MEMORY}", repr=False)

    @property
    def is_https(self) -> bool:
        """Tell whether people reach the portal by https."""
        return self.address.startswith("https://")


def portal_secret(keyring: Keyring) -> str:
    """Return a secret for Django that every process of an installation derives alike."""
    return hmac.digest(keyring.proof_key, _SECRET_LABEL, "sha256").hex()


def configure_django(chosen: PortalSettings) -> None:
    """Set Django up in this process; the same settings again change nothing.

    Raises:
        PortalSettingsError: this process was set up with other settings.
    """
    if not settings.configured:
        LANG_INFO["mt"] = {"bidi": False, "code": "mt", "name": "Maltese", "name_local": language_of("mt").name}
        settings.configure(**_django_settings(chosen))
        django.setup()
        got_request_exception.connect(log_failure)
    if getattr(settings, "DEMUR_PORTAL", None) != chosen:
        message = "this process already serves Django with other settings"
        raise PortalSettingsError(message, hint="Serve it from a process of its own.")


def _django_settings(chosen: PortalSettings) -> dict[str, object]:
    engine = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [folder / "templates" for folder in _PARTS],
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "demur.web.look.context.dress"],
            "libraries": {"languages": "demur.web.look.tags"},
        },
    }
    return {**_of_logins(chosen), **_of_pages(chosen), "TEMPLATES": [engine]}


def _of_logins(chosen: PortalSettings) -> dict[str, object]:
    """Return what holds for the pages behind a login: tables, cookies and passwords."""
    return {
        "DATABASES": {"default": describe_database(chosen.database)},
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "demur.web.staff.apps.StaffConfig",
        ],
        "SESSION_COOKIE_AGE": _IDLE_SECONDS,
        "SESSION_SAVE_EVERY_REQUEST": True,  # so that the half hour begins anew with each request
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": chosen.is_https,
        "CSRF_COOKIE_AGE": None,  # it is gone with the browser
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": chosen.is_https,
        "CSRF_FAILURE_VIEW": "demur.web.portal.friendly.refuse_forgery",
        "CSRF_TRUSTED_ORIGINS": [chosen.address],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.ScryptPasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": _SHORTEST_PASSWORD},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
        ],
    }


def _of_pages(chosen: PortalSettings) -> dict[str, object]:
    return {
        "DEMUR_PORTAL": chosen,
        "ALLOWED_HOSTS": sorted({*chosen.hosts, urlsplit(chosen.address).hostname or ""} - {""}),
        "SECRET_KEY": chosen.secret_key,
        "DEBUG": False,
        "ROOT_URLCONF": "demur.web.portal.routes",
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "demur.web.portal.headers.guard_page",
            "demur.web.look.language_choice.speak",
            "demur.web.staff.sessions.sessions_where_needed",
            "django.middleware.common.CommonMiddleware",  # refuses a request for a host that is not ours
            "django.middleware.csrf.CsrfViewMiddleware",
            "demur.web.portal.friendly.FriendlyErrors",
        ],
        "APPEND_SLASH": False,
        # Within the portal only, so that no other host ever sees the address of a page, which holds the token.
        "SECURE_REFERRER_POLICY": "same-origin",
        # Whether other hosts below ours are https alone is for their operator to say, and so is the list of browsers.
        "SILENCED_SYSTEM_CHECKS": ["security.W005", "security.W021"],
        "SECURE_SSL_REDIRECT": chosen.is_https,
        "SECURE_HSTS_SECONDS": _YEAR_SECONDS if chosen.is_https else 0,
        "USE_I18N": True,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [(code, language_of(code).name) for code in COMPLETE],
        "LOCALE_PATHS": [LOCALE_FOLDER],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LOGGING": _LOGGING,
    }
