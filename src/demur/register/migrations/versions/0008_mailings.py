"""Let versions of the notice be published and brought to people, with their addresses sealed and soon gone."""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_STATES = "'waiting', 'sending', 'sent', 'due', 'informed', 'failed'"
_CHANNELS = "'email', 'in_app', 'public_page'"
_EVENTS = "'queued', 'sent', 'delivered', 'shown', 'bounced', 'published'"
# A worker asks for a few rows each time: it must not look at all that wait.
_INDICES = (
    ("mailing_waiting", ["version", "due_at", "id"], "state = 'waiting'"),
    ("mailing_sending", ["version", "lease_until"], "state = 'sending'"),
    ("mailing_sealed", ["expires_at"], "sealed IS NOT NULL"),
)


def upgrade() -> None:
    """Make the tables; of these, only what was published never changes."""
    _make_versions()
    _make_mailings()
    op.create_table(
        "reply_check",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("mailing", sa.LargeBinary, sa.ForeignKey("mailing.id", ondelete="SET NULL")),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx")),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("checked_at", _BIG),
        sa.CheckConstraint("length(mailing) = 16", name="mailing_width"),
        sqlite_strict=True,
    )
    for change in ("UPDATE", "DELETE"):
        message = "the history in notice_version is never changed"
        guard(op, f"notice_version_no_{change.lower()}", f"BEFORE {change} ON notice_version", message)


def _make_versions() -> None:
    op.create_table(
        "notice_version",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("published_at", _BIG, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "campaign",
        sa.Column("version", sa.Text, sa.ForeignKey("notice_version.version"), primary_key=True),
        sa.Column("started_at", _BIG, nullable=False),
        sa.Column("stopped_at", _BIG),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _make_mailings() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Text, sa.ForeignKey("campaign.version"), nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", _BIG, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_until", _BIG),
        sa.Column("expires_at", _BIG, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("key_id", sa.LargeBinary, sa.ForeignKey("envelope_key.key_id")),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary),
        sa.CheckConstraint("length(id) = 16", name="id_width"),
        sa.CheckConstraint("length(subject) = 16", name="subject_width"),
        sa.CheckConstraint("length(wrapped_key) = 60", name="wrapped_key_width"),
        sa.CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        sa.CheckConstraint("(key_id IS NULL) = (sealed IS NULL)", name="sealed_with_key"),
        sa.CheckConstraint("(key_id IS NULL) = (wrapped_key IS NULL)", name="wrapped_with_key"),
        sa.UniqueConstraint("subject", "version", name="mailing_once"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for name, columns, rows in _INDICES:
        some = sa.text(rows)
        op.create_index(name, "mailing", columns, sqlite_where=some, postgresql_where=some)
    op.create_table(
        "mailing_event",
        sa.Column("mailing", sa.LargeBinary, sa.ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("at", _BIG, nullable=False),
        sa.CheckConstraint(f"channel IN ({_CHANNELS})", name="channel_known"),
        sa.CheckConstraint(f"event IN ({_EVENTS})", name="event_known"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
