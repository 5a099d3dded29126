"""Tables and constraints of the register; its invariants are the database's first.

Every table but `head`, `effect`, `envelope_key`, `search`, those of counts and those of mailings only grows: triggers,
which the migrations lay, refuse a change, one made by hand too; of a row of `opening` or `request_term`, the wrapped
key may change. An erasure alone deletes, in the transaction that enters it in the log (ADR-0018), but for the terms of
a request, which go when they have served. Instants are microseconds since 1970 in UTC, keys are raw bytes. No table
holds an account id, a name or an address in clear: a person is a subject key; an accounts centre, a contact, a holder
and a web page are keyed digests, and so is what texts are searched for (GDPR Art. 25).
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from demur.kernel.words import (
    Basis,
    Device,
    EffectKind,
    FormStep,
    LinkEvent,
    MailingState,
    NoticeChannel,
    NoticeEvent,
    ObjectionScope,
    RecordKind,
    RelaunchOutcome,
    Tie,
    Way,
)
from demur.keys.envelope import KEY_ID_BYTES, WRAPPED_KEY_BYTES
from demur.policy.handling import FOLLOWING, ExtensionReason, RequestKind, RequestState
from demur.policy.requests import Ground

SCHEMA_REVISION = "0013"
KEY_BYTES = 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # a STRICT table knows INTEGER alone, which has 64 bits

metadata = sa.MetaData()


def instant_of(at: datetime) -> int:
    """Return an aware instant as microseconds since 1970."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def datetime_of(instant: int) -> datetime:
    """Return microseconds since 1970 as an aware instant in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def _one_of(column: str, words: type[StrEnum]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _width(column: str, size_bytes: int = KEY_BYTES) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({column}) = {size_bytes}", name=f"{column}_width")


def _boolean(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN (0, 1)", name=f"{column}_boolean")


def _window(since: str, until: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{until} > {since}", name=f"{until}_later")


def _form_version() -> sa.Column[str]:
    """Return the column that says which version of a form was sent, if one was (`demur.register.objecting`)."""
    is_short = sa.CheckConstraint("length(form_version) BETWEEN 1 AND 80", name="form_version_short")
    return sa.Column("form_version", sa.Text, is_short)


def _single_row() -> sa.CheckConstraint:
    return sa.CheckConstraint("id = 1", name="single_row")


# Whose register this is; a wrong keyring would silently turn every account into another subject.
identity = sa.Table(
    "identity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    _single_row(),
    sqlite_strict=True,
)

# What is known of an account from an instant on, until the next row of the same subject. Null is unknown.
account_fact = sa.Table(
    "account_fact",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("birth_date", sa.Text),  # as precise as it is known: 1990, 1990-03 or 1990-03-02
    sa.Column("country", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("visibility", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("at", _BIG, nullable=False),
    sa.Column("zone", sa.Text),
    sa.Column("age_doubt", sa.Integer),  # as the platform says it; `history` finds further ones
    sa.Column("is_for_minor", sa.Integer),
    sa.Column("last_seen_at", _BIG),
    sa.Column("holder", sa.LargeBinary),
    sa.Column("refuses_training", sa.Integer),
    sa.Column("refuses_sharing", sa.Integer),
    _width("subject"),
    _boolean("age_doubt"),
    _boolean("is_for_minor"),
    _width("holder"),
    _boolean("refuses_training"),
    _boolean("refuses_sharing"),
    sa.Index("account_fact_subject", "subject", "at"),
    sqlite_strict=True,
)

# `centre` is what accounts share: an accounts centre, or for the tie of that name a contact that was verified.
account_link = sa.Table(
    "account_link",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("centre", sa.LargeBinary, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", _BIG, nullable=False),
    sa.Column("tie", sa.Text, nullable=False, server_default=Tie.CENTRE.value),
    _width("subject"),
    _width("centre"),
    _one_of("event", LinkEvent),
    _one_of("tie", Tie),
    sa.Index("account_link_subject", "subject"),
    sa.Index("account_link_centre", "centre"),
    sqlite_strict=True,
)

# One event of one notice; `digest` names it, so that the same event imported twice is one row. A notice to the public
# has no subject.
notice = sa.Table(
    "notice",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("subject", sa.LargeBinary),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", _BIG, nullable=False),
    sa.Column("states_right", sa.Integer),
    sa.Column("is_marketing", sa.Integer),
    sa.Column("variant", sa.Text),
    # The entry of the log, and the random bytes under which it commits to the event; null before there were such.
    sa.Column("batch", _BIG, sa.ForeignKey("notice_batch.idx")),
    sa.Column("r", sa.LargeBinary),
    _width("digest"),
    _width("subject"),
    _width("r", 32),
    _one_of("channel", NoticeChannel),
    _one_of("event", NoticeEvent),
    _boolean("states_right"),
    _boolean("is_marketing"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_RELINKS = sa.text(f"kind = '{RecordKind.RELINK.value}'")

# The entries of the log. `key` makes an entry idempotent for ever.
leaf = sa.Table(
    "leaf",
    metadata,
    sa.Column("idx", _BIG, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    _one_of("kind", RecordKind),
    _width("key", 32),
    sa.Index("leaf_relink", "idx", sqlite_where=_RELINKS, postgresql_where=_RELINKS),
    sqlite_strict=True,
)

# The events of notices that one entry of the log tells of: how many, the root over them, and the commitments to them in
# ascending order, which stay when an event is erased so that the others can still be shown.
notice_batch = sa.Table(
    "notice_batch",
    metadata,
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
    sa.Column("events", _BIG, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("commitments", sa.LargeBinary, nullable=False),
    _width("root", 32),
    sa.CheckConstraint("events > 0 AND length(commitments) = 32 * events", name="commitments_counted"),
    sqlite_strict=True,
)

# Further idempotency keys that clients chose, for entries that exist already.
retry = sa.Table(
    "retry",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), nullable=False),
    _width("key", 32),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# The envelope keys that rows of `opening` may use, by their ids; `demur.register.envelopes` keeps it.
envelope_key = sa.Table(
    "envelope_key",
    metadata,
    sa.Column("key_id", sa.LargeBinary, primary_key=True),
    _width("key_id", KEY_ID_BYTES),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What opens the entry of a personal event, sealed; `demur.register.sealing` writes and reads it. Wrapping the key of a
# row anew changes its `key_id` and `wrapped_key`, and nothing else of it ever changes.
opening = sa.Table(
    "opening",
    metadata,
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.LargeBinary, sa.ForeignKey("envelope_key.key_id"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    _width("wrapped_key", WRAPPED_KEY_BYTES),
    sqlite_strict=True,
)

# The same of revision 0003, in clear: there only while a register of then is opened, until all of it is sealed.
UNSEALED = sa.Table(
    "opening_unsealed",
    sa.MetaData(),
    sa.Column("idx", _BIG, primary_key=True, autoincrement=False),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Column("r", sa.LargeBinary, nullable=False),
    sa.Column("covered", sa.LargeBinary, nullable=False),
)

# Who objected themselves; linked accounts follow from `account_link`.
objection = sa.Table(
    "objection",
    metadata,
    sa.Column("subject", sa.LargeBinary, primary_key=True),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("received_at", _BIG, nullable=False),
    sa.Column("scope", sa.Text, nullable=False, server_default=ObjectionScope.ALL.value),
    sa.Column("in_public_role", sa.Integer, nullable=False, server_default=sa.text("0")),
    _form_version(),
    _width("subject"),
    _one_of("scope", ObjectionScope),
    _boolean("in_public_role"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# The items and web pages that an objection points at, whoever published them.
target = sa.Table(
    "target",
    metadata,
    sa.Column("target", sa.LargeBinary, primary_key=True),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
    sa.Column("received_at", _BIG, nullable=False),
    sa.Column("in_public_role", sa.Integer, nullable=False),
    _width("target"),
    _boolean("in_public_role"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

withdrawal = sa.Table(
    "withdrawal",
    metadata,
    sa.Column("subject", sa.LargeBinary, primary_key=True),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("received_at", _BIG, nullable=False),
    sa.Column("authenticated_by", sa.Text, nullable=False),
    _width("subject"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Which entry of the log says that another one was erased; null where an account without entries was.
erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), primary_key=True, autoincrement=False),
    sa.Column("erased", _BIG, sa.ForeignKey("leaf.idx")),
    sa.Index("erasure_erased", "erased"),
    sqlite_strict=True,
)

# Whose rows this transaction erases. No transaction can end while a row is here: nothing has the id that it refers to.
erasing = sa.Table(
    "erasing",
    metadata,
    sa.Column("subject", sa.LargeBinary, primary_key=True),
    sa.Column("never", sa.Integer, sa.ForeignKey("head.id", deferrable=True, initially="DEFERRED"), nullable=False),
    _width("subject"),
    sa.CheckConstraint("never = 0", name="never_there"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What keeps an erased account out. `name` is made with a key of its own, so that it meets nothing else that is held.
suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("name", sa.LargeBinary, primary_key=True),
    sa.Column("basis", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("in_public_role", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("covers_until", _BIG),  # when the account changed hands after the last objection to everything
    _width("name"),
    _one_of("basis", Basis),
    _one_of("scope", ObjectionScope),
    _boolean("in_public_role"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# An erased account for those who are linked with it: a name drawn at random, and what it objected to, if it did. The
# instants are only as exact as the order of what others did needs (`demur.register.placeholders`).
placeholder = sa.Table(
    "placeholder",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("purpose", sa.Text),  # null when it never objected
    sa.Column("scope", sa.Text),
    sa.Column("in_public_role", sa.Integer),
    sa.Column("received_at", _BIG),
    sa.Column("ended_at", _BIG),  # when it was withdrawn
    _width("subject"),
    _one_of("scope", ObjectionScope),
    _boolean("in_public_role"),
    sa.Index("placeholder_subject", "subject"),
    sqlite_strict=True,
)

# The items and web pages that objections point at whose entries were erased.
kept_target = sa.Table(
    "kept_target",
    metadata,
    sa.Column("target", sa.LargeBinary, primary_key=True),
    sa.Column("in_public_role", sa.Integer, primary_key=True, autoincrement=False),
    _width("target"),
    _boolean("in_public_role"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What texts are searched for, of requests that were erased.
kept_span = sa.Table(
    "kept_span",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("words", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("is_decided", sa.Integer, primary_key=True, autoincrement=False),
    _width("digest"),
    _width("hash", 8),
    sa.CheckConstraint("words BETWEEN 1 AND 5", name="words_counted"),
    _boolean("is_decided"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# When somebody else held an account. Of the rows with one subject and beginning, the last that was written counts.
hijack = sa.Table(
    "hijack",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("since", _BIG, nullable=False),
    sa.Column("until", _BIG),  # null while it lasts
    _width("subject"),
    _window("since", "until"),
    sa.Index("hijack_subject", "subject", "since"),
    sqlite_strict=True,
)

# A stop of the processing, from `since` on and until it is lifted. Null in a column of its scope is everything.
suspension = sa.Table(
    "suspension",
    metadata,
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

# A suspension ends once; the next one is another.
lifting = sa.Table(
    "lifting",
    metadata,
    sa.Column("number", sa.Integer, sa.ForeignKey("suspension.number"), primary_key=True, autoincrement=False),
    sa.Column("at", _BIG, nullable=False),
    sqlite_strict=True,
)

# That somebody proposes to lift a suspension, under a version of the notice, until `expires_at`.
relaunch_proposal = sa.Table(
    "relaunch_proposal",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("suspension", sa.Integer, sa.ForeignKey("suspension.number"), nullable=False),
    sa.Column("notice_version", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("at", _BIG, nullable=False),
    sa.Column("expires_at", _BIG, nullable=False),
    _window("at", "expires_at"),
    sa.UniqueConstraint("number", "proposed_by", "expires_at", name="proposal_whole"),
    sqlite_strict=True,
)

# How a proposal ended. It repeats who made it and until when it stands, so that the two people are compared here: none
# confirms or refuses what they proposed, none takes back what somebody else did, and nothing is confirmed too late.
relaunch_decision = sa.Table(
    "relaunch_decision",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("expires_at", _BIG, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("at", _BIG, nullable=False),
    _one_of("outcome", RelaunchOutcome),
    sa.CheckConstraint("(outcome = 'taken_back') = (lower(decided_by) = lower(proposed_by))", name="two_people"),
    sa.CheckConstraint("outcome <> 'confirmed' OR at < expires_at", name="confirmed_in_time"),
    sa.ForeignKeyConstraint(
        ["number", "proposed_by", "expires_at"],
        ["relaunch_proposal.number", "relaunch_proposal.proposed_by", "relaunch_proposal.expires_at"],
        name="decision_of_proposal",
    ),
    sqlite_strict=True,
)

# A window of data that the controller undertook to erase; null in `field` is every instant of an item.
undertaking = sa.Table(
    "undertaking",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("field", sa.Text),
    sa.Column("since", _BIG, nullable=False),
    sa.Column("until", _BIG),
    sa.Column("at", _BIG, nullable=False),
    _window("since", "until"),
    sqlite_strict=True,
)

_UNFINISHED = sa.text("done_at IS NULL AND dead_at IS NULL")
_DONE = sa.text("done_at IS NOT NULL")
_DEAD = sa.text("dead_at IS NOT NULL")

# What is owed for an entry of the log (`ref` is its index), written in the transaction of the entry. The row is the
# job. `attempts` counts the leases: a worker whose lease was taken over can no longer mark the row.
effect = sa.Table(
    "effect",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("ref", _BIG, primary_key=True, autoincrement=False),
    sa.Column("asked_at", _BIG, nullable=False),
    sa.Column("due_at", _BIG, nullable=False),  # when it is to be tried next
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease_until", _BIG),
    sa.Column("done_at", _BIG),
    sa.Column("dead_at", _BIG),
    sa.Column("failure", sa.Text),  # the code of the error that the last attempt ended with
    _one_of("kind", EffectKind),
    sa.CheckConstraint("attempts >= 0", name="attempts_counted"),
    sa.CheckConstraint("done_at IS NULL OR dead_at IS NULL", name="ends_once"),
    sa.Index("effect_due", "kind", "due_at", "ref", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    sa.Index("effect_done", "kind", "done_at", sqlite_where=_DONE, postgresql_where=_DONE),
    sa.Index("effect_dead", "kind", "dead_at", sqlite_where=_DEAD, postgresql_where=_DEAD),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# Who read the record of one person: in which role and by which name, by which command or address, and why, if they
# said so.
access = sa.Table(
    "access",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("at", _BIG, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    _width("subject"),
    sa.Index("access_subject", "subject", "at"),
    sqlite_strict=True,
)

# Somebody without an account asks that what is published about them is not used. `reference` is the keyed digest of the
# code that they hold; `idx` is their objection in the log, `claim` the one for accounts that they named, if any. Of a
# request that was erased the number stays, without steps, and `idx` is the entry that says so.
request = sa.Table(
    "request",
    metadata,
    sa.Column("number", _BIG, primary_key=True),
    sa.Column("reference", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("received_at", _BIG, nullable=False),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), nullable=False),
    sa.Column("claim", _BIG, sa.ForeignKey("leaf.idx")),
    _form_version(),
    _width("reference"),
    _one_of("kind", RequestKind),
    sqlite_strict=True,
)

_MOVES = " OR ".join(
    f"came_from = '{state.value}' AND state IN ({', '.join(repr(after.value) for after in sorted(following))})"
    for state, following in FOLLOWING.items()
    if following
)
_BEGINS = "step = 0 AND came_from IS NULL AND state IN ('asked', 'provisional')"
_GOES_ON = f"step > 0 AND came_from IS NOT NULL AND ({_MOVES})"
_FOUNDED = "decided_by IS NOT NULL AND ground IS NOT NULL AND remedies_told IS NOT NULL AND remedies_told = 1"
_ASKS = sa.text("state = 'asked' AND extension IS NULL")

# What became of a request, one step after the other. A refusal without a named human, a ground and what GDPR Art. 12(4)
# has the person told is no row that this table takes (REQUIREMENTS OBJ-8).
request_step = sa.Table(
    "request_step",
    metadata,
    sa.Column("request", _BIG, sa.ForeignKey("request.number"), primary_key=True, autoincrement=False),
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("came_from", sa.Text),  # null in the first step
    sa.Column("at", _BIG, nullable=False),
    sa.Column("due_at", _BIG, nullable=False),  # the first instant after the last day for an answer
    sa.Column("decided_by", sa.Text),
    sa.Column("ground", sa.Text),
    sa.Column("remedies_told", sa.Integer),
    sa.Column("extension", sa.Text),  # why the answer takes longer
    _one_of("state", RequestState),
    _one_of("ground", Ground),
    _one_of("extension", ExtensionReason),
    _boolean("remedies_told"),
    sa.CheckConstraint("decided_by <> ''", name="decided_by_named"),
    sa.CheckConstraint(f"state <> 'refused' OR ({_FOUNDED})", name="refusal_founded"),
    sa.CheckConstraint(
        "state NOT IN ('accepted', 'cut', 'refused') OR decided_by IS NOT NULL", name="decision_by_somebody"
    ),
    sa.CheckConstraint(f"{_BEGINS} OR {_GOES_ON}", name="step_follows"),
    sa.CheckConstraint("(extension IS NOT NULL) = (came_from IS NOT NULL AND state = came_from)", name="extended"),
    sa.Index("request_asked_once", "request", unique=True, sqlite_where=_ASKS, postgresql_where=_ASKS),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What was given to find content by, sealed like a row of `opening`; deleted when it has served or some time has passed
# (REQUIREMENTS SEC-9).
request_term = sa.Table(
    "request_term",
    metadata,
    sa.Column("request", _BIG, sa.ForeignKey("request.number"), primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.LargeBinary, sa.ForeignKey("envelope_key.key_id"), nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("erase_after", _BIG, nullable=False),
    _width("wrapped_key", WRAPPED_KEY_BYTES),
    sa.Index("request_term_erase", "erase_after"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# The keyed hashes by which texts are searched for a name, a handle or an address (`demur.filters.suppressions`); with
# the account that was named by it, whose holder can undo it.
request_span = sa.Table(
    "request_span",
    metadata,
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

# Somebody asks how many public items name them: the keyed hashes to look for, which go when it is done, and the counts
# as JSON by source. Rows change and are deleted.
search = sa.Table(
    "search",
    metadata,
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

# The size of the log and its frontier: one row that changes, by compare-and-swap.
head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", _BIG, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    _single_row(),
    sqlite_strict=True,
)

# The signed checkpoint of each batch, by the size of the log after it.
checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", _BIG, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_strict=True,
)

# The versions of the notice that were published, each with the document that its entry of the log is the digest of.
notice_version = sa.Table(
    "notice_version",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx"), nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),  # signs the digest of the document
    sa.Column("published_at", _BIG, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# A version that is being sent; `stopped_at` while it is not.
campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("version", sa.Text, sa.ForeignKey("notice_version.version"), primary_key=True),
    sa.Column("started_at", _BIG, nullable=False),
    sa.Column("stopped_at", _BIG),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_WAITS = sa.text("state = 'waiting'")
_SENDS = sa.text("state = 'sending'")
_SEALED = sa.text("sealed IS NOT NULL")

# One notice to one person: the row is the job. `plan` names the channels that are left, the first of which is tried.
# The address is sealed under a key of its own, and gone as soon as no channel needs it any more.
mailing = sa.Table(
    "mailing",
    metadata,
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
    sa.Column("failure", sa.Text),  # the code of the error that the last attempt ended with
    sa.Column("key_id", sa.LargeBinary, sa.ForeignKey("envelope_key.key_id")),
    sa.Column("wrapped_key", sa.LargeBinary),
    sa.Column("sealed", sa.LargeBinary),
    _width("id"),
    _width("subject"),
    _width("wrapped_key", WRAPPED_KEY_BYTES),
    _one_of("state", MailingState),
    sa.CheckConstraint("(key_id IS NULL) = (sealed IS NULL)", name="sealed_with_key"),
    sa.CheckConstraint("(key_id IS NULL) = (wrapped_key IS NULL)", name="wrapped_with_key"),
    sa.UniqueConstraint("subject", "version", name="mailing_once"),
    # A worker asks for a few rows each time: it must not look at all that wait.
    sa.Index("mailing_waiting", "version", "due_at", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    sa.Index("mailing_sending", "version", "lease_until", sqlite_where=_SENDS, postgresql_where=_SENDS),
    sa.Index("mailing_sealed", "expires_at", sqlite_where=_SEALED, postgresql_where=_SEALED),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What happened to a mailing and is not among the events of notices yet; recorded together, they have one entry.
mailing_event = sa.Table(
    "mailing_event",
    metadata,
    sa.Column("mailing", sa.LargeBinary, sa.ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("at", _BIG, nullable=False),
    _one_of("channel", NoticeChannel),
    _one_of("event", NoticeEvent),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# An answer to a notice that a human has to look at: which notice, what it was taken for, and the objection that was
# recorded for it. Of its words nothing is kept; the mail is found by the id of the notice.
reply_check = sa.Table(
    "reply_check",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("mailing", sa.LargeBinary, sa.ForeignKey("mailing.id", ondelete="SET NULL")),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("idx", _BIG, sa.ForeignKey("leaf.idx")),
    sa.Column("at", _BIG, nullable=False),
    sa.Column("checked_at", _BIG),
    _width("mailing"),
    sqlite_strict=True,
)

# How many objections were newly recorded on a day (of UTC, ISO 8601), by the way on which they came. Which way a single
# one came is kept nowhere.
way_count = sa.Table(
    "way_count",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("way", sa.Text, primary_key=True),
    sa.Column("count", _BIG, nullable=False),
    _one_of("way", Way),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# How often forms were opened, sent, and led to an objection on a day; of a single visit nothing is kept.
form_count = sa.Table(
    "form_count",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("way", sa.Text, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("count", _BIG, nullable=False),
    _one_of("way", Way),
    _one_of("step", FormStep),
    _one_of("device", Device),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_CHANGING = {"campaign", "mailing", "mailing_event", "reply_check", "way_count", "form_count"}
APPEND_ONLY = tuple(
    name
    for name in metadata.tables
    if name not in {"head", "effect", "envelope_key", "opening", "erasing", "request_term", "search", *_CHANGING}
)
# The tables of which an erasure leaves dead rows.
SWEPT = (
    "account_fact",
    "account_link",
    "notice",
    "hijack",
    "access",
    "request",
    "request_step",
    "request_span",
    "request_term",
    "objection",
    "withdrawal",
    "target",
    "opening",
    "retry",
    "leaf",
    "mailing",
)
