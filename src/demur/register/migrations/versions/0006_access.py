"""Add who read the record of one person, when and by what; the rows are never changed, and go with an erasure."""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table, its index and its triggers."""
    op.create_table(
        "access",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("length(subject) = 16", name="subject_width"),
        sqlite_strict=True,
    )
    op.create_index("access_subject", "access", ["subject", "at"])
    message = "the history in access is never changed"
    is_kept = "NOT EXISTS (SELECT 1 FROM erasing WHERE subject = OLD.subject)"
    guard(op, "access_no_update", "BEFORE UPDATE ON access", message)
    guard(op, "access_no_delete", "BEFORE DELETE ON access", message, when=is_kept)
