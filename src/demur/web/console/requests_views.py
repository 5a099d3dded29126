"""The console's pages on requests of people without an account: the list, one of them, and the review.

A view is: permission, form, one call of the register, response. What was given with a request is shown on the page of
the review alone, after it was written down who reads it; a list tells none of it.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import pgettext

from demur.kernel.clock import timestamp
from demur.keys.subjects import SubjectKey
from demur.policy.handling import FOLLOWING, RequestKind, RequestState
from demur.policy.requests import ControllerClaim, Ground
from demur.register.accesses import Reader, note_access
from demur.register.errors import RefusalUnfoundedError, RequestMissingError, RequestStepError
from demur.register.requests import (
    accept_requests,
    ask_question,
    cut_requests,
    put_off_answers,
    refuse_request,
)
from demur.register.requests_reading import (
    ListedRequest,
    ReadRequest,
    RequestFilter,
    count_requests,
    list_languages,
    list_requests,
    read_request,
    read_request_spans,
)
from demur.register.requests_terms import read_terms
from demur.web.console.requests_candidates import find_candidates
from demur.web.console.requests_wording import (
    ACTS,
    DUES,
    EXTENDED,
    EXTENSIONS,
    GROUNDS,
    KINDS,
    ON_ALL,
    ON_ONE,
    STATES,
    TERMS,
    Act,
    Due,
)
from demur.web.console.views import render_page
from demur.web.portal.services import PortalServices, services_of
from demur.web.staff.acts import note_act
from demur.web.staff.permission import StaffRole, for_roles, role_of

_A_PAGE = 50
_SOON = timedelta(days=7)
_COLUMNS = ("number", "kind", "language", "received_at", "state", "due_before", "overdue", "taken_back", "form_version")
_MICROSECOND = timedelta(microseconds=1)
_GREATEST = (1 << 62) - 1
_KEY_BYTES = 16
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LANGUAGE = re.compile(r"[A-Za-z-]{2,20}")
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address of a list asks for, as it came and as the register takes it."""

    fields: Mapping[str, str]
    filter: RequestFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request in words."""

    number: int
    kind: object
    language: str
    received_at: datetime
    state: object
    due_on: datetime
    is_open: bool
    is_overdue: bool
    is_taken_back: bool


@for_roles(*StaffRole)
def show_requests(request: HttpRequest) -> HttpResponse:
    """Show the requests that a filter means, a page of them, and how many there are in each state."""
    return _show_list(request, _wanted(request.GET, services_of(request)))


@for_roles(StaffRole.DPO, StaffRole.REVIEWER)
def step_all(request: HttpRequest) -> HttpResponse:
    """Take one step with all requests that a filter means, if they are still as many as the page said."""
    services = services_of(request)
    wanted = _wanted(request.POST, services)
    act = _word(Act, request.POST.get("act"))
    listed = list_requests(services.register, wanted.filter)
    if act not in ON_ALL:
        return _show_list(request, wanted, fault=pgettext("console", "Please choose what to do."))
    if str(len(listed)) != request.POST.get("count"):
        fault = pgettext("console", "There are more or fewer of them now. Nothing was done. Please look again.")
        return _show_list(request, wanted, fault=fault)
    note_act(services, request, f"{act} requests", about=f"{len(listed)} by filter")
    _step(services, request, [each.number for each in listed], act)
    return HttpResponseRedirect(f"{reverse('console_requests')}?{urlencode(wanted.fields)}")


@for_roles(*StaffRole)
def export_requests(request: HttpRequest) -> HttpResponse:
    """Send the list as CSV (RFC 4180) in which no cell is a formula to a spreadsheet."""
    services = services_of(request)
    listed = list_requests(services.register, _wanted(request.GET, services).filter)
    note_act(services, request, "export requests", about=f"{len(listed)} by filter")
    at = services.clock.now()
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    writer.writerows([_defuse(cell) for cell in _cells(each, at)] for each in listed)
    response = HttpResponse(stream.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="requests.csv"'
    return response


@for_roles(*StaffRole)
def show_request(request: HttpRequest, number: int) -> HttpResponse:
    """Show the history of one request, after it was written down who reads it."""
    return _show_one(request, number)


@for_roles(StaffRole.DPO, StaffRole.REVIEWER)
def step_one(request: HttpRequest, number: int) -> HttpResponse:
    """Take one step with one request."""
    services = services_of(request)
    _find(services, number)
    act = _word(Act, request.POST.get("act"))
    if act not in ON_ONE:
        return _show_one(request, number, fault=pgettext("console", "Please choose what to do."))
    note_act(services, request, f"{act} request", about=str(number))
    if not _step(services, request, [number], act):
        return _show_one(request, number, fault=pgettext("console", "This cannot be done with it any more."))
    return HttpResponseRedirect(reverse("console_request", args=(number,)))


@for_roles(StaffRole.DPO, StaffRole.REVIEWER)
def review(request: HttpRequest, number: int) -> HttpResponse:
    """Show what was given with a request beside where it stands, after it was written down who reads it."""
    return _show_review(request, number)


@for_roles(StaffRole.DPO, StaffRole.REVIEWER)
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Accept with the items that were ticked, cut, or refuse on a ground, in the name of whoever is logged in."""
    services = services_of(request)
    _find(services, number)
    act, by, at = _word(Act, request.POST.get("act")), _name_of(request), services.clock.now()
    try:
        note_act(services, request, f"{act or 'decide'} request", about=str(number))
        if act is Act.REFUSE:
            refuse_request(services.register, number, _claim(request, by), at=at)
        elif act is Act.ACCEPT:
            _require(accept_requests(services.register, [number], decided_by=by, at=at, items=_items(request)))
        elif act is Act.CUT:
            _require(cut_requests(services.register, [number], decided_by=by, at=at))
        else:
            return _show_review(request, number, fault=pgettext("console", "Please choose what to do."))
    except RefusalUnfoundedError:
        fault = pgettext("console", "A refusal needs a ground, and the person has to be told. Nothing was decided.")
        return _show_review(request, number, fault=fault)
    except RequestStepError:
        return _show_review(request, number, fault=pgettext("console", "This cannot be done with it any more."))
    return HttpResponseRedirect(reverse("console_request", args=(number,)))


def _step(services: PortalServices, request: HttpRequest, numbers: Sequence[int], act: Act) -> int:
    """Take a step that needs no more than a name; return with how many requests."""
    register, by, at = services.register, _name_of(request), services.clock.now()
    if act is Act.ASK:
        return sum(_ask(services, number, by) for number in numbers)
    if act is Act.ACCEPT:
        return accept_requests(register, numbers, decided_by=by, at=at)
    if act is Act.CUT:
        return cut_requests(register, numbers, decided_by=by, at=at)
    return put_off_answers(register, numbers, reason=EXTENSIONS[act], decided_by=by, at=at)


def _ask(services: PortalServices, number: int, by: str) -> bool:
    try:
        ask_question(services.register, number, asked_by=by, at=services.clock.now())
    except RequestStepError:
        return False
    return True


def _require(decided: int) -> None:
    if not decided:
        message = "the request was decided meanwhile"
        raise RequestStepError(message)


def _claim(request: HttpRequest, by: str) -> ControllerClaim:
    ground = _word(Ground, request.POST.get("ground"))
    return ControllerClaim(ground=ground, decided_by=by, remedies_told=request.POST.get("remedies") == "told")


def _items(request: HttpRequest) -> list[bytes]:
    """Return the items that were ticked; what is no key of ours is left out."""
    found = []
    for text in request.POST.getlist("item"):
        try:
            key = bytes.fromhex(text)
        except ValueError:
            continue
        found += [key] * (len(key) == _KEY_BYTES)
    return found


def _name_of(request: HttpRequest) -> str:
    return str(request.user.get_full_name() or request.user.get_username())


def _word(words: type[_Word], text: str | None) -> _Word | None:
    return next((word for word in words if word.value == text), None)


def _language(text: str | None) -> str | None:
    return text if text and _LANGUAGE.fullmatch(text) else None


def _wanted(given: Mapping[str, str], services: PortalServices) -> Wanted:
    """Read a filter; a word that is not known asks for nothing."""
    state, kind = _word(RequestState, given.get("state")), _word(RequestKind, given.get("kind"))
    due, language = _word(Due, given.get("due")), _language(given.get("language"))
    now = services.clock.now()
    before = None if due is None else now if due is Due.OVERDUE else now + _SOON
    named = {"state": state, "kind": kind, "language": language, "due": due}
    return Wanted(
        fields={name: str(word) for name, word in named.items() if word},
        filter=RequestFilter(state=state, kind=kind, language=language, due_before=before),
    )


def _cells(listed: ListedRequest, at: datetime) -> tuple[str, ...]:
    return (
        str(listed.number),
        listed.kind.value,
        listed.language,
        timestamp(listed.received_at),
        listed.state.value,
        timestamp(listed.due_at),
        "yes" if listed.is_overdue(at) else "no",
        "yes" if listed.is_taken_back else "no",
        listed.form_version or "",
    )


def _defuse(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _row(listed: ListedRequest, at: datetime) -> Row:
    return Row(
        number=listed.number,
        kind=KINDS[listed.kind],
        language=listed.language,
        received_at=listed.received_at,
        state=STATES[listed.state],
        due_on=listed.due_at - _MICROSECOND,
        is_open=listed.is_open,
        is_overdue=listed.is_overdue(at),
        is_taken_back=listed.is_taken_back,
    )


def _show_list(request: HttpRequest, wanted: Wanted, *, fault: str | None = None) -> HttpResponse:
    services = services_of(request)
    at, asked = services.clock.now(), request.GET.get("after", "")
    after = min(int(asked), _GREATEST) if asked.isascii() and asked.isdecimal() else 0
    listed = list_requests(services.register, wanted.filter, after=after, limit=_A_PAGE + 1)
    counted = count_requests(services.register, wanted.filter, at=at)
    languages = list_languages(services.register)
    more = {**wanted.fields, "after": listed[_A_PAGE - 1].number} if len(listed) > _A_PAGE else None
    shown = {
        "fault": fault,
        "rows": [_row(each, at) for each in listed[:_A_PAGE]],
        "counts": [(STATES[state], count) for state, count in counted.by_state.items()],
        "total": counted.total,
        "overdue": counted.overdue,
        "fields": wanted.fields,
        "chosen": _choices(wanted, languages),
        "acts": [(act.value, ACTS[act]) for act in ON_ALL],
        "more": more and urlencode(more),
        "query": urlencode(wanted.fields),
    }
    status = HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK
    return _render(request, "console/requests.html", shown, status=status)


def _choices(wanted: Wanted, languages: Sequence[str]) -> list[tuple[str, object, list[tuple[str, object, bool]]]]:
    """Return each field of the filter: its name, its label, and its choices, of which one is chosen at most."""
    fields: list[tuple[str, object, Sequence[tuple[str, object]]]] = [
        ("state", pgettext("console", "State"), [(word.value, STATES[word]) for word in RequestState]),
        ("kind", pgettext("console", "Kind"), [(word.value, KINDS[word]) for word in RequestKind]),
        ("language", pgettext("console", "Language"), [(language, language) for language in languages]),
        ("due", pgettext("console", "Due"), [(word.value, DUES[word]) for word in Due]),
    ]
    return [
        (name, label, [(value, told, wanted.fields.get(name) == value) for value, told in choices])
        for name, label, choices in fields
    ]


def _show_one(request: HttpRequest, number: int, *, fault: str | None = None) -> HttpResponse:
    services = services_of(request)
    found = _find(services, number)
    at = services.clock.now()
    note_access(services.register, (SubjectKey(found.reference),), _reader(request), at=at)
    shown = {
        "fault": fault,
        "row": _row(found.listed, at),
        "form_version": found.listed.form_version,
        "index": found.index,
        "kept": found.terms,
        "spans": found.spans,
        "history": [
            {
                "at": step.at,
                "told": EXTENDED[step.extension] if step.extension else STATES[step.state],
                "by": step.decided_by,
                "ground": GROUNDS[step.ground] if step.ground else None,
            }
            for step in found.steps
        ],
        "acts": [(act.value, ACTS[act]) for act in ON_ONE] if FOLLOWING[found.listed.state] else [],
    }
    status = HTTPStatus.CONFLICT if fault else HTTPStatus.OK
    return _render(request, "console/request.html", shown, status=status)


def _show_review(request: HttpRequest, number: int, *, fault: str | None = None) -> HttpResponse:
    services = services_of(request)
    found = _find(services, number)
    given = read_terms(services.register, number, _reader(request), at=services.clock.now())
    candidates = find_candidates(services, read_request_spans(services.register, number))
    shown = {
        "fault": fault,
        "row": _row(found.listed, services.clock.now()),
        "terms": [(TERMS[term.kind], term.text) for each in given for term in each.terms],
        "hints": [each.hint for each in given if each.hint],
        "candidates": candidates.found,
        "is_all": candidates.is_all,
        "grounds": [(ground.value, told) for ground, told in GROUNDS.items()],
        "may": _may(found),
        "by": _name_of(request),
    }
    status = HTTPStatus.CONFLICT if fault else HTTPStatus.OK
    return _render(request, "console/review.html", shown, status=status)


def _may(found: ReadRequest) -> dict[str, bool]:
    following = FOLLOWING[found.listed.state]
    return {
        "accept": RequestState.ACCEPTED in following,
        "cut": RequestState.CUT in following,
        "refuse": RequestState.REFUSED in following,
    }


def _find(services: PortalServices, number: int) -> ReadRequest:
    if number > _GREATEST:
        raise Http404
    try:
        return read_request(services.register, number)
    except RequestMissingError as error:
        raise Http404 from error


def _reader(request: HttpRequest) -> Reader:
    """Return who reads, and by which kind of address; its number would name the request a second time."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    role = role_of(request)
    return Reader(role=role.value if role else "", name=_name_of(request), act=f"{request.method} {name}")


def _render(
    request: HttpRequest, template: str, shown: Mapping[str, object], *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Render a page of requests."""
    may_act = role_of(request) in {StaffRole.DPO, StaffRole.REVIEWER}
    return render_page(request, template, {"may_act": may_act, **shown}, status=status)
