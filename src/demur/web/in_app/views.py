"""What an app asks: which notice to show to a person, and to record that they were shown it, or that they object.

Answers are JSON, for the apps of the configured origins and nobody else's pages. Whoever has the token of a notice may
object and nothing more, as on the page of the link.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from demur.kernel.clock import timestamp
from demur.kernel.errors import DemurError, TransientError
from demur.kernel.words import FormStep, Purpose, Way
from demur.register.accesses import Reader, read_record
from demur.register.intake import receive_objection
from demur.register.mailing_reports import find_due_notice, note_shown
from demur.register.notices import record_showing
from demur.register.objecting import ObjectionForm
from demur.web.errors import InAppMissingError, LinkInvalidError
from demur.web.form_versions import IN_APP
from demur.web.in_app.notice import SignedNotice
from demur.web.languages import SOURCE
from demur.web.links import open_link
from demur.web.portal.services import PortalServices, services_of

View: TypeAlias = Callable[..., HttpResponse]
_READER = Reader(role="link", name="the holder of the link", act="GET /in-app/TOKEN")
_RETRY_AFTER_SECONDS = "5"
_LOST = (LinkInvalidError, InAppMissingError)


def for_apps(view: View) -> View:
    """Return a view whose answers, refusals included, are JSON that the platform's own apps may read."""

    def respond(request: HttpRequest, token: str, **named: str) -> HttpResponse:
        services = services_of(request)
        try:
            response = view(request, services, token, **named)
        except _LOST as error:
            response = _refuse(error, HTTPStatus.NOT_FOUND)
        except TransientError as error:
            response = _refuse(error, HTTPStatus.SERVICE_UNAVAILABLE)
            response["Retry-After"] = _RETRY_AFTER_SECONDS
        origin = request.headers.get("Origin", "")
        if origin in services.in_app_origins:
            response["Access-Control-Allow-Origin"] = origin
        patch_vary_headers(response, ("Origin",))
        return response

    return respond


@for_apps
def notice(request: HttpRequest, services: PortalServices, token: str) -> HttpResponse:
    """Tell what to show: the signed texts, in which language, and whether the person has objected already.

    Somebody to whom a campaign is still bringing a version is shown that version, in the language of the campaign:
    the showing is recorded as one in it.
    """
    del request
    subject = open_link(services.register.keyring, token)
    signed, code = _usual(services), get_language() or SOURCE
    try:
        status = read_record(services.register, subject, _READER, at=services.clock.now())
        has_objected = status.basis is not None and status.scope == "all"
        due = find_due_notice(services.register, subject)
    except TransientError:
        has_objected, due = False, None  # the button must be there all the same: objecting needs no look-up
    brought = None if due is None or services.in_app is None else services.in_app.of(due.version)
    if due is not None and brought is not None and due.language in brought.notice.languages:
        signed, code = brought, due.language
    return _reply(
        {
            "notice": msgspec.to_builtins(signed.notice),
            "note": signed.note,
            "language": code if code in signed.notice.languages else SOURCE,
            "has_objected": has_objected,
            "page": f"/object/{token}",
        }
    )


@for_apps
def shown(request: HttpRequest, services: PortalServices, token: str, version: str) -> HttpResponse:
    """Record that the person was shown a version; again is the same.

    The app names it: another one may be due to the person by now, of which this showing would prove nothing.
    """
    if services.in_app is None or services.in_app.of(version) is None:
        message = "no notice for apps was signed for this version"
        raise InAppMissingError(message, hint="Name the version in the notice that was shown.")
    subject, at = open_link(services.register.keyring, token), services.clock.now()
    services.visits.note(request, Way.IN_APP, FormStep.OPENED, at=at)
    # A campaign that is bringing the version to them need not go on; whoever is in none is told all the same.
    if not note_shown(services.register, subject, version, at=at):
        record_showing(services.register, subject, version=version, language=get_language() or SOURCE, at=at)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@for_apps
def objection(request: HttpRequest, services: PortalServices, token: str) -> HttpResponse:
    """Record the objection and answer with its receipt; again is the same receipt."""
    subject, at = open_link(services.register.keyring, token), services.clock.now()
    services.visits.note(request, Way.IN_APP, FormStep.SENT, at=at)
    form = ObjectionForm(
        subjects=(subject,),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        form_version=IN_APP,
        way=Way.IN_APP,
    )
    given = receive_objection(services.register, form, at=at)
    if given.received_at >= at:  # else it was recorded before
        services.visits.note(request, Way.IN_APP, FormStep.RECORDED, at=at)
    told = {
        "receipt": given.text,
        "index": given.index,
        "received_at": timestamp(given.received_at),
        "accounts_covered": len(given.subjects),
    }
    return _reply({**told, "page": f"/object/{token}"}, HTTPStatus.CREATED)


def _usual(services: PortalServices) -> SignedNotice:
    found = None if services.in_app is None else services.in_app.usual()
    if found is None:
        message = "no notice for apps was signed"
        raise InAppMissingError(message, hint="Start the servers by `demur`, which signs it.")
    return found


def _reply(content: dict[str, object], status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(content), status=status, content_type="application/json")


def _refuse(error: DemurError, status: HTTPStatus) -> HttpResponse:
    return _reply({"code": error.code, "message": str(error)}, status)
