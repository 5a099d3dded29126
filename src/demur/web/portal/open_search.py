"""Am I in it? Somebody without an account asks how many public items name them, and reads it by a code.

The search runs after the answer; the page of the code tells when it is done. It counts what is published and never what
is used, and no count below ten is told: nobody learns from it whether somebody objected, or of a few items whose.
"""

import secrets
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from demur.kernel.errors import TransientError
from demur.kernel.small_counts import show_count
from demur.policy.handling import TermKind
from demur.register.errors import RequestMissingError
from demur.register.requests import make_code, plain_code
from demur.register.requests_searching import ask_search, read_search
from demur.register.requests_terms import Term
from demur.web.admission.gate import Shown
from demur.web.errors import TicketRefusedError, WorkNeededError, WorkRefusedError
from demur.web.portal.open_form import find_origin
from demur.web.portal.open_reading import is_findable, read_terms
from demur.web.portal.services import PortalServices, services_of

_SEARCHED = frozenset({TermKind.NAME, TermKind.HANDLE, TermKind.ADDRESS})
_MAX_CHARACTERS = 200
_ONCE_BYTES = 16


def search(request: HttpRequest) -> HttpResponse:
    """Show the form; when it was sent, ask for the search and show the code by which its result is read."""
    services = services_of(request)
    if request.method != "POST":
        return render(request, "search.html", {"fault": None, "entered": "", "longest": _MAX_CHARACTERS})
    entered = request.POST.get("entered", "").strip()
    terms = [term for term in read_terms(entered) if term.kind in _SEARCHED and is_findable(term)]
    if len(terms) != 1 or len(entered) > _MAX_CHARACTERS:
        return _refuse(request, entered, _("Please enter one name, name of an account, or address."))
    code = make_code(services.register.keyring, secrets.token_hex(_ONCE_BYTES), entered.encode())
    try:
        _ask(request, services, code, terms)
    except (WorkNeededError, TicketRefusedError, WorkRefusedError, TransientError):
        return _refuse(request, entered, _("Very many people ask right now. Please try again in a minute."))
    return render(request, "searching.html", {"code": code})


def show_found(request: HttpRequest) -> HttpResponse:
    """Show what a search found, or that it still runs."""
    services = services_of(request)
    code = plain_code(request.POST.get("code", ""))
    try:
        found = read_search(services.register, code) if code else None
    except RequestMissingError:
        found = None
    if found is None:
        return _refuse(request, "", _("There is no search with this code. Please ask again."))
    if found.counts is None:
        return render(request, "searching.html", {"code": code})
    counts = [(name, show_count(count)) for name, count in sorted(found.counts.items())]
    return render(request, "found.html", {"counts": counts})


def _ask(request: HttpRequest, services: PortalServices, code: str, terms: list[Term]) -> None:
    who, at = find_origin(request, services), services.clock.now()
    if who is None:
        ask_search(services.register, code, terms, at=at)
        return
    shown = Shown(solution=request.POST.get("altcha", ""), ticket="", content=b"")
    with services.gate.admitting(shown, who=who, waiting=services.register.sequencer.waiting()):
        ask_search(services.register, code, terms, at=at)


def _refuse(request: HttpRequest, entered: str, fault: str) -> HttpResponse:
    shown = {"fault": fault, "entered": entered, "longest": _MAX_CHARACTERS}
    return render(request, "search.html", shown, status=HTTPStatus.BAD_REQUEST)
