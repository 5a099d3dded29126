"""Staff as Django knows an application: where its tables and templates are."""

from django.apps import AppConfig


class StaffConfig(AppConfig):  # type: ignore[misc]
    """The application ``staff``."""

    name = "demur.web.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every session of staff remember when it began."""
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415 -- app ready

        from demur.web.staff.sessions import remember_beginning  # noqa: PLC0415 -- app ready

        user_logged_in.connect(remember_beginning)
