"""The tables of staff, beside Django's own of users, groups and sessions.

A secret never stands here in clear: what must be read again is sealed, what must only be recognised is a digest.
"""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models


class Enrolment(models.Model):  # type: ignore[misc]
    """A link that was given out once, and lets one member of staff choose how they log in."""

    user = models.OneToOneField(User, models.CASCADE, related_name="enrolment")
    digest = models.BinaryField(unique=True, max_length=32)
    expires_at = models.DateTimeField()


class TotpSecret(models.Model):  # type: ignore[misc]
    """The secret of an authenticator app, sealed; `last_counter` is that of the last code that was taken."""

    user = models.OneToOneField(User, models.CASCADE, related_name="totp_secret")
    sealed = models.BinaryField()
    last_counter = models.BigIntegerField()


class Passkey(models.Model):  # type: ignore[misc]
    """The public half of a passkey (WebAuthn), and how often its device says that it signed."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True, max_length=1023)
    credential = models.BinaryField()
    sign_count = models.BigIntegerField()
    made_at = models.DateTimeField()


class RecoveryCode(models.Model):  # type: ignore[misc]
    """A code that stands in once for the authenticator app, as a keyed digest; a used one is gone."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(unique=True, max_length=32)


class StaffAct(models.Model):  # type: ignore[misc]
    """What somebody did in the console: rows are added and never changed, which the database sees to.

    Attributes:
        who: the name of the member of staff, also after they left; empty for somebody who is none.
        about: what it was done to, such as the number of a request; never a person's id, name or address.
    """

    who = models.CharField(max_length=150)
    role = models.CharField(max_length=16)
    act = models.CharField(max_length=100)
    about = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)

    class Meta:
        """The name of the table and the order of the log."""

        db_table = "staff_act"
        ordering: ClassVar[tuple[str, ...]] = ("id",)
