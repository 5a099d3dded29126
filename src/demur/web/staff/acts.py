"""The log of what staff did in the console; it can be added to and not changed."""

from datetime import datetime

from django.http import HttpRequest

from demur.web.portal.services import PortalServices
from demur.web.staff.models import StaffAct
from demur.web.staff.permission import role_of


def note_act(services: PortalServices, request: HttpRequest, act: str, *, about: str = "") -> None:
    """Write down what whoever is logged in does, before it is done.

    Args:
        services: those of the request.
        request: whose user did it.
        act: what, in a few words that stay the same, such as ``approve request``.
        about: what it was done to; never a person's id, name or address.
    """
    role = role_of(request)
    who = request.user.get_username() if role is not None else ""
    write_act(who, "" if role is None else role.value, act, about=about, at=services.clock.now())


def write_act(who: str, role: str, act: str, *, at: datetime, about: str = "") -> None:
    """Write down what somebody did who is named: by a command, or before they were logged in."""
    StaffAct.objects.create(who=who, role=role, act=act, about=about, at=at)
