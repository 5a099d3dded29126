"""Importing objections and withdrawals that arrived elsewhere: an earlier campaign, letters, another system.

An objection that was made once need not be repeated (REQUIREMENTS SUS-4); each keeps its own day of receipt and gets
its own entry in the log.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from demur.kernel.words import Purpose
from demur.keys.subjects import SubjectKey, subject_keys
from demur.register.errors import NothingToWithdrawError, UnknownAccountError
from demur.register.intake import Authentication, ObjectionForm, WithdrawalForm, receive_objection, withdraw
from demur.register.queries import read_head
from demur.register.reading import (
    ImportSummary,
    RowFault,
    TextRows,
    first_fault,
    read_instants,
    read_text_rows,
    report_faults,
)
from demur.register.store import Register

OBJECTION_COLUMNS = ("account", "received_at")
WITHDRAWAL_COLUMNS = ("account", "withdrawn_at")
# As many at once as fill a batch of the sequencer well; each waits for its own commit.
_AT_ONCE = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def import_objections(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record objections with the day on which each was received; one that is recorded already changes nothing.

    Columns: `OBJECTION_COLUMNS`. An objection of an account that the register does not know counts from the day on
    which the account appears. Returns only after everything is on disk.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """

    def record(subject: SubjectKey, received_at: datetime) -> RowFault | None:
        form = ObjectionForm(
            subjects=(subject,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=min(received_at, at)
        )
        receive_objection(register, form, at=at)
        return None

    return _import(register, read_text_rows(source, OBJECTION_COLUMNS), "received_at", record)


def import_withdrawals(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record withdrawals by people who were logged in, each for one account.

    Columns: `WITHDRAWAL_COLUMNS`. Whoever imports the file answers for the login (GDPR Art. 12(6)).

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """

    def record(subject: SubjectKey, withdrawn_at: datetime) -> RowFault | None:
        form = WithdrawalForm(subject=subject, authenticated_by=Authentication.LOGIN, received_at=min(withdrawn_at, at))
        try:
            withdraw(register, form, at=at)
        except (NothingToWithdrawError, UnknownAccountError):
            return RowFault.NOTHING_TO_WITHDRAW
        return None

    return _import(register, read_text_rows(source, WITHDRAWAL_COLUMNS), "withdrawn_at", record)


def _import(
    register: Register,
    rows: TextRows,
    instants: str,
    record: Callable[[SubjectKey, datetime], RowFault | None],
) -> ImportSummary:
    checked = rows.frame.with_columns(read_instants(rows.frame[instants])).with_columns(
        first_fault(
            (pl.col("account").is_null(), RowFault.ACCOUNT_MISSING),
            (pl.col(instants).is_null(), RowFault.INSTANT_INVALID),
        )
    )
    usable = checked.filter(pl.col("fault").is_null())
    before = read_head(register).size
    faults = _record_all(register, usable["account"].to_list(), usable[instants].to_list(), record)
    imported = read_head(register).size - before
    refused = usable.with_columns(pl.Series("fault", faults, dtype=pl.String)).filter(pl.col("fault").is_not_null())
    faulty = pl.concat([checked.filter(pl.col("fault").is_not_null()), refused])
    return ImportSummary(
        rows_read=rows.frame.height,
        imported=imported,
        unchanged=rows.frame.height - faulty.height - imported,
        rejected=report_faults(rows, faulty),
    )


def _record_all(
    register: Register,
    accounts: Sequence[str],
    instants: Sequence[int],
    record: Callable[[SubjectKey, datetime], RowFault | None],
) -> list[str | None]:
    keyed = [SubjectKey(key) for key in subject_keys(register.keyring, accounts) if key is not None]
    received = [_EPOCH + timedelta(microseconds=instant) for instant in instants]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [fault and fault.value for fault in pool.map(record, keyed, received)]
