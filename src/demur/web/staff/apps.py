"""Staff as Django knows an application: where its tables are."""

from django.apps import AppConfig


class StaffConfig(AppConfig):  # type: ignore[misc]
    """The application ``staff``."""

    name = "demur.web.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
