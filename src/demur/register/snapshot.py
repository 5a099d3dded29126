"""Taking a snapshot: what the register knows at one instant and one position of the log, for a builder.

Objections, links and stops count whatever their date; what could let an item in (a notice, a withdrawal, a change of
hands) counts only when its time has come: in doubt, out.
"""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from demur.exchange.columns import Facts
from demur.exchange.documents import document_digest
from demur.exchange.snapshot import RegisterSnapshot, write_snapshot
from demur.kernel.files import write_whole
from demur.kernel.words import RecordKind
from demur.policy.scope import spread_objections
from demur.register.facts import (
    read_hijacks,
    read_notices,
    read_subjects,
    read_suspensions,
    read_targets,
    read_undertakings,
)
from demur.register.history import read_hand_overs
from demur.register.kept import read_placeholders, read_suppressions
from demur.register.queries import read_links, read_objections, read_withdrawals
from demur.register.requests_terms import read_spans
from demur.register.schema import checkpoint, head
from demur.register.store import Register

PROOF_NAME = "snapshot.tlog-proof"


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
    hand_overs = read_hand_overs(connection, at)
    objections = spread_objections(
        read_objections(connection),
        read_links(connection),
        read_withdrawals(connection, at),
        hand_overs,
        read_placeholders(connection),
    )
    facts = Facts(
        subjects=read_subjects(connection, hand_overs, at=at),
        notices=read_notices(connection, at=at),
        objections=objections.sort(objections.columns),
        targets=read_targets(connection),
        hijacks=read_hijacks(connection),
        suspensions=read_suspensions(connection, at=at),
        undertakings=read_undertakings(connection),
        as_of=at,
        log_size=size,
        erased=read_suppressions(connection),
        terms=read_spans(connection),
    )
    return facts, note
