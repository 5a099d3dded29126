"""Store what opens an entry sealed, and say which envelope keys rows may use.

No migration has keys: rows of revision 0003 wait in `opening_unsealed` until the register is opened with its keyring,
which seals them and drops the table (`demur.register.envelopes`).
"""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard, unguard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Put the old rows aside, make the tables and their triggers."""
    _put_aside()
    op.create_table(
        "envelope_key",
        sa.Column("key_id", sa.LargeBinary, primary_key=True),
        _width("key_id", 8),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "opening",
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
        sa.Column("key_id", sa.LargeBinary, sa.ForeignKey("envelope_key.key_id"), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _width("wrapped_key", 60),
        sqlite_strict=True,
    )
    message = "the history in opening is never changed"
    rewritten = "NEW.idx <> OLD.idx OR NEW.sealed <> OLD.sealed"
    guard(op, "opening_no_update", "BEFORE UPDATE ON opening", message, when=rewritten)
    guard(op, "opening_no_delete", "BEFORE DELETE ON opening", message)
    guard(op, "envelope_key_no_update", "BEFORE UPDATE ON envelope_key", "an envelope key never changes its id")


def _put_aside() -> None:
    for change in ("update", "delete"):
        unguard(op, f"opening_no_{change}", "opening")
    has_rows = op.get_bind().execute(sa.text("SELECT 1 FROM opening LIMIT 1")).first() is not None
    if not has_rows:
        op.drop_table("opening")
        return
    op.rename_table("opening", "opening_unsealed")
    if op.get_bind().dialect.name == "postgresql":
        # Else the names that the new table would have are taken.
        op.execute("ALTER INDEX opening_pkey RENAME TO opening_unsealed_pkey")
        op.execute("ALTER TABLE opening_unsealed RENAME CONSTRAINT opening_idx_fkey TO opening_unsealed_idx_fkey")


def _width(column: str, size_bytes: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = {size_bytes}", name=f"{column}_width")
