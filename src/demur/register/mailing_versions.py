"""Publishing a version of the notice: its digest is in the log before anybody is told by it (REQUIREMENTS NOT-10).

The document is kept as it was published, so that the public page shows those bytes for ever; publishing is itself an
event, the notice to people without an account (GDPR Art. 14(5)(b)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from demur.kernel.words import NoticeChannel, NoticeEvent, RecordKind
from demur.ledger.leaves import digest_document
from demur.register.batch import AskAgain, Batch, Outcome, day_of, idempotency_key
from demur.register.errors import VersionPublishedError, VersionUnknownError
from demur.register.notices import NoticeRow, name_event, write_events
from demur.register.schema import datetime_of, instant_of, notice_version
from demur.register.store import Register

_FIND = "SELECT idx, document FROM notice_version WHERE version = ?"
_INSERT = "INSERT INTO notice_version (version, idx, document, note, published_at) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """A version that was published: its document, the note that signs its digest, and its entry of the log."""

    version: str
    index: int
    document: bytes
    note: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Publish:
    """The unit of work that enters a document in the log, keeps it, and records that the public was told."""

    version: str
    document: bytes
    note: str
    languages: tuple[str, ...]
    at: datetime

    def __call__(self, batch: Batch) -> Outcome:
        found = batch.connection.execute(_FIND, (self.version,)).fetchone()
        if found is not None:
            self._require_same(bytes(found[1]))
            return Outcome(index=found[0])
        digest = digest_document(self.document)
        key = idempotency_key("document", RecordKind.NOTICE, digest)
        index = batch.find_entry(key)
        if index is None:
            index = batch.append_document(RecordKind.NOTICE, day_of(self.at), digest, key=key)
        batch.flush()
        instant = instant_of(self.at)
        batch.connection.execute(_INSERT, (self.version, index, self.document, self.note, instant))
        write_events(batch, {name_event(event): event for event in map(self._told, self.languages)}, at=self.at)
        return Outcome(index=index, rows=1)

    def _told(self, language: str) -> NoticeRow:
        page, published = NoticeChannel.PUBLIC_PAGE.value, NoticeEvent.PUBLISHED.value
        return None, self.version, page, language, published, instant_of(self.at), 1, 0, None

    def _require_same(self, earlier: bytes) -> None:
        if earlier != self.document:
            message = f"version {self.version} of the notice was published with other words"
            raise VersionPublishedError(message, hint="Give what changed a version of its own.")


def publish_version(
    register: Register, version: str, document: bytes, *, note: str, languages: Sequence[str], at: datetime
) -> PublishedVersion:
    """Publish a version and return it; the same document again changes nothing and gives the first publication.

    Returns only after the entry of the log, the document and the events are on disk.

    Args:
        document: what the entry is the digest of.
        note: a signed note over the digest.
        languages: in which languages the public is told.

    Raises:
        VersionPublishedError: the version was published with another document.
        RegisterUnavailableError, QueueFullError: nothing was published; try again.
    """
    unit = _Publish(version=version, document=document, note=note, languages=tuple(sorted(languages)), at=at)
    register.sequencer.submit(unit)
    return find_version(register, version)


def find_version(register: Register, version: str) -> PublishedVersion:
    """Return a version that was published.

    Raises:
        VersionUnknownError: it was not.
    """
    found = _read(register, notice_version.c.version == version)
    if not found:
        message = "no version of the notice was published under this name"
        raise VersionUnknownError(message, hint="`demur notice publish` publishes one.")
    return found[0]


def list_versions(register: Register) -> tuple[PublishedVersion, ...]:
    """Return every version that was published, the newest first."""
    return _read(register)


def prove_version(register: Register, published: PublishedVersion) -> str:
    """Return the proof (C2SP tlog-proof) that the log holds the digest of a version."""
    return register.sequencer.submit(AskAgain(published.index)).entry().encode()


def _read(register: Register, *conditions: sa.ColumnElement[bool]) -> tuple[PublishedVersion, ...]:
    kept = notice_version.c
    query = sa.select(notice_version).where(*conditions).order_by(kept.published_at.desc(), kept.idx.desc())
    with register.reading() as connection:
        return tuple(
            PublishedVersion(
                version=row.version,
                index=row.idx,
                document=bytes(row.document),
                note=row.note,
                published_at=datetime_of(row.published_at),
            )
            for row in connection.execute(query)
        )
