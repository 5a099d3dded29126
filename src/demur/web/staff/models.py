"""The table of what staff did, beside Django's own of users, groups and sessions."""

from typing import ClassVar

from django.db import models


class StaffAct(models.Model):  # type: ignore[misc]
    """What somebody did in the console: rows are added and never changed.

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
