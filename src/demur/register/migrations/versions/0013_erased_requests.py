"""Let an erasure empty a request of somebody without an account, and keep what texts are searched for."""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard, unguard

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_IS_ERASED = "erasure.idx >= (SELECT size FROM head)"
_ENTRY = f"EXISTS (SELECT 1 FROM erasure WHERE erased = OLD.idx AND {_IS_ERASED})"  # noqa: S608 -- ours
_OF_REQUEST = "erasure.erased = request.idx AND request.number = OLD.request"
_REQUEST = f"EXISTS (SELECT 1 FROM request JOIN erasure ON {_OF_REQUEST} WHERE {_IS_ERASED})"  # noqa: S608 -- ours
_IS_ERASING = "EXISTS (SELECT 1 FROM erasing)"


def upgrade() -> None:
    """Make the table, then the triggers in place of those that no erasure passed."""
    op.create_table(
        "kept_span",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("words", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("is_decided", sa.Integer, primary_key=True, autoincrement=False),
        _width("digest"),
        _width("hash", 8),
        sa.CheckConstraint("words BETWEEN 1 AND 5", name="words_counted"),
        sa.CheckConstraint("is_decided IN (0, 1)", name="is_decided_boolean"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _refuse("kept_span", "UPDATE", "TRUE")
    _refuse("kept_span", "DELETE", f"NOT {_IS_ERASING}")
    _let("kept_target", "DELETE", _IS_ERASING)
    # The number stays, so that no later request is taken for it.
    _let("request", "UPDATE", f"NEW.number = OLD.number AND {_ENTRY}")
    for table in ("request_step", "request_span"):
        _let(table, "DELETE", _REQUEST)


def _let(table: str, change: str, when: str) -> None:
    unguard(op, f"{table}_no_{change.lower()}", table)
    _refuse(table, change, f"NOT ({when})")


def _refuse(table: str, change: str, when: str) -> None:
    message = f"the history in {table} is never changed"
    guard(op, f"{table}_no_{change.lower()}", f"BEFORE {change} ON {table}", message, when=when)


def _width(column: str, size_bytes: int = 16) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = {size_bytes}", name=f"{column}_width")
