"""`Removals`: what was taken out of a corpus since its manifest, and the heartbeat that says "up to date".

Each version is a signed document that names the one before it, so that a gap or a swap shows. The heartbeat is a single
signed note, replaced atomically: a reader that finds it older than its policy allows stops (rule 2 of the design).
"""

import re
from datetime import datetime

import msgspec

from demur.exchange.documents import Document, open_named_note
from demur.exchange.errors import DocumentMalformedError
from demur.exchange.manifest import DecisionsEntry, TreeEntry
from demur.kernel.clock import TimestampError, parse_timestamp, timestamp
from demur.kernel.words import DocumentKind
from demur.keys.notes import Signer, Verifier


class Removals(Document, frozen=True, kw_only=True):
    """One version of the running list.

    Attributes:
        corpus_id: the corpus, in hexadecimal.
        version: 1 for the first; `previous` is the SHA-256 of the version before, or of the manifest for the first.
        log_size: the position of the log that this version brings the corpus up to; `as_of` is the snapshot's instant.
        snapshot: digest of the snapshot that was applied.
        rows: for each shard that is touched, a roaring bitmap (portable serialisation, base64) of row positions in it.
        reasons: rows taken out by this version, by reason; they sum to `removed`.
        removed_before: rows taken out by all versions before this one.
        decisions: the decisions that this version takes, one line an item.
        authors: the tree of the authors who still have at least one row.
    """

    KIND = DocumentKind.REMOVALS

    corpus_id: str
    version: int
    previous: str
    log_size: int
    as_of: str
    snapshot: str
    rows: dict[str, str]
    removed: int
    removed_before: int
    reasons: dict[str, int]
    decisions: DecisionsEntry
    authors: TreeEntry


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """Says that a corpus reflects the register up to a position, at an instant.

    Attributes:
        corpus_id: the corpus, in hexadecimal.
        version: the newest version of `Removals`; 0 while nothing was removed.
        digest: SHA-256 of that version, or of the manifest at version 0.
        log_size: the position of the log that was reconciled.
        at: when it was.
    """

    corpus_id: str
    version: int
    digest: str
    log_size: int
    at: datetime


_HEARTBEAT_TITLE = "demur/v1/heartbeat"
_HEARTBEAT = re.compile(
    rf"{_HEARTBEAT_TITLE}\n(?P<corpus_id>[0-9a-f]+)\n(?P<version>0|[1-9][0-9]{{0,18}})\n(?P<digest>[0-9a-f]{{64}})\n"
    r"(?P<log_size>0|[1-9][0-9]{0,18})\n(?P<at>[0-9TZ:.-]+)\n"
)


def sign_heartbeat(heartbeat: Heartbeat, signer: Signer) -> str:
    """Return the heartbeat as a signed note."""
    lines = [
        _HEARTBEAT_TITLE,
        heartbeat.corpus_id,
        str(heartbeat.version),
        heartbeat.digest,
        str(heartbeat.log_size),
        timestamp(heartbeat.at),
    ]
    return signer.sign("\n".join(lines) + "\n")


def open_heartbeat(note: bytes, verifier: Verifier) -> Heartbeat:
    """Check the signature of a heartbeat and read it.

    Raises:
        NoteFormatError, NoteSignatureError: it is not a note that the trusted key signed.
        DocumentMalformedError: signed, but not a heartbeat.
    """
    found = _HEARTBEAT.fullmatch(open_named_note(note, verifier, name="heartbeat"))
    if found is None:
        message = "the heartbeat is a signed note of another kind"
        raise DocumentMalformedError(message)
    try:
        at = parse_timestamp(found["at"])
    except TimestampError as error:
        message = f"the heartbeat names no instant: {error}"
        raise DocumentMalformedError(message) from error
    return Heartbeat(
        corpus_id=found["corpus_id"],
        version=int(found["version"]),
        digest=found["digest"],
        log_size=int(found["log_size"]),
        at=at,
    )
