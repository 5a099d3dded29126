"""Adding, listing and removing members of staff: what the operator does by a command, each time written down.

Django must be set up (`demur.web.portal.settings.configure_django`) and its database migrated.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from demur.web.errors import StaffNameError
from demur.web.staff.roles import StaffRole

ENROLMENT_TIME = timedelta(hours=72)
_TOKEN_BYTES = 32
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """One member of staff, as a list shows them; `ways` are how they can log in, none before they enrolled."""

    name: str
    role: str
    ways: tuple[str, ...]
    last_login: datetime | None


def add_staff(name: str, role: StaffRole, *, by: str, at: datetime) -> str:
    """Add a member of staff and return the token of their enrolment link, which is good once and for three days.

    Raises:
        StaffNameError: the name is taken, or no name.
    """
    from django.contrib.auth.models import Group, User  # noqa: PLC0415 -- app ready
    from django.db import IntegrityError, transaction  # noqa: PLC0415 -- app ready

    from demur.web.staff.acts import write_act  # noqa: PLC0415 -- app ready
    from demur.web.staff.models import Enrolment  # noqa: PLC0415 -- app ready
    from demur.web.staff.sealing import digest  # noqa: PLC0415 -- app ready

    if _NAME.fullmatch(name) is None:
        message = "a name of staff is 1 to 64 small letters, digits, dots, dashes and underscores"
        raise StaffNameError(message, hint="Choose a name such as d.lindqvist.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    try:
        with transaction.atomic():
            write_act(by, _OPERATOR, f"add staff as {role}", about=name, at=at)
            user = User.objects.create_user(name)
            user.groups.add(Group.objects.get_or_create(name=role.value)[0])
            spelled = digest(token, use="enrolment")
            Enrolment.objects.create(user=user, digest=spelled, expires_at=at + ENROLMENT_TIME)
    except IntegrityError as error:
        message = f"there is a member of staff named {name} already"
        raise StaffNameError(message, hint="Choose another name, or remove that one first.") from error
    return token


def list_staff() -> Sequence[StaffMember]:
    """Return every member of staff in the order of their names."""
    from django.contrib.auth.models import User  # noqa: PLC0415 -- app ready

    found = User.objects.order_by("username").prefetch_related("groups", "passkeys").select_related("totp_secret")
    return tuple(
        StaffMember(
            name=user.username,
            role=next((group.name for group in user.groups.all()), ""),
            ways=(*["passkey"] * bool(user.passkeys.all()), *["password and code"] * hasattr(user, "totp_secret")),
            last_login=user.last_login,
        )
        for user in found
    )


def remove_staff(name: str, *, by: str, at: datetime) -> None:
    """Remove a member of staff: what they were logged in to ends at once, and what they did stays written down.

    Raises:
        StaffNameError: there is nobody of that name.
    """
    from django.contrib.auth.models import User  # noqa: PLC0415 -- app ready
    from django.db import transaction  # noqa: PLC0415 -- app ready

    from demur.web.staff.acts import write_act  # noqa: PLC0415 -- app ready

    with transaction.atomic():
        deleted, _ = User.objects.filter(username=name).delete()
        if not deleted:
            message = f"there is no member of staff named {name}"
            raise StaffNameError(message, hint="`demur staff list` names them all.")
        write_act(by, _OPERATOR, "remove staff", about=name, at=at)
