"""The page of an enrolment link: a new member of staff chooses a passkey, or a password and an authenticator app.

What the page offers follows from the token of the link, so nothing is kept until it was sent, and once it was sent the
link is used up.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import segno
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import pgettext

from demur.web.portal.services import PortalServices, services_of
from demur.web.staff import passkeys, totp
from demur.web.staff.acts import note_act
from demur.web.staff.models import Enrolment
from demur.web.staff.sealing import derive, digest
from demur.web.staff.second_factors import keep_secret, renew_recovery_codes
from demur.web.staff.views import begin_session, render_page

_MAX_LETTERS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """What one link offers: to whom, the secret of an app, the challenge for a passkey."""

    user: User
    secret: bytes
    challenge: bytes


def enrol(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link offers; when it was sent, keep what was chosen, log in, and show the recovery codes."""
    services = services_of(request)
    enrolment = _find(services, token)
    if enrolment is None:
        return render_page(request, "staff/enrolment_over.html", {}, status=HTTPStatus.NOT_FOUND)
    offer = _Offer(
        user=enrolment.user,
        secret=derive(token, use="totp")[: totp.SECRET_BYTES],
        challenge=derive(token, use="challenge"),
    )
    if request.method != "POST":
        return _show(request, services, offer)
    faults = _use(request, services, enrolment, offer)
    if faults is None:
        return render_page(request, "staff/enrolment_over.html", {}, status=HTTPStatus.NOT_FOUND)
    if faults:
        return _show(request, services, offer, faults=faults)
    codes = renew_recovery_codes(offer.user) if hasattr(offer.user, "totp_secret") else []
    begin_session(request, offer.user)
    note_act(services, request, "enrol")
    return render_page(request, "staff/codes.html", {"codes": codes, "is_new": True})


def _use(request: HttpRequest, services: PortalServices, enrolment: Enrolment, offer: _Offer) -> Sequence[str] | None:
    """Keep what was chosen and use the link up; return what is wrong with it, None when the link was used meanwhile."""
    with transaction.atomic():
        # What makes a link good once: whoever deletes its row goes on, and a fault brings the row back.
        if not Enrolment.objects.filter(pk=enrolment.pk).delete()[0]:
            return None
        faults = _keep(request, services, offer)
        transaction.set_rollback(bool(faults))
        return faults


def _find(services: PortalServices, token: str) -> Enrolment | None:
    spelled = digest(token, use="enrolment")
    found = Enrolment.objects.select_related("user").filter(digest=spelled, expires_at__gt=services.clock.now())
    enrolment: Enrolment | None = found.first()
    return enrolment


def _keep(request: HttpRequest, services: PortalServices, offer: _Offer) -> Sequence[str]:
    """Keep the passkey, or the password and the app; return what is wrong with them, nothing when they are kept."""
    at = services.clock.now()
    made = request.POST.get("credential", "")
    if made:
        if passkeys.keep_made(offer.user, made, offer.challenge, at=at):
            return ()
        return (pgettext("console", "The passkey could not be made. Try again, or choose a password and an app."),)
    password, code = request.POST.get("password", ""), request.POST.get("code", "")
    faults = _faults_of(password[: _MAX_LETTERS + 1], offer.user)
    counter = totp.counter_of(offer.secret, "".join(code.split())[:_MAX_LETTERS], at=at)
    if counter is None:
        faults.append(pgettext("console", "The code is not right. Enter the six digits that the app shows now."))
    if not faults and counter is not None:
        offer.user.set_password(password)
        offer.user.save(update_fields=["password"])
        keep_secret(offer.user, offer.secret, used=counter)
    return faults


def _faults_of(password: str, user: User) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    if len(password) > _MAX_LETTERS:
        return [pgettext("console", "The password is too long.")]
    return []


def _show(request: HttpRequest, services: PortalServices, offer: _Offer, *, faults: Sequence[str] = ()) -> HttpResponse:
    name = offer.user.get_username()
    address = totp.describe(offer.secret, issuer=services.register.keyring.platform, name=name)
    drawn = segno.make(address, micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff")
    shown = {
        "name": name,
        "faults": faults,
        "options": json.dumps(passkeys.offer_making(offer.user, offer.challenge)["publicKey"]),
        "code": mark_safe(drawn),  # noqa: S308 -- drawn by segno, of black and white squares
        "secret": totp.spell(offer.secret),
    }
    status = HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK
    return render_page(request, "staff/enrol.html", shown, status=status, has_script=True)
