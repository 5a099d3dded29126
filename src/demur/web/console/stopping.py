"""Stopping the processing, which one person does at once, and going on, which takes two (ADR-0024)."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import pgettext

from demur.kernel.errors import InputError
from demur.kernel.words import ItemKind, Product, RelaunchOutcome
from demur.register.proposals import STANDS_FOR, decide_relaunch, propose_relaunch
from demur.register.suspensions import Suspension, suspend
from demur.web.console.reading import read_stops
from demur.web.console.views import render_page
from demur.web.console.wording import OUTCOMES, REFUSALS, choices, name_scope
from demur.web.portal.services import PortalServices, services_of
from demur.web.staff.acts import note_act
from demur.web.staff.permission import StaffRole, for_roles


@for_roles(StaffRole.DPO, StaffRole.AUDITOR)
def show_stops(request: HttpRequest) -> HttpResponse:
    """Show what is stopped, and what is proposed."""
    return _show(request, services_of(request))


@for_roles(StaffRole.DPO)
def stop(request: HttpRequest) -> HttpResponse:
    """Stop what the form names, at once: nothing is asked again, and writing it down comes after it."""
    services = services_of(request)

    def act() -> None:
        number = suspend(services.register, _read_scope(request), at=services.clock.now())
        note_act(services, request, "stop the processing", about=f"stop {number}")

    return _try(request, services, act)


@for_roles(StaffRole.DPO)
def propose(request: HttpRequest, number: int) -> HttpResponse:
    """Propose to go on after a stop, under the notice that the settings name."""
    services = services_of(request)

    def act() -> None:
        note_act(services, request, "propose to go on", about=f"stop {number}")
        propose_relaunch(
            services.register,
            number,
            notice_version=services.ruleset.settings.notice_version,
            by=request.user.get_username(),
            at=services.clock.now(),
        )

    return _try(request, services, act)


def decide(outcome: RelaunchOutcome) -> Callable[..., HttpResponse]:
    """Return the view that ends a proposal in one way."""

    @for_roles(StaffRole.DPO)
    def view(request: HttpRequest, number: int) -> HttpResponse:
        services = services_of(request)

        def act() -> None:
            note_act(services, request, f"{outcome.value} a proposal to go on", about=f"proposal {number}")
            who = request.user.get_username()
            decide_relaunch(services.register, number, outcome, by=who, at=services.clock.now())

        return _try(request, services, act)

    return view


def _try(request: HttpRequest, services: PortalServices, act: Callable[[], None]) -> HttpResponse:
    """Do something and show the page anew; what the register refuses is said on the page."""
    try:
        act()
    except InputError as error:
        fault = REFUSALS.get(error.code)
        if fault is None:
            raise
        note_act(services, request, "not done", about=error.code)
        return _show(request, services, fault=str(fault), status=HTTPStatus.CONFLICT)
    return HttpResponseRedirect(reverse("console_stops"))


def _read_scope(request: HttpRequest) -> Suspension:
    """Read what a form stops; what it does not name, or names wrongly, is not limited: in doubt, more stops."""
    product, kind = request.POST.get("product", ""), request.POST.get("kind", "")
    return Suspension(
        country=request.POST.get("country", "").strip().upper() or None,
        product=Product(product) if product in set(Product) else None,
        kind=ItemKind(kind) if kind in set(ItemKind) else None,
    )


def _show(
    request: HttpRequest, services: PortalServices, *, fault: str | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    stops, at, who = read_stops(services), services.clock.now(), request.user.get_username()
    running = []
    for one in stops.running:
        proposal = stops.open_for(one.number, at=at)
        is_own = proposal is not None and proposal.proposed_by.lower() == who.lower()
        running.append((one, name_scope(one.stops), proposal, is_own))
    ended = [
        (one, OUTCOMES[one.outcome] if one.outcome else pgettext("console", "ended by itself"))
        for one in stops.proposals
        if not one.is_open(at=at)
    ]
    shown = {
        "running": running,
        "ended": ended,
        "fault": fault,
        "version": services.ruleset.settings.notice_version,
        "days": STANDS_FOR.days,
        **choices(),
    }
    return render_page(request, "console/stops.html", shown, status=status)
