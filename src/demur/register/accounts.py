"""Importing accounts: their facts and accounts centres become interval history, keyed in the first step.

A row is written only when it says something new, so that importing the same file daily costs nothing and the history
tells when a fact changed. An account that a file does not name keeps its facts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from demur.kernel.words import LinkEvent
from demur.keys.keyring import Keyring
from demur.keys.subjects import SubjectKey, group_key, subject_keys
from demur.policy.age import latest_birth_date
from demur.policy.errors import BirthDateError
from demur.register.batch import Batch, Outcome
from demur.register.links import AccountLink, write_links
from demur.register.reading import ImportSummary, RowFault, TextRows, first_fault, read_text_rows, report_faults
from demur.register.schema import instant_of
from demur.register.store import Register

ACCOUNT_COLUMNS = ("account", "centre", "birth_date", "country", "language", "visibility", "state")
_WORDS = ("birth_date", "country", "language", "visibility", "state")
_CHUNK_ROWS = 100_000

_CREATE = """
    CREATE TEMP TABLE incoming (
        subject BLOB PRIMARY KEY, centre BLOB, birth_date TEXT, country TEXT, language TEXT, visibility TEXT, state TEXT
    ) WITHOUT ROWID
"""
# The fact in force at the instant is the newest row up to then; among rows of one instant, the last that was written.
_INSERT_CHANGED = """
    INSERT INTO account_fact (subject, birth_date, country, language, visibility, state, at)
    SELECT i.subject, i.birth_date, i.country, i.language, i.visibility, i.state, :at
    FROM incoming AS i LEFT JOIN account_fact AS f ON f.id = (
        SELECT g.id FROM account_fact AS g WHERE g.subject = i.subject AND g.at <= :at
        ORDER BY g.at DESC, g.id DESC LIMIT 1
    )
    WHERE f.id IS NULL OR i.birth_date IS NOT f.birth_date OR i.country IS NOT f.country
        OR i.language IS NOT f.language OR i.visibility IS NOT f.visibility OR i.state IS NOT f.state
"""
_LEFT = """
    SELECT i.subject, l.centre FROM incoming AS i JOIN account_link AS l ON l.subject = i.subject
    WHERE l.event = 'linked' AND l.centre IS NOT i.centre AND l.id = (
        SELECT m.id FROM account_link AS m WHERE m.subject = l.subject AND m.centre = l.centre AND m.at <= :at
        ORDER BY m.at DESC, m.id DESC LIMIT 1
    )
"""
_JOINED = """
    SELECT i.subject, i.centre FROM incoming AS i WHERE i.centre IS NOT NULL AND COALESCE((
        SELECT m.event FROM account_link AS m WHERE m.subject = i.subject AND m.centre = i.centre AND m.at <= :at
        ORDER BY m.at DESC, m.id DESC LIMIT 1
    ), 'unlinked') = 'unlinked'
"""
_COUNT_CHANGED = """
    SELECT COUNT(*) FROM incoming AS i
    WHERE EXISTS (SELECT 1 FROM account_fact AS f WHERE f.subject = i.subject AND f.id > :fact)
        OR EXISTS (SELECT 1 FROM account_link AS l WHERE l.subject = i.subject AND l.id > :link)
"""


@dataclass(frozen=True, slots=True)
class _WriteAccounts:
    """The unit of work for some accounts."""

    rows: list[tuple[bytes | str | None, ...]]
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        connection, instant = batch.connection, {"at": instant_of(self.at)}
        (fact,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM account_fact").fetchone()
        (link,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM account_link").fetchone()
        connection.execute(_CREATE)
        connection.executemany("INSERT INTO incoming VALUES (?, ?, ?, ?, ?, ?, ?)", self.rows)
        connection.execute(_INSERT_CHANGED, instant)
        left = connection.execute(_LEFT, instant).fetchall()
        joined = connection.execute(_JOINED, instant).fetchall()
        links = [AccountLink(subject=SubjectKey(who), centre=centre, event=LinkEvent.UNLINKED) for who, centre in left]
        links += [AccountLink(subject=SubjectKey(who), centre=centre, event=LinkEvent.LINKED) for who, centre in joined]
        write_links(batch, links, at=self.at)
        (changed,) = connection.execute(_COUNT_CHANGED, {"fact": fact, "link": link}).fetchone()
        connection.execute("DROP TABLE incoming")
        return Outcome(rows=changed)


def import_accounts(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record what a file says about accounts from an instant on; a row that changes nothing is not stored again.

    Columns: `ACCOUNT_COLUMNS`, empty where unknown; others are ignored. A faulty row is reported and left out. Linking
    an account to one that objects is logged. Returns only after everything is on disk.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, ACCOUNT_COLUMNS)
    checked = _check_accounts(rows, today=at.date())
    usable = checked.filter(pl.col("fault").is_null())
    keyed = _key_accounts(usable, register.keyring)
    changed = 0
    for start in range(0, len(keyed), _CHUNK_ROWS):
        chunk = keyed[start : start + _CHUNK_ROWS]
        changed += register.sequencer.submit(_WriteAccounts(chunk, at)).rows
    return ImportSummary(
        rows_read=rows.frame.height,
        imported=changed,
        unchanged=usable.height - changed,
        rejected=report_faults(rows, checked.filter(pl.col("fault").is_not_null())),
    )


def _check_accounts(rows: TextRows, *, today: date) -> pl.DataFrame:
    """Add column ``fault``: why a row is left out, or null."""
    dates = rows.frame["birth_date"].unique().drop_nulls().to_list()
    invalid = [text for text in dates if not _is_birth_date(text, today)]
    says = pl.struct(*ACCOUNT_COLUMNS)
    is_contradicted = says.n_unique().over("account") > 1
    return rows.frame.with_columns(
        first_fault(
            (pl.col("account").is_null(), RowFault.ACCOUNT_MISSING),
            (is_contradicted, RowFault.ACCOUNT_CONTRADICTED),
            (pl.col("account").is_first_distinct().not_(), RowFault.ACCOUNT_REPEATED),
            (pl.col("birth_date").is_in(invalid), RowFault.BIRTH_DATE_INVALID),
        )
    )


def _is_birth_date(text: str, today: date) -> bool:
    try:
        latest_birth_date(text, today=today)
    except BirthDateError:
        return False
    return True


def _key_accounts(rows: pl.DataFrame, keyring: Keyring) -> list[tuple[bytes | str | None, ...]]:
    centres = {centre: group_key(keyring, centre) for centre in rows["centre"].unique().drop_nulls()}
    keyed = pl.DataFrame(
        {
            "subject": pl.Series(subject_keys(keyring, rows["account"].to_list()), dtype=pl.Binary),
            "centre": pl.Series([centres.get(centre) for centre in rows["centre"]], dtype=pl.Binary),
            **{word: rows[word] for word in _WORDS},
        }
    )
    # Two spellings of one id (accents apart from their letters) are one account: the last row speaks for it.
    return keyed.unique("subject", keep="last", maintain_order=True).rows()
