"""Add the requests of people without an account: what became of each, what it searches by, and what it gave, sealed."""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KINDS = ("about_me", "child", "deceased", "agent")
_STATES = ("provisional", "asked", "accepted", "cut", "refused")
_GROUNDS = ("compelling_grounds", "legal_claims")
_EXTENSIONS = ("complexity", "number")
_ANY = "'accepted', 'asked', 'cut', 'provisional', 'refused'"
_MOVES = (
    f"came_from = 'provisional' AND state IN ({_ANY}) OR came_from = 'asked' AND state IN ({_ANY}) "
    "OR came_from = 'cut' AND state IN ('accepted') OR came_from = 'refused' AND state IN ('accepted', 'cut')"
)
_BEGINS = "step = 0 AND came_from IS NULL AND state IN ('asked', 'provisional')"
_GOES_ON = f"step > 0 AND came_from IS NOT NULL AND ({_MOVES})"
_ASKS = sa.text("state = 'asked' AND extension IS NULL")
_FOUNDED = "decided_by IS NOT NULL AND ground IS NOT NULL AND remedies_told IS NOT NULL AND remedies_told = 1"
# An erasure forgets whose account a span named; what is looked for stays, because others may have asked for it.
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in ("request", "digest", "hash", "words"))
_FORGETS = f"NEW.subject IS NULL AND {_SAME} AND EXISTS (SELECT 1 FROM erasing WHERE subject = OLD.subject)"  # noqa: S608 -- ours
_IS_KEPT = f"NOT ({_FORGETS})"


def upgrade() -> None:
    """Make the tables, then the triggers."""
    _create_requests()
    _create_steps()
    _create_terms()
    op.create_table(
        "search",
        sa.Column("reference", sa.LargeBinary, primary_key=True),
        sa.Column("spans", sa.LargeBinary, nullable=False),
        sa.Column("asked_at", _BIG, nullable=False),
        sa.Column("done_at", _BIG),
        sa.Column("counts", sa.Text),
        _width("reference"),
        sa.CheckConstraint("(done_at IS NULL) = (counts IS NULL)", name="done_counted"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for table in ("request", "request_step", "request_span"):
        for change in ("UPDATE", "DELETE"):
            message = f"the history in {table} is never changed"
            when = _IS_KEPT if (table, change) == ("request_span", "UPDATE") else "TRUE"
            guard(op, f"{table}_no_{change.lower()}", f"BEFORE {change} ON {table}", message, when=when)
    # A step goes on from the last one, so that no two histories part.
    before = "SELECT 1 FROM request_step WHERE request = NEW.request AND step = NEW.step - 1 AND state = NEW.came_from"
    message = "a step of a request follows the one before it"
    guard(
        op,
        "request_step_follows",
        "BEFORE INSERT ON request_step",
        message,
        when=f"NEW.step > 0 AND NOT EXISTS ({before})",
    )
    kept = ("request", "part", "sealed", "erase_after")
    is_other = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in kept)
    message = "of a sealed term only the wrapped key changes"
    guard(op, "request_term_no_update", "BEFORE UPDATE ON request_term", message, when=is_other)


def _create_requests() -> None:
    op.create_table(
        "request",
        sa.Column("number", _BIG, primary_key=True),
        sa.Column("reference", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("received_at", _BIG, nullable=False),
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), nullable=False),
        sa.Column("claim", _BIG, sa.ForeignKey("leaf.idx")),
        _width("reference"),
        _one_of("kind", _KINDS),
        sqlite_strict=True,
    )


def _create_steps() -> None:
    op.create_table(
        "request_step",
        sa.Column("request", _BIG, sa.ForeignKey("request.number"), primary_key=True, autoincrement=False),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("came_from", sa.Text),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("due_at", _BIG, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("ground", sa.Text),
        sa.Column("remedies_told", sa.Integer),
        sa.Column("extension", sa.Text),
        _one_of("state", _STATES),
        _one_of("ground", _GROUNDS),
        _one_of("extension", _EXTENSIONS),
        sa.CheckConstraint("remedies_told IN (0, 1)", name="remedies_told_boolean"),
        sa.CheckConstraint("decided_by <> ''", name="decided_by_named"),
        sa.CheckConstraint(f"state <> 'refused' OR ({_FOUNDED})", name="refusal_founded"),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'cut', 'refused') OR decided_by IS NOT NULL", name="decision_by_somebody"
        ),
        sa.CheckConstraint(f"{_BEGINS} OR {_GOES_ON}", name="step_follows"),
        sa.CheckConstraint("(extension IS NOT NULL) = (came_from IS NOT NULL AND state = came_from)", name="extended"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "request_asked_once",
        "request_step",
        ["request"],
        unique=True,
        sqlite_where=_ASKS,
        postgresql_where=_ASKS,
    )


def _create_terms() -> None:
    op.create_table(
        "request_term",
        sa.Column("request", _BIG, sa.ForeignKey("request.number"), primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key_id", sa.LargeBinary, sa.ForeignKey("envelope_key.key_id"), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("erase_after", _BIG, nullable=False),
        _width("wrapped_key", 60),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("request_term_erase", "request_term", ["erase_after"])
    op.create_table(
        "request_span",
        sa.Column("request", _BIG, sa.ForeignKey("request.number"), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("subject", sa.LargeBinary),
        _width("digest"),
        _width("hash", 8),
        _width("subject"),
        sa.CheckConstraint("words BETWEEN 1 AND 5", name="words_counted"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _one_of(column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _width(column: str, size_bytes: int = 16) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = {size_bytes}", name=f"{column}_width")
