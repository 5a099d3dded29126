"""The portal's own tables in the register's PostgreSQL: in a schema of their own, made once, the log of acts kept."""

import subprocess
import sys
from pathlib import Path

from demur.web.installation import Installation

PROGRAM = """
import sys
from datetime import UTC, datetime
from demur.web.portal.database import migrate_database
from demur.web.portal.settings import PortalSettings, configure_django

configure_django(PortalSettings(secret_key="of a test", database=sys.argv[1]))
migrate_database()
migrate_database()
from django.db import DatabaseError, connection, transaction
from demur.web.staff.acts import write_act
from demur.web.staff.models import StaffAct

write_act("d.lindqvist", "dpo", "log in", at=datetime(2026, 11, 25, tzinfo=UTC))
for change in (StaffAct.objects.all().delete, lambda: StaffAct.objects.update(who="nobody")):
    try:
        with transaction.atomic():
            change()
    except DatabaseError as error:
        print(str(error).splitlines()[0])
with connection.cursor() as cursor:
    cursor.execute("SELECT table_schema, COUNT(*) FROM information_schema.tables "
                   "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') GROUP BY 1")
    print(cursor.fetchall(), StaffAct.objects.count())
"""


def test_tables_of_the_portal_are_in_a_schema_of_their_own(postgres, tmp_path):
    url = postgres.new_database()
    where = dict.fromkeys(("keyring", "log_folder", "corpora", "root"), tmp_path)
    installation = Installation(register_url=url, contact="help@agora.example", **where)
    words = [sys.executable, "-c", PROGRAM, installation.portal_database]
    ran = subprocess.run(words, check=False, capture_output=True, text=True)
    assert ran.stdout.splitlines() == [
        "acts of staff are kept as they were written",
        "acts of staff are kept as they were written",
        "[('demur_portal', 14)] 1",
    ], ran.stderr


def test_beside_a_register_in_sqlite_they_are_in_a_file(tmp_path):
    where = dict.fromkeys(("keyring", "log_folder", "corpora", "root"), tmp_path)
    url = f"sqlite:///{tmp_path}/register/register.db"
    installation = Installation(register_url=url, contact="help@agora.example", **where)
    assert installation.portal_database == f"sqlite:///{Path(tmp_path)}/register/portal.db"
