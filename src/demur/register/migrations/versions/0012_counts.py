"""Add daily counts: objections by the way on which they came, and how far forms were gone through."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WAYS = ("link", "in_app", "login", "form", "agent", "reply", "letter", "api")
_STEPS = ("opened", "sent", "recorded")
_DEVICES = ("phone", "other")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "way_count",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("way", sa.Text, primary_key=True),
        sa.Column("count", _BIG, nullable=False),
        _one_of("way", _WAYS),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "form_count",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("way", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("count", _BIG, nullable=False),
        _one_of("way", _WAYS),
        _one_of("step", _STEPS),
        _one_of("device", _DEVICES),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _one_of(column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
