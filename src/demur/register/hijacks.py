"""Importing when somebody else held an account: what was published then is not its owner's.

A later row about the same beginning replaces the earlier one, so that a window that was open can be closed.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from demur.keys.subjects import subject_keys
from demur.register.batch import Batch, Outcome
from demur.register.kept import find_closed
from demur.register.reading import (
    ImportSummary,
    RowFault,
    TextRows,
    first_fault,
    is_unreadable,
    read_instants,
    read_text_rows,
    report_faults,
)
from demur.register.store import Register

HIJACK_COLUMNS = ("account", "since", "until")
_CHUNK_ROWS = 100_000
_INSERT_CHANGED = """
    INSERT INTO hijack (subject, since, until) SELECT :subject, CAST(:since AS BIGINT), CAST(:until AS BIGINT)
    WHERE NOT EXISTS (
        SELECT 1 FROM hijack AS h WHERE h.until IS NOT DISTINCT FROM :until AND h.id = (
            SELECT MAX(id) FROM hijack WHERE subject = :subject AND since = :since
        )
    )
"""


@dataclass(frozen=True, slots=True)
class _WriteHijacks:
    """The unit of work for some windows."""

    rows: list[dict[str, bytes | int | None]]

    def __call__(self, batch: Batch) -> Outcome:
        before = batch.connection.changes
        subjects = [row["subject"] for row in self.rows if isinstance(row["subject"], bytes)]
        closed = find_closed(batch.connection, batch.keyring, subjects)
        batch.connection.executemany(_INSERT_CHANGED, [row for row in self.rows if row["subject"] not in closed])
        return Outcome(rows=batch.connection.changes - before)


def import_hijacks(register: Register, source: Path | pl.DataFrame) -> ImportSummary:
    """Record from when until when somebody else held an account; a window that is recorded already changes nothing.

    Columns: `HIJACK_COLUMNS`; an empty end says that it lasts. A faulty row is reported and left out. Returns only
    after everything is on disk.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, HIJACK_COLUMNS)
    checked = _check_hijacks(rows)
    usable = checked.filter(pl.col("fault").is_null())
    subjects = pl.Series("subject", subject_keys(register.keyring, usable["account"].to_list()), dtype=pl.Binary)
    windows = usable.select(subjects, "since", "until").to_dicts()
    stored = 0
    for start in range(0, len(windows), _CHUNK_ROWS):
        stored += register.sequencer.submit(_WriteHijacks(windows[start : start + _CHUNK_ROWS])).rows
    return ImportSummary(
        rows_read=rows.frame.height,
        imported=stored,
        unchanged=usable.height - stored,
        rejected=report_faults(rows, checked.filter(pl.col("fault").is_not_null())),
    )


def _check_hijacks(rows: TextRows) -> pl.DataFrame:
    """Read the instants and add column ``fault``: why a row is left out, or null."""
    since, until = read_instants(rows.frame["since"]), read_instants(rows.frame["until"])
    is_bad = is_unreadable(rows.frame["until"], until).alias("until_bad")
    return rows.frame.with_columns(since, until, is_bad).with_columns(
        first_fault(
            (pl.col("account").is_null(), RowFault.ACCOUNT_MISSING),
            (pl.col("since").is_null() | pl.col("until_bad"), RowFault.INSTANT_INVALID),
            (pl.col("until") <= pl.col("since"), RowFault.WINDOW_INVALID),
        )
    )
