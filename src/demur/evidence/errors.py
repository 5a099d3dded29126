"""Errors of evidence: each says what is not as it must be, and where."""

from demur.kernel.errors import InputError, IntegrityError


class PackUnreadableError(InputError):
    """There is no pack, or it cannot be opened."""

    code = "pack-unreadable"


class PackTooLargeError(InputError):
    """A pack would be larger than its container holds."""

    code = "pack-too-large"


class PackDamagedError(IntegrityError):
    """The container or a member of a pack is not byte for byte what was packed."""

    code = "pack-damaged"


class EvidenceError(IntegrityError):
    """A statement in a pack does not follow from the rest of it."""

    code = "evidence"


class ReceiptUnfitError(InputError):
    """A receipt belongs to another log, or names an entry that a pack does not reach."""

    code = "receipt-unfit"


class ReceiptUnreadableError(InputError):
    """There is no receipt at a path, or it is no text."""

    code = "receipt-unreadable"
