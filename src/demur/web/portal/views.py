"""The views of the data subject: object, get the receipt, learn what became of an item."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from demur.kernel.errors import TransientError
from demur.kernel.words import Basis, FormStep, ObjectionScope, Purpose, Way
from demur.keys.subjects import SubjectKey, item_key
from demur.register.accesses import Reader, note_access, read_record
from demur.register.intake import Receipt, receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.queries import SubjectStatus
from demur.web.explanations import explain_everywhere
from demur.web.form_versions import LINK
from demur.web.links import open_link
from demur.web.portal.receipt_wording import word_page
from demur.web.portal.services import PortalServices, services_of
from demur.web.portal.wording import tell_explanation
from demur.web.receipt_page import draw_code, print_page, read_facts
from demur.web.receipts import read_receipt

# Whoever has the link of a notice is told what its account has done; the person can be told of each such look.
_BY_LINK = "link"
_HOLDER = "the holder of the link"


def objection(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page with the one button; when it was pressed, record the objection and show the receipt."""
    services = services_of(request)
    subject = open_link(services.register.keyring, token)
    if request.method == "POST":
        return _file(request, services, subject, token)
    status = _look_up(services, subject)
    if request.method == "GET" and not _is_done(status):
        services.visits.note(request, Way.LINK, FormStep.OPENED, at=services.clock.now())
    linked = 0 if status is None else status.linked_accounts
    return render(request, "object.html", {"token": token, "status": status, "linked": linked})


def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Send the receipt as a file."""
    found = _find_receipt(services_of(request), token, "/object/TOKEN/receipt")
    response = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="objection-{found.index}.tlog-proof"'
    return response


def receipt_code(request: HttpRequest, token: str) -> HttpResponse:
    """Send the receipt as a QR code: the whole of it where it fits, else what names it."""
    found = _find_receipt(services_of(request), token, "/object/TOKEN/receipt.svg")
    return HttpResponse(draw_code(found.text).svg, content_type="image/svg+xml")


def receipt_page(request: HttpRequest, token: str) -> HttpResponse:
    """Send one page to print and keep, with the receipt attached inside the file."""
    services = services_of(request)
    found = _find_receipt(services, token, "/object/TOKEN/receipt.pdf")
    wording = word_page(read_facts(found.text), platform=services.platform_name)
    page = print_page(found.text, wording, language=get_language() or "en")
    response = HttpResponse(page, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="objection-{found.index}.pdf"'
    return response


def before(request: HttpRequest, token: str) -> HttpResponse:
    """Show which corpora were built so far, and how much of the person is in each."""
    services = services_of(request)
    subject = open_link(services.register.keyring, token)
    note_access(services.register, (subject,), _reader("/object/TOKEN/before"), at=services.clock.now())
    return render(request, "before.html", {"token": token, "corpora": services.presence.find_presence((subject,))})


def why(request: HttpRequest, token: str, item: str) -> HttpResponse:
    """Show what became of one of the person's items in each corpus."""
    services = services_of(request)
    keyring = services.register.keyring
    subject = open_link(keyring, token)
    note_access(services.register, (subject,), _reader("/why/TOKEN/ITEM"), at=services.clock.now())
    explanations = explain_everywhere(
        services.corpora,
        item_key(keyring, item),
        subject=subject,
        trust=keyring.trusted_keys(),
        ruleset=services.ruleset,
        sources=services.sources,
        keyring=keyring,
    )
    told = [tell_explanation(explanation) for explanation in explanations]
    return render(request, "why.html", {"token": token, "item": item, "corpora": told})


def accent(request: HttpRequest, digest: str) -> HttpResponse:
    """Send the platform's own colours; another colour has another address, so a browser may keep it."""
    colours = services_of(request).page.accent
    if colours is None or colours.digest != digest:
        raise Http404
    response = HttpResponse(colours.style, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _look_up(services: PortalServices, subject: SubjectKey) -> SubjectStatus | None:
    """Return what the person has done already; None, and no look at it, while that cannot be written down.

    The button must be there all the same: objecting needs no look-up.
    """
    try:
        return read_record(services.register, subject, _reader("/object/TOKEN"), at=services.clock.now())
    except TransientError:
        return None


def _is_done(status: SubjectStatus | None) -> bool:
    """Tell whether the page shows what was done, and no button."""
    return status is not None and (status.basis, status.scope) == (Basis.OWN, ObjectionScope.ALL)


def _find_receipt(services: PortalServices, token: str, act: str) -> Receipt:
    subject = open_link(services.register.keyring, token)
    return read_receipt(services.register, subject, _reader(act), at=services.clock.now())


def _reader(act: str) -> Reader:
    return Reader(role=_BY_LINK, name=_HOLDER, act=f"GET {act}")


def _file(request: HttpRequest, services: PortalServices, subject: SubjectKey, token: str) -> HttpResponse:
    at = services.clock.now()
    services.visits.note(request, Way.LINK, FormStep.SENT, at=at)
    form = ObjectionForm(
        subjects=(subject,),
        purpose=Purpose.TRAIN_GENERATIVE_MODELS,
        received_at=at,
        form_version=LINK,
        way=Way.LINK,
    )
    given = receive_objection(services.register, form, at=at)
    if given.received_at >= at:  # else it was recorded before
        services.visits.note(request, Way.LINK, FormStep.RECORDED, at=at)
    shown = {"token": token, "receipt": given, "covered": len(given.subjects), "linked": len(given.subjects) - 1}
    return render(request, "receipt.html", shown)
