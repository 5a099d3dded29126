"""A disk that loses power: of what was written and not synced, any piece may be there afterwards, or not.

Only what POSIX promises is kept: a sync of a file keeps its content, and a sync of a folder keeps the names in it. A
new name, also one by a rename, is lost with the power as long as its folder was not synced. Real file systems keep
more, and each keeps something else. Of what was not synced, each sector may be as it was after any of the writes to it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path, PurePosixPath
from random import Random
from typing import TypeAlias

from demur.testing.drills.errors import RecordingError
from demur.testing.drills.recording import (
    Event,
    MadeFolder,
    Opened,
    Renamed,
    Resized,
    SyncBegan,
    SyncEnded,
    Unlinked,
    Wrote,
)

# SQLite's shared memory is no part of a database: it is made anew after a crash.
_PASSING = "-shm"


class Survival(Enum):
    """What of the writes that were not synced is on the disk after a power cut."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    OLDEST = "of each file and folder the oldest ones, up to any one"
    SECTORS = "of each 512 bytes any state"
    PAGES = "of each 4,096 bytes any state"


_SECTOR_BYTES = {Survival.SECTORS: 512, Survival.PAGES: 4_096}

Image: TypeAlias = "dict[PurePosixPath, bytes | None]"  # the content of each file; None is a folder


@dataclass(slots=True)
class _File:
    """A file: what is durable of it, and the writes since; a write without content is a new size."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    size_bytes: int = 0

    def write(self, offset: int | None, content: bytes) -> None:
        at = self.size_bytes if offset is None else offset
        self.pending.append((at, content))
        self.size_bytes = max(self.size_bytes, at + len(content))

    def resize(self, size_bytes: int) -> None:
        self.pending.append((size_bytes, None))
        self.size_bytes = size_bytes

    def sync(self, count: int) -> None:
        for offset, content in self.pending[:count]:
            _apply(self.durable, offset, content)
        del self.pending[:count]

    def after(self, survival: Survival, draw: Random) -> bytes:
        """Return what the file may hold after a power cut."""
        content = bytearray(self.durable)
        if survival in _SECTOR_BYTES:
            return bytes(self._torn(content, _SECTOR_BYTES[survival], draw))
        for offset, written in self.pending[: _keep(self.pending, survival, draw)]:
            _apply(content, offset, written)
        return bytes(content)

    def _torn(self, content: bytearray, piece_bytes: int, draw: Random) -> bytearray:
        """Let each piece be as it was after any number of the writes, and the size as it was after any number."""
        sizes = [len(content)]
        last = len(self.pending)
        kept: dict[int, int] = defaultdict(lambda: draw.choice((0, last, draw.randint(0, last))))
        for number, (offset, content_or_size) in enumerate(self.pending):
            # What a smaller size cuts off reads as zeros if it comes back.
            written = bytes(max(0, sizes[-1] - offset)) if content_or_size is None else content_or_size
            sizes.append(offset if content_or_size is None else max(sizes[-1], offset + len(written)))
            for piece in range(offset // piece_bytes, -(-(offset + len(written)) // piece_bytes)):
                if number < kept[piece]:
                    start = max(offset, piece * piece_bytes)
                    end = min(offset + len(written), (piece + 1) * piece_bytes)
                    _apply(content, start, written[start - offset : end - offset])
        size_bytes = draw.choice((sizes[-1], draw.choice(sizes)))
        _apply(content, size_bytes, None)
        return content


@dataclass(slots=True)
class _Folder:
    """A folder: the names in it, those that are durable, and the changes since; a name that goes changes to None."""

    names: "dict[str, _File | _Folder]" = field(default_factory=dict)
    durable: "dict[str, _File | _Folder]" = field(default_factory=dict)
    pending: "list[tuple[str, _File | _Folder | None]]" = field(default_factory=list)

    def put(self, name: str, node: "_File | _Folder | None") -> None:
        self.pending.append((name, node))
        _rename(self.names, name, node)

    def sync(self, count: int) -> None:
        for name, node in self.pending[:count]:
            _rename(self.durable, name, node)
        del self.pending[:count]

    def after(self, survival: Survival, draw: Random) -> "dict[str, _File | _Folder]":
        """Return the names that there may be after a power cut."""
        names = dict(self.durable)
        if survival not in _SECTOR_BYTES:
            for name, node in self.pending[: _keep(self.pending, survival, draw)]:
                _rename(names, name, node)
            return names
        last = len(self.pending)
        kept: dict[str, int] = defaultdict(lambda: draw.choice((0, last, draw.randint(0, last))))
        for number, (name, node) in enumerate(self.pending):
            if number < kept[name]:
                _rename(names, name, node)
        return names


_Node: TypeAlias = _File | _Folder


class Disk:
    """The files below a folder, which was empty and durable before the first event."""

    def __init__(self, root: Path) -> None:
        """Begin with an empty folder."""
        self._prefix = PurePosixPath(root)
        self._root = _Folder()
        self._syncing: dict[int, tuple[_Node, int]] = {}
        self._verbs: dict[type, Callable[..., None]] = {
            Opened: self._open,
            Wrote: lambda event: self._file(event.path).write(event.offset, event.content),
            Resized: lambda event: self._file(event.path).resize(event.size_bytes),
            SyncBegan: self._begin_sync,
            SyncEnded: self._end_sync,
            Renamed: self._rename,
            Unlinked: lambda event: self._put(event.path, None),
            MadeFolder: lambda event: self._put(event.path, _Folder()),
        }

    def knows(self, event: Event) -> bool:
        """Tell whether an event is about a file that can be there after a power cut."""
        path = event.new if isinstance(event, Renamed) else event.path
        is_within = path == str(self._prefix) or path.startswith(f"{self._prefix}/")
        return is_within and not path.endswith(_PASSING)

    def play(self, event: Event) -> None:
        """Do to these files what an event did; one about other files does nothing.

        Raises:
            RecordingError: the event is about a file that is not there.
        """
        if self.knows(event):
            self._verbs[type(event)](event)

    def is_settled(self) -> bool:
        """Tell whether all that was written is durable, so that a power cut has one outcome."""
        return not any(node.pending for node in _walk(self._root))

    def cut(self, survival: Survival, draw: Random) -> Image:
        """Return the files that there may be after a power cut at this moment."""
        image: Image = {}
        waiting: list[tuple[PurePosixPath, _Folder]] = [(PurePosixPath(), self._root)]
        while waiting:
            above, folder = waiting.pop()
            for name, node in sorted(folder.after(survival, draw).items()):
                if isinstance(node, _Folder):
                    image[above / name] = None
                    waiting.append((above / name, node))
                else:
                    image[above / name] = node.after(survival, draw)
        return image

    def _open(self, event: Opened) -> None:
        if not event.makes and not event.truncates:
            return
        folder, name = self._place(event.path)
        if event.makes and name not in folder.names:
            folder.put(name, _File())
        elif event.truncates:
            self._file(event.path).resize(0)

    def _begin_sync(self, event: SyncBegan) -> None:
        node = self._node(event.path)
        self._syncing[event.thread] = (node, len(node.pending))

    def _end_sync(self, event: SyncEnded) -> None:
        node, count = self._syncing.pop(event.thread, (None, 0))  # a disk may not have been told that a sync began
        if node is not None:
            node.sync(count)

    def _rename(self, event: Renamed) -> None:
        node = self._node(event.old)
        self._put(event.new, node)
        self._put(event.old, None)

    def _put(self, path: str, node: _Node | None) -> None:
        folder, name = self._place(path)
        folder.put(name, node)

    def _file(self, path: str) -> _File:
        node = self._node(path)
        if isinstance(node, _Folder):
            message = "a folder was written to"
            raise RecordingError(message)
        return node

    def _node(self, path: str) -> _Node:
        node: _Node = self._root
        for name in PurePosixPath(path).relative_to(self._prefix).parts:
            if not isinstance(node, _Folder) or name not in node.names:
                message = f"the recording uses {path}, which is not there"
                raise RecordingError(message)
            node = node.names[name]
        return node

    def _place(self, path: str) -> tuple[_Folder, str]:
        above = self._node(str(PurePosixPath(path).parent))
        if not isinstance(above, _Folder):
            message = f"the recording uses {path}, which lies in no folder"
            raise RecordingError(message)
        return above, PurePosixPath(path).name


def write_image(image: Image, folder: Path) -> None:
    """Write the files of a power cut into a folder, whatever order they come in."""
    for path, content in image.items():
        target = folder / path
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _walk(folder: _Folder) -> Iterator[_Node]:
    """Yield everything that there is, or that there may be after a power cut."""
    yield folder
    changed = [node for _, node in folder.pending if node is not None]
    for node in {id(node): node for node in (*folder.names.values(), *folder.durable.values(), *changed)}.values():
        if isinstance(node, _Folder):
            yield from _walk(node)
        else:
            yield node


def _keep(pending: Sequence[object], survival: Survival, draw: Random) -> int:
    if survival is Survival.OLDEST:
        return draw.randint(0, len(pending))
    return len(pending) if survival is Survival.EVERYTHING else 0


def _apply(content: bytearray, offset: int, written: bytes | None) -> None:
    """Write at an offset, or cut or lengthen to it."""
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    if written is None:
        del content[offset:]
    else:
        content[offset : offset + len(written)] = written


def _rename(names: dict[str, _Node], name: str, node: _Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node
