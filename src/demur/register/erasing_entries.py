"""What an erasure does with entries of the log: it says which, and destroys what opens them and what asked for them.

Whose entries they are is found by `erasing` for an account and by `erasing_receipts` for whoever holds a receipt.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from demur.kernel.words import EffectKind, RecordKind
from demur.ledger.erasures import erasure_digest
from demur.register.batch import AskAgain, Batch, day_of, idempotency_key
from demur.register.effects import owe
from demur.register.requests_terms import keep_spans
from demur.register.schema import KEY_BYTES
from demur.register.store import Register

_LOG = "INSERT INTO erasure (idx, erased) VALUES (?, ?)"
_KEEP_TARGETS = """
    INSERT INTO kept_target (target, in_public_role) SELECT DISTINCT target, in_public_role FROM target WHERE idx = ?
    ON CONFLICT (target, in_public_role) DO NOTHING
"""
_OF_ENTRY = tuple(f"DELETE FROM {table} WHERE idx = ?" for table in ("target", "retry", "opening"))  # noqa: S608 -- ours
_EFFECTS_DONE = "DELETE FROM effect WHERE ref = ? AND done_at IS NOT NULL"
_FORGET_KEY = "UPDATE leaf SET key = ? WHERE idx = ?"
_REQUEST = "SELECT number, reference FROM request WHERE idx = ?"
_BEGIN = "INSERT INTO erasing (subject, never) VALUES (?, 0) ON CONFLICT (subject) DO NOTHING"
_OF_REQUEST = tuple(
    f"DELETE FROM {table} WHERE request = ?"  # noqa: S608 -- ours
    for table in ("request_term", "request_span", "request_step")
)
_OF_REFERENCE = ("DELETE FROM target WHERE target = ?", "DELETE FROM access WHERE subject = ?")
_EMPTY_REQUEST = """
    UPDATE request
    SET reference = ?, kind = 'about_me', language = '', received_at = 0, idx = ?, claim = NULL, form_version = NULL
    WHERE number = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedEntry:
    """An entry of the log whose record was destroyed, and the entry that says so; None where the log had none."""

    index: int | None
    erased_by: int


def prove_erasure(register: Register, entry: ErasedEntry) -> str:
    """Return the proof (C2SP tlog-proof) that the log says an entry was erased."""
    return register.sequencer.submit(AskAgain(entry.erased_by)).entry().encode()


def log_erasures(batch: Batch, erased: Collection[int | None], *, at: datetime) -> dict[int | None, int]:
    """Enter in the log what is erased, one entry each and in an order that tells nothing; return which says what.

    Args:
        erased: indices of entries, each once; None is an account that no entry covers.
    """
    drawn = sorted((batch.draw(KEY_BYTES), -1 if index is None else index, index) for index in erased)
    origin = batch.keyring.log_signer.name
    erased_by: dict[int | None, int] = {}
    for _, _, index in drawn:
        key = idempotency_key("erasure", batch.first_index + len(batch.leaves))
        erased_by[index] = batch.append_document(RecordKind.ERASURE, day_of(at), erasure_digest(origin, index), key=key)
    # What is not known of an account any more takes its items out of corpora (ADR-0004).
    owe(batch, EffectKind.APPLY, min(erased_by.values()), due_at=at, at=at)
    batch.flush()
    note_erasures(batch, erased_by)
    return erased_by


def note_erasures(batch: Batch, logged: Mapping[int | None, int]) -> None:
    """Store for each entry that is erased which entry of this transaction says so: the guards ask for it."""
    for index, entry in logged.items():
        batch.connection.execute(_LOG, (entry, index))


def shred(batch: Batch, index: int) -> None:
    """Destroy what ties an entry to anybody but the rows of those who are not erased."""
    batch.connection.execute(_KEEP_TARGETS, (index,))
    for statement in (*_OF_ENTRY, _EFFECTS_DONE):
        batch.connection.execute(statement, (index,))
    forget_key(batch, index)


def forget_key(batch: Batch, index: int) -> None:
    """Put random bytes in the place of an idempotency key, which whoever has the keyring could test."""
    batch.connection.execute(_FORGET_KEY, (idempotency_key("erased", index, batch.draw(32)), index))


def erase_requests(batch: Batch, logged: Mapping[int, int]) -> None:
    """Empty the requests that were recorded by entries which are erased; what texts are searched for stays.

    Args:
        logged: for each entry the one that says that it is erased.
    """
    for index, entry in logged.items():
        for number, reference in batch.connection.execute(_REQUEST, (index,)).fetchall():
            keep_spans(batch, number)
            for statement in _OF_REQUEST:
                batch.connection.execute(statement, (number,))
            batch.connection.execute(_BEGIN, (reference,))
            for statement in _OF_REFERENCE:
                batch.connection.execute(statement, (reference,))
            batch.connection.execute("DELETE FROM erasing")
            drawn = idempotency_key("request", batch.draw(32), number)[:KEY_BYTES]
            batch.connection.execute(_EMPTY_REQUEST, (drawn, entry, number))
