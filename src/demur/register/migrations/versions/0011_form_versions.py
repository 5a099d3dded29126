"""Let an objection and a request say by which version of which form they came.

What is there already came by an earlier form, or by none, and counts as it did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column to both tables."""
    for table in ("objection", "request"):
        is_short = sa.CheckConstraint("length(form_version) BETWEEN 1 AND 80", name="form_version_short")
        op.add_column(table, sa.Column("form_version", sa.Text, is_short))
