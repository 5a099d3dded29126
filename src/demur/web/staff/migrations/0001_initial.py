"""Make the table of what staff did."""

from django.db import migrations, models


class Migration(migrations.Migration):  # type: ignore[misc]
    """The first one."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="StaffAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("who", models.CharField(max_length=150)),
                ("role", models.CharField(max_length=16)),
                ("act", models.CharField(max_length=100)),
                ("about", models.CharField(max_length=200)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "staff_act", "ordering": ("id",)},
        ),
    )
