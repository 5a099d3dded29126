"""The log as static files (C2SP tlog-tiles): any web server publishes it, any client computes any proof from it.

Files never change once they are there, so publishing may be repeated after a crash, from any earlier entry: what is
written again must be equal, and what is not equal is a fork of the log. The checkpoint comes last, when everything that
it speaks of can be read. Source: https://c2sp.org/tlog-tiles
"""

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from demur.kernel.errors import InputError, IntegrityError
from demur.kernel.files import write_whole
from demur.ledger.checkpoint import Checkpoint, parse_checkpoint
from demur.ledger.tree import HASH_BYTES, hash_leaf, root_of, stored_frontier, stored_root

_HEIGHT = 8
_WIDTH = 1 << _HEIGHT
_LENGTH = struct.Struct(">H")
_ENTRIES = "entries"
_FORK_HINT = "Stop the log, keep both versions, and tell whoever answers for it."


class LogForkError(IntegrityError):
    """The published files and what is to be published are two different histories."""

    code = "log-fork"


class TileMissingError(IntegrityError):
    """A file of the log that a checkpoint speaks of is not there."""

    code = "tile-missing"


class TileDamagedError(IntegrityError):
    """A file of the log has a length or a form that it cannot have."""

    code = "tile-damaged"


class EntryTooLongError(InputError):
    """An entry does not fit into the log's files."""

    code = "entry-too-long"


@dataclass(frozen=True, slots=True)
class TileStore:
    """The folder of one log: ``checkpoint``, ``tile/<level>/...`` and ``tile/entries/...``.

    One process writes, any number read, at the same time too.
    """

    folder: Path

    def checkpoint_note(self) -> str | None:
        """Return the checkpoint that is published, or None when nothing is. Its signature is not checked here."""
        try:
            return (self.folder / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def size(self) -> int:
        """Return the number of entries that the published checkpoint speaks of; 0 when nothing is published."""
        note = self.checkpoint_note()
        return 0 if note is None else _head(note).size

    def publish(self, first_index: int, leaf_datas: Sequence[bytes], checkpoint_note: str) -> None:
        """Publish the entries from an index to the end of the log, then the checkpoint.

        Repeating it, also from an earlier index, changes nothing; this is how a crash between commit and publishing is
        healed. A checkpoint older than the published one leaves that in its place.

        Raises:
            LogForkError: a file is there with other content, or the checkpoint is not that of these entries.
            TileMissingError: the entries before the index were never published.
            EntryTooLongError: an entry has more than 65,535 bytes.
        """
        checkpoint = _head(checkpoint_note)
        size = first_index + len(leaf_datas)
        if checkpoint.size != size:
            message = f"entries up to {size} were to be published with a checkpoint of {checkpoint.size}"
            raise LogForkError(message)
        hashes = [hash_leaf(data) for data in leaf_datas]
        published = self.checkpoint_note()
        self._refuse_fork(first_index, hashes, checkpoint, published)
        self._write_entries(first_index, leaf_datas)
        self._write_hashes(first_index, hashes)
        if published is None or (_head(published).size <= size and published != checkpoint_note):
            write_whole(self.folder / "checkpoint", checkpoint_note.encode("utf-8"))

    def read_hash(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree: the reader that ``demur.ledger.tree`` makes proofs from.

        Raises:
            TileMissingError: no published tile holds it.
        """
        tile_level, height = divmod(level, _HEIGHT)
        tile, offset = divmod(index << height, _WIDTH)
        hashes = self._read_tile(tile_level, tile, offset + (1 << height))
        return root_of(hashes[offset : offset + (1 << height)])

    def leaf_hashes(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the hashes of the entries from `start` up to, not including, `end`."""
        for tile, first, last in _spans(start, end):
            yield from self._read_tile(0, tile, last)[first:last]

    def read_entries(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries from `start` up to, not including, `end`.

        Raises:
            TileMissingError: they were never published.
            TileDamagedError: a file does not consist of whole entries.
        """
        for tile, first, last in _spans(start, end):
            yield from self._read_bundle(tile, last)[first:last]

    def _refuse_fork(self, first_index: int, hashes: list[bytes], head: Checkpoint, published: str | None) -> None:
        """Compare roots before the first file is written, so that a refused batch leaves nothing behind."""
        if self._root_at(head.size, first_index, hashes) != head.root:
            message = f"the entries do not have the root of the checkpoint of {head.size} entries"
            raise LogForkError(message)
        if published is None:
            return
        earlier = _head(published)
        if earlier.size <= head.size:
            is_same_history = self._root_at(earlier.size, first_index, hashes) == earlier.root
        else:
            is_same_history = stored_root(head.size, self.read_hash) == head.root
        if not is_same_history or earlier.origin != head.origin:
            message = f"the published log of {earlier.size} entries is another one than this log of {head.size}"
            raise LogForkError(message, hint=_FORK_HINT)

    def _root_at(self, size: int, first_index: int, hashes: list[bytes]) -> bytes:
        if size <= first_index:
            return stored_root(size, self.read_hash)
        return stored_frontier(first_index, self.read_hash).append(hashes[: size - first_index]).root

    def _write_entries(self, first_index: int, leaf_datas: Sequence[bytes]) -> None:
        remaining = iter(leaf_datas)
        for tile, first, last in _spans(first_index, first_index + len(leaf_datas)):
            earlier = self._read_bundle(tile, first)[:first] if first else []
            entries = [*earlier, *itertools.islice(remaining, last - first)]
            self._write_once(_ENTRIES, tile, last, b"".join(map(_frame, entries)))

    def _write_hashes(self, first_index: int, hashes: list[bytes]) -> None:
        """Write the tiles of every level that the new hashes touch."""
        level, first = 0, first_index
        while hashes:
            remaining = iter(hashes)
            above = []
            for tile, start, end in _spans(first, first + len(hashes)):
                earlier = self._read_tile(level, tile, start)[:start] if start else []
                nodes = [*earlier, *itertools.islice(remaining, end - start)]
                self._write_once(str(level), tile, end, b"".join(nodes))
                if end == _WIDTH:
                    above.append(root_of(nodes))
            level, first, hashes = level + 1, first // _WIDTH, above

    def _write_once(self, kind: str, tile: int, width: int, content: bytes) -> None:
        path = self.folder / tile_path(kind, tile, width)
        found = _read_if_there(path)
        if found is None:
            write_whole(path, content)
        elif found != content:
            message = f"{tile_path(kind, tile, width)} is published with other content"
            raise LogForkError(message, hint=_FORK_HINT)
        if width == _WIDTH:
            _remove_partials(self.folder / f"{tile_path(kind, tile, width)}.p")

    def _read_tile(self, level: int, tile: int, width: int) -> list[bytes]:
        content = self._read_widest(str(level), tile, width)
        if len(content) % HASH_BYTES or len(content) < width * HASH_BYTES:
            message = f"{tile_path(str(level), tile, width)} holds {len(content)} bytes, no {width} hashes"
            raise TileDamagedError(message)
        return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]

    def _read_bundle(self, tile: int, width: int) -> list[bytes]:
        entries = _split_frames(self._read_widest(_ENTRIES, tile, width))
        if entries is None or len(entries) < width:
            message = f"{tile_path(_ENTRIES, tile, width)} does not hold {width} whole entries"
            raise TileDamagedError(message)
        return entries

    def _read_widest(self, kind: str, tile: int, width: int) -> bytes:
        """Read the full tile, or else a partial one of at least a width: partial ones go when the full one is there."""
        full = self.folder / tile_path(kind, tile, _WIDTH)
        wider = sorted(found for found in _partial_widths(full) if found >= width)
        partials = (self.folder / tile_path(kind, tile, found) for found in wider)
        # The full tile is looked for once more at the end: it may have replaced the partial ones in between.
        for path in (full, *partials, full):
            content = _read_if_there(path)
            if content is not None:
                return content
        message = f"{tile_path(kind, tile, width)} is not published"
        raise TileMissingError(message, hint="Restore the log's files, or publish the log again from its store.")


def tile_path(kind: str, tile: int, width: int) -> str:
    """Return the path of a tile inside the log's folder.

    Args:
        kind: the level as a decimal number, or ``entries``.
        tile: the number of the tile within its level; 1234067 is written ``x001/x234/067``.
        width: 256 for a full tile, else the number of hashes in a partial one.
    """
    digits = f"{tile:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *folders, name = (digits[at : at + 3] for at in range(0, len(digits), 3))
    path = "/".join(["tile", kind, *(f"x{folder}" for folder in folders), name])
    return path if width == _WIDTH else f"{path}.p/{width}"


def _head(note: str) -> Checkpoint:
    text, _, _ = note.rpartition("\n\n")
    return parse_checkpoint(text + "\n")


def _spans(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield for each tile that holds some of a range: its number, and the first and the end position in it."""
    while start < end:
        tile, first = divmod(start, _WIDTH)
        last = min(_WIDTH, end - tile * _WIDTH)
        yield tile, first, last
        start = tile * _WIDTH + last


def _frame(entry: bytes) -> bytes:
    try:
        return _LENGTH.pack(len(entry)) + entry
    except struct.error as error:
        message = f"an entry of {len(entry)} bytes does not fit; allowed are 65535"
        raise EntryTooLongError(message) from error


def _split_frames(content: bytes) -> list[bytes] | None:
    entries = []
    at = 0
    while at + _LENGTH.size <= len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        entries.append(content[at : at + length])
        at += length
    return entries if at == len(content) else None


def _read_if_there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _partial_widths(full: Path) -> list[int]:
    folder = full.with_name(f"{full.name}.p")
    try:
        return [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    except FileNotFoundError:
        return []


def _remove_partials(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
