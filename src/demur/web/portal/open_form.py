"""The forms for somebody who has no link and no account: one thing to find content by is enough.

A page each for oneself, for a child, for somebody who died and by an agent; what they ask for is the same. Under load
there is a slow lane, for which nobody needs a script: a page that keeps what was entered and says when the person can
go on, and then offers the button again. Nothing is recorded by looking.
"""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from demur.kernel.errors import TransientError
from demur.kernel.words import FormStep, Way
from demur.policy.handling import RequestKind
from demur.register.intake import Receipt
from demur.register.requests import RequestForm, make_code, receive_request
from demur.register.requests_reading import ListedRequest, find_request
from demur.register.requests_terms import Given
from demur.web.admission.gate import Shown
from demur.web.errors import TicketRefusedError, WorkNeededError, WorkRefusedError
from demur.web.form_versions import OPEN_FORMS
from demur.web.origins import origin_of
from demur.web.portal.open_reading import (
    MAX_ENTERED_BYTES,
    MAX_HINT_CHARACTERS,
    MAX_LINES,
    is_findable,
    read_lines,
    read_terms,
)
from demur.web.portal.open_wording import FORMS, tell_kind
from demur.web.portal.services import PortalServices, services_of

_ONCE_BYTES = 16
_MAX_ONCE = 64


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What one showing of a form was sent with; a ticket of the slow lane carries it.

    Attributes:
        once: names the showing, so that what is sent twice is one request.
    """

    kind: RequestKind
    entered: str
    hint: str = ""
    once: str = ""
    has_mandate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A request that is on disk: its code, its receipt, how it stands, and the last day for an answer.

    Attributes:
        is_new: it was not there before.
    """

    code: str
    receipt: Receipt
    listed: ListedRequest
    due_on: datetime
    is_new: bool


_entered = msgspec.msgpack.Decoder(Entered)


def open_form(kind: RequestKind) -> Callable[[HttpRequest], HttpResponse]:
    """Return the view of the form for one kind of request."""

    def respond(request: HttpRequest) -> HttpResponse:
        services = services_of(request)
        if request.method != "POST":
            if request.method == "GET":
                _note(request, services, kind, FormStep.OPENED)
            return _show_form(request, Entered(kind=kind, entered=""))
        ticket = request.POST.get("ticket", "")
        if not ticket:
            _note(request, services, kind, FormStep.SENT)
        try:
            entered = _open(services, ticket) if ticket else _read_form(request, kind)
        except TicketRefusedError:
            return _lose_place(request, kind)
        fault = _find_fault(entered)
        return _show_form(request, entered, fault=fault) if fault else _file(request, services, entered)

    return respond


def _note(request: HttpRequest, services: PortalServices, kind: RequestKind, step: FormStep) -> None:
    way = Way.AGENT if kind is RequestKind.AGENT else Way.FORM
    services.visits.note(request, way, step, at=services.clock.now())


def wait(request: HttpRequest, ticket: str) -> HttpResponse:
    """Show how long it is until somebody's turn, or the button when it has come."""
    services = services_of(request)
    try:
        found = services.gate.open_ticket(ticket)
        entered = _open(services, ticket)
    except TicketRefusedError:
        return _lose_place(request, RequestKind.ABOUT_ME)
    seconds = services.gate.seconds_until(found) if services.gate.load.has_load() else 0.0
    if seconds > 0:
        return _show_waiting(request, services, ticket, seconds)
    return render(request, "turn.html", {"ticket": ticket, "entered": entered.entered})


def last_day(due_at: datetime) -> datetime:
    """Return an instant of the last day for an answer, from the first instant after it."""
    return due_at - timedelta(microseconds=1)


def _read_form(request: HttpRequest, kind: RequestKind) -> Entered:
    return Entered(
        kind=kind,
        entered=request.POST.get("entered", ""),
        hint=request.POST.get("hint", "").strip(),
        once=request.POST.get("once", "")[:_MAX_ONCE],
        has_mandate=bool(request.POST.get("mandate")),
    )


def _open(services: PortalServices, ticket: str) -> Entered:
    try:
        return _entered.decode(services.gate.open_ticket(ticket).content)
    except msgspec.MsgspecError as error:
        message = "the ticket was given by the door for machines, and holds no form"
        raise TicketRefusedError(message) from error


def _file(request: HttpRequest, services: PortalServices, entered: Entered) -> HttpResponse:
    shown = Shown(
        solution=request.POST.get("altcha", ""),
        ticket=request.POST.get("ticket", ""),
        content=msgspec.msgpack.encode(entered),
    )
    who = find_origin(request, services)
    try:
        if who is None:
            return _show_receipt(request, services, entered)
        with services.gate.admitting(shown, who=who, waiting=services.register.sequencer.waiting()):
            return _show_receipt(request, services, entered)
    except WorkNeededError as error:
        return _show_waiting(request, services, error.ticket, error.seconds)
    except (TicketRefusedError, WorkRefusedError, TransientError):
        # Too old, used, or not to be stored now: what was entered is still at hand, so it gets another turn.
        again = services.gate.seal(who, shown.content)
        return _show_waiting(request, services, again.ticket, again.seconds)


def _record(services: PortalServices, entered: Entered) -> Filed:
    at, register = services.clock.now(), services.register
    once = entered.once or secrets.token_hex(_ONCE_BYTES)
    form = RequestForm(
        code=make_code(register.keyring, once, msgspec.msgpack.encode(entered)),
        kind=entered.kind,
        given=Given(terms=read_terms(entered.entered), hint=entered.hint or None),
        language=get_language() or "en",
        received_at=at,
        form_version=OPEN_FORMS[entered.kind],
    )
    receipt = receive_request(register, form, at=at, settings=services.ruleset.settings)
    listed = find_request(register, form.code).listed
    return Filed(
        code=form.code,
        receipt=receipt,
        listed=listed,
        due_on=last_day(listed.due_at),
        is_new=listed.received_at >= at,
    )


def _find_fault(entered: Entered) -> str | None:
    lines = read_lines(entered.entered)
    if not lines:
        return str(_("Please enter at least one name, address or number."))
    is_long = len(entered.entered.encode()) > MAX_ENTERED_BYTES or len(entered.hint) > MAX_HINT_CHARACTERS
    if len(lines) > MAX_LINES or is_long:
        return str(_("That is more than fits at once. Please send it in several parts."))
    if not all(map(is_findable, read_terms(entered.entered))):
        return str(_("One line is too short to be found. Please write more of it."))
    if entered.kind is RequestKind.AGENT and not entered.has_mandate:
        return str(_("Please confirm that the person asked you to do this."))
    return None


def find_origin(request: HttpRequest, services: PortalServices) -> str | None:
    """Return the network that a request comes from; None behind a proxy that nobody named."""
    peer, forwarded = request.META.get("REMOTE_ADDR"), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return origin_of(peer, forwarded, services.proxies)


def _lose_place(request: HttpRequest, kind: RequestKind) -> HttpResponse:
    fault = _("Your place in the queue was lost. Please enter it again.")
    return _show_form(request, Entered(kind=kind, entered=""), fault=fault)


def _show_form(request: HttpRequest, entered: Entered, *, fault: str | None = None) -> HttpResponse:
    shown = {
        "entered": entered,
        "once": secrets.token_hex(_ONCE_BYTES),
        "fault": fault,
        "longest": MAX_ENTERED_BYTES,
        "longest_hint": MAX_HINT_CHARACTERS,
        "form": FORMS[entered.kind],
        "others": [form for kind, form in FORMS.items() if kind is not entered.kind],
        "is_agent": entered.kind is RequestKind.AGENT,
    }
    return render(request, "open.html", shown, status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK)


def _show_waiting(request: HttpRequest, services: PortalServices, ticket: str, seconds: float) -> HttpResponse:
    whole = math.ceil(seconds)
    entered = _open(services, ticket).entered
    shown = {"address": reverse("wait", args=(ticket,)), "seconds": whole, "entered": entered}
    response = render(request, "wait.html", shown, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(whole)
    return response


def _show_receipt(request: HttpRequest, services: PortalServices, entered: Entered) -> HttpResponse:
    filed = _record(services, entered)
    if filed.is_new:
        _note(request, services, entered.kind, FormStep.RECORDED)
    read = [(term.text, tell_kind(term.kind)) for term in read_terms(entered.entered)]
    shown = {"filed": filed, "receipt": filed.receipt, "read": read, "is_asked": filed.listed.state.value == "asked"}
    return render(request, "open_receipt.html", shown)
