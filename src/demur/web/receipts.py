"""Reading a receipt again, for a page that must not act: a mail scanner that opens a link changes nothing."""

from datetime import datetime

from demur.keys.subjects import SubjectKey
from demur.register.accesses import Reader, read_record
from demur.register.batch import AskAgain
from demur.register.intake import Receipt, receipt_of
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
