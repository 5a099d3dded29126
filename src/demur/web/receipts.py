"""Reading a receipt again, for a page that must not act: a mail scanner that opens a link changes nothing."""

from datetime import datetime

from demur.keys.subjects import SubjectKey
from demur.ledger.receipt import TlogProof
from demur.register.accesses import Reader, note_access, read_record
from demur.register.batch import AskAgain
from demur.register.errors import EntryErasedError
from demur.register.intake import Receipt, receipt_of
from demur.register.requests_reading import ReadRequest
from demur.register.store import Register
from demur.web.errors import ReceiptMissingError


def read_receipt(register: Register, subject: SubjectKey, reader: Reader, *, at: datetime) -> Receipt:
    """Return the receipt of a person's last objection, byte for byte as it was first given; the read is written down.

    Raises:
        ReceiptMissingError: the person has not objected.
        RegisterUnavailableError, QueueFullError: try again.
    """
    objections = read_record(register, subject, reader, at=at).objections
    if not objections:
        message = "no objection was made by this link"
        raise ReceiptMissingError(message, hint="Object first; the receipt follows at once.")
    return receipt_of(register.sequencer.submit(AskAgain(objections[-1].index)))


def read_own_receipt(register: Register, subject: SubjectKey, index: int, reader: Reader, *, at: datetime) -> Receipt:
    """Return the receipt of one of a person's own objections or withdrawals, otherwise as `read_receipt`.

    Raises:
        ReceiptMissingError: no objection or withdrawal of this person is that entry, or its record was erased.
        RegisterUnavailableError, QueueFullError: try again.
    """
    status = read_record(register, subject, reader, at=at)
    if index not in {one.index for one in (*status.objections, *status.withdrawals)}:
        message = f"entry {index} is no objection or withdrawal of this account"
        raise ReceiptMissingError(message, hint="The account page lists every one.")
    try:
        return receipt_of(register.sequencer.submit(AskAgain(index)))
    except EntryErasedError as error:
        message = f"the record of entry {index} was erased"
        raise ReceiptMissingError(message, hint="A receipt that was given out stays valid.") from error


def read_request_receipt(register: Register, found: ReadRequest, reader: Reader, *, at: datetime) -> TlogProof:
    """Return the receipt of a request of somebody without an account; the read is written down.

    Raises:
        RegisterUnavailableError, QueueFullError: try again.
    """
    note_access(register, (SubjectKey(found.reference),), reader, at=at)
    return register.sequencer.submit(AskAgain(found.index)).entry()
