"""Importing objections and withdrawals that arrived elsewhere: an earlier campaign, letters, another system.

An objection that was made once need not be repeated (REQUIREMENTS SUS-4); each keeps its own day of receipt and gets
its own entry in the log.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from demur.kernel.words import ObjectionScope, Purpose, Way
from demur.keys.subjects import SubjectKey, item_keys, page_keys, subject_keys
from demur.register.errors import NothingToWithdrawError, UnknownAccountError
from demur.register.intake import Authentication, WithdrawalForm, enqueue_objection, withdraw
from demur.register.objecting import FORM_VERSION, ObjectionForm
from demur.register.queries import read_head
from demur.register.reading import (
    ImportSummary,
    RowFault,
    TextRows,
    first_fault,
    read_flags,
    read_instants,
    read_text_rows,
    report_faults,
)
from demur.register.sequencer import MAX_BATCH
from demur.register.store import Register

OBJECTION_COLUMNS = ("account", "received_at")
OPTIONAL_OBJECTION_COLUMNS = ("scope", "in_public_role", "form_version")
TARGET_COLUMNS = ("item", "page", "received_at")
OPTIONAL_TARGET_COLUMNS = ("in_public_role",)
WITHDRAWAL_COLUMNS = ("account", "withdrawn_at")
# As many at once as fill a batch of the sequencer well; each waits for its own commit.
_AT_ONCE = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def import_objections(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record objections with the day on which each was received; one that is recorded already changes nothing.

    Columns: `OBJECTION_COLUMNS` and any of `OPTIONAL_OBJECTION_COLUMNS`; a scope that is not plainly ``photos`` is
    everything, and a form version that is no plain word is not kept. An objection of an account that the register does
    not know counts from the day on which the account appears. Returns only after everything is on disk.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, OBJECTION_COLUMNS, OPTIONAL_OBJECTION_COLUMNS)
    checked = _check(rows, "received_at", (pl.col("account").is_null(), RowFault.ACCOUNT_MISSING))
    usable = _usable(checked)
    forms = [
        ObjectionForm(
            subjects=(subject,),
            purpose=Purpose.TRAIN_GENERATIVE_MODELS,
            received_at=min(_instant(received_at), at),
            scope=_scope(scope),
            in_public_role=has_role,
            form_version=form_version,
            way=Way.LETTER,
        )
        for subject, received_at, scope, has_role, form_version in zip(
            _subjects(register, usable),
            usable["received_at"],
            usable["scope"],
            _roles(usable),
            _form_versions(usable),
            strict=True,
        )
    ]
    return _summarise(register, rows, checked, lambda: _receive_all(register, forms, at=at))


def import_targets(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record objections that point at items and web pages, whether or not the person has an account.

    Columns: `TARGET_COLUMNS`, of which a row names an item, a page or both, and any of `OPTIONAL_TARGET_COLUMNS`. No
    address is stored. Otherwise as `import_objections`.

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, TARGET_COLUMNS, OPTIONAL_TARGET_COLUMNS)
    is_aimless = pl.all_horizontal(pl.col("item", "page").str.strip_chars().fill_null("") == "")
    checked = _check(rows, "received_at", (is_aimless, RowFault.TARGET_MISSING))
    usable = _usable(checked)
    items = item_keys(register.keyring, usable["item"].to_list())
    pages = page_keys(register.keyring, usable["page"].to_list())
    forms = [
        ObjectionForm(
            subjects=(),
            purpose=Purpose.TRAIN_GENERATIVE_MODELS,
            received_at=min(_instant(received_at), at),
            in_public_role=has_role,
            targets=tuple(key for key in (item, page) if key is not None),
            way=Way.LETTER,
        )
        for item, page, received_at, has_role in zip(items, pages, usable["received_at"], _roles(usable), strict=True)
    ]
    return _summarise(register, rows, checked, lambda: _receive_all(register, forms, at=at))


def import_withdrawals(register: Register, source: Path | pl.DataFrame, *, at: datetime) -> ImportSummary:
    """Record withdrawals by people who were logged in, each for one account.

    Columns: `WITHDRAWAL_COLUMNS`. Whoever imports the file answers for the login (GDPR Art. 12(6)).

    Raises:
        ImportUnreadableError, ImportColumnMissingError: nothing of the file was imported.
        RegisterUnavailableError: import the file again; what was stored is then unchanged.
    """
    rows = read_text_rows(source, WITHDRAWAL_COLUMNS)
    checked = _check(rows, "withdrawn_at", (pl.col("account").is_null(), RowFault.ACCOUNT_MISSING))
    usable = _usable(checked)
    forms = [
        WithdrawalForm(
            subject=subject, authenticated_by=Authentication.LOGIN, received_at=min(_instant(withdrawn_at), at)
        )
        for subject, withdrawn_at in zip(_subjects(register, usable), usable["withdrawn_at"], strict=True)
    ]
    return _summarise(register, rows, checked, lambda: _withdraw_all(register, forms, at=at))


def _check(rows: TextRows, instants: str, fault: tuple[pl.Expr, RowFault]) -> pl.DataFrame:
    """Read the instants and add column ``fault``: why a row is left out, or null."""
    return rows.frame.with_columns(read_instants(rows.frame[instants])).with_columns(
        first_fault(fault, (pl.col(instants).is_null(), RowFault.INSTANT_INVALID))
    )


def _usable(checked: pl.DataFrame) -> pl.DataFrame:
    return checked.filter(pl.col("fault").is_null())


def _subjects(register: Register, usable: pl.DataFrame) -> list[SubjectKey]:
    return [SubjectKey(key) for key in subject_keys(register.keyring, usable["account"].to_list()) if key is not None]


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _scope(text: str | None) -> ObjectionScope:
    """Read what an objection is about: a word that nobody knows must not narrow it."""
    is_narrow = text is not None and text.strip().lower() == ObjectionScope.PHOTOS.value
    return ObjectionScope.PHOTOS if is_narrow else ObjectionScope.ALL


def _roles(usable: pl.DataFrame) -> list[bool]:
    return [value == 1 for value in read_flags(usable["in_public_role"])]


def _form_versions(usable: pl.DataFrame) -> pl.Series:
    """Return by which form each came; null for what names none, which changes nothing about the objection."""
    named = usable["form_version"].str.strip_chars()
    return usable.select(pl.when(named.str.contains(FORM_VERSION)).then(named))["form_version"]


def _receive_all(register: Register, forms: Sequence[ObjectionForm], *, at: datetime) -> list[RowFault | None]:
    """Record objections in the order of their receipt: of those that one person made, the first counts."""
    ordered = sorted(forms, key=lambda form: form.received_at)
    for start in range(0, len(ordered), MAX_BATCH):
        answers = [enqueue_objection(register, form, at=at) for form in ordered[start : start + MAX_BATCH]]
        for answer in answers:
            answer.result()
    return [None] * len(forms)


def _withdraw_all(register: Register, forms: Sequence[WithdrawalForm], *, at: datetime) -> list[RowFault | None]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda form: _withdraw(register, form, at=at), forms))


def _withdraw(register: Register, form: WithdrawalForm, *, at: datetime) -> RowFault | None:
    try:
        withdraw(register, form, at=at)
    except (NothingToWithdrawError, UnknownAccountError):
        return RowFault.NOTHING_TO_WITHDRAW
    return None


def _summarise(
    register: Register, rows: TextRows, checked: pl.DataFrame, record_all: Callable[[], list[RowFault | None]]
) -> ImportSummary:
    """Record the usable rows, and say what came of each row: a fault for each of the usable ones is what went wrong."""
    before = read_head(register).size
    faults = [fault and fault.value for fault in record_all()]
    imported = read_head(register).size - before
    refused = _usable(checked).with_columns(pl.Series("fault", faults, dtype=pl.String))
    faulty = pl.concat([checked, refused]).filter(pl.col("fault").is_not_null())
    return ImportSummary(
        rows_read=rows.frame.height,
        imported=imported,
        unchanged=rows.frame.height - faulty.height - imported,
        rejected=report_faults(rows, faulty),
    )
