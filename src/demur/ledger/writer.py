"""Who may add a document to the log, as the packages that make documents see it."""

from datetime import datetime
from typing import Protocol

from demur.kernel.words import RecordKind
from demur.ledger.receipt import TlogProof


class LogWriter(Protocol):
    """Adds the digests of public documents to the log.

    Idempotent by kind and digest: the same document gets the same proof again. Returns only after the entry is durable.
    Safe to call from several threads.
    """

    def append_document(self, kind: RecordKind, digest: bytes, *, at: datetime) -> TlogProof:
        """Log a document by the 32 bytes of its SHA-256 digest; the entry carries the day of `at`."""
        ...
