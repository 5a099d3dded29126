"""The feed of each recipient of corpora: signed, numbered notices of what it has to delete by now, and how far it is.

A notice is written from the heartbeats of the corpora and from nothing else, so that writing it again changes nothing;
it is sent to the recipient's address, if it has one, in the order of numbers, until that answered with success.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from demur.exchange.deliveries import sign_delivery
from demur.exchange.documents import read_document, write_document
from demur.exchange.removal_notice import RemovalNotice, RemovedFrom, notice_path, numbers_in
from demur.exchange.removals import Heartbeat
from demur.kernel.clock import timestamp
from demur.kernel.files import exclusive_lock, make_folder, write_whole
from demur.kernel.words import DocumentKind
from demur.keys.notes import Signer

_TAKEN = "taken"
Send: TypeAlias = Callable[[str, bytes, Mapping[str, str]], None]
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far a recipient is: the number of its newest notice, and of the newest that its address took."""

    recipient: str
    written: int
    taken: int | None


@dataclass(slots=True, kw_only=True)
class RecipientFeed:
    """The feed of one recipient.

    Attributes:
        name: the recipient.
        corpora: the names of the corpora that it was given.
        folder: where its notices lie.
        url: where they are sent; None when it asks by itself.
    """

    name: str
    corpora: frozenset[str]
    folder: Path
    url: str | None
    signer: Signer = field(repr=False)

    def write(self, beats: Sequence[tuple[str, Heartbeat]], *, at: datetime) -> None:
        """Write the next notice, if one of the recipient's corpora lost rows since the last one.

        Raises:
            DocumentAlteredError, NoteSignatureError: the last notice is not what was signed.
            OSError, DiskFullError: it cannot be written now.
        """
        now = tuple(
            RemovedFrom(
                corpus=corpus,
                corpus_id=beat.corpus_id,
                version=beat.version,
                digest=beat.digest,
                log_size=beat.log_size,
            )
            for corpus, beat in beats
            if corpus in self.corpora and beat.version > 0
        )
        if not now:
            return
        make_folder(self.folder)
        with exclusive_lock(self.folder / ".lock"):
            numbers = numbers_in(self.folder)
            last = self._read(numbers[-1]).corpora if numbers else ()
            if _versions(now) != _versions(last):
                self._append(numbers[-1] + 1 if numbers else 1, now, at)

    def pending(self) -> list[int]:
        """Return the numbers of the notices that the recipient's address did not take yet."""
        taken = self.told().taken
        return [] if taken is None else [number for number in numbers_in(self.folder) if number > taken]

    def push(self, send: Send, *, at: datetime) -> None:
        """Send what is pending, in the order of numbers, up to the first that is not taken; raises what `send` does."""
        for number in self.pending():
            path = notice_path(self.folder, number)
            body = _encoder.encode(
                {
                    "document": path.with_suffix(".json").read_text("utf-8"),
                    "note": path.with_suffix(".note").read_text("utf-8"),
                }
            )
            url = self.url or ""
            name = f"removal_feed/{self.name}/{number}"
            send(url, body, sign_delivery(body, url=url, name=name, at=at, signer=self.signer))
            write_whole(self.folder / _TAKEN, f"{number}\n".encode())

    def told(self) -> Told:
        """Return how far the recipient is."""
        numbers = numbers_in(self.folder)
        return Told(
            recipient=self.name,
            written=numbers[-1] if numbers else 0,
            taken=None if self.url is None else self._taken(),
        )

    def _append(self, number: int, corpora: tuple[RemovedFrom, ...], at: datetime) -> None:
        notice = RemovalNotice(
            kind=DocumentKind.REMOVAL_NOTICE, recipient=self.name, number=number, at=timestamp(at), corpora=corpora
        )
        write_document(notice_path(self.folder, number), notice, self.signer)

    def _read(self, number: int) -> RemovalNotice:
        return read_document(notice_path(self.folder, number), RemovalNotice, self.signer.verifier)

    def _taken(self) -> int:
        try:
            return int((self.folder / _TAKEN).read_text("ascii"))
        except FileNotFoundError:
            return 0


def _versions(corpora: Sequence[RemovedFrom]) -> dict[str, tuple[int, str]]:
    """Return what a recipient must act on; that the log grew elsewhere is no news to it."""
    return {one.corpus_id: (one.version, one.digest) for one in corpora}
