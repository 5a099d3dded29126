"""Sessions where somebody can be logged in, and nowhere else: the pages of data subjects set no cookie."""

from collections.abc import Callable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

_BEHIND_LOGIN = "/console"


def sessions_where_needed(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that opens a session for the console alone."""
    with_session: Callable[[HttpRequest], HttpResponse] = SessionMiddleware(AuthenticationMiddleware(get_response))

    def respond(request: HttpRequest) -> HttpResponse:
        is_needed = request.path == _BEHIND_LOGIN or request.path.startswith(f"{_BEHIND_LOGIN}/")
        return with_session(request) if is_needed else get_response(request)

    return respond
