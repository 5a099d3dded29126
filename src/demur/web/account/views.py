"""The account page: what is covered, what was done, objecting and withdrawing by one button each."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from demur.kernel.words import Purpose, Way
from demur.keys.subjects import SubjectKey, subject_key
from demur.register.accesses import Reader, note_access, read_person
from demur.register.errors import NothingToWithdrawError, UnknownAccountError
from demur.register.intake import Authentication, Receipt, WithdrawalForm, receive_objection, withdraw
from demur.register.objecting import ObjectionForm
from demur.register.queries import CoveredAccount, SubjectStatus
from demur.web.account.sessions import begin_session, handles_of, keep_asked, subjects_of, take_asked
from demur.web.errors import LoginFailedError
from demur.web.form_versions import ACCOUNT
from demur.web.portal.services import services_of
from demur.web.receipts import read_own_receipt

_BY_LOGIN = "login"
_KEY_LETTERS = 8
_HOLDER = "the holder of the account"


def for_holder(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view for people who are logged in, which gets their subject keys; others see how to log in."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: object) -> HttpResponse:
        subjects = subjects_of(request)
        if not subjects:
            can_log_in = services_of(request).login is not None
            return render(request, "account/log_in.html", {"can_log_in": can_log_in}, status=HTTPStatus.FORBIDDEN)
        return view(request, subjects, **kwargs)

    return guarded


def log_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the platform's login."""
    provider = services_of(request).login
    if provider is None:
        raise Http404
    asked = provider.begin(_way_back(request))
    keep_asked(request, asked)
    return HttpResponseRedirect(asked.address)


def finish_log_in(request: HttpRequest) -> HttpResponse:
    """Take somebody in who comes back from the platform's login."""
    services = services_of(request)
    asked = take_asked(request)
    if services.login is None or not asked:
        return render(request, "account/failed.html", {}, status=HTTPStatus.FORBIDDEN)
    try:
        found = services.login.finish(request.GET.dict(), back=_way_back(request), **asked)
    except LoginFailedError:
        return render(request, "account/failed.html", {}, status=HTTPStatus.FORBIDDEN)
    keyring = services.register.keyring
    keys = {account: subject_key(keyring, account) for account in (found.account, *found.linked)}
    begin_session(request, list(keys.values()), {keys[account]: name for account, name in found.handles.items()})
    return HttpResponseRedirect(reverse("account"))


def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    request.session.flush()
    return HttpResponseRedirect(reverse("account"))


@for_holder
def show(request: HttpRequest, subjects: tuple[SubjectKey, ...]) -> HttpResponse:
    """Show what is covered, what was done, and in which corpora items are."""
    services = services_of(request)
    at = services.clock.now()
    status, accounts = read_person(services.register, subjects, _reader("GET /account"), at=at)
    handles = handles_of(request)
    shown = {
        "status": status,
        "accounts": [_describe(one, handles) for one in accounts],
        "history": _history(status),
        "corpora": services.presence.find_presence(subjects),
    }
    return render(request, "account/account.html", shown)


@for_holder
def objection(request: HttpRequest, subjects: tuple[SubjectKey, ...]) -> HttpResponse:
    """Record that the person objects, with every account that is theirs, and show the receipt."""
    services = services_of(request)
    at = services.clock.now()
    form = ObjectionForm(
        subjects=subjects,
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        form_version=ACCOUNT,
        way=Way.LOGIN,
    )
    return _show_done(request, receive_objection(services.register, form, at=at), is_withdrawal=False)


@for_holder
def withdrawal(request: HttpRequest, subjects: tuple[SubjectKey, ...]) -> HttpResponse:
    """Record that the person ends their objection, for the account that they logged in with, and show the receipt."""
    services = services_of(request)
    at = services.clock.now()
    form = WithdrawalForm(subject=subjects[0], authenticated_by=Authentication.LOGIN, received_at=at)
    try:
        return _show_done(request, withdraw(services.register, form, at=at), is_withdrawal=True)
    except NothingToWithdrawError:
        return HttpResponseRedirect(reverse("account"))
    except UnknownAccountError:
        # They objected before the platform named the account to the register: a human must help.
        return render(request, "account/unknown.html", {}, status=HTTPStatus.CONFLICT)


@for_holder
def receipt(request: HttpRequest, subjects: tuple[SubjectKey, ...], *, index: int) -> HttpResponse:
    """Send the receipt of one of the person's own objections or withdrawals as a file."""
    services = services_of(request)
    reader = _reader("GET /account/receipt")
    found = read_own_receipt(services.register, subjects[0], index, reader, at=services.clock.now())
    return _send_file(found.text, f"entry-{index}.tlog-proof")


@for_holder
def data_key(request: HttpRequest, subjects: tuple[SubjectKey, ...]) -> HttpResponse:
    """Send the subject keys of the person's accounts as a file, with what they are for."""
    services = services_of(request)
    note_access(services.register, subjects, _reader("GET /account/data-key"), at=services.clock.now())
    shown = {"keys": [one.hex() for one in subjects], "platform": services.register.keyring.platform}
    text = render(request, "account/data_key.txt", shown).content.decode()
    return _send_file(text, "data-key.txt")


def _describe(account: CoveredAccount, handles: Mapping[SubjectKey, str]) -> dict[str, object]:
    return {
        "key": account.subject.hex()[:_KEY_LETTERS],
        "handle": handles.get(account.subject, ""),
        "since": account.since,
        "is_covered": account.basis,
    }


def _history(status: SubjectStatus) -> list[dict[str, object]]:
    made = [(one, False) for one in status.objections] + [(one, True) for one in status.withdrawals]
    return [
        {"at": one.received_at, "index": one.index, "form": one.form_version, "is_withdrawal": is_withdrawal}
        for one, is_withdrawal in sorted(made, key=lambda pair: pair[0].index)
    ]


def _way_back(request: HttpRequest) -> str:
    return f"{services_of(request).address}{reverse('finish_log_in')}"


def _reader(act: str) -> Reader:
    return Reader(role=_BY_LOGIN, name=_HOLDER, act=act)


def _show_done(request: HttpRequest, given: Receipt, *, is_withdrawal: bool) -> HttpResponse:
    shown = {"receipt": given, "covered": len(given.subjects), "is_withdrawal": is_withdrawal}
    return render(request, "account/done.html", shown)


def _send_file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
