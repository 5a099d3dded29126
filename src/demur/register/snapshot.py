"""Taking a snapshot: what the register knows at one instant and one position of the log, for a builder.

Objections and links count whatever their date; what could let an item in (a notice, a withdrawal) counts only when its
time has come: in doubt, out.
"""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from demur.exchange.columns import INSTANT, NOTICE_COLUMNS, SUBJECT_COLUMNS, Facts, Schema
from demur.exchange.documents import document_digest
from demur.exchange.snapshot import RegisterSnapshot, write_snapshot
from demur.kernel.files import write_whole
from demur.kernel.words import NoticeEvent, RecordKind
from demur.policy.age import latest_birth_date
from demur.policy.scope import spread_objections
from demur.register.queries import read_frame, read_links, read_objections, read_withdrawals
from demur.register.schema import account_fact, checkpoint, head, instant_of, notice
from demur.register.store import Register

PROOF_NAME = "snapshot.tlog-proof"
_PROVEN = (NoticeEvent.DELIVERED.value, NoticeEvent.SHOWN.value)
_FACTS: Schema = {
    "subject_key": pl.Binary,
    "birth_date": pl.String,
    "country": pl.String,
    "language": pl.String,
    "visibility": pl.String,
    "state": pl.String,
}


def take_snapshot(register: Register, folder: Path, *, at: datetime) -> RegisterSnapshot:
    """Write the register's state at an instant as a signed document, log its digest, and return it.

    The proof of the log entry lies beside the document; the entry comes after the position that the snapshot reflects.

    Raises:
        DiskFullError: nothing half-written is left.
        RegisterUnavailableError, QueueFullError: the snapshot is written, its entry is not; take it again.
    """
    with register.reading() as connection:
        facts, note = read_facts(connection, at=at)
    snapshot = write_snapshot(
        folder, facts, platform=register.keyring.platform, checkpoint=note, signer=register.keyring.document_signer
    )
    proof = register.append_document(RecordKind.REGISTER, document_digest(snapshot), at=at)
    write_whole(folder / PROOF_NAME, proof.encode().encode())
    return snapshot


def read_facts(connection: sa.Connection, *, at: datetime) -> tuple[Facts, str]:
    """Return what holds at an instant, and the signed checkpoint of the log position that it reflects."""
    size = connection.execute(sa.select(head.c.size)).scalar_one()
    note = connection.execute(sa.select(checkpoint.c.note).where(checkpoint.c.size == size)).scalar() or ""
    facts = Facts(
        subjects=_read_subjects(connection, at),
        notices=_read_notices(connection, at),
        objections=spread_objections(
            read_objections(connection), read_links(connection), read_withdrawals(connection, at)
        ),
        as_of=at,
        log_size=size,
    )
    return facts, note


def _read_subjects(connection: sa.Connection, at: datetime) -> pl.DataFrame:
    """Return the newest facts of each subject up to an instant."""
    order = sa.func.row_number().over(
        partition_by=account_fact.c.subject, order_by=[account_fact.c.at.desc(), account_fact.c.id.desc()]
    )
    ranked = sa.select(account_fact, order.label("newest")).where(account_fact.c.at <= instant_of(at)).subquery()
    columns = [ranked.c[name] for name in ("subject", "birth_date", "country", "language", "visibility", "state")]
    rows = read_frame(connection, sa.select(*columns).where(ranked.c.newest == 1), _FACTS)
    return rows.with_columns(_born_by(rows["birth_date"], at.date())).select(list(SUBJECT_COLUMNS)).sort("subject_key")


def _born_by(birth_dates: pl.Series, today: date) -> pl.Series:
    known = {text: latest_birth_date(text, today=today) for text in birth_dates.unique().drop_nulls()}
    return pl.Series("born_by", [known.get(text) for text in birth_dates], dtype=pl.Date)


def _read_notices(connection: sa.Connection, at: datetime) -> pl.DataFrame:
    """Return for each proven notice the first instant at which it was delivered or shown."""
    kinds = (notice.c.subject, notice.c.version, notice.c.channel, notice.c.language, notice.c.states_right)
    proven = (
        sa.select(*kinds, sa.func.min(notice.c.at))
        .where(notice.c.subject.is_not(None), notice.c.event.in_(_PROVEN), notice.c.at <= instant_of(at))
        .group_by(*kinds)
    )
    rows = read_frame(connection, proven, {**NOTICE_COLUMNS, "proven_at": INSTANT})
    return rows.select(list(NOTICE_COLUMNS)).sort(list(NOTICE_COLUMNS))
