"""The pages behind a login in this process: Django set up once for every test, its tables, and a browser for them."""

import io
import re
from types import SimpleNamespace
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

from demur.policy.ruleset import load_ruleset
from demur.web.admission.gate import AdmissionSettings, Gate
from demur.web.portal.application import make_portal
from demur.web.portal.database import migrate_database
from demur.web.portal.services import PortalServices
from demur.web.portal.settings import PortalSettings, configure_django

SETTINGS = PortalSettings(secret_key="of a test")
configure_django(SETTINGS)
# What follows holds tables, which need the settings.
from django.contrib.auth.models import User  # noqa: E402 -- app ready
from django.contrib.sessions.models import Session  # noqa: E402 -- app ready


class Browser:
    """A browser without a screen: it keeps cookies and sends forms with the token of their page."""

    def __init__(self, application):
        self.application, self.cookies = application, {}

    def get(self, address):
        return self._ask("GET", address)

    def post(self, address, /, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(fields.pop("page", address)).content)
        return self._ask("POST", address, {"csrfmiddlewaretoken": token[1] if token else "", **fields})

    def forge(self, address, /, **fields):
        return self._ask("POST", address, fields)

    def _ask(self, method, address, fields=None):
        body = urlencode(fields or {}).encode()
        place, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": place,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost:8000",
            "REMOTE_ADDR": "203.0.113.9",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
        }
        setup_testing_defaults(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        started = []
        content = b"".join(self.application(environ, lambda status, headers, _=None: started.append((status, headers))))
        ((status, headers),) = started
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.strip().partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return SimpleNamespace(
            status=int(status.split()[0]), headers=dict(headers), all_headers=headers, content=content.decode()
        )


def forget_everybody():
    """Leave nobody of an earlier test in the tables, which are made when they are not there."""
    migrate_database()
    User.objects.all().delete()
    Session.objects.all().delete()


def pages_of(register, corpora, *, clock, **others):
    """Return the portal of a register, without sources."""
    services = PortalServices(
        register=register,
        clock=clock,
        contact="privacy@agora.example",
        corpora=corpora,
        ruleset=load_ruleset("eu-2025"),
        sources={},
        gate=Gate(AdmissionSettings(), register.keyring),
        **others,
    )
    return make_portal(services, SETTINGS)
