"""Let every event of a notice that is recorded belong to an entry of the log, made in the same transaction.

What is there already stays without one: an entry of today could not show that it was recorded before.
"""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IS_LOGGED = "idx >= (SELECT size FROM head)"


def upgrade() -> None:
    """Make the table, add the columns, then the triggers."""
    op.create_table(
        "notice_batch",
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
        sa.Column("events", _BIG, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("commitments", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(root) = 32", name="root_width"),
        sa.CheckConstraint("events > 0 AND length(commitments) = 32 * events", name="commitments_counted"),
        sqlite_strict=True,
    )
    # Written out: Alembic adds no column with a foreign key on SQLite.
    kind = _BIG.compile(dialect=op.get_bind().dialect)
    op.execute(f"ALTER TABLE notice ADD COLUMN batch {kind} REFERENCES notice_batch (idx)")
    op.add_column("notice", sa.Column("r", sa.LargeBinary, sa.CheckConstraint("length(r) = 32", name="r_width")))
    for change in ("UPDATE", "DELETE"):
        message = "the history in notice_batch is never changed"
        guard(op, f"notice_batch_no_{change.lower()}", f"BEFORE {change} ON notice_batch", message)
    message = "an event of a notice is recorded with its entry of the log"
    entries = f"SELECT 1 FROM leaf WHERE kind = 'notice' AND idx = NEW.idx AND {_IS_LOGGED}"  # noqa: S608 -- ours
    guard(op, "notice_batch_is_logged", "BEFORE INSERT ON notice_batch", message, when=f"NOT EXISTS ({entries})")
    is_late = "NEW.r IS NULL OR NEW.batch IS NULL OR NEW.batch < (SELECT size FROM head)"
    guard(op, "notice_is_logged", "BEFORE INSERT ON notice", message, when=is_late)
