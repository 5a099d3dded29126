"""The views of the data subject: object, get the receipt, learn what became of an item."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demur.kernel.words import Purpose
from demur.keys.subjects import SubjectKey, item_key
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.queries import subject_status
from demur.web.explanations import explain_everywhere
from demur.web.links import open_link
from demur.web.portal.services import PortalServices, services_of
from demur.web.portal.wording import tell_explanation
from demur.web.receipts import read_receipt


def objection(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page with the one button; when it was pressed, record the objection and show the receipt."""
    services = services_of(request)
    subject = open_link(services.register.keyring, token)
    if request.method == "POST":
        return _file(request, services, subject, token)
    status = subject_status(services.register, subject, at=services.clock.now())
    return _render(request, "object.html", services, {"token": token, "status": status})


def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Send the receipt as a file."""
    services = services_of(request)
    subject = open_link(services.register.keyring, token)
    found = read_receipt(services.register, subject, at=services.clock.now())
    response = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="objection-{found.index}.tlog-proof"'
    return response


def why(request: HttpRequest, token: str, item: str) -> HttpResponse:
    """Show what became of one of the person's items in each corpus."""
    services = services_of(request)
    keyring = services.register.keyring
    explanations = explain_everywhere(
        services.corpora,
        item_key(keyring, item),
        subject=open_link(keyring, token),
        trust=keyring.trusted_keys(),
        ruleset=services.ruleset,
        sources=services.sources,
    )
    told = [tell_explanation(explanation) for explanation in explanations]
    return _render(request, "why.html", services, {"token": token, "item": item, "corpora": told})


def _file(request: HttpRequest, services: PortalServices, subject: SubjectKey, token: str) -> HttpResponse:
    at = services.clock.now()
    form = ObjectionForm(subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=at)
    given = receive_objection(services.register, form, at=at)
    shown = {"token": token, "receipt": given, "covered": len(given.subjects)}
    return _render(request, "receipt.html", services, shown)


def _render(request: HttpRequest, template: str, services: PortalServices, shown: dict[str, object]) -> HttpResponse:
    usual = {"platform": services.register.keyring.platform, "contact": services.contact}
    return render(request, template, {**usual, **shown})
