"""Reading a receipt again, for a page that must not act: a mail scanner that opens a link changes nothing."""

from datetime import datetime

from demur.keys.subjects import SubjectKey
from demur.register.batch import AskAgain
from demur.register.intake import Receipt, receipt_of
from demur.register.queries import subject_status
from demur.register.store import Register
from demur.web.errors import ReceiptMissingError


def read_receipt(register: Register, subject: SubjectKey, *, at: datetime) -> Receipt:
    """Return the receipt of a person's last objection, byte for byte as it was first given; nothing is recorded.

    Raises:
        ReceiptMissingError: the person has not objected.
        RegisterUnavailableError, QueueFullError: try again.
    """
    objections = subject_status(register, subject, at=at).objections
    if not objections:
        message = "no objection was made by this link"
        raise ReceiptMissingError(message, hint="Object first; the receipt follows at once.")
    return receipt_of(register.sequencer.submit(AskAgain(objections[-1].index)))
