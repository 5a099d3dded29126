"""The tables of staff, and triggers that keep what was written down in the log of acts."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_KEPT = {
    "sqlite": tuple(
        f"""
        CREATE TRIGGER staff_act_kept_on_{verb} BEFORE {verb} ON staff_act
        BEGIN SELECT RAISE(ABORT, 'acts of staff are kept as they were written'); END
        """
        for verb in ("update", "delete")
    ),
    "postgresql": (
        """
        CREATE FUNCTION staff_act_kept() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'acts of staff are kept as they were written'; END $$
        """,
        """
        CREATE TRIGGER staff_act_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_act
        FOR EACH STATEMENT EXECUTE FUNCTION staff_act_kept()
        """,
    ),
}


def keep_acts(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 -- Django's, which are untyped
    """Add the triggers of the database."""
    del apps
    for statement in _KEPT[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):  # type: ignore[misc]
    """The first version."""

    initial = True
    dependencies = (migrations.swappable_dependency(settings.AUTH_USER_MODEL),)
    operations = (
        migrations.CreateModel(
            name="StaffAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("who", models.CharField(max_length=150)),
                ("role", models.CharField(max_length=16)),
                ("act", models.CharField(max_length=100)),
                ("about", models.CharField(max_length=200)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "staff_act", "ordering": ("id",)},
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="enrolment",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("credential_id", models.BinaryField(max_length=1023, unique=True)),
                ("credential", models.BinaryField()),
                ("sign_count", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TotpSecret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.BinaryField()),
                ("last_counter", models.BigIntegerField()),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="totp_secret",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(keep_acts, migrations.RunPython.noop),
    )
