"""Signed documents that are on disk: the newest snapshot of the register, and what corpora have lost since.

Nothing is made or changed here. Every document goes out with the bytes that were signed, so that whoever gets it
checks it with the platform's public keys and needs to trust neither this server nor the way.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from demur.corpus.layout import CorpusLayout
from demur.exchange.removals import open_heartbeat
from demur.exchange.snapshot import FURTHER_TABLES, SNAPSHOT_TABLES
from demur.keys.notes import Verifier
from demur.web.api.http import Answer, Request, decode_query, reply, stream, stream_json
from demur.web.api.service import Service
from demur.web.errors import NothingServedError

_MAX_VERSIONS = 100
_encode = msgspec.json.Encoder().encode
_SNAPSHOT_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,99}")
_ABSENT_HINT = "Ask again later, or ask the operator what is served."
_VERSION_FILES = "[0-9]" * 8 + ".note"
PARQUET_MEDIA = "application/vnd.apache.parquet"


class SignedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document byte for byte as it was signed, the note that signs its digest, and the log's proof of it, if any."""

    document: str
    note: str
    proof: str | None = None


class SnapshotReply(msgspec.Struct, frozen=True, kw_only=True):
    """The newest snapshot; its tables are fetched one by one, by its name."""

    name: str
    snapshot: SignedDocument
    tables: tuple[str, ...]


class TableQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which table of which snapshot."""

    snapshot: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]{0,99}$")]
    table: str


class RemovalsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After which version of `Removals`, and of which corpus; of all of them when left out."""

    since: Annotated[int, msgspec.Meta(ge=0, le=99_999_999)] = 0
    corpus: str | None = None


class RemovalsVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the `Removals` of a corpus."""

    version: int
    removals: SignedDocument


class CorpusRemovals(msgspec.Struct, frozen=True, kw_only=True):
    """What one corpus has lost; `heartbeat` says up to which entry of the log; more follow unless `is_complete`."""

    corpus: str
    heartbeat: str | None
    versions: tuple[RemovalsVersion, ...]
    is_complete: bool


class RemovalsReply(msgspec.Struct, frozen=True, kw_only=True):
    """What each corpus has lost, in the order of names."""

    corpora: tuple[CorpusRemovals, ...]


async def send_snapshot(service: Service, request: Request) -> Answer:
    """Send the newest snapshot that was taken."""
    del request
    return await asyncio.to_thread(_read_snapshot, service.settings.snapshots)


async def send_table(service: Service, request: Request) -> Answer:
    """Send one table of a snapshot, as the file whose digest the snapshot names."""
    asked: TableQuery = decode_query(request.query, TableQuery)
    folder = service.settings.snapshots
    # Both names are compared with closed lists, so that no path can be made of them.
    is_named = _SNAPSHOT_NAME.fullmatch(asked.snapshot) and asked.table in {**SNAPSHOT_TABLES, **FURTHER_TABLES}
    path = None if folder is None or not is_named else folder / asked.snapshot / f"{asked.table}.parquet"
    if path is None or not path.is_file():
        message = "no snapshot has this name and this table"
        raise NothingServedError(message, hint=_ABSENT_HINT)
    return stream(path, PARQUET_MEDIA)


async def send_removals(service: Service, request: Request) -> Answer:
    """Send the versions of `Removals` after the one that the caller has."""
    asked: RemovalsQuery = decode_query(request.query, RemovalsQuery)
    folders = [one for one in corpus_folders(service) if asked.corpus in {None, one.name}]
    if not folders:
        message = "no finished corpus has this name"
        raise NothingServedError(message, hint=_ABSENT_HINT)
    found = await asyncio.to_thread(lambda: [_find_removals(one, asked.since) for one in folders])
    return stream_json(_write_removals(found))  # each version is read when its turn to be sent comes


def corpus_folders(service: Service) -> list[Path]:
    """Return the folders of the finished corpora, in the order of names."""
    corpora = service.settings.corpora
    return [] if corpora is None else sorted(path.parent for path in corpora.glob("[!.]*/manifest.note"))


def count_reflecting(service: Service, verifier: Verifier, index: int) -> tuple[int, int]:
    """Return how many corpora are finished, and how many of them reflect the log up to an entry.

    Raises:
        NoteFormatError, NoteSignatureError, DocumentMalformedError: a heartbeat is not what was signed.
    """
    folders = corpus_folders(service)
    sizes = [_reflected(CorpusLayout(folder).heartbeat, verifier) for folder in folders]
    return len(folders), sum(size > index for size in sizes)


def _reflected(heartbeat: Path, verifier: Verifier) -> int:
    try:
        return open_heartbeat(heartbeat.read_bytes(), verifier).log_size
    except FileNotFoundError:
        return 0


def _read_snapshot(folder: Path | None) -> Answer:
    taken = [] if folder is None else sorted(path.parent for path in folder.glob("[!.]*/snapshot.note"))
    if not taken:
        message = "no snapshot was taken"
        raise NothingServedError(message, hint=_ABSENT_HINT)
    newest = taken[-1]
    answer = SnapshotReply(
        name=newest.name,
        snapshot=read_signed(newest / "snapshot"),
        tables=tuple(sorted([*SNAPSHOT_TABLES, *(name for name in FURTHER_TABLES if _has_table(newest, name))])),
    )
    return reply(200, answer)


def _has_table(snapshot: Path, name: str) -> bool:
    return (snapshot / f"{name}.parquet").is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Which versions of which corpus are to be sent."""

    layout: CorpusLayout
    versions: list[int]
    is_complete: bool


def _find_removals(folder: Path, since: int) -> _Found:
    layout = CorpusLayout(folder)
    versions = sorted(int(path.stem) for path in layout.removals.glob(_VERSION_FILES))
    newer = [version for version in versions if version > since]
    return _Found(layout=layout, versions=newer[:_MAX_VERSIONS], is_complete=len(newer) <= _MAX_VERSIONS)


def _write_removals(found: Sequence[_Found]) -> Iterator[bytes]:
    """Yield a `RemovalsReply` in the order of its fields, one version in memory at a time."""
    yield b'{"corpora":['
    for place, corpus in enumerate(found):
        yield b"," * (place > 0) + _open_corpus(corpus.layout)
        for position, version in enumerate(corpus.versions):
            removals = read_signed(corpus.layout.removals_version(version))
            yield b"," * (position > 0) + _encode(RemovalsVersion(version=version, removals=removals))
        yield b'],"is_complete":' + _encode(corpus.is_complete) + b"}"
    yield b"]}"


def _open_corpus(layout: CorpusLayout) -> bytes:
    heartbeat = layout.heartbeat.read_text("utf-8") if layout.heartbeat.is_file() else None
    named = CorpusRemovals(corpus=layout.folder.name, heartbeat=heartbeat, versions=(), is_complete=True)
    head, _, _ = _encode(named).rpartition(b'],"is_complete"')
    return head


def read_signed(path: Path) -> SignedDocument:
    """Return a document by its path without suffix, with the bytes that were signed."""
    proof = path.with_suffix(".tlog-proof")
    return SignedDocument(
        document=path.with_suffix(".json").read_text("utf-8"),
        note=path.with_suffix(".note").read_text("utf-8"),
        proof=proof.read_text("utf-8") if proof.is_file() else None,
    )
