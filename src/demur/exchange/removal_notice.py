"""The removal notice: what one recipient of corpora has to delete, told in a feed of its own.

It names versions of `Removals`, which hold the rows; it holds no row and nobody's key itself. Notices of a recipient
are numbered from 1 without gaps, and each names the state after it, so the newest one alone is enough.
"""

import re
from pathlib import Path

import msgspec

from demur.exchange.documents import Document
from demur.kernel.words import DocumentKind

RECIPIENT_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")
_NOTE_FILES = "[0-9]" * 8 + ".note"


class RemovedFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A corpus that lost rows: by which version of `Removals`, its SHA-256, and up to which size of the log."""

    corpus: str
    corpus_id: str
    version: int
    digest: str
    log_size: int


class RemovalNotice(Document, frozen=True, kw_only=True):
    """What a recipient has to delete by now.

    Attributes:
        recipient: its name, as the platform calls it.
        number: 1 for the first.
        at: when it was written.
        corpora: each corpus that the recipient was given and that lost rows since it was built.
    """

    KIND = DocumentKind.REMOVAL_NOTICE

    recipient: str
    number: int
    at: str
    corpora: tuple[RemovedFrom, ...]


def notice_path(folder: Path, number: int) -> Path:
    """Return where a notice lies in the folder of its recipient, without its suffix."""
    return folder / f"{number:08d}"


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the notices in the folder of a recipient, in their order."""
    return sorted(int(path.stem) for path in folder.glob(_NOTE_FILES))
