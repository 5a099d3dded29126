"""Add proposals to lift a suspension and how they ended: one person proposes, another one confirms."""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = ("relaunch_proposal", "relaunch_decision")


def upgrade() -> None:
    """Make both tables, then the triggers that keep them as they are."""
    op.create_table(
        "relaunch_proposal",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("suspension", sa.Integer, sa.ForeignKey("suspension.number"), nullable=False),
        sa.Column("notice_version", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.CheckConstraint("expires_at > at", name="expires_at_later"),
        sa.UniqueConstraint("number", "proposed_by", "expires_at", name="proposal_whole"),
        sqlite_strict=True,
    )
    op.create_table(
        "relaunch_decision",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.CheckConstraint("outcome IN ('confirmed', 'refused', 'taken_back')", name="outcome_known"),
        sa.CheckConstraint("(outcome = 'taken_back') = (lower(decided_by) = lower(proposed_by))", name="two_people"),
        sa.CheckConstraint("outcome <> 'confirmed' OR at < expires_at", name="confirmed_in_time"),
        sa.ForeignKeyConstraint(
            ["number", "proposed_by", "expires_at"],
            ["relaunch_proposal.number", "relaunch_proposal.proposed_by", "relaunch_proposal.expires_at"],
            name="decision_of_proposal",
        ),
        sqlite_strict=True,
    )
    for table in _TABLES:
        for change in ("UPDATE", "DELETE"):
            message = f"the history in {table} is never changed"
            guard(op, f"{table}_no_{change.lower()}", f"BEFORE {change} ON {table}", message)
