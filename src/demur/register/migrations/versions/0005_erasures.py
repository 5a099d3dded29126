"""Let an erasure delete what is held of a person, in the transaction that enters it in the log, and nothing else.

Inside a transaction the entries that it adds are those from the head's size on, because the head moves last. So a
trigger can tell whether what it lets through is being logged.
"""

import sqlalchemy as sa
from alembic import op

from demur.register.guards import guard, unguard

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BASES = ("own", "linked", "same_person")
_SCOPES = ("all", "photos")

_RELINKS = sa.text("kind = 'relink'")
_IS_LOGGED = "idx >= (SELECT size FROM head)"
_IS_ERASING = "EXISTS (SELECT 1 FROM erasing)"
_ERASES_ENTRY = f"EXISTS (SELECT 1 FROM erasure WHERE erased = OLD.idx AND {_IS_LOGGED})"  # noqa: S608 -- ours
_ERASES_SUBJECT = "EXISTS (SELECT 1 FROM erasing WHERE subject = OLD.subject)"
_WITHDRAWS = f"EXISTS (SELECT 1 FROM leaf WHERE kind = 'withdrawal' AND {_IS_LOGGED})"  # noqa: S608 -- ours
_OF_ENTRIES = ("opening", "objection", "withdrawal", "target", "retry")
_OF_SUBJECTS = ("account_fact", "notice", "hijack", "account_link")


def upgrade() -> None:
    """Make the tables, then the triggers, those that an erasure passes in place of those that nothing passed."""
    _create_log_of_erasures()
    _create_kept()
    for table in _OF_ENTRIES:
        _let_delete(table, _ERASES_ENTRY)
    for table in _OF_SUBJECTS:
        _let_delete(table, _ERASES_SUBJECT)
    _let_update("leaf", f"{_only('leaf', 'key')} AND ({_ERASES_ENTRY} OR OLD.kind = 'withdrawal' AND {_IS_ERASING})")
    _let_update("account_link", f"{_only('account_link', 'subject')} AND {_ERASES_SUBJECT}")
    _let_effects_go()
    _guard_erasures()


def _create_log_of_erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
        sa.Column("erased", _BIG, sa.ForeignKey("leaf.idx")),
        sqlite_strict=True,
    )
    op.create_index("erasure_erased", "erasure", ["erased"])
    # Few entries are relinks; those of one person are looked for among them.
    op.create_index("leaf_relink", "leaf", ["idx"], sqlite_where=_RELINKS, postgresql_where=_RELINKS)
    op.create_table(
        "erasing",
        sa.Column("subject", sa.LargeBinary, primary_key=True),
        sa.Column("never", sa.Integer, sa.ForeignKey("head.id", deferrable=True, initially="DEFERRED"), nullable=False),
        _width("subject"),
        sa.CheckConstraint("never = 0", name="never_there"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_kept() -> None:
    op.create_table(
        "suppression",
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("basis", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("in_public_role", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("covers_until", _BIG),
        _width("name"),
        _one_of("basis", _BASES),
        _one_of("scope", _SCOPES),
        _boolean("in_public_role"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "placeholder",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("scope", sa.Text),
        sa.Column("in_public_role", sa.Integer),
        sa.Column("received_at", _BIG),
        sa.Column("ended_at", _BIG),
        _width("subject"),
        _one_of("scope", _SCOPES),
        _boolean("in_public_role"),
        sqlite_strict=True,
    )
    op.create_index("placeholder_subject", "placeholder", ["subject"])
    op.create_table(
        "kept_target",
        sa.Column("target", sa.LargeBinary, primary_key=True),
        sa.Column("in_public_role", sa.Integer, primary_key=True, autoincrement=False),
        _width("target"),
        _boolean("in_public_role"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _guard_erasures() -> None:
    _forbid("erasure", "UPDATE")
    _forbid("erasure", "DELETE")
    entries = "SELECT 1 FROM leaf WHERE kind = 'erasure' AND leaf.idx = NEW.idx AND leaf."
    is_none = f"NOT EXISTS ({entries}{_IS_LOGGED})"
    guard(op, "erasure_is_logged", "BEFORE INSERT ON erasure", "an erasure is an entry of the log", when=is_none)
    is_silent = f"NOT EXISTS (SELECT 1 FROM erasure WHERE {_IS_LOGGED})"  # noqa: S608 -- ours
    guard(op, "erasing_is_logged", "BEFORE INSERT ON erasing", "an erasure is an entry of the log", when=is_silent)
    for table in ("suppression", "placeholder", "kept_target"):
        _forbid(table, "UPDATE")
    ends = f"{_IS_ERASING} OR {_WITHDRAWS}"
    _refuse("suppression", "DELETE", f"NOT ({ends})")
    _refuse("placeholder", "DELETE", f"NOT {_IS_ERASING}")
    _forbid("kept_target", "DELETE")


def _let_delete(table: str, when: str) -> None:
    unguard(op, f"{table}_no_delete", table)
    _refuse(table, "DELETE", f"NOT {when}")


def _let_update(table: str, when: str) -> None:
    unguard(op, f"{table}_no_update", table)
    _refuse(table, "UPDATE", f"NOT ({when})")


def _let_effects_go() -> None:
    """Let what was done for an entry go with it; what is still owed stays."""
    unguard(op, "effect_no_delete", "effect")
    is_erased = _ERASES_ENTRY.replace("OLD.idx", "OLD.ref")
    message = "what an effect is of, and that it was done, is never changed"
    guard(op, "effect_no_delete", "BEFORE DELETE ON effect", message, when=f"OLD.done_at IS NULL OR NOT {is_erased}")


def _only(table: str, changed: str) -> str:
    """Return the condition that an update changes one column and no other."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)} - {changed}
    return " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in sorted(columns))


def _forbid(table: str, change: str) -> None:
    _refuse(table, change, "TRUE")


def _refuse(table: str, change: str, when: str) -> None:
    message = f"the history in {table} is never changed"
    guard(op, f"{table}_no_{change.lower()}", f"BEFORE {change} ON {table}", message, when=when)


def _one_of(column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _boolean(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN (0, 1)", name=f"{column}_boolean")


def _width(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = 16", name=f"{column}_width")
