"""The verb of whoever has no account and asks to be forgotten: they show their receipt, and its record is destroyed.

Nobody need say who they are: whoever holds a receipt could only have its entry forgotten, never undone, because what
it points at stays out (GDPR Art. 11(2), 17(1), 17(3)(b), 21(3); ADR-0018). A receipt that covers accounts erases
nothing: it passes through many hands, and facts about an account are more than its objection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from demur.kernel.errors import IntegrityError
from demur.kernel.words import RecordKind
from demur.keys.notes import Verifier
from demur.ledger.openings import verify_receipt
from demur.policy.registers import RegisterDecision, RegisterRequest, RegisterRequestKind, decide_register
from demur.register.batch import Batch, Outcome, day_of
from demur.register.erasing_entries import ErasedEntry, erase_requests, log_erasures, shred
from demur.register.errors import ReceiptNotErasableError
from demur.register.store import Register

_REQUEST = "SELECT number, reference FROM request WHERE idx = ?"
_OF_REFERENCE = "SELECT idx FROM target WHERE target = ?"
_IS_HELD = "SELECT COUNT(*) FROM opening WHERE idx = ?"
_TARGETS = "SELECT COUNT(*) FROM target WHERE idx = ?"
# What is held of a request beside its entries, by the word that tells it.
_OF_REQUEST = {
    "steps": "SELECT COUNT(*) FROM request_step WHERE request = ?",
    "terms": "SELECT COUNT(*) FROM request_term WHERE request = ?",
    "searched": "SELECT COUNT(*) FROM request_span WHERE request = ?",
}
_READS = "SELECT COUNT(*) FROM access WHERE subject = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptErasure:
    """What was erased for one receipt: what whoever showed it is told.

    Attributes:
        on: the day, in UTC.
        held: how much was held, by kind, and is held no more; empty when it was erased before.
        entries: the entries of the log that nobody can open any more, in their order: that of the receipt, and those
            that were recorded for the same request.
        ruling: why what it points at stays out.
    """

    on: date
    held: Mapping[str, int]
    entries: tuple[ErasedEntry, ...]
    ruling: RegisterDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    held: Mapping[str, int]
    entries: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class EraseEntries:
    """The unit of work that erases entries without an account; `erased` tells what its last run did."""

    indices: Sequence[int]
    at: datetime
    erased: tuple[ReceiptErasure, ...] = ()

    def __call__(self, batch: Batch) -> Outcome:
        """Erase them with their requests, all of them or none."""
        batch.flush()
        found = [_find(batch, index) for index in dict.fromkeys(self.indices)]
        entries = sorted({index for each in found for index in each.entries})
        logged: dict[int, int] = {}
        if entries:
            erased_by = log_erasures(batch, set(entries), at=self.at)
            logged = {index: erased_by[index] for index in entries}
            erase_requests(batch, logged)
            for index in entries:
                shred(batch, index)
            batch.forget_keys()
        self.erased = tuple(_tell(each, logged, at=self.at) for each in found)
        return Outcome(index=min(logged.values(), default=None), rows=sum(sum(each.held.values()) for each in found))


def erase_by_receipts(register: Register, receipts: Sequence[str], *, at: datetime) -> tuple[ReceiptErasure, ...]:
    """Erase what is held because of some receipts of people without an account; doing it twice does no harm.

    What they point at stays out, and so does what texts are searched for. Receipts that are erased together blend in
    the log. An account that a request named keeps its own objection, without the record that it came by the request.
    Returns only after it is on disk.

    Raises:
        ReceiptNotErasableError: one does not hold, is not of this log, is no objection, or covers an account.
        RegisterUnavailableError, QueueFullError: nothing was erased; try again.
    """
    verifier = register.keyring.trusted_keys().log
    unit = EraseEntries(indices=[_read(receipt, verifier) for receipt in receipts], at=at)
    register.sequencer.submit(unit)
    return unit.erased


def _read(receipt: str, verifier: Verifier) -> int:
    """Return the entry of a receipt that covers no account."""
    try:
        opened = verify_receipt(receipt, verifier)
    except IntegrityError as error:
        message = "the receipt does not hold, or is not one of this log"
        raise ReceiptNotErasableError(message, hint="Ask for the whole receipt, as it was given.") from error
    if opened.opening.kind is not RecordKind.OBJECTION or opened.opening.proof_keys:
        message = f"the receipt of entry {opened.index} is about accounts, and nobody knows who shows it"
        raise ReceiptNotErasableError(message, hint="Erase the account: demur register erase ACCOUNT")
    return opened.index


def _find(batch: Batch, index: int) -> _Found:
    requests = batch.connection.execute(_REQUEST, (index,)).fetchall()
    entries = {index} if _count(batch, _IS_HELD, index) else set()
    held = {"requests": len(requests)}
    for number, reference in requests:
        entries |= {other for (other,) in batch.connection.execute(_OF_REFERENCE, (reference,)).fetchall()}
        held |= {name: _count(batch, select, number) for name, select in _OF_REQUEST.items()}
        held["reads"] = _count(batch, _READS, reference)
    held["targets"] = sum(_count(batch, _TARGETS, each) for each in entries)
    held["entries"] = len(entries)
    return _Found(held={name: count for name, count in held.items() if count}, entries=tuple(sorted(entries)))


def _count(batch: Batch, select: str, value: int | bytes) -> int:
    (count,) = batch.connection.execute(select, (value,)).fetchone()
    return int(count)


def _tell(found: _Found, logged: Mapping[int, int], *, at: datetime) -> ReceiptErasure:
    return ReceiptErasure(
        on=day_of(at),
        held=found.held,
        entries=tuple(ErasedEntry(index=index, erased_by=logged[index]) for index in found.entries),
        ruling=decide_register(RegisterRequest(kind=RegisterRequestKind.ERASURE)),
    )
