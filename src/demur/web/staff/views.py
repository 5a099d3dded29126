"""The pages on which staff log in and out, and the one about their own login."""

import json
import math
import secrets
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import pgettext

from demur.web.origins import origin_of
from demur.web.portal.headers import POLICY_WITH_OWN_SCRIPT
from demur.web.portal.services import PortalServices, services_of
from demur.web.staff import passkeys
from demur.web.staff.acts import note_act, write_act
from demur.web.staff.permission import StaffRole, for_own_login, for_roles, role_of
from demur.web.staff.second_factors import check_code, renew_recovery_codes
from demur.web.staff.sessions import forget_ended

_STATE = "passkey_state"
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_MAX_LETTERS = 1_000  # of a name, a password or a code: hashing more would be work for nothing
_HOME = "/console"


def log_in(request: HttpRequest) -> HttpResponse:
    """Show the page on which staff log in; when it was sent, log them in or say that it was not right.

    Whatever was wrong with it, the answer is the same, and takes as long.
    """
    services = services_of(request)
    if request.method != "POST":
        return _show_log_in(request)
    answer = request.POST.get("credential", "")
    # PostgreSQL takes no NUL in a text, so no name has one.
    name = None if answer else request.POST.get("name", "").replace("\0", "")
    seconds = services.staff_attempts.seconds_until(_network_of(request, services), name)
    if seconds > 0:
        return _ask_to_wait(request, seconds)
    user = _holder_of_passkey(request, answer) if name is None else _holder_of_password(request, services, name)
    if user is None:
        known = name is not None and User.objects.filter(username=name).exists()
        write_act(name if known and name else "", "", "fail to log in", at=services.clock.now())
        fault = pgettext("console", "That was not right. Check the name, the password and the code, and try again.")
        return _show_log_in(request, fault=fault, status=HTTPStatus.FORBIDDEN)
    begin_session(request, user)
    note_act(services, request, "log in")
    return HttpResponseRedirect(_way_back(request))


def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if role_of(request) is not None:
        note_act(services_of(request), request, "log out")
    logout(request)
    return HttpResponseRedirect(reverse("staff_log_in"))


@for_roles(*StaffRole)
def show_own(request: HttpRequest) -> HttpResponse:
    """Show somebody their own login: name, role, ways to log in, and how many recovery codes are left."""
    user = request.user
    shown = {
        "role": role_of(request),
        "passkeys": user.passkeys.count(),
        "has_app": hasattr(user, "totp_secret"),
        "codes_left": user.recovery_codes.count(),
    }
    return render_page(request, "staff/own.html", shown)


@for_own_login
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them this once."""
    services = services_of(request)
    with transaction.atomic():
        note_act(services, request, "renew recovery codes")
        codes = renew_recovery_codes(request.user)
    return render_page(request, "staff/codes.html", {"codes": codes})


def begin_session(request: HttpRequest, user: User) -> None:
    """Log somebody in: in a new session, so that nobody who knew the old one is logged in with them."""
    forget_ended()
    request.session.flush()
    login(request, user, backend=_BACKEND)


def render_page(
    request: HttpRequest,
    template: str,
    shown: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    has_script: bool = False,
) -> HttpResponse:
    """Render a page of staff; one of those with a script gets the policy that lets it run."""
    response = render(request, template, shown, status=status)
    if has_script:
        response["Content-Security-Policy"] = POLICY_WITH_OWN_SCRIPT
    return response


def _holder_of_passkey(request: HttpRequest, answer: str) -> User | None:
    state = request.session.pop(_STATE, None)
    return None if state is None else passkeys.find_user(answer, state)


def _holder_of_password(request: HttpRequest, services: PortalServices, name: str) -> User | None:
    password, code = request.POST.get("password", ""), request.POST.get("code", "")
    if max(len(name), len(password), len(code)) > _MAX_LETTERS:
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    has_password = user is not None and is_password_usable(user.password)
    # Nobody's password is compared with one that is nobody's, so that an unknown name takes as long.
    is_password = check_password(password, user.password if user and has_password else _nobodys_password())
    right = check_code(user, code, at=services.clock.now())
    if not (has_password and is_password and right is not None and right.spend()):
        return None
    if right.is_recovery:
        write_act(name, "", "use a recovery code", at=services.clock.now())
    return user


@cache
def _nobodys_password() -> str:
    return str(make_password(secrets.token_hex()))


def _show_log_in(request: HttpRequest, *, fault: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    offered, state = passkeys.offer_use()
    request.session[_STATE] = state
    shown = {"fault": fault, "options": json.dumps(offered["publicKey"]), "next": _way_back(request)}
    return render_page(request, "staff/log_in.html", shown, status=status, has_script=True)


def _ask_to_wait(request: HttpRequest, seconds: float) -> HttpResponse:
    fault = pgettext("console", "There were too many tries. Please wait a minute, then try again.")
    response = _show_log_in(request, fault=fault, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(math.ceil(seconds))
    return response


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = wanted.startswith(f"{_HOME}/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else _HOME


def _network_of(request: HttpRequest, services: PortalServices) -> str | None:
    peer, forwarded = request.META.get("REMOTE_ADDR"), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return origin_of(peer, forwarded, services.proxies)
