"""The form for somebody who has no link and no account: which pages or posts must not be used.

Under load it has a slow lane, for which nobody needs a script: a page that keeps what was entered and says when the
person can go on, and then offers the button again. Nothing is recorded by looking.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from demur.kernel.errors import TransientError
from demur.kernel.words import Purpose
from demur.register.intake import Receipt, receive_objection
from demur.register.objecting import ObjectionForm
from demur.web.admission.gate import Shown
from demur.web.api.objections import target_keys
from demur.web.errors import TicketRefusedError, WorkNeededError, WorkRefusedError
from demur.web.origins import origin_of
from demur.web.portal.services import PortalServices, services_of

# A ticket with this much stands in an address that every browser and proxy takes.
MAX_ENTERED_BYTES = 3_000
MAX_LINES = 100


def open_objection(request: HttpRequest) -> HttpResponse:
    """Show the form; when it was sent, record the objection, or show the page of the slow lane."""
    services = services_of(request)
    if request.method != "POST":
        return _show_form(request, services)
    ticket = request.POST.get("ticket", "")
    try:
        entered = services.gate.open_ticket(ticket).content.decode() if ticket else request.POST.get("entered", "")
    except TicketRefusedError:
        return _show_form(request, services, fault=_("Your place in the queue was lost. Please enter it again."))
    fault = _find_fault(entered)
    return _show_form(request, services, entered=entered, fault=fault) if fault else _file(request, services, entered)


def wait(request: HttpRequest, ticket: str) -> HttpResponse:
    """Show how long it is until somebody's turn, or the button when it has come."""
    services = services_of(request)
    try:
        found = services.gate.open_ticket(ticket)
    except TicketRefusedError:
        return _show_form(request, services, fault=_("Your place in the queue was lost. Please enter it again."))
    seconds = services.gate.seconds_until(found) if services.gate.load.has_load() else 0.0
    if seconds > 0:
        return _show_waiting(request, services, ticket, seconds)
    return _render(request, "turn.html", services, {"ticket": ticket, "entered": found.content.decode()})


def _file(request: HttpRequest, services: PortalServices, entered: str) -> HttpResponse:
    shown = Shown(
        solution=request.POST.get("altcha", ""), ticket=request.POST.get("ticket", ""), content=entered.encode()
    )
    who = _origin(request, services)
    try:
        if who is None:
            return _show_receipt(request, services, _record(services, entered))
        with services.gate.admitting(shown, who=who, waiting=services.register.sequencer.waiting()):
            return _show_receipt(request, services, _record(services, entered))
    except WorkNeededError as error:
        return _show_waiting(request, services, error.ticket, error.seconds)
    except (TicketRefusedError, WorkRefusedError, TransientError):
        # Too old, used, or not to be stored now: what was entered is still at hand, so it gets another turn.
        again = services.gate.seal(who, shown.content)
        return _show_waiting(request, services, again.ticket, again.seconds)


def _record(services: PortalServices, entered: str) -> Receipt:
    at = services.clock.now()
    lines = _lines(entered)
    form = ObjectionForm(
        subjects=(),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        targets=target_keys(
            services.register.keyring,
            tuple(line for line in lines if "://" not in line),
            tuple(line for line in lines if "://" in line),
        ),
    )
    return receive_objection(services.register, form, at=at)


def _find_fault(entered: str) -> str | None:
    lines = _lines(entered)
    if not lines:
        return str(_("Please enter at least one address or number."))
    if len(lines) > MAX_LINES or len(entered.encode()) > MAX_ENTERED_BYTES:
        return str(_("That is more than fits at once. Please send it in several parts."))
    return None


def _lines(entered: str) -> list[str]:
    return [line.strip() for line in entered.splitlines() if line.strip()]


def _origin(request: HttpRequest, services: PortalServices) -> str | None:
    peer, forwarded = request.META.get("REMOTE_ADDR"), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return origin_of(peer, forwarded, services.proxies)


def _show_form(
    request: HttpRequest, services: PortalServices, *, entered: str = "", fault: str | None = None
) -> HttpResponse:
    shown = {"entered": entered, "fault": fault, "longest": MAX_ENTERED_BYTES}
    return _render(request, "open.html", services, shown, status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK)


def _show_waiting(request: HttpRequest, services: PortalServices, ticket: str, seconds: float) -> HttpResponse:
    whole = math.ceil(seconds)
    shown = {"address": reverse("wait", args=(ticket,)), "seconds": whole, "entered": _entered_in(services, ticket)}
    response = _render(request, "wait.html", services, shown, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(whole)
    return response


def _entered_in(services: PortalServices, ticket: str) -> str:
    return services.gate.open_ticket(ticket).content.decode()


def _show_receipt(request: HttpRequest, services: PortalServices, receipt: Receipt) -> HttpResponse:
    return _render(request, "open_receipt.html", services, {"receipt": receipt})


def _render(
    request: HttpRequest,
    template: str,
    services: PortalServices,
    shown: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    usual = {"platform": services.platform_name, "contact": services.contact}
    return render(request, template, {**usual, **shown}, status=status)
