"""Add what the register owes after an entry of its log, and has done.

Entries of a register of revision 0002 owe nothing: every corpus is applied anew when `demur watch` begins.
"""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KINDS = ("apply", "deadline", "confirmation", "removal_feed")
_UNFINISHED = sa.text("done_at IS NULL AND dead_at IS NULL")
_DONE = sa.text("done_at IS NOT NULL")
_DEAD = sa.text("dead_at IS NOT NULL")
_IS_REWRITTEN = "OLD.done_at IS NOT NULL OR NEW.kind <> OLD.kind OR NEW.ref <> OLD.ref OR NEW.asked_at <> OLD.asked_at"


def upgrade() -> None:
    """Make the table, its indices and its triggers."""
    listed = ", ".join(f"'{kind}'" for kind in _KINDS)
    op.create_table(
        "effect",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("ref", _BIG, primary_key=True, autoincrement=False),
        sa.Column("asked_at", _BIG, nullable=False),
        sa.Column("due_at", _BIG, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_until", _BIG),
        sa.Column("done_at", _BIG),
        sa.Column("dead_at", _BIG),
        sa.Column("failure", sa.Text),
        sa.CheckConstraint(f"kind IN ({listed})", name="kind_known"),
        sa.CheckConstraint("attempts >= 0", name="attempts_counted"),
        sa.CheckConstraint("done_at IS NULL OR dead_at IS NULL", name="ends_once"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _index("effect_due", ["kind", "due_at", "ref"], _UNFINISHED)
    _index("effect_done", ["kind", "done_at"], _DONE)
    _index("effect_dead", ["kind", "dead_at"], _DEAD)
    message = "what an effect is of, and that it was done, is never changed"
    guard(op, "effect_no_delete", "BEFORE DELETE ON effect", message)
    guard(op, "effect_stays_done", "BEFORE UPDATE ON effect", message, when=_IS_REWRITTEN)


def _index(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "effect", columns, sqlite_where=where, postgresql_where=where)
