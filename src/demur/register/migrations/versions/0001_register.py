"""Lay the tables of the register and the triggers that let them only grow.

A revision is never edited once it was released: it repeats the words of the schema as they were then.
"""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_LINK_EVENTS = ("linked", "unlinked")
_CHANNELS = ("email", "in_app", "public_page")
_NOTICE_EVENTS = ("queued", "sent", "delivered", "shown", "bounced", "published")
_RECORD_KINDS = (
    "objection",
    "withdrawal",
    "relink",
    "notice",
    "register",
    "corpus",
    "removals",
    "training",
    "audit",
    "erasure",
    "key",
)
_APPEND_ONLY = (
    "identity",
    "account_fact",
    "account_link",
    "notice",
    "leaf",
    "retry",
    "opening",
    "objection",
    "withdrawal",
    "checkpoint",
)


def upgrade() -> None:
    """Make every table, then the triggers."""
    _create_facts()
    _create_log()
    _create_entries()
    for table in _APPEND_ONLY:
        _forbid(table, "UPDATE")
        _forbid(table, "DELETE")
    _guard_head()


def _create_facts() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="single_row"),
        sqlite_strict=True,
    )
    op.create_table(
        "account_fact",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("birth_date", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("visibility", sa.Text),
        sa.Column("state", sa.Text),
        sa.Column("at", _BIG, nullable=False),
        _width("subject", 16),
        sqlite_strict=True,
    )
    op.create_index("account_fact_subject", "account_fact", ["subject", "at"])
    op.create_table(
        "account_link",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("centre", sa.LargeBinary, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        _width("subject", 16),
        _width("centre", 16),
        _one_of("event", _LINK_EVENTS),
        sqlite_strict=True,
    )
    op.create_index("account_link_subject", "account_link", ["subject"])
    op.create_index("account_link_centre", "account_link", ["centre"])
    op.create_table(
        "notice",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("subject", sa.LargeBinary),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("states_right", sa.Integer),
        _width("digest", 16),
        _width("subject", 16),
        _one_of("channel", _CHANNELS),
        _one_of("event", _NOTICE_EVENTS),
        sa.CheckConstraint("states_right IN (0, 1)", name="states_right_boolean"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_log() -> None:
    op.create_table(
        "leaf",
        sa.Column("idx", _BIG, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        _one_of("kind", _RECORD_KINDS),
        _width("key", 32),
        sqlite_strict=True,
    )
    op.create_table(
        "retry",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), nullable=False),
        _width("key", 32),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="single_row"),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", _BIG, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _create_entries() -> None:
    op.create_table(
        "opening",
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("r", sa.LargeBinary, nullable=False),
        sa.Column("covered", sa.LargeBinary, nullable=False),
        _width("r", 32),
        sa.CheckConstraint("length(covered) % 16 = 0", name="covered_width"),
        sqlite_strict=True,
    )
    op.create_table(
        "objection",
        *_entry_columns(),
        _width("subject", 16),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "withdrawal",
        *_entry_columns(),
        sa.Column("authenticated_by", sa.Text, nullable=False),
        _width("subject", 16),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _entry_columns() -> tuple[sa.Column[bytes], sa.Column[int], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("subject", sa.LargeBinary, primary_key=True),
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("received_at", _BIG, nullable=False),
    )


def _forbid(table: str, change: str) -> None:
    message = f"the history in {table} is never changed"
    guard(op, f"{table}_no_{change.lower()}", f"BEFORE {change} ON {table}", message)


def _guard_head() -> None:
    gap, grows = "the entries of the log have no gap", "the head of the log only grows, with its entries"
    is_gap = "NEW.idx <> (SELECT COALESCE(MAX(idx) + 1, 0) FROM leaf)"
    is_shrinking = "NEW.size <= OLD.size OR NEW.size <> (SELECT MAX(idx) + 1 FROM leaf)"
    guard(op, "leaf_without_gap", "BEFORE INSERT ON leaf", gap, when=is_gap)
    guard(op, "head_only_grows", "BEFORE UPDATE ON head", grows, when=is_shrinking)
    guard(op, "head_no_delete", "BEFORE DELETE ON head", grows)


def _one_of(column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _width(column: str, size_bytes: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = {size_bytes}", name=f"{column}_width")
