"""How a request stands, for whoever holds its code: the answer, its receipt, and the one question that may be open.

The code travels in the body of a request alone, never in an address. It opens nothing but what is known of the request;
what was given with it is not shown again.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from demur.keys.subjects import SubjectKey
from demur.register.accesses import Access, Reader, read_accesses
from demur.register.errors import RequestMissingError
from demur.register.requests import answer_question, plain_code
from demur.register.requests_reading import ReadRequest, Step, find_request
from demur.web.portal.open_form import last_day
from demur.web.portal.open_reading import MAX_HINT_CHARACTERS
from demur.web.portal.open_wording import EXTENSIONS, GROUNDS, NEXT_STEPS, STATES
from demur.web.portal.services import PortalServices, services_of
from demur.web.receipts import read_request_receipt

_BY_CODE = "code"
_HOLDER = "the holder of the code"


def show_answer(request: HttpRequest) -> HttpResponse:
    """Ask for the code; when it was sent, show how the request stands, after adding the hint that came along."""
    services = services_of(request)
    if request.method != "POST":
        return _ask_code(request)
    code = plain_code(request.POST.get("code", ""))
    hint = request.POST.get("hint", "").strip()[:MAX_HINT_CHARACTERS]
    try:
        found = _find(services, code)
        if hint:
            answer_question(services.register, found.listed.number, hint, at=services.clock.now())
            found = _find(services, code)
    except RequestMissingError:
        return _ask_code(request, fault=_("There is no request with this code. Please look at it again."))
    accesses = read_accesses(
        services.register, SubjectKey(found.reference), _reader("/object/answer"), at=services.clock.now()
    )
    return _show(request, found, code, accesses)


def send_receipt(request: HttpRequest) -> HttpResponse:
    """Send the receipt of a request as a file."""
    services = services_of(request)
    try:
        found = _find(services, plain_code(request.POST.get("code", "")))
    except RequestMissingError:
        return _ask_code(request, fault=_("There is no request with this code. Please look at it again."))
    reader, at = _reader("/object/answer/receipt"), services.clock.now()
    proof = read_request_receipt(services.register, found, reader, at=at)
    response = HttpResponse(proof.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="objection-{found.index}.tlog-proof"'
    return response


def _find(services: PortalServices, code: str) -> ReadRequest:
    if not code:
        message = "no code was sent"
        raise RequestMissingError(message)
    return find_request(services.register, code)


def _reader(act: str) -> Reader:
    return Reader(role=_BY_CODE, name=_HOLDER, act=f"POST {act}")


def _ask_code(request: HttpRequest, *, fault: str | None = None) -> HttpResponse:
    status = HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK
    return render(request, "open_code.html", {"fault": fault}, status=status)


def _show(request: HttpRequest, found: ReadRequest, code: str, accesses: tuple[Access, ...]) -> HttpResponse:
    listed, last = found.listed, found.steps[-1]
    shown = {
        "code": code,
        "listed": listed,
        "state": STATES[listed.state],
        "next_step": NEXT_STEPS[listed.next_step],
        "due_on": last_day(listed.due_at),
        "is_asked": listed.state.value == "asked",
        "longest_hint": MAX_HINT_CHARACTERS,
        "ground": GROUNDS[last.ground] if last.ground else None,
        "decided_by": last.decided_by if not listed.is_open else None,
        "history": [(step.at, _tell(step)) for step in found.steps],
        "looked": [access.at for access in accesses if access.reader.role != _BY_CODE],
    }
    return render(request, "open_answer.html", shown)


def _tell(step: Step) -> object:
    return EXTENSIONS[step.extension] if step.extension else STATES[step.state]
