"""Who may open which page of the console."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from demur.web.staff.roles import StaffRole
from demur.web.staff.sessions import is_in_time

__all__ = ["StaffRole", "for_own_login", "for_roles", "role_of"]

View: TypeAlias = Callable[..., HttpResponse]
_LOOKING = frozenset({"GET", "HEAD"})


def for_roles(*roles: StaffRole) -> Callable[[View], View]:
    """Return a decorator that opens a view to some roles.

    Whoever is not logged in is sent to the page where they can; everybody else is told that the page is not for them.
    An auditor only reads: whatever is not a look is refused, also where the role is named.
    """
    allowed = frozenset(roles)

    def protect(view: View) -> View:
        return _guard(
            view,
            lambda role, method: role in allowed and (role is not StaffRole.AUDITOR or method in _LOOKING),
        )

    return protect


def for_own_login(view: View) -> View:
    """Open a view that changes nothing but the login of whoever asks: to every role, the auditor's too."""
    return _guard(view, lambda _role, _method: True)


def _guard(view: View, may: Callable[[StaffRole, str], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 -- the view's own
        role = role_of(request)
        if role is None:
            back = {"next": request.get_full_path()} if request.method in _LOOKING else {}
            return HttpResponseRedirect(f"{reverse('staff_log_in')}?{urlencode(back)}")
        return view(request, *args, **kwargs) if may(role, request.method or "") else refuse(request)

    return guarded


def role_of(request: HttpRequest) -> StaffRole | None:
    """Return the role of whoever is logged in; None for nobody, for a session that is too old, and without a role."""
    if not request.user.is_authenticated or not is_in_time(request.session):
        return None
    names = [group.name for group in request.user.groups.all()]
    return next((role for role in StaffRole if role.value in names), None)


def refuse(request: HttpRequest) -> HttpResponse:
    """Answer that the page is not for the role of whoever is logged in."""
    return render(request, "staff/refused.html", status=HTTPStatus.FORBIDDEN)
