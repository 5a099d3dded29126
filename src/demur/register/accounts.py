"""Importing accounts: their facts, accounts centres and contacts become interval history, keyed in the first step.

A row is written only when it says something new, so that importing the same file daily costs nothing and the history
tells when a fact changed. An account that a file does not name keeps its facts, and so does every account for a column
that a file does not have: a file that was shortened must not forget who is a child, or who refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from demur.kernel.words import LinkEvent, Tie
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, contact_key, group_key, holder_key, subject_keys
from demur.policy.age import latest_birth_date
from demur.policy.errors import BirthDateError
from demur.register.batch import Batch, Outcome
from demur.register.kept import find_closed
from demur.register.links import AccountLink, write_links
from demur.register.reading import (
    ImportSummary,
    RowFault,
    TextRows,
    first_fault,
    is_unreadable,
    read_flags,
    read_instants,
    read_text_rows,
    report_faults,
)
from demur.register.schema import instant_of
from demur.register.store import Register

ACCOUNT_COLUMNS = ("account", "centre", "birth_date", "country", "language", "visibility", "state")
OPTIONAL_ACCOUNT_COLUMNS = (
    *("time_zone", "holder", "contact", "last_seen_at"),
    *("is_for_minor", "age_doubt", "refuses_training", "refuses_sharing"),
)
_WORDS = ("birth_date", "country", "language", "visibility", "state", "time_zone")
_FLAGS = ("is_for_minor", "age_doubt", "refuses_training", "refuses_sharing")
_CHUNK_ROWS = 25_000  # whoever objects waits while a transaction compares and inserts so many

_CREATE = """
    CREATE TEMP TABLE incoming (
        subject BYTEA PRIMARY KEY, centre BYTEA, contact BYTEA, birth_date TEXT, country TEXT, language TEXT,
        visibility TEXT, state TEXT, time_zone TEXT, holder BYTEA, last_seen_at BIGINT, is_for_minor INTEGER,
        age_doubt INTEGER, refuses_training INTEGER, refuses_sharing INTEGER
    )
"""
_INCOMING = (
    *("subject", "centre", "contact", *_WORDS),
    *("holder", "last_seen_at", *_FLAGS),
)
_FILL = "INSERT INTO incoming VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
# The fact in force at the instant is the newest row up to then; among rows of one instant, the last that was written.
_KEEP_UNTOLD = """
    UPDATE incoming SET
        time_zone = CASE WHEN :time_zone = 1 THEN f.zone ELSE incoming.time_zone END,
        holder = CASE WHEN :holder = 1 THEN f.holder ELSE incoming.holder END,
        last_seen_at = CASE WHEN :last_seen_at = 1 THEN f.last_seen_at ELSE incoming.last_seen_at END,
        is_for_minor = CASE WHEN :is_for_minor = 1 THEN f.is_for_minor ELSE incoming.is_for_minor END,
        age_doubt = CASE WHEN :age_doubt = 1 THEN f.age_doubt ELSE incoming.age_doubt END,
        refuses_training = CASE WHEN :refuses_training = 1 THEN f.refuses_training ELSE incoming.refuses_training END,
        refuses_sharing = CASE WHEN :refuses_sharing = 1 THEN f.refuses_sharing ELSE incoming.refuses_sharing END
    FROM account_fact AS f WHERE f.id = (
        SELECT g.id FROM account_fact AS g WHERE g.subject = incoming.subject AND g.at <= :at
        ORDER BY g.at DESC, g.id DESC LIMIT 1
    )
"""
_INSERT_CHANGED = """
    INSERT INTO account_fact (
        subject, birth_date, country, language, visibility, state, zone, holder, last_seen_at, is_for_minor, age_doubt,
        refuses_training, refuses_sharing, at
    )
    SELECT i.subject, i.birth_date, i.country, i.language, i.visibility, i.state, i.time_zone, i.holder, i.last_seen_at,
        i.is_for_minor, i.age_doubt, i.refuses_training, i.refuses_sharing, CAST(:at AS BIGINT)
    FROM incoming AS i LEFT JOIN account_fact AS f ON f.id = (
        SELECT g.id FROM account_fact AS g WHERE g.subject = i.subject AND g.at <= :at
        ORDER BY g.at DESC, g.id DESC LIMIT 1
    )
    WHERE f.id IS NULL OR i.birth_date IS DISTINCT FROM f.birth_date OR i.country IS DISTINCT FROM f.country
        OR i.language IS DISTINCT FROM f.language OR i.visibility IS DISTINCT FROM f.visibility
        OR i.state IS DISTINCT FROM f.state OR i.time_zone IS DISTINCT FROM f.zone
        OR i.holder IS DISTINCT FROM f.holder OR i.last_seen_at IS DISTINCT FROM f.last_seen_at
        OR i.is_for_minor IS DISTINCT FROM f.is_for_minor OR i.age_doubt IS DISTINCT FROM f.age_doubt
        OR i.refuses_training IS DISTINCT FROM f.refuses_training
        OR i.refuses_sharing IS DISTINCT FROM f.refuses_sharing
"""
# What accounts share, by the column of `incoming` that names it.
_SHARED = {Tie.CENTRE: "i.centre", Tie.CONTACT: "i.contact"}
_LEFT = """
    SELECT i.subject, l.centre FROM incoming AS i JOIN account_link AS l ON l.subject = i.subject
    WHERE l.tie = :tie AND l.event = 'linked' AND l.centre IS DISTINCT FROM {shared} AND l.id = (
        SELECT m.id FROM account_link AS m WHERE m.subject = l.subject AND m.centre = l.centre AND m.at <= :at
        ORDER BY m.at DESC, m.id DESC LIMIT 1
    )
"""
_JOINED = """
    SELECT i.subject, {shared} FROM incoming AS i
    WHERE {shared} IS NOT NULL AND COALESCE((
        SELECT m.event FROM account_link AS m WHERE m.subject = i.subject AND m.centre = {shared} AND m.at <= :at
        ORDER BY m.at DESC, m.id DESC LIMIT 1
    ), 'unlinked') = 'unlinked'
"""
_COUNT_CHANGED = """
    SELECT COUNT(*) FROM incoming AS i
    WHERE EXISTS (SELECT 1 FROM account_fact AS f WHERE f.subject = i.subject AND f.id > :fact)
        OR EXISTS (SELECT 1 FROM account_link AS l WHERE l.subject = i.subject AND l.id > :link)
"""

AccountRow = tuple[bytes | str | int | None, ...]


@dataclass(frozen=True, slots=True)
class AskedAccounts:
    """The unit of work for some accounts; of the columns in `absent` the file says nothing."""

    rows: Sequence[AccountRow]
    absent: frozenset[str]
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        """Insert what is new of them."""
        connection, instant = batch.connection, instant_of(self.at)
        (fact,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM account_fact").fetchone()
        (link,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM account_link").fetchone()
        connection.execute(_CREATE)
        closed = find_closed(connection, batch.keyring, [row[0] for row in self.rows if isinstance(row[0], bytes)])
        connection.executemany(_FILL, [row for row in self.rows if row[0] not in closed] if closed else self.rows)
        if self.absent:
            is_absent = {column: column in self.absent for column in OPTIONAL_ACCOUNT_COLUMNS}
            connection.execute(_KEEP_UNTOLD, {**is_absent, "at": instant})
        connection.execute(_INSERT_CHANGED, {"at": instant})
        links = [change for tie in Tie if tie not in self.absent for change in _changed_links(batch, tie, instant)]
        write_links(batch, links, at=self.at)
        (changed,) = connection.execute(_COUNT_CHANGED, {"fact": fact, "link": link}).fetchone()
        connection.execute("DROP TABLE incoming")
        return Outcome(rows=changed)


def _changed_links(batch: Batch, tie: Tie, instant: int) -> list[AccountLink]:
    """Return who leaves what they shared until now, then who joins something."""
    shared = _SHARED[tie]
    was_in = batch.connection.execute(_LEFT.format(shared=shared), {"tie": tie.value, "at": instant})
    left = [(row, LinkEvent.UNLINKED) for row in was_in]
    is_in = batch.connection.execute(_JOINED.format(shared=shared), {"at": instant})
    joined = [(row, LinkEvent.LINKED) for row in is_in]
    return [
        AccountLink(subject=SubjectKey(who), centre=shared, event=event, tie=tie)
        for (who, shared), event in [*left, *joined]
    ]


def import_accounts(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record what a file says about accounts from an instant on; a row that changes nothing is not stored again.

    Columns: `ACCOUNT_COLUMNS`, empty where unknown, and any of `OPTIONAL_ACCOUNT_COLUMNS`; others are ignored. A
    faulty row is reported and left out. Linking an account to one that objects is logged. Returns only after everything
    is on disk.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, ACCOUNT_COLUMNS, OPTIONAL_ACCOUNT_COLUMNS)
    checked = _check_accounts(rows, today=at.date())
    usable = checked.filter(pl.col("fault").is_null())
    keyed = _key_accounts(usable, register.keyring)
    changed = 0
    for start in range(0, len(keyed), _CHUNK_ROWS):
        chunk = keyed[start : start + _CHUNK_ROWS]
        changed += register.sequencer.submit(AskedAccounts(chunk, rows.absent, at)).rows
    return ImportSummary(
        rows_read=rows.frame.height,
        imported=changed,
        unchanged=usable.height - changed,
        rejected=report_faults(rows, checked.filter(pl.col("fault").is_not_null())),
    )


def _check_accounts(rows: TextRows, *, today: date) -> pl.DataFrame:
    """Add column ``fault``: why a row is left out, or null; instants and flags become numbers."""
    frame = rows.frame
    dates = frame["birth_date"].unique().drop_nulls().to_list()
    invalid = [text for text in dates if not _is_birth_date(text, today)]
    is_contradicted = pl.struct(*ACCOUNT_COLUMNS, *OPTIONAL_ACCOUNT_COLUMNS).n_unique().over("account") > 1
    flags = [read_flags(frame[flag]) for flag in _FLAGS]
    bad_flags = [is_unreadable(frame[flag.name], flag).alias(f"{flag.name}_bad") for flag in flags]
    seen = read_instants(frame["last_seen_at"])
    bad_seen = is_unreadable(frame["last_seen_at"], seen).alias("seen_bad")
    faults = first_fault(
        (pl.col("account").is_null(), RowFault.ACCOUNT_MISSING),
        (is_contradicted, RowFault.ACCOUNT_CONTRADICTED),
        (pl.col("account").is_first_distinct().not_(), RowFault.ACCOUNT_REPEATED),
        (pl.col("birth_date").is_in(invalid), RowFault.BIRTH_DATE_INVALID),
        (pl.col("seen_bad"), RowFault.INSTANT_INVALID),
        (pl.any_horizontal(bad.name for bad in bad_flags), RowFault.FLAG_INVALID),
    )
    return frame.with_columns(bad_seen, *bad_flags).with_columns(faults).with_columns(seen, *flags)


def _is_birth_date(text: str, today: date) -> bool:
    try:
        latest_birth_date(text, today=today)
    except BirthDateError:
        return False
    return True


def _key_accounts(rows: pl.DataFrame, keyring: Keyring) -> list[AccountRow]:
    keyed = rows.with_columns(
        pl.Series("subject", subject_keys(keyring, rows["account"].to_list()), dtype=pl.Binary),
        _key_column(rows["centre"], keyring, group_key),
        _key_column(rows["contact"], keyring, contact_key),
        _key_column(rows["holder"], keyring, holder_key),
    )
    # Two spellings of one id (accents apart from their letters) are one account: the last row speaks for it.
    return keyed.unique("subject", keep="last", maintain_order=True).select(_INCOMING).rows()


def _key_column(texts: pl.Series, keyring: Keyring, key: Callable[[Keyring, str], bytes]) -> pl.Series:
    known = {text: key(keyring, text) for text in texts.unique().drop_nulls() if text.strip()}
    return pl.Series(texts.name, [known.get(text) for text in texts], dtype=pl.Binary)
