"""The portal as a WSGI application: Django's pages and, before them, the one stylesheet."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias
from wsgiref.headers import Headers

from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

from demur.web import in_app
from demur.web.look.files import static_files
from demur.web.portal.services import PortalServices, bind_services
from demur.web.portal.settings import PortalSettings, configure_django

# The two names of PEP 3333.
Environ: TypeAlias = dict[str, Any]
COMPONENT = Path(in_app.__file__).parent / "static" / "demur-notice.js"
_COMPONENT_SECONDS = 3_600
Application: TypeAlias = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def make_portal(services: PortalServices, settings: PortalSettings) -> Application:
    """Return the application; it holds the services open as long as it lives.

    Raises:
        PortalSettingsError: Django was set up in this process with other settings.
    """
    configure_django(settings)
    pages: Application = get_wsgi_application()

    def serve_pages(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        bind_services(environ, services)
        if settings.is_https:
            # The web server in front did TLS: what people sent came by https, whatever it speaks with us.
            environ["wsgi.url_scheme"] = "https"
        return pages(environ, start_response)

    with_files = WhiteNoise(
        serve_pages,
        allow_all_origins=False,
        add_headers_function=_guard_file,
        max_age=_COMPONENT_SECONDS,
        immutable_file_test=lambda path, url: path != str(COMPONENT),  # noqa: ARG005 -- else the name holds a digest
    )
    with_files.add_file_to_dictionary("/in-app/demur-notice.js", str(COMPONENT))
    for address, path in static_files().items():
        with_files.add_file_to_dictionary(address, str(path))
    serve: Application = with_files
    return serve


def _guard_file(headers: Headers, path: str, url: str) -> None:
    del url
    headers["X-Content-Type-Options"] = "nosniff"
    if path == str(COMPONENT):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # the platform's own pages load it
