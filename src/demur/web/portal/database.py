"""The database of the portal's own: sessions and staff; nothing about the people of the register is in it.

It is a file beside a register in SQLite, or a schema of its own in a PostgreSQL that the register shares.
"""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from demur.kernel.files import exclusive_lock
from demur.web.errors import PortalDatabaseError

SCHEMA = "demur_portal"
IN_MEMORY = ":memory:"
_SQLITE = "sqlite:///"
_OWNER_ONLY = 0o600
_WAIT_SECONDS = 10
# Any number will do that no other program on the database locks with.
_LOCK = 0x64656D75


def describe_database(url: str) -> dict[str, object]:
    """Return a database as Django's settings name it.

    Args:
        url: ``sqlite:///`` and a path, or ``postgresql://`` as libpq takes it.
    """
    if url.startswith(_SQLITE):
        options = {
            # As the register: readers wait for nobody, and writers for each other.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON",
            "transaction_mode": "IMMEDIATE",
            "timeout": _WAIT_SECONDS,
        }
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix(_SQLITE), "OPTIONS": options}
    parsed = urlsplit(url)
    asked = dict(parse_qsl(parsed.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parsed.path.removeprefix("/")),
        "USER": unquote(parsed.username or ""),
        "PASSWORD": unquote(parsed.password or ""),
        "HOST": asked.pop("host", parsed.hostname or ""),
        "PORT": asked.pop("port", str(parsed.port or "")),
        "OPTIONS": {**asked, "options": f"-c search_path={SCHEMA}"},
    }


def migrate_database() -> None:
    """Bring the tables up to this version of Demur; one process does it, others wait for it.

    Raises:
        PortalDatabaseError: the database cannot be opened or migrated.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        if connection.vendor == "sqlite":
            _migrate_file(connection.settings_dict["NAME"])
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            call_command("migrate", verbosity=0, interactive=False)
    except (DatabaseError, OSError) as error:
        message = f"the portal's database of sessions and staff cannot be used: {type(error).__name__}"
        raise PortalDatabaseError(message, hint="Check its folder and rights, or [register] url.") from error


def _migrate_file(name: str) -> None:
    if name == IN_MEMORY:
        call_command("migrate", verbosity=0, interactive=False)
        return
    path = Path(name)
    with exclusive_lock(path.with_name(f"{path.name}.lock")):
        # For its owner alone, before SQLite makes it for everybody whom the umask lets in.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
        call_command("migrate", verbosity=0, interactive=False)
