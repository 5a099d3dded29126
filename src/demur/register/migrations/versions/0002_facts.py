"""Add what later rules ask: further facts of accounts, contacts, parts of objections, and what stops the processing.

What a register of revision 0001 holds stays as it is: its objections are about everything, its links are accounts
centres, and a fact that was not asked for then is unknown.
"""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_SCOPES = ("all", "photos")
_TIES = ("centre", "contact")
_APPEND_ONLY = ("target", "hijack", "suspension", "lifting", "undertaking")


def upgrade() -> None:
    """Add the columns, make the tables, then the triggers."""
    _extend_facts()
    _extend_notices_and_objections()
    _create_targets_and_hijacks()
    _create_stops()
    for table in _APPEND_ONLY:
        _forbid(table, "UPDATE")
        _forbid(table, "DELETE")


def _extend_facts() -> None:
    for column in (
        sa.Column("zone", sa.Text),
        sa.Column("age_doubt", sa.Integer, _boolean("age_doubt")),
        sa.Column("is_for_minor", sa.Integer, _boolean("is_for_minor")),
        sa.Column("last_seen_at", _BIG),
        sa.Column("holder", sa.LargeBinary, _width("holder", 16)),
        sa.Column("refuses_training", sa.Integer, _boolean("refuses_training")),
        sa.Column("refuses_sharing", sa.Integer, _boolean("refuses_sharing")),
    ):
        op.add_column("account_fact", column)
    tie = sa.Column("tie", sa.Text, _one_of("tie", _TIES), nullable=False, server_default="centre")
    op.add_column("account_link", tie)


def _extend_notices_and_objections() -> None:
    op.add_column("notice", sa.Column("is_marketing", sa.Integer, _boolean("is_marketing")))
    op.add_column("notice", sa.Column("variant", sa.Text))
    scope = sa.Column("scope", sa.Text, _one_of("scope", _SCOPES), nullable=False, server_default="all")
    role = sa.Column(
        "in_public_role", sa.Integer, _boolean("in_public_role"), nullable=False, server_default=sa.text("0")
    )
    op.add_column("objection", scope)
    op.add_column("objection", role)


def _create_targets_and_hijacks() -> None:
    op.create_table(
        "target",
        sa.Column("target", sa.LargeBinary, primary_key=True),
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
        sa.Column("received_at", _BIG, nullable=False),
        sa.Column("in_public_role", sa.Integer, nullable=False),
        _width("target", 16),
        _boolean("in_public_role"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hijack",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("since", _BIG, nullable=False),
        sa.Column("until", _BIG),
        _width("subject", 16),
        _window("since", "until"),
        sqlite_strict=True,
    )
    op.create_index("hijack_subject", "hijack", ["subject", "since"])


def _create_stops() -> None:
    op.create_table(
        "suspension",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("country", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("created_from", _BIG),
        sa.Column("created_until", _BIG),
        sa.Column("since", _BIG, nullable=False),
        sa.CheckConstraint("country GLOB '[A-Z][A-Z]'", name="country_code").ddl_if("sqlite"),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_code").ddl_if("postgresql"),
        _window("created_from", "created_until"),
        sqlite_strict=True,
    )
    op.create_table(
        "lifting",
        sa.Column("number", sa.Integer, sa.ForeignKey("suspension.number"), primary_key=True, autoincrement=False),
        sa.Column("at", _BIG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "undertaking",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("field", sa.Text),
        sa.Column("since", _BIG, nullable=False),
        sa.Column("until", _BIG),
        sa.Column("at", _BIG, nullable=False),
        _window("since", "until"),
        sqlite_strict=True,
    )


def _forbid(table: str, change: str) -> None:
    message = f"the history in {table} is never changed"
    guard(op, f"{table}_no_{change.lower()}", f"BEFORE {change} ON {table}", message)


def _one_of(column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _boolean(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN (0, 1)", name=f"{column}_boolean")


def _window(since: str, until: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{until} > {since}", name=f"{until}_later")


def _width(column: str, size_bytes: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = {size_bytes}", name=f"{column}_width")
