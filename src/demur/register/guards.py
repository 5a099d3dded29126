"""Triggers by which both databases refuse a change that no program of ours makes, also one made by hand."""

from typing import Protocol

import sqlalchemy as sa


class Operations(Protocol):
    """What a migration gives: the part of Alembic's operations that lays a trigger."""

    def execute(self, sqltext: str) -> None:
        """Run a statement."""
        ...

    def get_bind(self) -> sa.Connection:
        """Return the connection of the migration."""
        ...


def guard(operations: Operations, name: str, change: str, message: str, *, when: str = "TRUE") -> None:
    """Refuse a change with a message: always, or when a condition on the rows OLD and NEW holds.

    Args:
        change: such as ``BEFORE DELETE ON leaf``.
    """
    if _is_sqlite(operations):
        operations.execute(f"CREATE TRIGGER {name} {change} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    operations.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION '{message}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    operations.execute(f"CREATE TRIGGER {name} {change} FOR EACH ROW EXECUTE FUNCTION {name}()")


def unguard(operations: Operations, name: str, table: str) -> None:
    """Take away what `guard` laid under a name, also for a migration that lays another one in its place."""
    operations.execute(f"DROP TRIGGER {name}" if _is_sqlite(operations) else f"DROP TRIGGER {name} ON {table}")
    if not _is_sqlite(operations):
        operations.execute(f"DROP FUNCTION {name}()")


def _is_sqlite(operations: Operations) -> bool:
    return operations.get_bind().dialect.name == "sqlite"
