"""Errors of documents: missing, unreadable, altered or of another kind."""

from demur.kernel.errors import InputError, IntegrityError


class DocumentMissingError(InputError):
    """A document that must be there is not."""

    code = "document-missing"


class DocumentMalformedError(IntegrityError):
    """A file is not the canonical form of the document that it should be."""

    code = "document-malformed"


class DocumentAlteredError(IntegrityError):
    """A document or a file that it names is not what was signed."""

    code = "document-altered"


class TableUnreadableError(IntegrityError):
    """A table that Demur wrote can no longer be read."""

    code = "table-unreadable"
