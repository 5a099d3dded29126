"""Sessions, only where somebody logs in: the pages on which people object have none, and set no cookie.

A session ends half an hour after the last request, and that of staff eight hours after they logged in.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
_BEGAN = "staff_began"
_FIRST_PARTS = frozenset({"account", "console", "login"})

_Respond = Callable[[HttpRequest], HttpResponse]


def sessions_where_needed(get_response: _Respond) -> _Respond:
    """Return the middleware that gives a session and a user to the pages behind a login, and to no other."""
    with_session: _Respond = SessionMiddleware(AuthenticationMiddleware(get_response))

    def respond(request: HttpRequest) -> HttpResponse:
        first, _, _ = request.path_info.removeprefix("/").partition("/")
        return with_session(request) if first in _FIRST_PARTS else get_response(request)

    return respond


def remember_beginning(*, request: HttpRequest, **_: object) -> None:
    """Note in a session when its member of staff logged in."""
    request.session[_BEGAN] = time.time()


def is_in_time(session: SessionBase | Mapping[str, float]) -> bool:
    """Tell whether a session of staff began less than eight hours ago."""
    began = session.get(_BEGAN)
    return began is not None and 0 <= time.time() - began < LONGEST.total_seconds()


def forget_ended() -> None:
    """Delete the sessions that ended; whoever only looks at a login page leaves one behind."""
    from django.contrib.sessions.models import Session  # noqa: PLC0415 -- app ready

    Session.objects.filter(expire_date__lt=timezone.now()).delete()
